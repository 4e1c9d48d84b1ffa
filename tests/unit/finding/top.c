/* Are the right threads shown, and do rows move only for a reason? */
#include "finding/top.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/test.h"

#define WINDOW_NS 5000000000u

static struct top_thread *add(struct top_report *report, uint32_t tid, const char *name,
			      uint64_t lost_ns, uint64_t cpu_ns)
{
	struct top_thread *thread = array_push(&report->threads);

	assert_non_null(thread);
	thread->tid = tid;
	thread->lost_ns = lost_ns;
	thread->cpu_ns = cpu_ns;
	thread->heaviest.cause = lost_ns ? CAUSE_FS_SYNC : CAUSE_WAIT_IDLE;
	snprintf(thread->name, sizeof(thread->name), "%s", name);
	snprintf(thread->process, sizeof(thread->process), "process of %s", name);
	snprintf(thread->heaviest.culprit.name, sizeof(thread->heaviest.culprit.name), "vda");
	return thread;
}

static struct top_report *make(void)
{
	struct top_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->window_ns = WINDOW_NS;
	return report;
}

/* The numbers of the rows, as text: "3 1 2". */
static const char *rows_of(const struct top_rows *rows, const struct top_report *report)
{
	static char text[256];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rows->places.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "",
					 report->threads.items[rows->places.items[i]].tid);
	return text;
}

static void rows_are_by_what_was_lost(void **state)
{
	const struct top_choice choice = { .order = TOP_BY_LOST };
	struct top_report *report = make();
	struct top_rows rows = {};

	add(report, 1, "one", 1000000000, 0);
	add(report, 2, "two", 3000000000, 0);
	add(report, 3, "three", 2000000000, 0);
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "2 3 1");
	top_rows_free(&rows);
	top_report_free(&report);
}

static void each_order_has_its_first_row(void **state)
{
	struct top_report *report = make();
	struct top_rows rows = {};

	add(report, 30, "mike", 3000000000, 1)->heaviest.cause = CAUSE_LOCK_USER;
	add(report, 10, "zulu", 1000000000, 2)->wait_ns = 9000000000;
	add(report, 20, "alfa", 2000000000, 900000000)->heaviest.cause = CAUSE_CPU_RUNQUEUE;
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		static const char *const FIRST[] = {
			[TOP_BY_LOST] = "30 20 10", [TOP_BY_CPU] = "20 10 30",
			[TOP_BY_WAIT] = "10 30 20", [TOP_BY_CAUSE] = "20 10 30",
			[TOP_BY_NAME] = "20 30 10", [TOP_BY_TID] = "10 20 30",
		};
		const struct top_choice choice = { .order = order };

		rows.tids.count = 0;
		assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
		assert_string_equal(rows_of(&rows, report), FIRST[order]);
	}
	top_rows_free(&rows);
	top_report_free(&report);
}

static void rows_of_nearly_equal_weight_stay_where_they_are(void **state)
{
	const struct top_choice choice = { .order = TOP_BY_LOST };
	struct top_report *report = make();
	struct top_rows rows = {};
	struct top_thread *two;

	add(report, 1, "one", 1000000000, 0);
	two = add(report, 2, "two", 990000000, 0);
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "1 2");
	two->lost_ns = 1090000000;
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "1 2");
	two->lost_ns = 1200000000;
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "2 1");
	/* A tenth of next to nothing is no reason to move. */
	report->threads.items[0].lost_ns = 20000000;
	two->lost_ns = 10000000;
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "2 1");
	top_rows_free(&rows);
	top_report_free(&report);
}

static void a_new_row_goes_where_its_weight_puts_it(void **state)
{
	const struct top_choice choice = { .order = TOP_BY_LOST };
	struct top_report *report = make();
	struct top_rows rows = {};

	add(report, 1, "one", 1000000000, 0);
	add(report, 2, "two", 500000000, 0);
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	add(report, 3, "three", 1010000000, 0);
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "3 1 2");
	top_rows_free(&rows);
	top_report_free(&report);
}

