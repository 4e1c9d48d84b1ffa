/* Does a trace hold together: tracks before their events, slices that nest, flows with two ends? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "perfetto.pb-c.h"
#include "unit/export/exported.h"

#define EVENT_TYPE(NAME) PERFETTO__TRACK_EVENT__TYPE__TYPE_##NAME
#define STATE(NAME)      PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_##NAME

static void drop(Perfetto__Trace **trace)
{
	if (*trace)
		perfetto__trace__free_unpacked(*trace, NULL);
	*trace = NULL;
}

static int cause_of(void *self, const struct event_wait *wait, struct export_cause *ret)
{
	*ret = (struct export_cause){ .id = "fs.journal", .words = "ext4 journal commit" };
	return 0;
}

static const char *syscall_of(int32_t number)
{
	return number == 74 ? "fsync" : NULL;
}

static Perfetto__Trace *traced(const struct stream *stream)
{
	static const struct export_options options = { .cause_of = cause_of,
						       .syscall_name = syscall_of };
	size_t bytes;
	char *text = exported(EXPORT_PERFETTO, &options, stream, &bytes);
	Perfetto__Trace *trace = perfetto__trace__unpack(NULL, bytes, (const uint8_t *)text);

	free(text);
	assert_non_null(trace);
	return trace;
}

/* A stable order by time, as its reader has it; packets without a time stay in front. */
static void sort(Perfetto__Trace *trace)
{
	for (size_t i = 1; i < trace->n_packet; i++) {
		Perfetto__TracePacket *packet = trace->packet[i];
		size_t place = i;

		for (; place && trace->packet[place - 1]->timestamp > packet->timestamp; place--)
			trace->packet[place] = trace->packet[place - 1];
		trace->packet[place] = packet;
	}
}

/* Every event's track was told, before it. */
static void check_tracks(const Perfetto__Trace *trace)
{
	owns(hash_free) struct hash_map tracks = {};

	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TracePacket *packet = trace->packet[i];

		assert_int_equal(packet->trusted_packet_sequence_id, 1);
		if (packet->track_descriptor)
			assert_non_null(hash_put(&tracks, packet->track_descriptor->uuid));
		if (packet->track_event)
			assert_non_null(hash_find(&tracks, packet->track_event->track_uuid));
	}
}

/* On no track is more ended than was begun, and in the end nothing is open. */
static void check_nesting(Perfetto__Trace *trace)
{
	owns(hash_free) struct hash_map depths = {};

	sort(trace);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = trace->packet[i]->track_event;
		uint64_t *depth = event ? hash_put(&depths, event->track_uuid) : NULL;

		if (event && event->type == EVENT_TYPE(SLICE_BEGIN))
			++*depth;
		if (event && event->type == EVENT_TYPE(SLICE_END))
			assert_true((*depth)-- > 0);
	}
	for (size_t i = 0; i < depths.capacity; i++)
		assert_true(!depths.slots[i].used || depths.slots[i].value == 0);
}

static const char *name_of(const Perfetto__Trace *trace, const Perfetto__TrackEvent *event)
{
	if (!event->has_name_iid)
		return event->name;
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__InternedData *data = trace->packet[i]->interned_data;

		for (size_t j = 0; data && j < data->n_event_names; j++) {
			if (data->event_names[j]->iid == event->name_iid)
				return data->event_names[j]->name;
		}
	}
	return NULL;
}

/* The nth event of this type and name. */
static const Perfetto__TracePacket *find(const Perfetto__Trace *trace,
					 Perfetto__TrackEvent__Type type, const char *name)
{
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = trace->packet[i]->track_event;
		const char *told = event && event->type == type ? name_of(trace, event) : NULL;

		if (told && strcmp(told, name) == 0)
			return trace->packet[i];
	}
	return NULL;
}

static uint64_t count_states(const Perfetto__Trace *trace,
			     Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state)
{
	uint64_t count = 0;

	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__GenericKernelTaskStateEvent *event =
			trace->packet[i]->generic_kernel_task_state_event;

		count += event && event->state == state;
	}
	return count;
}

static void tell_story(struct stream *stream)
{
	uint64_t stack = stream_stack(stream, "jbd2_log_wait_commit", "ext4_sync_file", NULL);
	uint64_t user = stream_user_stack(stream, "main", NULL);

	stream_watch(stream, WATCH_COMMAND, 7);
	stream_task(stream, 7, "writer\033", TASK_TARGET);
	stream_task(stream, 8, "jbd2/vda-8", TASK_KERNEL);
	stream_device(stream, 8 << 20, "vda", 0, 0);
	stream_run_on(stream, 7, 1, 0, 2);
	stream_run_on(stream, 8, 0, 3, 5);
	stream_request(stream, 11, 8 << 20, REQUEST_WRITE, 8, (const double[]){ 3, 4, 6 });
	stream_request(stream, 12, 8 << 20, REQUEST_FLUSH, 8, (const double[]){ 4, 4, 7 });
	stream_wait(stream, 8, 5, 7,
		    (struct event_wait){
			    .syscall = -1, .state = 2, .flags = SPAN_REQUEST, .request = 12 });
	stream_wait(
		stream, 7, 2, 8,
		(struct event_wait){ .syscall = 74, .state = 2, .waker_tid = 8, .stack = stack });
	stream_queue(stream, 7, 1, 8, 9);
	stream_run_on(stream, 7, 1, 9, 10);
	stream_samples(stream, 7, 3, user, stack);
	stream_loss(stream, LOSS_STACK, 5);
	stream_death(stream, 7, 10);
	stream_end(stream, 10);
}

