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
		cmocka_unit_test(the_watch_is_told_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
