/* Is what happened just now a whole recording, and nothing of what was before it? */
#include "recording/recent.h"

#include <errno.h>

#include "base/array.h"
#include "unit/recording/stream.h"

enum {
	SECOND_NS = 1000000000,
	BLOCK_BYTES = 256 << 10, /* what is let go of at once */
};

static void take(struct recent *recent, void *event, unsigned int kind, size_t bytes,
		 uint64_t time_ns)
{
	struct event *head = event;
	struct diag why = {};

	*head = (struct event){ .bytes = (uint32_t)bytes,
				.kind = (uint16_t)kind,
				.time_ns = time_ns };
	assert_int_equal(recent_take(recent, head, &why), 0);
}

static void take_watch(struct recent *recent)
{
	struct event_watch watch = { .cpus = 2 };

	take(recent, &watch, EVENT_WATCH, sizeof(watch), SECOND_NS);
}

static void take_run(struct recent *recent, uint32_t tid, uint64_t start_ns, uint64_t end_ns)
{
	struct event_run run = { .tid = tid, .start_ns = start_ns };

	take(recent, &run, EVENT_RUN, sizeof(run), end_ns);
}

static void take_task(struct recent *recent, uint32_t tid, const char *comm, uint64_t time_ns)
{
	struct event_task task = { .tid = tid, .tgid = tid };

	strncpy(task.comm, comm, sizeof(task.comm) - 1);
	take(recent, &task, EVENT_TASK, sizeof(task), time_ns);
}

static void take_symbol(struct recent *recent, uint32_t id)
{
	union {
		char bytes[sizeof(struct event_symbol) + 8];
		struct event_symbol symbol;
	} event = {}; /* zeroes its first member: all of it */

	event.symbol.id = id;
	event.symbol.name_bytes = 4;
	memcpy(event.symbol.text, "main", 4);
	take(recent, &event, EVENT_SYMBOL, sizeof(event), 0);
}

static void take_stack(struct recent *recent, uint64_t id, uint32_t symbol)
{
	union {
		char bytes[sizeof(struct event_stack) + sizeof(struct event_frame)];
		struct event_stack stack;
	} event = {};

	event.stack.id = id;
	event.stack.frames = 1;
	event.stack.frame[0].symbol = symbol;
	take(recent, &event, EVENT_STACK, sizeof(event), 0);
}

