/* Is a profile the same when stacks were forgotten while it was made? And is it told when it cannot
 * be? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "profiled.h"

#define GENERATION 500

/* One sample, whose stacks are told just before it: from `is_afresh` on older ones are not named.
 */
static void add_sample(struct stream *stream, uint32_t tid, const char *const path[6],
		       bool is_afresh)
{
	struct event_sample sample = { .tid = tid, .period = 1000 };
	struct event_stack *told;

	sample.user_stack = stream_user_stack(stream, path[0], path[1], path[2], NULL);
	told = (struct event_stack *)(void *)stream->items.items[stream->items.count - 1].event;
	if (is_afresh)
		told->flags |= STACK_AFRESH;
	if (path[3])
		sample.stack = stream_stack(stream, path[3], path[4], path[5], NULL);
	stream_add(stream, EVENT_SAMPLE, &sample, sizeof(sample));
}

static void begin(struct stream *stream)
{
	static const char *const NAMES[] = { "a",  "b",  "c",  "d", "_raw_spin_unlock_irq_x",
					     "k1", "k2", "k3", "k4" };

	stream_watch(stream, WATCH_MACHINE, 0);
	stream_fact(stream, "facility.samples", "cpu-clock");
	stream_task(stream, 10, "pool_1", 0);
	stream_task(stream, 11, "pool_2", 0);
	/* Symbols are told before their first use, and not between a stack and its flag. */
	for (size_t i = 0; i < array_count(NAMES); i++)
		(void)stream_user_stack(stream, NAMES[i], NULL);
}

static void add_random(struct stream *stream, unsigned int *seed, bool is_afresh)
{
	static const char *const USER[] = { "a", "b", "c", "d" };
	static const char *const KERNEL[] = { "_raw_spin_unlock_irq_x", "k1", "k2", "k3", "k4" };
	const char *path[6] = {};
	int kernel = rand_r(seed) % 4, user = 1 + rand_r(seed) % 3;

	for (int i = 0; i < user; i++)
		path[i] = USER[(size_t)(rand_r(seed) % 4)];
	for (int i = 0; i < kernel; i++)
		path[3 + i] = KERNEL[(size_t)(rand_r(seed) % 5)];
	add_sample(stream, 10 + (uint32_t)(rand_r(seed) % 2), path, is_afresh);
}

struct made {
	struct profiler *profiler;
	struct profiles profiles;
};

static void made_free(struct made *made)
{
	profiles_free(&made->profiles);
	profiler_free(&made->profiler);
}

