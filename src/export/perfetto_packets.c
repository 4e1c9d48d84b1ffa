/* How is a trace for Perfetto written? Each packet is built on the stack, packed, and put behind
 * its length. */
#include "export/perfetto_packets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEQUENCE = 1,
	NAMES_MAX = 1 << 12,    /* names of events beyond it are told each time */
	MAPPINGS_MAX = 1 << 14, /* files beyond it are "[other files]" */
	UNKNOWN_MAPPING = 1,
	TAG_OF_PACKET = 1 << 3 | 2,
};

void trace_free(struct trace *trace)
{
	interned_clear(&trace->names);
	interned_clear(&trace->mappings);
	free(trace->bytes);
	trace->bytes = NULL;
}

static void put_varint(struct put *put, uint64_t value)
{
	while (value >= 0x80) {
		put_char(put, (char)(value | 0x80));
		value >>= 7;
	}
	put_char(put, (char)value);
}

static bool make_room(struct trace *trace, size_t bytes)
{
	uint8_t *grown;

	if (bytes <= trace->capacity)
		return true;
	grown = realloc(trace->bytes, bytes * 2);
	if (!grown) {
		trace->is_out_of_memory = true;
		return false;
	}
	trace->bytes = grown;
	trace->capacity = bytes * 2;
	return true;
}

void trace_put(struct trace *trace, Perfetto__TracePacket *packet)
{
	size_t bytes;

	packet->has_trusted_packet_sequence_id = true;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->has_sequence_flags = true;
	packet->sequence_flags |=
		PERFETTO__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_NEEDS_INCREMENTAL_STATE;
	bytes = perfetto__trace_packet__get_packed_size(packet);
	if (!make_room(trace, bytes))
		return;
	(void)perfetto__trace_packet__pack(packet, trace->bytes);
	put_char(trace->put, TAG_OF_PACKET);
	put_varint(trace->put, bytes);
	put_bytes(trace->put, trace->bytes, bytes);
}

static void set_time(Perfetto__TracePacket *packet, uint64_t time_ns)
{
	packet->has_timestamp = true;
	packet->timestamp = time_ns;
}

/* --- what comes first --- */

static Perfetto__InternedString string_of(uint64_t iid, const char *text)
{
	Perfetto__InternedString string = PERFETTO__INTERNED_STRING__INIT;

	string.has_iid = true;
	string.iid = iid;
	string.has_str = true;
	string.str.data = (uint8_t *)text;
	string.str.len = strlen(text);
	return string;
}

static void put_mapping(struct trace *trace, uint64_t iid, const char *path)
{
	Perfetto__InternedString string = string_of(iid, path);
	Perfetto__InternedString *strings[] = { &string };
	Perfetto__Mapping mapping = PERFETTO__MAPPING__INIT;
	Perfetto__Mapping *mappings[] = { &mapping };
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	uint64_t path_ids[] = { iid };

	mapping.has_iid = true;
	mapping.iid = iid;
	mapping.n_path_string_ids = 1;
	mapping.path_string_ids = path_ids;
	data.n_mapping_paths = 1;
	data.mapping_paths = strings;
	data.n_mappings = 1;
	data.mappings = mappings;
	packet.interned_data = &data;
	trace_put(trace, &packet);
}

static void put_frame(struct trace *trace, uint64_t iid, const char *name, uint64_t mapping)
{
	Perfetto__InternedString string = string_of(iid, name);
	Perfetto__InternedString *strings[] = { &string };
	Perfetto__Frame frame = PERFETTO__FRAME__INIT;
	Perfetto__Frame *frames[] = { &frame };
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	frame.has_iid = true;
	frame.iid = iid;
	frame.has_function_name_id = true;
	frame.function_name_id = iid;
	frame.has_mapping_id = true;
	frame.mapping_id = mapping;
	frame.has_rel_pc = true; /* the format wants one; 0: it is of the whole function */
	data.n_function_names = 1;
	data.function_names = strings;
	data.n_frames = 1;
	data.frames = frames;
	packet.interned_data = &data;
	trace_put(trace, &packet);
}

void trace_begin(struct trace *trace)
{
	Perfetto__TracePacketDefaults defaults = PERFETTO__TRACE_PACKET_DEFAULTS__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	defaults.has_timestamp_clock_id = true;
	defaults.timestamp_clock_id = PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	packet.trace_packet_defaults = &defaults;
	packet.sequence_flags =
		PERFETTO__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_INCREMENTAL_STATE_CLEARED;
	packet.has_first_packet_on_sequence = true;
	packet.first_packet_on_sequence = true;
	trace_put(trace, &packet);
	trace->names.limit = NAMES_MAX;
	trace->mappings.limit = MAPPINGS_MAX;
	put_mapping(trace, UNKNOWN_MAPPING, "[other files]");
	put_frame(trace, TRACE_UNKNOWN_FRAME, "[unknown]", UNKNOWN_MAPPING);
}

