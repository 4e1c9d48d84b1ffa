/* Is what differs told apart from what chance does? */
#include "analyse/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

enum {
	SLICES = 48,
};

/* A command that ran for so long on a CPU, and flushed for so long; the flushes come and go. */
static struct verdict *verdict_of(uint64_t user_ns, uint64_t sync_ns)
{
	const uint64_t ns[] = { user_ns, sync_ns };
	const enum cause causes[] = { CAUSE_CPU_USER, CAUSE_FS_SYNC };
	struct verdict *verdict = calloc(1, sizeof(*verdict));

	assert_non_null(verdict);
	verdict->target = TARGET_COMMAND;
	verdict->has_exit_status = true;
	strcpy(verdict->name, "job");
	strcpy(verdict->base_words, "the command's wall time");
	verdict->base_ns = verdict->window_ns = user_ns + sync_ns;
	verdict->slices.slice_ns = verdict->window_ns / SLICES;
	verdict->slices.count = SLICES;
	for (size_t i = 0; i < 2; i++) {
		struct finding *finding;

		if (!ns[i])
			continue;
		finding = array_push(&verdict->findings);
		assert_non_null(finding);
		finding->cause = causes[i];
		finding->ns = ns[i];
		finding->share = (double)ns[i] / (double)verdict->base_ns;
		finding->subject =
			i ? subject_say("device", "vda") : subject_say("function", "work");
		for (size_t slice = 0; slice < SLICES; slice++)
			verdict->slices.ns[slice][causes[i]] =
				ns[i] / SLICES + (slice % 2 ? ns[i] / SLICES / 8 : 0);
	}
	return verdict;
}

static struct profile *profile_of(uint64_t work_samples, uint64_t sort_samples)
{
	const uint64_t samples[] = { work_samples, sort_samples };
	static const char *const NAMES[] = { "work", "sort" };
	struct profile *profile = calloc(1, sizeof(*profile));

	assert_non_null(profile);
	profile->unit = PROFILE_NS;
	for (size_t i = 0; i < 2; i++) {
		struct profile_row *row = array_push(&profile->rows);

		assert_non_null(row);
		*row = (struct profile_row){
			.threads = UINT32_MAX,
			.frame = profile_add_frame(profile, FRAME_USER, NAMES[i], "/bin/job"),
			.self = samples[i] * MS(1),
			.self_samples = samples[i],
			.self_share = (double)samples[i] / (double)(work_samples + sort_samples),
		};
		assert_int_not_equal(row->frame, UINT32_MAX);
		profile->amount += row->self;
	}
	return profile;
}

struct side {
	struct run items[4];
	size_t count;
};

static void side_add(struct side *side, struct verdict *verdict, struct profile *profile)
{
	side->items[side->count++] =
		(struct run){ .path = "file", .verdict = verdict, .profile = profile };
}

static void side_end(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct verdict *verdict = (struct verdict *)(uintptr_t)side->items[i].verdict;
		struct profile *profile = (struct profile *)(uintptr_t)side->items[i].profile;

		verdict_free(&verdict);
		profile_free(&profile);
	}
}

static struct comparison *compared(const struct side *before, const struct side *after)
{
	struct comparison *comparison = NULL;
	struct diag why = {};

	assert_int_equal(compare_runs(&(struct runs){ before->items, before->count },
				      &(struct runs){ after->items, after->count }, &comparison,
				      &why),
			 0);
	return comparison;
}

static const struct change *find(const struct comparison *comparison, enum change_kind kind,
				 const char *name)
{
	for (size_t i = 0; i < comparison->changes.count; i++) {
		const struct change *change = &comparison->changes.items[i];

		if (change->kind == kind && strcmp(change->name, name) == 0)
			return change;
	}
	fail_msg("there is no %s", name);
	return NULL;
}

static bool has(const struct comparison *comparison, enum change_kind kind)
{
	for (size_t i = 0; i < comparison->changes.count; i++) {
		if (comparison->changes.items[i].kind == kind)
			return true;
	}
	return false;
}

static void a_cause_that_only_one_run_has_is_told_first(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;
	const struct change *change;

	side_add(&before, verdict_of(MS(1000), 0), profile_of(900, 100));
	side_add(&after, verdict_of(MS(1020), MS(500)), profile_of(910, 110));
	comparison = compared(&before, &after);
	assert_false(comparison->is_rate);
	change = find(comparison, CHANGE_CAUSE, "fs.sync");
	assert_ptr_equal(change, &comparison->changes.items[1]); /* behind the time */
	assert_true(change->is_certain);
	assert_int_equal((uint64_t)change->after_ns, MS(500));
	assert_true(change->share > 0.499 && change->share < 0.501);
	assert_true(find(comparison, CHANGE_TIME, "the command's wall time")->is_certain);
	assert_true(find(comparison, CHANGE_SUBJECT, "vda")->is_certain);
	assert_false(find(comparison, CHANGE_CAUSE, "cpu.user")->is_certain);
	assert_false(find(comparison, CHANGE_FUNCTION, "sort")->is_certain);
	assert_string_equal(comparison->next_command, "slowpath -i file");
}

