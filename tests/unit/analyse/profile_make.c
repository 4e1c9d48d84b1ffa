/* What holds for every stream? Sums are exact, and the same events make the same profiles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "profiled.h"

enum {
	ROUNDS = 40,
	EVENTS = 1500,
};

/* Deterministic: a failure can be had again by its seed. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mostly numbers that others have too, sometimes any, and the odd ones. */
static uint64_t any_number(uint64_t *state)
{
	switch (draw(state) % 6) {
	case 0:
		return draw(state);
	case 1:
		return UINT64_MAX - draw(state) % 3;
	case 2:
		return AT(draw(state) % 100);
	default:
		return draw(state) % 8;
	}
}

/* A sound event of a kind that a profiler knows, with nonsense in it. */
static void add_nonsense(struct stream *stream, uint64_t *state)
{
	static const enum event_kind kinds[] = {
		EVENT_TASK, EVENT_TASK_END, EVENT_STACK,   EVENT_SAMPLE,  EVENT_SAMPLE, EVENT_RUN,
		EVENT_WAIT, EVENT_QUEUE,    EVENT_SYSCALL, EVENT_SAMPLER, EVENT_USAGE,  EVENT_LOSS,
	};
	enum event_kind kind = kinds[draw(state) % array_count(kinds)];
	size_t bytes = event_kind_bytes(kind);
	union {
		struct event_stack stack;
		struct event event;
		uint64_t words[64];
		uint32_t halves[128];
	} room = {};

	for (size_t i = 0; i < 64; i++) {
		room.words[i] = any_number(state);
		if (draw(state) % 2)
			room.halves[2 * i] = (uint32_t)any_number(state);
	}
	room.event.time_ns = AT(draw(state) % 100);
	if (kind == EVENT_STACK) {
		room.stack.frames = (uint32_t)(draw(state) % 10);
		bytes += room.stack.frames * sizeof(struct event_frame);
	}
	stream_add(stream, kind, &room, bytes);
}

static void add_all(struct stream *stream, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;

	stream_watch(stream, draw(&state) % 2 ? WATCH_PROCESS : WATCH_MACHINE, 3);
	for (uint32_t tid = 1; tid < 8; tid++)
		stream_task(stream, tid, "thread", tid % 2 ? TASK_TARGET : TASK_KERNEL);
	(void)stream_stack(stream, "a", "b", "c", NULL);
	(void)stream_stack(stream, "b", "d", NULL);
	for (int i = 0; i < EVENTS; i++)
		add_nonsense(stream, &state);
	if (draw(&state) % 2)
		stream_end(stream, 60);
}

/* That all parts sum to the whole is asserted by stream_profile(). */
static void nonsense_adds_up_and_does_so_again(void **state)
{
	static const char *const keys[] = { "comm,dso,symbol", "pool", "symbol,pool", "dso" };

	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		owns(stream_free) struct stream one = {}, other = {};
		owns(profiles_free) struct profiles first = {}, second = {};
		const char *by = keys[seed % array_count(keys)];
		bool is_wall = seed & 4;

		add_all(&one, seed);
		add_all(&other, seed);
		first = stream_profile(&one, by, 0, is_wall);
		second = stream_profile(&other, by, 0, is_wall);
		assert_int_equal(first.items.count, second.items.count);
		for (size_t i = 0; i < first.items.count; i++) {
			const struct profile *a = first.items.items[i], *b = second.items.items[i];

			assert_int_equal(a->rows.count, b->rows.count);
			assert_int_equal(a->nodes.count, b->nodes.count);
			for (size_t k = 0; k < a->nodes.count; k++)
				assert_memory_equal(&a->nodes.items[k], &b->nodes.items[k],
						    sizeof(a->nodes.items[k]));
		}
	}
}

/* A profiler that tells its trees, and what it was told. */
struct telling {
	struct profiler *profiler;
	struct profiles profiles;
};

static void telling_free(struct telling *telling)
{
	profiles_free(&telling->profiles);
	profiler_free(&telling->profiler);
}