void trace_put_clocks(struct trace *trace, uint64_t time_ns, uint64_t realtime_ns)
{
	Perfetto__ClockSnapshot__Clock monotonic = PERFETTO__CLOCK_SNAPSHOT__CLOCK__INIT;
	Perfetto__ClockSnapshot__Clock realtime = PERFETTO__CLOCK_SNAPSHOT__CLOCK__INIT;
	Perfetto__ClockSnapshot__Clock *clocks[] = { &monotonic, &realtime };
	Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	monotonic.has_clock_id = monotonic.has_timestamp = true;
	monotonic.clock_id = PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	monotonic.timestamp = time_ns;
	realtime.has_clock_id = realtime.has_timestamp = true;
	realtime.clock_id = PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_REALTIME;
	realtime.timestamp = realtime_ns;
	snapshot.n_clocks = realtime_ns ? 2 : 1;
	snapshot.clocks = clocks;
	snapshot.has_primary_trace_clock = true;
	snapshot.primary_trace_clock = PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC;
	packet.clock_snapshot = &snapshot;
	trace_put(trace, &packet);
}

void trace_put_release(struct trace *trace, const char *release)
{
	Perfetto__Utsname name = PERFETTO__UTSNAME__INIT;
	Perfetto__SystemInfo info = PERFETTO__SYSTEM_INFO__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	char system[] = "Linux";

	name.sysname = system;
	name.release = (char *)release;
	info.utsname = &name;
	packet.system_info = &info;
	trace_put(trace, &packet);
}

/* --- tracks --- */

uint64_t track_uuid(enum track_kind kind, uint64_t number)
{
	return hash_pair(kind, number) ?: 1;
}

static void put_descriptor(struct trace *trace, Perfetto__TrackDescriptor *descriptor,
			   uint64_t uuid)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	descriptor->has_uuid = true;
	descriptor->uuid = uuid;
	packet.track_descriptor = descriptor;
	trace_put(trace, &packet);
}

void trace_put_process(struct trace *trace, uint32_t tgid, const char *name)
{
	Perfetto__ProcessDescriptor process = PERFETTO__PROCESS_DESCRIPTOR__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;

	process.has_pid = true;
	process.pid = (int32_t)tgid;
	process.process_name = (char *)name;
	descriptor.process = &process;
	put_descriptor(trace, &descriptor, track_uuid(TRACK_PROCESS, tgid));
}

void trace_put_thread(struct trace *trace, uint32_t tgid, uint32_t tid, const char *name)
{
	Perfetto__ThreadDescriptor thread = PERFETTO__THREAD_DESCRIPTOR__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;

	thread.has_pid = thread.has_tid = true;
	thread.pid = (int32_t)tgid;
	thread.tid = (int32_t)tid;
	thread.thread_name = (char *)name;
	descriptor.thread = &thread;
	put_descriptor(trace, &descriptor, track_uuid(TRACK_THREAD, tid));
}

void trace_put_track(struct trace *trace, uint64_t uuid, uint64_t parent, const char *name)
{
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;

	descriptor.name = (char *)name;
	descriptor.has_parent_uuid = parent != 0;
	descriptor.parent_uuid = parent;
	put_descriptor(trace, &descriptor, uuid);
}

void trace_put_counter_track(struct trace *trace, uint64_t uuid, const char *name)
{
	Perfetto__CounterDescriptor counter = PERFETTO__COUNTER_DESCRIPTOR__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;

	counter.has_unit = true;
	counter.unit = PERFETTO__COUNTER_DESCRIPTOR__UNIT__UNIT_TIME_NS;
	descriptor.name = (char *)name;
	descriptor.counter = &counter;
	put_descriptor(trace, &descriptor, uuid);
}

/* --- what happened on them --- */

static void put_event(struct trace *trace, Perfetto__TrackEvent *event, uint64_t uuid,
		      uint64_t time_ns, Perfetto__InternedData *data)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	event->has_type = true;
	event->has_track_uuid = true;
	event->track_uuid = uuid;
	set_time(&packet, time_ns);
	packet.track_event = event;
	packet.interned_data = data;
	trace_put(trace, &packet);
}

void trace_put_counter(struct trace *trace, uint64_t uuid, uint64_t time_ns, int64_t value)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	event.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_COUNTER;
	event.has_counter_value = true;
	event.counter_value = value;
	put_event(trace, &event, uuid, time_ns, NULL);
}

static struct thing_note *add_note(struct thing *thing, const char *name)
{
	struct thing_note *note = &thing->notes[thing->note_count];

	if (thing->note_count == THING_NOTES_MAX)
		return note - 1;
	thing->note_count++;
	note->name = name;
	return note;
}

void thing_note_number(struct thing *thing, const char *name, int64_t number)
{
	add_note(thing, name)->number = number;
}

void thing_note_text(struct thing *thing, const char *name, const char *text)
{
	add_note(thing, name)->text = text;
}