static struct made make(const struct stream *stream, const char *by, double min_share,
			double least_share)
{
	struct profiler_options options = { .min_share = min_share,
					    .least_share = least_share,
					    .frames_max = 1 };
	struct diag why = {};
	struct made made = {};

	assert_int_equal(profile_keys_read(by, &options.keys), 0);
	assert_int_equal(profiler_new(&options, &made.profiler), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(profiler_take(made.profiler, stream->items.items[i].event, &why),
				 0);
	assert_int_equal(profiler_profiles(made.profiler, &made.profiles, &why), 0);
	return made;
}

static void assert_same(const struct profile *one, const struct profile *other)
{
	assert_int_equal(one->amount, other->amount);
	assert_int_equal(one->hidden_rows, other->hidden_rows);
	assert_int_equal(one->rows.count, other->rows.count);
	assert_int_equal(one->nodes.count, other->nodes.count);
	assert_int_equal(one->frames.count, other->frames.count);
	assert_int_equal(one->notes.count, other->notes.count);
	assert_memory_equal(one->rows.items, other->rows.items,
			    one->rows.count * sizeof(*one->rows.items));
	assert_memory_equal(one->nodes.items, other->nodes.items,
			    one->nodes.count * sizeof(*one->nodes.items));
	for (size_t i = 0; i < one->frames.count; i++)
		assert_string_equal(one->frames.items[i].name, other->frames.items[i].name);
	for (size_t i = 0; i < one->notes.count; i++)
		assert_string_equal(one->notes.items[i].words, other->notes.items[i].words);
}

static void what_is_shown_is_the_same_to_the_sample(void **state)
{
	static const char *const KEYS[] = { "comm,dso,symbol", "symbol", "pool,symbol", "pool,comm",
					    "dso" };
	owns(stream_free) struct stream stream = {};
	unsigned int seed = 3;

	begin(&stream);
	for (int i = 0; i < 10 * GENERATION; i++)
		add_random(&stream, &seed, i && i % GENERATION == 0);
	for (size_t i = 0; i < array_count(KEYS); i++) {
		owns(made_free) struct made whole = make(&stream, KEYS[i], 0.02, 0);
		owns(made_free) struct made folded = make(&stream, KEYS[i], 0.02, 0.02);

		assert_false(profiler_is_cut(whole.profiler));
		assert_false(profiler_is_cut(folded.profiler));
		assert_same(whole.profiles.items.items[0], folded.profiles.items.items[0]);
		assert_true(whole.profiles.items.items[0]->nodes.count > 10);
		assert_true(whole.profiles.items.items[0]->hidden_rows > 0);
	}
}

/* A profile can be made more than once. */
static void profiles_of_what_was_forgotten_can_be_made_again(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles again = {};
	unsigned int seed = 5;
	struct diag why = {};

	begin(&stream);
	for (int i = 0; i < 3 * GENERATION; i++)
		add_random(&stream, &seed, i && i % GENERATION == 0);
	{
		owns(made_free) struct made made = make(&stream, "symbol", 0.05, 0.05);

		assert_int_equal(profiler_profiles(made.profiler, &again, &why), 0);
		assert_same(made.profiles.items.items[0], again.items.items[0]);
	}
}

/* b: a sample before the stacks are forgotten, too few to be told apart, and many after. */
static void what_grows_late_is_known_to_lack_something(void **state)
{
	static const char *const OFTEN[6] = { "c", "a" }, *const LATE[6] = { "d", "b" };
	owns(stream_free) struct stream stream = {};
	const struct profile *profile;

	begin(&stream);
	add_sample(&stream, 10, LATE, false);
	for (int i = 0; i < 100; i++)
		add_sample(&stream, 10, OFTEN, false);
	for (int i = 0; i < 100; i++)
		add_sample(&stream, 10, LATE, i == 0);
	{
		owns(made_free) struct made shown = make(&stream, "symbol", 0.1, 0.1);
		owns(made_free) struct made hidden = make(&stream, "symbol", 0.7, 0.1);

		assert_true(profiler_is_cut(shown.profiler));
		/* The table is right all the same. */
		profile = shown.profiles.items.items[0];
		assert_int_equal(profile_row(profile, NULL, "d")->self_samples, 101);
		assert_int_equal(profile_path(profile, "pool_1", "b", NULL)->samples, 101);
		assert_int_equal(profile_path(profile, "pool_1", "b", "d", NULL)->samples, 100);
		/* Nobody asks what is below b where b is not shown. */
		assert_false(profiler_is_cut(hidden.profiler));
	}
}

/* It has but one frame: there is nothing that was not told apart. */
static void what_ends_early_lacks_nothing(void **state)
{
	static const char *const OFTEN[6] = { "c", "a" }, *const LATE[6] = { "b" };
	owns(stream_free) struct stream stream = {};

	begin(&stream);
	add_sample(&stream, 10, LATE, false);
	for (int i = 0; i < 100; i++)
		add_sample(&stream, 10, OFTEN, false);
	for (int i = 0; i < 100; i++)
		add_sample(&stream, 10, LATE, i == 0);
	{
		owns(made_free) struct made made = make(&stream, "symbol", 0.1, 0.1);
		const struct profile *profile = made.profiles.items.items[0];

		assert_false(profiler_is_cut(made.profiler));
		assert_int_equal(profile_path(profile, "pool_1", "b", NULL)->self_samples, 101);
	}
}

/* The threads of a pool may all be from before. */
static void threads_that_are_no_more_keep_their_branch(void **state)
{
	static const char *const PATH[6] = { "c", "a" };
	owns(stream_free) struct stream stream = {};
	const struct profile *profile;

	begin(&stream);
	for (int i = 0; i < 100; i++)
		add_sample(&stream, 10, PATH, false);
	for (int i = 0; i < 50; i++)
		add_sample(&stream, 11, PATH, i == 0);
	{
		owns(made_free) struct made made = make(&stream, "comm,symbol", 0.1, 0.1);

		profile = made.profiles.items.items[0];
		assert_int_equal(profile_path(profile, "pool_1", "a", "c", NULL)->self_samples,
				 100);
		assert_int_equal(profile_path(profile, "pool_2", "a", "c", NULL)->self_samples, 50);
		assert_int_equal(profile_row(profile, "pool_1", "c")->self_samples, 100);
	}
}

/* Waits of old tell of stacks that samples no longer name. */
static void wall_time_keeps_all_stacks(void **state)
{
	static const char *const PATH[6] = { "c", "a" };
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t stack;

	begin(&stream);
	stack = stream_stack(&stream, "k1", NULL);
	for (int i = 0; i < 10; i++)
		add_sample(&stream, 10, PATH, i == 5);
	stream_wait(&stream, 10, 0, 50, (struct event_wait){ .stack = stack, .syscall = -1 });
	stream_end(&stream, 50);
	profiles = stream_profile(&stream, "symbol", 0, true);
	assert_non_null(profile_row(profiles.items.items[0], NULL, "k1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_the_same_to_the_sample),
		cmocka_unit_test(profiles_of_what_was_forgotten_can_be_made_again),
		cmocka_unit_test(what_grows_late_is_known_to_lack_something),
		cmocka_unit_test(what_ends_early_lacks_nothing),
		cmocka_unit_test(threads_that_are_no_more_keep_their_branch),
		cmocka_unit_test(wall_time_keeps_all_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