static void like_runs_have_no_certain_difference(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;

	side_add(&before, verdict_of(MS(1000), MS(200)), profile_of(900, 100));
	side_add(&after, verdict_of(MS(1080), MS(250)), profile_of(880, 120));
	comparison = compared(&before, &after);
	assert_int_equal(comparison_certain(comparison), 0);
	assert_string_equal(comparison->next_command, "");
	assert_int_equal(comparison->notes.count, 1); /* one run a side */
}

static void several_runs_show_a_small_difference(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;
	const struct change *change;

	for (uint64_t i = 0; i < 4; i++) {
		side_add(&before, verdict_of(MS(1000 + 3 * i), MS(200)), profile_of(900, 100));
		side_add(&after, verdict_of(MS(1001 + 3 * i), MS(240 + i)), profile_of(900, 100));
	}
	comparison = compared(&before, &after);
	change = find(comparison, CHANGE_CAUSE, "fs.sync");
	assert_true(change->is_certain); /* 3 % of the time: too little for single runs */
	assert_true(change->chance_ns > 0 && change->chance_ns < MS(10));
	assert_false(find(comparison, CHANGE_CAUSE, "cpu.user")->is_certain);
	assert_int_equal(comparison->notes.count, 0);
}

static void runs_that_differ_much_hide_a_difference(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;

	for (uint64_t i = 0; i < 3; i++) {
		side_add(&before, verdict_of(MS(1000), MS(100 + 200 * i)), NULL);
		side_add(&after, verdict_of(MS(1000), MS(150 + 250 * i)), NULL);
	}
	comparison = compared(&before, &after);
	assert_false(find(comparison, CHANGE_CAUSE, "fs.sync")->is_certain);
	assert_false(has(comparison, CHANGE_FUNCTION));
}

static void a_function_is_told_beyond_what_its_samples_make(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;

	side_add(&before, verdict_of(MS(1000), 0), profile_of(900, 100));
	side_add(&after, verdict_of(MS(1500), 0), profile_of(900, 600));
	comparison = compared(&before, &after);
	assert_true(find(comparison, CHANGE_FUNCTION, "sort")->is_certain);
	assert_false(find(comparison, CHANGE_FUNCTION, "work")->is_certain);
	assert_string_equal(comparison->next_command,
			    "slowpath cpu -i file --before file --flame change.svg");
}

static void functions_are_not_compared_when_a_run_has_none(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;

	side_add(&before, verdict_of(MS(1000), 0), profile_of(900, 100));
	side_add(&after, verdict_of(MS(1000), 0), NULL);
	comparison = compared(&before, &after);
	assert_false(has(comparison, CHANGE_FUNCTION));
	assert_int_equal(comparison->notes.count, 2);
}

static void watches_count_each_second(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;
	struct verdict *half = verdict_of(MS(500), MS(100)), *whole = verdict_of(MS(1000), MS(200));

	half->target = whole->target = TARGET_MACHINE;
	side_add(&before, half, NULL);
	side_add(&after, whole, NULL);
	comparison = compared(&before, &after);
	assert_true(comparison->is_rate);
	assert_int_equal(comparison_certain(comparison), 0);
	assert_int_equal((uint64_t)find(comparison, CHANGE_CAUSE, "fs.sync")->before_ns,
			 1000000000ULL / 6);
}

static void a_short_run_does_not_tell_what_chance_does(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(comparison_free) struct comparison *comparison = NULL;
	struct verdict *brief = verdict_of(MS(30), MS(30));

	brief->slices.count = 6;
	side_add(&before, brief, NULL);
	side_add(&after, verdict_of(MS(30), MS(300)), NULL);
	comparison = compared(&before, &after);
	assert_false(find(comparison, CHANGE_CAUSE, "fs.sync")->is_chance_known);
	assert_int_equal(comparison_certain(comparison), 0);
}

static void a_command_and_a_machine_cannot_be_compared(void **state)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	struct comparison *comparison = NULL;
	struct verdict *machine = verdict_of(MS(500), MS(100));
	struct diag why = {};

	machine->target = TARGET_MACHINE;
	side_add(&before, machine, NULL);
	side_add(&after, verdict_of(MS(500), MS(100)), NULL);
	assert_int_equal(compare_runs(&(struct runs){ before.items, 1 },
				      &(struct runs){ after.items, 1 }, &comparison, &why),
			 -EINVAL);
	assert_null(comparison);
	assert_non_null(strstr(why.text, "cannot be compared"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_that_only_one_run_has_is_told_first),
		cmocka_unit_test(like_runs_have_no_certain_difference),
		cmocka_unit_test(several_runs_show_a_small_difference),
		cmocka_unit_test(runs_that_differ_much_hide_a_difference),
		cmocka_unit_test(a_function_is_told_beyond_what_its_samples_make),
		cmocka_unit_test(functions_are_not_compared_when_a_run_has_none),
		cmocka_unit_test(watches_count_each_second),
		cmocka_unit_test(a_short_run_does_not_tell_what_chance_does),
		cmocka_unit_test(a_command_and_a_machine_cannot_be_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