/* Give the event its name: by number, which is told with it when it is new, while there are few. */
static void name_event(struct trace *trace, const char *name, Perfetto__TrackEvent *event,
		       Perfetto__EventName *new_name, Perfetto__InternedData *data)
{
	uint32_t iid;
	int r = interned_put(&trace->names, name, strlen(name), &iid);

	if (r < 0) {
		trace->is_out_of_memory = trace->is_out_of_memory || r == -ENOMEM;
		event->name = (char *)name;
		return;
	}
	event->has_name_iid = true;
	event->name_iid = iid;
	if (r == 0)
		return;
	new_name->has_iid = true;
	new_name->iid = iid;
	new_name->name = (char *)name;
	data->n_event_names = 1;
}

static void set_flows(const struct thing *thing, uint64_t flows[3], Perfetto__TrackEvent *event)
{
	flows[0] = thing->flow_out;
	event->flow_ids = flows;
	event->n_flow_ids = thing->flow_out != 0;
	event->terminating_flow_ids = flows + 1;
	for (size_t i = 0; i < 2; i++) {
		if (thing->flow_in[i])
			flows[1 + event->n_terminating_flow_ids++] = thing->flow_in[i];
	}
}

/* What a thing is, where it begins. */
static void put_told(struct trace *trace, const struct thing *thing, Perfetto__TrackEvent *event)
{
	Perfetto__DebugAnnotation notes[THING_NOTES_MAX], *note_list[THING_NOTES_MAX];
	Perfetto__EventName new_name = PERFETTO__EVENT_NAME__INIT;
	Perfetto__EventName *names[] = { &new_name };
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	char *categories[] = { (char *)thing->category };

	data.event_names = names;
	name_event(trace, thing->name, event, &new_name, &data);
	event->n_categories = 1;
	event->categories = categories;
	event->has_callstack_iid = thing->callstack != 0;
	event->callstack_iid = thing->callstack;
	for (size_t i = 0; i < thing->note_count; i++) {
		perfetto__debug_annotation__init(&notes[i]);
		notes[i].name = (char *)thing->notes[i].name;
		notes[i].string_value = (char *)thing->notes[i].text;
		notes[i].has_int_value = !thing->notes[i].text;
		notes[i].int_value = thing->notes[i].number;
		note_list[i] = &notes[i];
	}
	event->n_debug_annotations = thing->note_count;
	event->debug_annotations = note_list;
	put_event(trace, event, thing->uuid, thing->start_ns, data.n_event_names ? &data : NULL);
}

void trace_put_begin(struct trace *trace, const struct thing *thing)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	event.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN;
	put_told(trace, thing, &event);
}

void trace_put_end(struct trace *trace, const struct thing *thing)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	uint64_t flows[3];

	event.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END;
	set_flows(thing, flows, &event);
	put_event(trace, &event, thing->uuid,
		  thing->end_ns > thing->start_ns ? thing->end_ns : thing->start_ns, NULL);
}

void trace_put_slice(struct trace *trace, const struct thing *thing)
{
	trace_put_begin(trace, thing);
	trace_put_end(trace, thing);
}

void trace_put_instant(struct trace *trace, const struct thing *thing)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	uint64_t flows[3];

	event.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_INSTANT;
	set_flows(thing, flows, &event);
	put_told(trace, thing, &event);
}

/* --- threads' states --- */

void trace_put_state(struct trace *trace, uint64_t time_ns, uint32_t tid, const char *comm,
		     Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state, uint32_t cpu)
{
	Perfetto__GenericKernelTaskStateEvent event =
		PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	event.has_cpu = event.has_tid = event.has_state = true;
	event.cpu = (int32_t)cpu;
	event.tid = tid;
	event.state = state;
	event.comm = (char *)comm;
	set_time(&packet, time_ns);
	packet.generic_kernel_task_state_event = &event;
	trace_put(trace, &packet);
}

/* --- samples --- */

static uint64_t mapping_of(struct trace *trace, const char *module)
{
	uint32_t number;
	int r = interned_put(&trace->mappings, module, strlen(module), &number);

	if (r < 0) {
		trace->is_out_of_memory = trace->is_out_of_memory || r == -ENOMEM;
		return UNKNOWN_MAPPING;
	}
	if (r > 0)
		put_mapping(trace, UNKNOWN_MAPPING + number, module);
	return UNKNOWN_MAPPING + number;
}

void trace_put_function(struct trace *trace, uint32_t symbol, const char *name, const char *module)
{
	put_frame(trace, symbol, name, mapping_of(trace, module));
}

void trace_put_callstack(struct trace *trace, uint64_t iid, uint64_t *frame_ids, size_t count)
{
	Perfetto__Callstack stack = PERFETTO__CALLSTACK__INIT;
	Perfetto__Callstack *stacks[] = { &stack };
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	stack.has_iid = true;
	stack.iid = iid;
	stack.n_frame_ids = count;
	stack.frame_ids = frame_ids;
	data.n_callstacks = 1;
	data.callstacks = stacks;
	packet.interned_data = &data;
	trace_put(trace, &packet);
}