/* What was written up to that time, in order; *ret_ns: how much of the past it is. */
static void write_and_read(struct recent *recent, const struct scratch *scratch, uint64_t end_ns,
			   uint64_t *ret_ns, struct stream *ret)
{
	struct diag why = {};
	char damage[512];

	assert_int_equal(recent_write(recent, scratch->path, end_ns, ret_ns, &why), 0);
	assert_int_equal(stream_read(ret, scratch->path, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
}

/* The nth event of the stream. */
static const void *nth(const struct stream *stream, size_t n)
{
	size_t place = 0;

	assert_true(n < stream->events);
	while (n--)
		place += ((const struct event *)(const void *)(stream->image.bytes + place))->bytes;
	return stream->image.bytes + place;
}

static unsigned int kind_of(const struct stream *stream, size_t n)
{
	return ((const struct event *)nth(stream, n))->kind;
}

static void what_is_held_is_a_whole_recording_of_a_watch(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	struct stream read;
	uint64_t ns = 0;

	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	take_watch(recent);
	take_task(recent, 11, "before", SECOND_NS);
	take_run(recent, 11, SECOND_NS, 2ULL * SECOND_NS);
	take_task(recent, 11, "after", 2ULL * SECOND_NS);
	take_run(recent, 11, 2ULL * SECOND_NS, 3ULL * SECOND_NS);
	take_run(recent, 11, 3ULL * SECOND_NS, 4ULL * SECOND_NS);
	write_and_read(recent, scratch, 3ULL * SECOND_NS, &ns, &read);

	assert_int_equal(ns, 2ULL * SECOND_NS);
	assert_int_equal(read.events, 5);
	assert_int_equal(kind_of(&read, 0), EVENT_WATCH);
	assert_int_equal(((const struct event *)nth(&read, 0))->time_ns, SECOND_NS);
	assert_string_equal(((const struct event_task *)nth(&read, 1))->comm, "after");
	assert_int_equal(kind_of(&read, 2), EVENT_RUN);
	assert_int_equal(kind_of(&read, 3), EVENT_RUN);
	assert_int_equal(kind_of(&read, 4), EVENT_WATCH_END);
	assert_int_equal(((const struct event *)nth(&read, 4))->time_ns, 3ULL * SECOND_NS);
	stream_free(&read);
	recent_free(&recent);
}

static void a_span_from_before_is_cut_where_the_recording_begins(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	const struct event_run *run;
	struct stream read;
	uint64_t ns = 0;

	assert_int_equal(recent_new(2ULL * SECOND_NS, 1 << 20, &recent), 0);
	take_watch(recent);
	take_run(recent, 11, SECOND_NS, 3ULL * SECOND_NS);
	take_run(recent, 11, 2ULL * SECOND_NS, 5ULL * SECOND_NS);
	write_and_read(recent, scratch, 5ULL * SECOND_NS, &ns, &read);

	assert_int_equal(ns, 2ULL * SECOND_NS);
	assert_int_equal(read.events, 3);
	run = nth(&read, 1);
	assert_int_equal(run->start_ns, 3ULL * SECOND_NS);
	assert_true(run->flags & SPAN_OPEN_START);
	stream_free(&read);
	recent_free(&recent);
}

static void what_finds_no_room_is_no_part_of_the_time_that_is_told(void **state)
{
	const uint64_t step_ns = SECOND_NS / 1000;
	const size_t count = 3 * BLOCK_BYTES / sizeof(struct event_run);
	const struct scratch *scratch = *state;
	uint64_t ns = 0, end_ns = SECOND_NS + count * step_ns;
	const struct event_run *first;
	struct recent *recent = NULL;
	struct stream read;

	/* Room for two blocks: of the first of the three only that it was there is known. */
	assert_int_equal(recent_new(1000ULL * SECOND_NS, 2 * BLOCK_BYTES, &recent), 0);
	take_watch(recent);
	for (size_t i = 0; i < count; i++)
		take_run(recent, 11, SECOND_NS + i * step_ns, SECOND_NS + (i + 1) * step_ns);
	write_and_read(recent, scratch, end_ns, &ns, &read);

	assert_true(ns < (count - BLOCK_BYTES / sizeof(struct event_run) + 2) * step_ns);
	assert_true(ns >= BLOCK_BYTES / sizeof(struct event_run) * step_ns);
	first = nth(&read, 1);
	assert_int_equal(first->start_ns, end_ns - ns);
	assert_int_equal(read.events, 2 + ns / step_ns);
	stream_free(&read);
	recent_free(&recent);
}

static void a_stack_stands_behind_the_names_of_its_last_version(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	struct stream read;
	uint64_t ns = 0;
	size_t bytes;

	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	take_watch(recent);
	take_symbol(recent, 1);
	take_stack(recent, 77, 1);
	take_symbol(recent, 2);
	bytes = recent_dictionary_bytes(recent);
	take_stack(recent, 77, 2);
	assert_int_equal(recent_dictionary_bytes(recent), bytes);
	take_run(recent, 11, SECOND_NS, 2ULL * SECOND_NS);
	write_and_read(recent, scratch, 2ULL * SECOND_NS, &ns, &read);

	assert_int_equal(read.events, 6);
	assert_int_equal(kind_of(&read, 1), EVENT_SYMBOL);
	assert_int_equal(kind_of(&read, 2), EVENT_SYMBOL);
	assert_int_equal(kind_of(&read, 3), EVENT_STACK);
	assert_int_equal(((const struct event_stack *)nth(&read, 3))->frame[0].symbol, 2);
	stream_free(&read);
	recent_free(&recent);
}

static void a_file_that_is_there_is_never_touched(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	struct diag why = {};
	uint64_t ns = 4711;

	file_write(scratch->path, "mine", 4);
	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	take_watch(recent);
	take_run(recent, 11, SECOND_NS, 2ULL * SECOND_NS);
	assert_int_equal(recent_write(recent, scratch->path, 2ULL * SECOND_NS, &ns, &why), -EEXIST);
	assert_non_null(strstr(why.text, scratch->path));
	assert_int_equal(file_bytes(scratch->path), 4);
	assert_int_equal(ns, 4711);
	recent_free(&recent);
}

static void nothing_makes_no_file(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	struct diag why = {};
	uint64_t ns;

	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	assert_int_equal(recent_write(recent, scratch->path, SECOND_NS, &ns, &why), -ENODATA);
	take_watch(recent);
	assert_int_equal(recent_write(recent, scratch->path, SECOND_NS, &ns, &why), -ENODATA);
	assert_int_equal(access(scratch->path, F_OK), -1);
	recent_free(&recent);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct recent *recent = NULL;
	struct diag why = {};
	uint64_t ns;

	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	take_watch(recent);
	assert_int_equal(recent_write(recent, "/nonexistent/x", 2ULL * SECOND_NS, &ns, &why),
			 -ENOENT);
	assert_non_null(strstr(why.text, "/nonexistent/x"));
	recent_free(&recent);
}

/* Every kind of event is either held or known not to be. */
static void any_event_is_taken(void **state)
{
	const struct scratch *scratch = *state;
	struct recent *recent = NULL;
	struct stream all = {}, read;
	struct diag why = {};
	uint64_t ns = 0;
	size_t place = 0;

	stream_add_every_kind(&all, SECOND_NS);
	assert_int_equal(recent_new(10ULL * SECOND_NS, 1 << 20, &recent), 0);
	for (size_t i = 0; i < all.events; i++) {
		const struct event *event = (const void *)(all.image.bytes + place);

		assert_int_equal(recent_take(recent, event, &why), 0);
		place += event->bytes;
	}
	write_and_read(recent, scratch, 2ULL * SECOND_NS, &ns, &read);
	assert_int_equal(kind_of(&read, 0), EVENT_WATCH);
	assert_int_equal(kind_of(&read, read.events - 1), EVENT_WATCH_END);
	stream_free(&all);
	stream_free(&read);
	recent_free(&recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_is_held_is_a_whole_recording_of_a_watch),
		scratch_test(a_span_from_before_is_cut_where_the_recording_begins),
		scratch_test(what_finds_no_room_is_no_part_of_the_time_that_is_told),
		scratch_test(a_stack_stands_behind_the_names_of_its_last_version),
		scratch_test(a_file_that_is_there_is_never_touched),
		scratch_test(nothing_makes_no_file),
		scratch_test(a_folder_that_is_not_there_is_told),
		scratch_test(any_event_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
