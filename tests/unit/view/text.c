/* Does the verdict look as it was accepted? Compared with tests/golden/view; BLESS=1 accepts what
 * is printed now. */
#include "view/text.h"

#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample.h"

static int print(const void *verdict, const struct view_style *style, FILE *out)
{
	return view_text(verdict, style, out);
}

static void the_verdict_looks_as_accepted_in_every_width(void **state)
{
	static const struct {
		const char *name;
		struct view_style style;
	} rows[] = {
		{ "command-80", { .columns = 80, .utf8 = true } },
		{ "command-80-ascii", { .columns = 80 } },
		{ "command-120", { .columns = 120, .utf8 = true } },
		{ "command-120-ascii", { .columns = 120 } },
		{ "command-200", { .columns = 200, .utf8 = true } },
		{ "command-200-ascii", { .columns = 200 } },
	};
	owns(verdict_free) struct verdict *verdict = sample_command();

	for (size_t i = 0; i < array_count(rows); i++)
		page_looks_as(rows[i].name, print, verdict, rows[i].style);
}

static void a_machine_with_nothing_to_tell_looks_as_accepted(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_idle_machine();
	owns(own_free) char *text =
		page_text(print, verdict, (struct view_style){ .columns = 80, .utf8 = true });

	golden_assert("idle-machine-80", text);
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();

	page_fits_every_width(print, verdict);
}

static void widths_out_of_range_are_taken_as_the_nearest(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *narrow =
		page_text(print, verdict, (struct view_style){ .columns = 20 });
	owns(own_free) char *wide =
		page_text(print, verdict, (struct view_style){ .columns = 5000 });

	assert_columns(narrow, 80, false);
	assert_columns(wide, 200, false);
}

static void hostile_names_come_out_harmless(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *text = NULL;

	strcpy(verdict->name, "\033]0;gone\007\nroot\x9b");
	strcpy(verdict->next_command, "slowpath -p 1\r\033[1A");
	text = page_text(print, verdict, (struct view_style){ .columns = 80 });
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	assert_non_null(strstr(text, "gone"));
	assert_null(strstr(text, "\nroot"));
}

static void the_same_advice_is_given_once(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *text = NULL;
	char *first;

	assert_int_equal(
		text_add(&verdict->findings.items[1].advice, "%s", cause_advice(CAUSE_FS_SYNC)), 0);
	assert_int_equal(text_add(&verdict->findings.items[1].advice, "Copy less."), 0);
	text = page_text(print, verdict, (struct view_style){ .columns = 200 });
	first = strstr(text, "Advice: Sync less often");
	assert_non_null(first);
	assert_null(strstr(first + 1, "Advice: Sync less often"));
	assert_non_null(strstr(first, "Advice: Copy less."));
}

static void what_stands_above_already_is_only_counted(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *text = NULL;
	const char *words = verdict->findings.items[0].evidence.items[0].words;
	char *first;

	assert_int_equal(text_add(&verdict->findings.items[1].evidence, "%s", words), 0);
	assert_int_equal(text_add(&verdict->findings.items[1].evidence, "12 others"), 0);
	text = page_text(print, verdict, (struct view_style){ .columns = 200 });
	first = strstr(text, words);
	assert_non_null(first);
	assert_null(strstr(first + 1, words));
	assert_non_null(strstr(first, "12 others"));
	assert_non_null(strstr(first, "and one that stands above already"));
}

static void the_share_that_is_unknown_is_told(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *with = page_text(print, verdict, (struct view_style){ .columns = 80 });
	owns(own_free) char *without = NULL;

	assert_non_null(strstr(with, "Unknown: 7.2 % (717 ms)"));
	verdict->unknown_ns = 0;
	without = page_text(print, verdict, (struct view_style){ .columns = 80 });
	assert_null(strstr(without, "Unknown:"));
}

static void the_end_of_a_command_is_told(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *signaled = NULL;
	owns(own_free) char *alive = NULL;

	/* The watch outlives the command: that is not the command's doing. */
	verdict->window_ns += 500000000;
	verdict->was_signaled = true;
	verdict->exit_status = 11;
	signaled = page_text(print, verdict, (struct view_style){ .columns = 80 });
	assert_non_null(
		strstr(signaled, "command cp[4242], died of signal 11 (SIGSEGV) after 10.0 s\n"));
	verdict->has_exit_status = false;
	verdict->was_interrupted = true;
	alive = page_text(print, verdict, (struct view_style){ .columns = 80 });
	assert_non_null(
		strstr(alive, "command cp[4242], watched for 10.5 s (ended early by the user)\n"));
}

/* They take no time: that does not make them small. */
static void a_failure_is_told_in_full_wherever_it_stands(void **state)
{
	static const enum cause CAUSES[] = { CAUSE_CRASH_SIGNAL, CAUSE_KERNEL_OOPS,
					     CAUSE_KERNEL_HANG };

	for (size_t i = 0; i < array_count(CAUSES); i++) {
		owns(verdict_free) struct verdict *verdict = sample_command();
		owns(own_free) char *text = NULL;
		struct finding *failure = array_push(&verdict->findings);

		assert_non_null(failure);
		failure->cause = CAUSES[i];
		failure->speedup_limit = 1;
		assert_int_equal(text_add(&failure->evidence, "it was in work"), 0);
		text = page_text(print, verdict, (struct view_style){ .columns = 80 });

		assert_non_null(strstr(text, cause_title(CAUSES[i])));
		assert_non_null(strstr(text, "it was in work"));
		assert_null(strstr(text, "at most 1.00"));
	}
}

static void color_changes_nothing_but_color(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *plain =
		page_text(print, verdict, (struct view_style){ .columns = 80 });
	owns(own_free) char *colored =
		page_text(print, verdict, (struct view_style){ .columns = 80, .color = true });
	char *to = colored;

	assert_non_null(strchr(colored, '\033'));
	for (const char *from = colored; *from; from++) {
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	*to = '\0';
	assert_string_equal(colored, plain);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();

	page_fails_when_full(print, verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_looks_as_accepted_in_every_width),
		cmocka_unit_test(a_machine_with_nothing_to_tell_looks_as_accepted),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(widths_out_of_range_are_taken_as_the_nearest),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(the_same_advice_is_given_once),
		cmocka_unit_test(what_stands_above_already_is_only_counted),
		cmocka_unit_test(the_share_that_is_unknown_is_told),
		cmocka_unit_test(the_end_of_a_command_is_told),
		cmocka_unit_test(a_failure_is_told_in_full_wherever_it_stands),
		cmocka_unit_test(color_changes_nothing_but_color),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
