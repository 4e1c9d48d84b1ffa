/* Is the cost of leaving a guest the difference of two medians, and said to be no more? */
#include "analyse/world_switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)

/* So many times: each tenth of the run is step_us longer than the one before. */
static void fold(uint64_t sync_us, uint64_t step_us, size_t count, struct sync_run *run)
{
	uint64_t *write_ns = calloc(count, sizeof(*write_ns));
	uint64_t *sync_ns = calloc(count, sizeof(*sync_ns));

	assert_true(write_ns && sync_ns);
	for (size_t i = 0; i < count; i++) {
		write_ns[i] = US(2);
		sync_ns[i] = US(sync_us + step_us * (i * SYNC_PARTS / count));
	}
	assert_int_equal(sync_run_fold(write_ns, sync_ns, count, run), 0);
	free(write_ns);
	free(sync_ns);
}

static void a_run_has_its_quantiles_and_those_of_its_parts(void **state)
{
	struct sync_run run = {};

	fold(100, 10, 1000, &run);
	assert_int_equal(run.count, 1000);
	assert_int_equal(run.sync.min_ns, US(100));
	assert_int_equal(run.sync.max_ns, US(190));
	assert_int_equal(run.sync.p50_ns, US(140));
	assert_int_equal(run.sync.p90_ns, US(180));
	assert_int_equal(run.write.p99_ns, US(2));
	assert_int_equal(run.part_p50_ns[0], US(100));
	assert_int_equal(run.part_p50_ns[9], US(190));
}

static void too_few_times_are_no_run(void **state)
{
	const uint64_t times_ns[SYNC_PARTS] = { 5, 1, 4, 2, 3, 9, 8, 7, 6, 10 };
	struct sync_run run = {};

	assert_int_equal(sync_run_fold(times_ns, times_ns, SYNC_PARTS - 1, &run), -ENODATA);
	assert_int_equal(sync_run_fold(times_ns, times_ns, 0, &run), -ENODATA);
	assert_int_equal(sync_run_fold(times_ns, times_ns, SYNC_PARTS, &run), 0);
	assert_int_equal(run.sync.min_ns, 1);
	assert_int_equal(run.sync.max_ns, 10);
	/* In their order. */
	assert_int_equal(run.part_p50_ns[2], 4);
}

static void judge(struct world_switch *report)
{
	assert_int_equal(world_switch_judge(report), 0);
}

static bool tells(const struct world_switch *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}

static struct world_switch both(uint64_t own_us, uint64_t guest_us, uint64_t step_us)
{
	struct world_switch report = { .has_guest = true };

	fold(own_us, step_us, 1000, &report.own);
	fold(guest_us, step_us, 1000, &report.guest);
	strcpy(report.own.hypervisor, "none");
	strcpy(report.guest.hypervisor, "KVM");
	return report;
}

static void the_cost_is_the_difference_of_the_medians(void **state)
{
	owns(world_switch_free) struct world_switch report = both(100, 300, 1);

	judge(&report);
	assert_int_equal(report.cost_ns, (int64_t)US(200));
	assert_int_equal(report.least_ns, (int64_t)US(191));
	assert_int_equal(report.most_ns, (int64_t)US(209));
	assert_true(report.guest_share > 0.65 && report.guest_share < 0.66);
	assert_int_equal(report.notes.count, 0);
}

static void runs_that_differ_more_in_themselves_show_nothing(void **state)
{
	owns(world_switch_free) struct world_switch report = both(100, 120, 10);

	judge(&report);
	assert_int_equal(report.cost_ns, (int64_t)US(20));
	assert_true(report.least_ns < 0);
	assert_true(tells(&report, "The runs' parts differ by more than the two sides do"));
}

static void a_guest_that_is_faster_flushes_nothing(void **state)
{
	owns(world_switch_free) struct world_switch report = both(300, 100, 0);

	judge(&report);
	assert_int_equal(report.cost_ns, -(int64_t)US(200));
	assert_true(report.guest_share < 0);
	assert_true(tells(&report, "cache=unsafe"));
}

