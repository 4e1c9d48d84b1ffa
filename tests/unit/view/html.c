/* Is a page whole, small and harmless, whatever the names and however long the report? */
#include "view/html.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/view/flames.h"
#include "unit/view/schema.h"

static char *printed(const struct html_page *page)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_html(page, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *safe(const char *json)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	html_put_json(out, json);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The data that a page holds, the caller's. */
static json_t *data_of(const char *page)
{
	static const char BEGIN[] = "id=\"data\">";
	const char *begin = strstr(page, BEGIN), *end = begin ? strstr(begin, "</script>") : NULL;
	owns(own_free) char *text = NULL;

	assert_non_null(end);
	begin += sizeof(BEGIN) - 1;
	text = strndup(begin, (size_t)(end - begin));
	return json_parsed(text);
}

static json_t *rows(size_t count, const char *name)
{
	json_t *report = json_object(), *list = json_array();

	for (size_t i = 0; i < count; i++)
		assert_int_equal(json_array_append_new(
					 list, json_pack("{s:s, s:i}", "name", name, "at", (int)i)),
				 0);
	assert_int_equal(json_object_set_new(report, "rows", list), 0);
	assert_int_equal(json_object_set_new(report, "tree", json_pack("{s:s}", "name", "all")), 0);
	return report;
}

static void nothing_in_the_data_can_end_it(void **state)
{
	owns(own_free) char *names =
		safe("[\"</script><!-- & \xe2\x80\xa8\xe2\x80\xa9 \xe2\x80\xa7\"]");
	owns(own_free) char *cut = safe("\xe2\x80");

	assert_string_equal(names, "[\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029 "
				   "\xe2\x80\xa7\"]");
	assert_string_equal(cut, "\xe2\x80");
}

static void a_page_holds_the_report_without_its_tree(void **state)
{
	owns(json_drop) json_t *report = rows(3, "</script>");
	const struct html_page page = {
		.command = "cpu", .version = "1", .input = "a\033b", .report = report
	};
	owns(own_free) char *text = printed(&page);
	owns(json_drop) json_t *data = data_of(text);
	json_t *kept = json_object_get(data, "report");

	assert_memory_equal(text, HTML_FIRST_BYTES, sizeof(HTML_FIRST_BYTES) - 1);
	assert_string_equal(json_string_value(json_object_get(data, "input")), "a\\x1bb");
	assert_int_equal(json_array_size(json_object_get(kept, "rows")), 3);
	assert_null(json_object_get(kept, "tree"));
	assert_int_equal(json_object_size(json_object_get(data, "cut")), 0);
	assert_null(strstr(text, "id=\"flame"));
}

static void ends_of_long_lists_are_left_out_and_told(void **state)
{
	owns(json_drop) json_t *report = rows(HTML_ROWS_MAX + 7, "x");
	const struct html_page page = { .command = "cpu", .version = "1", .report = report };
	owns(own_free) char *text = printed(&page);
	owns(json_drop) json_t *data = data_of(text);
	json_t *list = json_object_get(json_object_get(data, "report"), "rows");

	assert_int_equal(json_array_size(list), HTML_ROWS_MAX);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 5), "at")), 5);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(data, "cut"), "rows")),
			 7);
}

/* Each "<" takes six bytes. */
static void lists_are_cut_until_the_page_is_small(void **state)
{
	char name[401] = "";
	owns(json_drop) json_t *report = NULL;
	struct html_page page = { .command = "cpu", .version = "1" };
	owns(own_free) char *text = NULL;
	owns(json_drop) json_t *data = NULL;

	memset(name, '<', sizeof(name) - 1);
	page.report = report = rows(20000, name);
	text = printed(&page);
	assert_true(strlen(text) < 10 << 20);
	data = data_of(text);
	assert_int_equal(json_array_size(json_object_get(json_object_get(data, "report"), "rows")),
			 HTML_ROWS_MAX / 8);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(data, "cut"), "rows")),
			 20000 - HTML_ROWS_MAX / 8);
}

static void what_cannot_be_cut_is_refused(void **state)
{
	const size_t bytes = (size_t)HTML_REPORT_BYTES_MAX + 1;
	owns(own_free) char *name = malloc(bytes + 1);
	owns(json_drop) json_t *report = NULL;
	struct html_page page = { .command = "cpu", .version = "1" };
	FILE *out = fopen("/dev/null", "w");

	assert_non_null(name);
	assert_non_null(out);
	memset(name, 'x', bytes);
	name[bytes] = '\0';
	page.report = report = rows(1, name);
	assert_int_equal(view_html(&page, out), -EFBIG);
	assert_int_equal(fclose(out), 0);
}

static void a_flame_graph_is_one_string_and_fits(void **state)
{
	static const char *const NAMES[] = { "hostile", "wide", "deep", "empty" };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		struct flame_options options = {};
		owns(flames_free) struct profile *profile = flames_sample(NAMES[i], &options);
		owns(own_free) char *flame = NULL;
		owns(own_free) char *text = NULL;
		json_t *string;

		assert_int_equal(view_html_flame(profile, false, HTML_FLAMES_BYTES_MAX, &flame), 0);
		text = safe(flame);
		assert_true(strlen(text) <= HTML_FLAMES_BYTES_MAX);
		assert_null(strchr(text, '<'));
		string = json_loads(text, JSON_DECODE_ANY, NULL);
		assert_memory_equal(json_string_value(string), FLAME_FIRST_BYTES,
				    sizeof(FLAME_FIRST_BYTES) - 1);
		json_decref(string);
	}
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(json_drop) json_t *report = rows(3, "x");
	const struct html_page page = { .command = "cpu", .version = "1", .report = report };
	FILE *out = fopen("/dev/full", "w");

	assert_non_null(out);
	assert_int_equal(view_html(&page, out), -ENOSPC);
	(void)fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_the_data_can_end_it),
		cmocka_unit_test(a_page_holds_the_report_without_its_tree),
		cmocka_unit_test(ends_of_long_lists_are_left_out_and_told),
		cmocka_unit_test(lists_are_cut_until_the_page_is_small),
		cmocka_unit_test(what_cannot_be_cut_is_refused),
		cmocka_unit_test(a_flame_graph_is_one_string_and_fits),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
