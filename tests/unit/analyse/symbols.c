/* Is each file judged by what it has, and is the sum said in one sentence? */
#include "unit/analyse/symbols_facts.h"

static enum symbols_state state_of(struct symbols_facts facts)
{
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report = report_of(&input);
	enum symbols_state state = report->items.items[0].state;

	symbols_report_free(&report);
	assert_null(report);
	return state;
}

static void a_file_is_judged_by_what_it_has(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");

	assert_int_equal(state_of(facts), SYMBOLS_NONE);
	facts.exported = 4;
	assert_int_equal(state_of(facts), SYMBOLS_EXPORTED);
	facts.has_mini = true;
	assert_int_equal(state_of(facts), SYMBOLS_NAMES);
	facts.has_mini = false;
	facts.functions = 9;
	assert_int_equal(state_of(facts), SYMBOLS_NAMES);
	facts.has_lines = true;
	assert_int_equal(state_of(facts), SYMBOLS_LINES);
}

static void a_debug_file_brings_names_and_lines(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	facts.debug_path = "/usr/lib/debug/job.debug";
	facts.debug_functions = 9;
	facts.debug_has_lines = true;
	report = report_of(&input);
	assert_int_equal(report->items.items[0].state, SYMBOLS_LINES);
	assert_string_equal(report->items.items[0].names_from, "/usr/lib/debug/job.debug");
	assert_string_equal(report->items.items[0].lines_from, "/usr/lib/debug/job.debug");
	assert_int_equal(report->fixes.count, 0);
	symbols_report_free(&report);
}

static void another_build_is_refused_whatever_it_has(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_MODULE, "zfs", "/lib/modules/zfs.ko");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	facts.functions = 9;
	facts.has_lines = facts.is_live = true;
	facts.running_id = "aa11";
	facts.file_id = "bb22";
	report = report_of(&input);
	assert_int_equal(report->items.items[0].state, SYMBOLS_MISMATCH);
	assert_string_equal(report->items.items[0].names_from, "/proc/kallsyms");
	assert_string_equal(report->items.items[0].lines_from, "");
	assert_has(report->items.items[0].note, "refused");
	assert_has(report->items.items[0].note, "bb22");
	assert_has(report->fixes.items[0].title, "zfs");
	symbols_report_free(&report);

	/* Where one of them is not known, nothing can be refused. */
	facts.running_id = "";
	assert_int_equal(state_of(facts), SYMBOLS_LINES);
}

static void what_was_replaced_or_is_not_there_is_said(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");

	facts.is_gone = true;
	assert_int_equal(state_of(facts), SYMBOLS_REPLACED);
	facts.is_gone = false;
	facts.open_error = "Permission denied";
	assert_int_equal(state_of(facts), SYMBOLS_UNREADABLE);
	facts = facts_of(SYMBOLS_OF_MODULE, "zfs", "");
	assert_int_equal(state_of(facts), SYMBOLS_NO_FILE);
	facts = facts_of(SYMBOLS_OF_KERNEL, "vmlinux", "");
	assert_int_equal(state_of(facts), SYMBOLS_NONE);
	facts.is_live = true;
	assert_int_equal(state_of(facts), SYMBOLS_NAMES);
}

static void names_that_the_kernel_has_are_names(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_MODULE, "zfs", "/lib/modules/zfs.ko");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	assert_int_equal(state_of(facts), SYMBOLS_NONE);
	facts.is_live = true;
	input.lists_items = true;
	report = report_of(&input);
	assert_int_equal(report->items.items[0].state, SYMBOLS_NAMES);
	assert_string_equal(report->summary, "zfs has names but no lines (from /proc/kallsyms).");
	assert_int_equal(report->fixes.count, 1);
	symbols_report_free(&report);
}

static void a_refused_debug_file_is_told(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	facts.refused_path = "/usr/lib/debug/job.debug";
	report = report_of(&input);
	assert_has(report->items.items[0].note, "refused: /usr/lib/debug/job.debug");
	symbols_report_free(&report);
}

static void the_summary_counts_the_most_first(void **state)
{
	struct symbols_facts facts[6];
	struct symbols_input input = input_of(facts, 6);
	struct symbols_report *report;

	for (size_t i = 0; i < 6; i++) {
		facts[i] = facts_of(SYMBOLS_OF_MODULE, "m", "/lib/modules/m.ko");
		facts[i].functions = i < 5;
		facts[i].has_lines = i == 4;
	}
	report = report_of(&input);
	assert_string_equal(report->summary, "4 of 6 modules have names but no lines; 1 has names "
					     "and lines; 1 has no names.");
	symbols_report_free(&report);

	input.count = 4;
	report = report_of(&input);
	assert_string_equal(report->summary, "All 4 modules have names but no lines.");
	symbols_report_free(&report);

	input.count = 1;
	report = report_of(&input);
	assert_string_equal(report->summary, "m has names but no lines.");
	symbols_report_free(&report);
}

static void what_misleads_is_told_before_what_is_missing(void **state)
{
	struct symbols_facts facts[] = {
		facts_of(SYMBOLS_OF_FILE, "bare", "/opt/bare"),
		facts_of(SYMBOLS_OF_FILE, "old", "/opt/old"),
	};
	struct symbols_input input = input_of(facts, 2);
	struct symbols_report *report;

	facts[1].is_replaced = true;
	report = report_of(&input);
	assert_int_equal(report->fixes.count, 2);
	assert_has(report->fixes.items[0].title, "old");
	assert_has(report->fixes.items[1].title, "bare");
	symbols_report_free(&report);
}

static void modules_that_perf_cannot_unpack_are_counted(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_MODULE, "m", "/lib/modules/m.ko.zst");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	facts.packing = "zstd";
	report = report_of(&input);
	assert_int_equal(report->notes.count, 1);
	assert_has(report->notes.items[0].words, "Packed with zstd: 1.");
	symbols_report_free(&report);
}

static void a_kernel_without_modules_is_said_to_have_none(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_KERNEL, "vmlinux", "");
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;

	facts.is_live = true;
	input.has_no_modules = true;
	report = report_of(&input);
	assert_string_equal(report->summary,
			    "The kernel has names but no lines (from "
			    "/proc/kallsyms). This kernel has no loadable modules.");
	symbols_report_free(&report);
}

static void a_kernel_thread_has_no_code_of_its_own(void **state)
{
	struct symbols_input input = input_of(NULL, 0);
	struct symbols_report *report;

	input.process = (struct symbols_process){ .pid = 2, .comm = "kthreadd", .perf_map = "" };
	report = report_of(&input);
	assert_string_equal(report->summary,
			    "kthreadd (2) has no code of its own: a kernel thread.");
	assert_int_equal(report->notes.count, 0);
	symbols_report_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_judged_by_what_it_has),
		cmocka_unit_test(a_debug_file_brings_names_and_lines),
		cmocka_unit_test(another_build_is_refused_whatever_it_has),
		cmocka_unit_test(what_was_replaced_or_is_not_there_is_said),
		cmocka_unit_test(names_that_the_kernel_has_are_names),
		cmocka_unit_test(a_refused_debug_file_is_told),
		cmocka_unit_test(the_summary_counts_the_most_first),
		cmocka_unit_test(what_misleads_is_told_before_what_is_missing),
		cmocka_unit_test(modules_that_perf_cannot_unpack_are_counted),
		cmocka_unit_test(a_kernel_without_modules_is_said_to_have_none),
		cmocka_unit_test(a_kernel_thread_has_no_code_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