static struct telling tell(const struct stream *stream, const struct profiler_options *wanted)
{
	struct profiler_options options = *wanted;
	struct telling telling = {};
	struct diag why = {};

	options.is_told = true;
	assert_int_equal(profile_keys_read("comm,dso,symbol", &options.keys), 0);
	assert_int_equal(profiler_new(&options, &telling.profiler), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(
			profiler_take(telling.profiler, stream->items.items[i].event, &why), 0);
	assert_int_equal(profiler_profiles(telling.profiler, &telling.profiles, &why), 0);
	return telling;
}

/* The nodes that were kept, one after another. */
struct expected {
	const struct profile *kept;
	size_t next;
};

static int expect_node(void *self, const struct profile *told, const struct profile_node *node)
{
	struct expected *expected = self;
	const struct profile *kept = expected->kept;
	const struct profile_node *other = &kept->nodes.items[expected->next++];
	const struct profile_frame *frame, *other_frame;

	assert_in_range(expected->next, 1, kept->nodes.count);
	assert_in_range(node->frame, 0, told->frames.count - 1);
	frame = &told->frames.items[node->frame];
	other_frame = &kept->frames.items[other->frame];
	assert_int_equal(node->depth, other->depth);
	assert_int_equal(node->self, other->self);
	assert_int_equal(node->total, other->total);
	assert_int_equal(node->samples, other->samples);
	assert_int_equal(node->self_samples, other->self_samples);
	assert_int_equal(frame->kind, other_frame->kind);
	assert_string_equal(frame->name, other_frame->name);
	assert_string_equal(frame->module, other_frame->module);
	return 0;
}

static void assert_told(const struct profiles *kept, const struct profiles *told)
{
	assert_int_equal(told->items.count, kept->items.count);
	for (size_t i = 0; i < kept->items.count; i++) {
		/* As often as somebody asks. */
		for (int times = 0; times < 2; times++) {
			struct expected expected = { .kept = kept->items.items[i] };

			assert_int_equal(
				profile_each_node(told->items.items[i], expect_node, &expected), 0);
			assert_int_equal(expected.next, expected.kept->nodes.count);
		}
		assert_int_equal(told->items.items[i]->nodes.count, 0);
		assert_int_equal(told->items.items[i]->amount, kept->items.items[i]->amount);
		assert_int_equal(told->items.items[i]->samples, kept->items.items[i]->samples);
	}
}

static void a_tree_that_is_told_is_the_one_that_would_be_kept(void **state)
{
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles kept = {};
		owns(telling_free) struct telling told = {};
		bool is_wall = seed & 4;

		add_all(&stream, seed);
		kept = stream_profile(&stream, "comm,dso,symbol", 0, is_wall);
		told = tell(&stream, &(struct profiler_options){ .is_wall = is_wall });
		assert_told(&kept, &told.profiles);
	}
}

static void wall_time_is_told_if_it_was_seen(void **state)
{
	for (int is_seen = 0; is_seen < 2; is_seen++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles kept = {};
		owns(telling_free) struct telling told = {};

		stream_watch(&stream, WATCH_MACHINE, 0);
		stream_task(&stream, 10, "worker", 0);
		stream_samples(&stream, 10, 2, stream_user_stack(&stream, "f", "main", NULL), 0);
		if (is_seen)
			stream_run(&stream, 10, 1, 3, 0);
		stream_end(&stream, 5);
		kept = stream_profile(&stream, "comm,dso,symbol", 0, is_seen);
		told = tell(&stream, &(struct profiler_options){ .is_wall_if_seen = true });
		assert_int_equal(told.profiles.items.items[0]->is_wall, is_seen);
		assert_told(&kept, &told.profiles);
	}
}