static void a_trace_holds_together(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;

	tell_story(&stream);
	trace = traced(&stream);
	assert_int_equal(trace->packet[0]->sequence_flags, 3);
	check_tracks(trace);
	check_nesting(trace);
}

static void threads_have_states(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;

	tell_story(&stream);
	trace = traced(&stream);
	assert_int_equal(count_states(trace, STATE(RUNNING)), 3);
	assert_int_equal(count_states(trace, STATE(RUNNABLE)), 1);
	assert_int_equal(count_states(trace, STATE(UNINTERRUPTIBLE_SLEEP)), 2);
	assert_int_equal(count_states(trace, STATE(DEAD)), 1);
}

static void a_wait_is_a_slice_with_its_cause_and_its_waker(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;
	const Perfetto__TracePacket *begin, *wakes;

	tell_story(&stream);
	trace = traced(&stream);
	begin = find(trace, EVENT_TYPE(SLICE_BEGIN), "ext4 journal commit");
	assert_non_null(begin);
	assert_true(begin->track_event->n_debug_annotations > 0);
	wakes = find(trace, EVENT_TYPE(INSTANT), "wakes");
	assert_non_null(wakes);
	assert_int_equal(wakes->timestamp, AT(8));
	assert_int_equal(wakes->track_event->n_flow_ids, 1);
}

/* Each flow that ends somewhere began, at the same time or before, and earlier in the file. */
static void flows_begin_before_they_end(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;
	owns(hash_free) struct hash_map begun = {};
	size_t ended = 0;

	tell_story(&stream);
	trace = traced(&stream);
	sort(trace);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = trace->packet[i]->track_event;

		for (size_t j = 0; event && j < event->n_flow_ids; j++)
			assert_non_null(hash_put(&begun, event->flow_ids[j]));
		for (size_t j = 0; event && j < event->n_terminating_flow_ids; j++) {
			assert_non_null(hash_find(&begun, event->terminating_flow_ids[j]));
			ended++;
		}
	}
	assert_int_equal(ended, 2);
}

static void requests_that_overlap_stand_on_tracks_of_their_own(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;
	const Perfetto__TracePacket *write, *flush;

	tell_story(&stream);
	trace = traced(&stream);
	write = find(trace, EVENT_TYPE(SLICE_BEGIN), "write");
	flush = find(trace, EVENT_TYPE(SLICE_BEGIN), "flush");
	assert_non_null(write);
	assert_non_null(flush);
	assert_true(write->track_event->track_uuid != flush->track_event->track_uuid);
	assert_non_null(find(trace, EVENT_TYPE(SLICE_BEGIN), "queued"));
	assert_non_null(find(trace, EVENT_TYPE(SLICE_BEGIN), "at the device"));
}

/* A call stack is told outermost first, the user's part before the kernel's, and its frames before
 * it. */
static void samples_name_call_stacks_that_were_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;
	owns(hash_free) struct hash_map frames = {}, stacks = {};
	size_t samples = 0, deepest = 0;

	tell_story(&stream);
	trace = traced(&stream);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__InternedData *data = trace->packet[i]->interned_data;

		for (size_t j = 0; data && j < data->n_frames; j++)
			assert_non_null(hash_put(&frames, data->frames[j]->iid));
		for (size_t j = 0; data && j < data->n_callstacks; j++) {
			assert_non_null(hash_put(&stacks, data->callstacks[j]->iid));
			for (size_t k = 0; k < data->callstacks[j]->n_frame_ids; k++)
				assert_non_null(
					hash_find(&frames, data->callstacks[j]->frame_ids[k]));
			if (data->callstacks[j]->n_frame_ids > deepest)
				deepest = data->callstacks[j]->n_frame_ids;
		}
		if (!trace->packet[i]->perf_sample)
			continue;
		samples++;
		assert_non_null(hash_find(&stacks, trace->packet[i]->perf_sample->callstack_iid));
	}
	assert_int_equal(samples, 3);
	assert_int_equal(deepest, 3);
}

static void what_was_lost_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(drop) Perfetto__Trace *trace = NULL;

	tell_story(&stream);
	trace = traced(&stream);
	assert_non_null(find(trace, EVENT_TYPE(INSTANT), "stacks"));
}

static int no_memory(void *self, const struct event_wait *wait, struct export_cause *ret)
{
	return -ENOMEM;
}

static void a_cause_that_cannot_be_had_ends_the_export(void **state)
{
	static const struct export_options options = { .cause_of = no_memory };
	owns(exporter_free) struct exporter *exporter = NULL;
	const struct event_wait wait = { .head = { sizeof(wait), EVENT_WAIT, 0, AT(2) }, .tid = 7 };
	struct printed printed = {};
	struct diag why = {};

	printed_begin(&printed);
	assert_int_equal(exporter_new(EXPORT_PERFETTO, &options, printed.out, &exporter, &why), 0);
	assert_int_equal(exporter_take(exporter, &wait.head, &why), -ENOMEM);
	free(printed_end(&printed));
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(stream_free) struct stream stream = {};

	tell_story(&stream);
	export_fails_when_full(EXPORT_PERFETTO, &stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_holds_together),
		cmocka_unit_test(threads_have_states),
		cmocka_unit_test(a_wait_is_a_slice_with_its_cause_and_its_waker),
		cmocka_unit_test(flows_begin_before_they_end),
		cmocka_unit_test(requests_that_overlap_stand_on_tracks_of_their_own),
		cmocka_unit_test(samples_name_call_stacks_that_were_told),
		cmocka_unit_test(what_was_lost_is_told),
		cmocka_unit_test(a_cause_that_cannot_be_had_ends_the_export),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
