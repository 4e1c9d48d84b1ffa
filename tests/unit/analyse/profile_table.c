/* Are the rows of the table right, exact and in order? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "profiled.h"

static void recursion_counts_a_sample_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile_row *row;
	uint64_t user, kernel;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	kernel = stream_stack(&stream, "leaf", "recur", "recur", NULL);
	user = stream_user_stack(&stream, "walk", "walk", "walk", "main", NULL);
	stream_samples(&stream, 10, 4, user, kernel);
	stream_samples(&stream, 10, 6, user, 0);
	profiles = stream_profile(&stream, "symbol", 0, false);
	row = profile_row(profiles.items.items[0], NULL, "walk");
	assert_int_equal(row->total_samples, 10);
	assert_int_equal(row->self_samples, 6);
	row = profile_row(profiles.items.items[0], NULL, "recur");
	assert_int_equal(row->total_samples, 4);
	assert_int_equal(row->self_samples, 0);
	row = profile_row(profiles.items.items[0], NULL, "main");
	assert_int_equal(row->total, MS(10));
	assert_true(row->total_share == 1 && row->self_share == 0);
}

static void fill(struct stream *stream, bool is_reversed)
{
	static const char *const names[] = { "beta", "alpha", "gamma" };
	uint64_t stacks[3];

	stream_watch(stream, WATCH_MACHINE, 0);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t k = is_reversed ? 2 - i : i;

		stream_task(stream, 10 + k, names[k], 0);
		stacks[k] = stream_stack(stream, names[k], "root", NULL);
	}
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t k = is_reversed ? 2 - i : i;

		for (uint32_t tid = 10; tid < 13; tid++)
			stream_samples(stream, tid, 5, 0, stacks[k]);
	}
}

/* Equal rows and paths stand by their names, whichever was seen first. */
static void the_order_does_not_hang_on_that_of_the_events(void **state)
{
	owns(stream_free) struct stream forward = {}, backward = {};
	owns(profiles_free) struct profiles a = {}, b = {};

	fill(&forward, false);
	fill(&backward, true);
	a = stream_profile(&forward, "comm,dso,symbol", 0, false);
	b = stream_profile(&backward, "comm,dso,symbol", 0, false);
	assert_int_equal(a.items.items[0]->rows.count, 12);
	assert_int_equal(a.items.items[0]->nodes.count, 1 + 3 * 5);
	for (size_t i = 0; i < 12; i++) {
		const struct profile_row *one = &a.items.items[0]->rows.items[i];
		const struct profile_row *other = &b.items.items[0]->rows.items[i];

		assert_memory_equal(one, other, sizeof(*one));
		assert_string_equal(a.items.items[0]->frames.items[one->frame].name,
				    b.items.items[0]->frames.items[other->frame].name);
		assert_string_equal(a.items.items[0]->frames.items[one->threads].name,
				    b.items.items[0]->frames.items[other->threads].name);
	}
	for (size_t i = 0; i < a.items.items[0]->nodes.count; i++)
		assert_memory_equal(&a.items.items[0]->nodes.items[i],
				    &b.items.items[0]->nodes.items[i], sizeof(struct profile_node));
	assert_string_equal(
		a.items.items[0]->frames.items[a.items.items[0]->rows.items[0].frame].name,
		"alpha");
}

static void rows_are_told_apart_by_the_keys_alone(void **state)
{
	static const struct {
		const char *by;
		size_t rows;
	} cases[] = {
		{ "symbol", 4 },       { "comm", 3 },      { "pool", 3 },     { "dso", 1 },
		{ "symbol,comm", 12 }, { "pool,comm", 3 }, { "comm,dso", 3 },
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles profiles = {};

		fill(&stream, false);
		profiles = stream_profile(&stream, cases[i].by, 0, false);
		assert_int_equal(profiles.items.items[0]->rows.count, cases[i].rows);
		assert_string_equal(profiles.items.items[0]->by, cases[i].by);
	}
}

static void threads_of_a_pool_are_one_row_and_one_branch(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;
	uint64_t stack;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "z_rd_int_0", TASK_KERNEL);
	stream_task(&stream, 11, "z_rd_int_1", TASK_KERNEL);
	stack = stream_stack(&stream, "kfpu_begin", "taskq_thread", NULL);
	stream_samples(&stream, 10, 1, 0, stack);
	stream_samples(&stream, 11, 2, 0, stack);
	profiles = stream_profile(&stream, "pool,symbol", 0, false);
	profile = profiles.items.items[0];
	assert_int_equal(profile_row(profile, "z_rd_int_*", "kfpu_begin")->self_samples, 3);
	assert_int_equal(profile_path(profile, "z_rd_int_*", "taskq_thread", NULL)->samples, 3);
	assert_string_equal(profile->frames.items[profile->rows.items[0].pool].name, "z_rd_int_*");
}

static void small_rows_are_left_out_and_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t large, small;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	large = stream_stack(&stream, "large", NULL);
	small = stream_stack(&stream, "small", NULL);
	stream_samples(&stream, 10, 98, 0, large);
	stream_samples(&stream, 10, 2, 0, small);
	profiles = stream_profile(&stream, "symbol", 0.03, false);
	assert_non_null(profile_row(profiles.items.items[0], NULL, "large"));
	assert_null(profile_row(profiles.items.items[0], NULL, "small"));
	assert_null(profile_path(profiles.items.items[0], "worker", "small", NULL));
	assert_int_equal(profile_path(profiles.items.items[0], "worker", NULL)->self, MS(2));
	assert_int_equal(profiles.items.items[0]->hidden_rows, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recursion_counts_a_sample_once),
		cmocka_unit_test(the_order_does_not_hang_on_that_of_the_events),
		cmocka_unit_test(rows_are_told_apart_by_the_keys_alone),
		cmocka_unit_test(threads_of_a_pool_are_one_row_and_one_branch),
		cmocka_unit_test(small_rows_are_left_out_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
