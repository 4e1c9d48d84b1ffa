/* Is the report laid out so that its commands can be copied, and no name can deceive? */
#include "view/symbols.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static char *copy(const char *text)
{
	char *copied = strdup(text);

	assert_non_null(copied);
	return copied;
}

static struct symbols_report *make_report(void)
{
	struct symbols_report *report = calloc(1, sizeof(*report));
	struct symbols_item *item;
	struct symbols_fix *fix;

	assert_non_null(report);
	report->summary = copy("zfs\033[2J has names but no lines.");
	report->lists_items = true;
	item = array_push(&report->items);
	fix = array_push(&report->fixes);
	assert_true(item && fix);
	*item = (struct symbols_item){
		.kind = SYMBOLS_OF_MODULE,
		.state = SYMBOLS_NAMES,
		.name = copy("zfs"),
		.path = copy("/lib/modules/6.1.0/updates/dkms/zfs.ko.zst"),
		.names_from = copy(".symtab"),
		.lines_from = copy(""),
		.build_id = copy("abcd"),
		.packing = copy("zstd"),
		.origin = copy("DKMS zfs 2.1.11"),
		.note = copy("a note"),
	};
	fix->title = copy("Built here by DKMS: zfs");
	assert_int_equal(symbols_say(fix, "Add:"), 0);
	assert_int_equal(
		symbols_type(fix, "a command that is longer than eighty columns must stay on one "
				  "line or it cannot be copied; \033]0;bell"),
		0);
	assert_int_equal(text_add(&report->notes, "User stacks need frame pointers."), 0);
	return report;
}

static char *print_text(const struct symbols_report *report)
{
	const struct view_style style = { .columns = 80 };
	size_t bytes = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_symbols_text(report, &style, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void a_command_is_one_line_and_no_name_is_obeyed(void **state)
{
	struct symbols_report *report = make_report();
	char *text = print_text(report);

	assert_string_equal(
		text,
		"zfs\\x1b[2J has names but no lines.\n"
		"\n"
		"zfs: names but no lines\n"
		"   /lib/modules/6.1.0/updates/dkms/zfs.ko.zst (DKMS zfs 2.1.11, zstd)\n"
		"   names from .symtab\n"
		"   build-id abcd\n"
		"   a note\n"
		"\n"
		"1. Built here by DKMS: zfs\n"
		"   Add:\n"
		"       a command that is longer than eighty columns must stay on one line or "
		"it cannot be copied; \\x1b]0;bell\n"
		"\n"
		"- User stacks need frame pointers.\n");
	free(text);
	symbols_report_free(&report);
}

static void what_was_not_asked_for_is_not_listed(void **state)
{
	struct symbols_report *report = make_report();
	char *text;

	report->lists_items = false;
	text = print_text(report);
	assert_null(strstr(text, "updates/dkms"));
	assert_non_null(strstr(text, "1. Built here"));
	free(text);
	symbols_report_free(&report);
}

static void programs_get_all_of_it(void **state)
{
	struct symbols_report *report = make_report();
	size_t bytes = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);
	json_t *object, *item, *step;

	report->lists_items = false;
	assert_int_equal(view_symbols_json(report, out), 0);
	assert_int_equal(fclose(out), 0);
	object = json_loads(text, 0, NULL);
	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "schema")),
			    "slowpath.symbols/1");
	item = json_array_get(json_object_get(object, "items"), 0);
	assert_string_equal(json_string_value(json_object_get(item, "state")), "names");
	assert_string_equal(json_string_value(json_object_get(item, "packing")), "zstd");
	assert_true(json_is_null(json_object_get(item, "lines_from")));
	step = json_array_get(
		json_object_get(json_array_get(json_object_get(object, "fixes"), 0), "steps"), 1);
	assert_true(json_is_true(json_object_get(step, "is_verbatim")));
	assert_null(strchr(text, '\033'));
	json_decref(object);
	free(text);
	symbols_report_free(&report);
}

static void a_full_disk_is_told(void **state)
{
	const struct view_style style = { .columns = 80 };
	struct symbols_report *report = make_report();
	FILE *out = fopen("/dev/full", "we");

	if (!out) {
		symbols_report_free(&report);
		skip();
	}
	assert_true(view_symbols_text(report, &style, out) < 0);
	assert_true(view_symbols_json(report, out) < 0);
	(void)fclose(out);
	symbols_report_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_one_line_and_no_name_is_obeyed),
		cmocka_unit_test(what_was_not_asked_for_is_not_listed),
		cmocka_unit_test(programs_get_all_of_it),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