/* One profiler for both pictures. */
static void without_the_waits_wall_time_is_cpu_time(void **state)
{
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles kept = {}, wall = {}, cpu = {};
		struct profiler_options options = { .is_wall = true, .without_table = true };
		owns(profiler_free) struct profiler *profiler = NULL;
		struct diag why = {};

		stream_watch(&stream, WATCH_MACHINE, 0);
		stream_task(&stream, 10, "worker", 0);
		for (uint64_t i = 0; i < seed % 10; i++)
			stream_samples(&stream, 10, 2, 0,
				       stream_stack(&stream, "a", i % 2 ? "b" : NULL, NULL));
		stream_run(&stream, 10, 1, 3, 0);
		stream_end(&stream, 5);
		kept = stream_profile(&stream, "comm,dso,symbol", 0, false);
		assert_int_equal(profile_keys_read("comm,dso,symbol", &options.keys), 0);
		assert_int_equal(profiler_new(&options, &profiler), 0);
		for (size_t i = 0; i < stream.items.count; i++)
			assert_int_equal(profiler_take(profiler, stream.items.items[i].event, &why),
					 0);
		assert_int_equal(profiler_profiles(profiler, &wall, &why), 0);
		assert_true(wall.items.items[0]->is_wall);
		profiler_leave_waits(profiler);
		assert_int_equal(profiler_profiles(profiler, &cpu, &why), 0);
		assert_false(cpu.items.items[0]->is_wall);
		assert_int_equal(cpu.items.items[0]->rows.count, 0);
		assert_int_equal(cpu.items.items[0]->nodes.count, kept.items.items[0]->nodes.count);
		assert_int_equal(cpu.items.items[0]->amount, kept.items.items[0]->amount);
	}
}

static int count_crowded(void *self, const struct profile *profile, const struct profile_node *node)
{
	uint64_t *samples = self;

	if (strcmp(profile->frames.items[node->frame].name, PROFILE_CROWDED) == 0) {
		assert_int_equal(node->depth, 2);
		*samples += node->self_samples;
	}
	return 0;
}

static void stacks_without_room_stand_under_a_name_of_their_own(void **state)
{
	static const char *const NAMES[] = { "a", "b", "c", "d", "e", "f" };
	owns(stream_free) struct stream stream = {};
	owns(telling_free) struct telling told = {};
	uint64_t samples = 0;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	for (size_t i = 0; i < array_count(NAMES); i++)
		stream_samples(&stream, 10, 2, stream_user_stack(&stream, NAMES[i], "main", NULL),
			       0);
	stream_samples(&stream, 10, 1, 0, 0);
	told = tell(&stream, &(struct profiler_options){ .kinds_max = 4 });
	assert_int_equal(profile_each_node(told.profiles.items.items[0], count_crowded, &samples),
			 0);
	assert_int_equal(samples, 4);
	assert_int_equal(profiler_crowded(told.profiler), 4);
	assert_int_equal(told.profiles.items.items[0]->samples, 13);
	assert_int_equal(told.profiles.items.items[0]->amount, MS(13));
}

static void the_watch_is_told_as_it_was(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	const struct profile *profile;

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_fact(&stream, "facility.samples", "PMU cycles at 99 Hz");
	stream_end(&stream, 250);
	profiles = stream_profile(&stream, "symbol,comm", 0.25, false);
	profile = profiles.items.items[0];
	assert_int_equal(profile->target, TARGET_COMMAND);
	assert_string_equal(profile->name, "subject");
	assert_int_equal(profile->pid, 10);
	assert_int_equal(profile->window_ns, MS(250));
	assert_int_equal(profile->cpus, 2);
	assert_string_equal(profile->sampler, "PMU cycles at 99 Hz");
	assert_string_equal(profile->by, "symbol,comm");
	assert_true(profile->min_share == 0.25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_adds_up_and_does_so_again),
		cmocka_unit_test(a_tree_that_is_told_is_the_one_that_would_be_kept),
		cmocka_unit_test(wall_time_is_told_if_it_was_seen),
		cmocka_unit_test(without_the_waits_wall_time_is_cpu_time),
		cmocka_unit_test(stacks_without_room_stand_under_a_name_of_their_own),
		cmocka_unit_test(the_watch_is_told_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