static void what_makes_the_two_unlike_is_told(void **state)
{
	owns(world_switch_free) struct world_switch report = both(100, 300, 0);

	report.own.block_bytes = 4096;
	report.guest.block_bytes = 8192;
	report.guest.was_stopped = true;
	report.guest.count = 100;
	strcpy(report.guest.hypervisor, "none");
	strcpy(report.own.hypervisor, "KVM");
	judge(&report);
	assert_true(tells(&report, "does not say that it was made in a guest"));
	assert_true(tells(&report, "This machine is a guest itself"));
	assert_true(tells(&report, "blocks of different sizes"));
	assert_true(tells(&report, "The guest was stopped before its time"));
	assert_true(tells(&report, "The guest was measured 100 times only"));
}

static void one_side_alone_has_no_cost(void **state)
{
	owns(world_switch_free) struct world_switch report = {};

	fold(100, 0, 50, &report.own);
	judge(&report);
	assert_int_equal(report.cost_ns, 0);
	assert_true(tells(&report, "This machine was measured 50 times only"));
}

/* --- what the other side printed --- */

#define TIMES "{\"min_ns\":1,\"p50_ns\":2,\"p90_ns\":3,\"p99_ns\":4,\"max_ns\":5}"
#define PARTS "[1,2,3,4,5,6,7,8,9,10]"
#define RUN(schema, count, times, parts)                                                        \
	"{\"schema\":\"" schema "\",\"run\":{\"folder\":\"/m\",\"file_system\":\"ext4\","       \
	"\"hypervisor\":\"KVM\",\"count\":" count ",\"block_bytes\":4096,\"was_stopped\":true," \
	"\"write\":" TIMES ",\"sync\":" times ",\"part_p50_ns\":" parts "}}"

static void what_was_printed_is_read_back(void **state)
{
	static const char TEXT[] = RUN("slowpath.world_switch/1", "77", TIMES, PARTS);
	struct sync_run run = {};
	struct diag why = {};

	assert_int_equal(sync_run_read(TEXT, strlen(TEXT), &run, &why), 0);
	assert_string_equal(run.folder, "/m");
	assert_string_equal(run.fs_type, "ext4");
	assert_string_equal(run.hypervisor, "KVM");
	assert_int_equal(run.count, 77);
	assert_int_equal(run.block_bytes, 4096);
	assert_true(run.was_stopped);
	assert_int_equal(run.sync.p99_ns, 4);
	assert_int_equal(run.part_p50_ns[9], 10);
}

static void anything_else_is_refused(void **state)
{
	static const char *const TEXTS[] = {
		"",
		"nothing",
		"[]",
		"{}",
		"{\"schema\":\"slowpath.world_switch/1\"}",
		RUN("slowpath.kvm/1", "77", TIMES, PARTS),
		RUN("slowpath.world_switch/1", "9", TIMES, PARTS),
		RUN("slowpath.world_switch/1", "-77", TIMES, PARTS),
		RUN("slowpath.world_switch/1", "\"77\"", TIMES, PARTS),
		RUN("slowpath.world_switch/1", "77", "null", PARTS),
		RUN("slowpath.world_switch/1", "77",
		    "{\"min_ns\":9,\"p50_ns\":2,\"p90_ns\":3,\"p99_ns\":4,\"max_ns\":5}", PARTS),
		RUN("slowpath.world_switch/1", "77", TIMES, "[1,2]"),
		RUN("slowpath.world_switch/1", "77", TIMES, "[1,2,3,4,5,6,7,8,9,-1]"),
	};

	for (size_t i = 0; i < array_count(TEXTS); i++) {
		struct sync_run run = { .count = 1 };
		struct diag why = {};

		assert_int_equal(sync_run_read(TEXTS[i], strlen(TEXTS[i]), &run, &why), -EBADMSG);
		assert_true(why.text[0]);
		assert_int_equal(run.count, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_has_its_quantiles_and_those_of_its_parts),
		cmocka_unit_test(too_few_times_are_no_run),
		cmocka_unit_test(the_cost_is_the_difference_of_the_medians),
		cmocka_unit_test(runs_that_differ_more_in_themselves_show_nothing),
		cmocka_unit_test(a_guest_that_is_faster_flushes_nothing),
		cmocka_unit_test(what_makes_the_two_unlike_is_told),
		cmocka_unit_test(one_side_alone_has_no_cost),
		cmocka_unit_test(what_was_printed_is_read_back),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