static void those_that_idle_are_shown_when_they_are_asked_for(void **state)
{
	struct top_choice choice = { .order = TOP_BY_TID };
	struct top_report *report = make();
	struct top_rows rows = {};

	add(report, 1, "one", 0, 0);
	add(report, 2, "two", 0, 1);
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "2");
	choice.with_idle = true;
	assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
	assert_string_equal(rows_of(&rows, report), "1 2");
	top_rows_free(&rows);
	top_report_free(&report);
}

static void the_filter_finds_names_causes_culprits_and_numbers(void **state)
{
	static const struct {
		const char *filter;
		bool matches;
	} ROWS[] = {
		{ "", true },        { "CoMM", true }, { "process OF", true },
		{ "fs.sync", true }, { "VDA", true },  { "4711", true },
		{ "471", false },    { "vdb", false }, { "\xff", false },
	};
	struct top_report *report = make();
	const struct top_thread *thread = add(report, 4711, "command", 1, 0);

	for (size_t i = 0; i < array_count(ROWS); i++) {
		const struct top_choice choice = { .filter = ROWS[i].filter };

		assert_int_equal(top_matches(thread, &choice), ROWS[i].matches);
	}
	top_report_free(&report);
}

static void a_number_that_two_threads_had_makes_two_rows(void **state)
{
	const struct top_choice choice = { .order = TOP_BY_LOST };
	struct top_report *report = make();
	struct top_rows rows = {};

	add(report, 7, "old", 200000000, 0);
	add(report, 7, "new", 100000000, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(top_rows_choose(&rows, report, &choice), 0);
		assert_string_equal(rows_of(&rows, report), "7 7");
		assert_int_not_equal(rows.places.items[0], rows.places.items[1]);
	}
	top_rows_free(&rows);
	top_report_free(&report);
}

static void orders_are_known_by_their_names(void **state)
{
	enum top_order order;

	for (enum top_order i = 0; i < TOP_ORDERS; i++) {
		assert_int_equal(top_order_read(top_order_id(i), &order), 0);
		assert_int_equal(order, i);
		assert_true(top_order_words(i)[0]);
	}
	assert_int_equal(top_order_read("lostt", &order), -EINVAL);
	assert_int_equal(top_order_read("", &order), -EINVAL);
}

static void what_is_not_known_is_no_share(void **state)
{
	struct top_report report = {
		.window_ns = WINDOW_NS,
		.machine = { .cpus = 2, .user_ns = 300, .idle_ns = 700, .steal_ns = TOP_UNKNOWN },
	};
	const struct top_disk disk = { .reads = 3, .writes = 1, .wait_ns = 400 }, idle = {};

	assert_true(top_share(&report, TOP_UNKNOWN) < 0);
	assert_true(top_cpu_share(&report, TOP_UNKNOWN) < 0);
	assert_true(top_share(&report, WINDOW_NS / 2) == 0.5);
	assert_true(top_cpu_share(&report, report.machine.user_ns) == 0.3);
	assert_true(top_per_second(&report, 10) == 2);
	report.window_ns = report.machine.user_ns = report.machine.idle_ns = 0;
	assert_true(top_cpu_share(&report, 0) < 0);
	assert_true(top_share(&report, 1) < 0);
	assert_int_equal(top_mean_ns(&disk), 100);
	assert_int_equal(top_mean_ns(&idle), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_by_what_was_lost),
		cmocka_unit_test(each_order_has_its_first_row),
		cmocka_unit_test(rows_of_nearly_equal_weight_stay_where_they_are),
		cmocka_unit_test(a_new_row_goes_where_its_weight_puts_it),
		cmocka_unit_test(those_that_idle_are_shown_when_they_are_asked_for),
		cmocka_unit_test(the_filter_finds_names_causes_culprits_and_numbers),
		cmocka_unit_test(a_number_that_two_threads_had_makes_two_rows),
		cmocka_unit_test(orders_are_known_by_their_names),
		cmocka_unit_test(what_is_not_known_is_no_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
