/*
 * A trace for ui.perfetto.dev: what each thread did and waited for, who woke it, what the block
 * devices served, and samples. Its reader sorts by time, so that each thing is written when it is
 * told, whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "export/fields.h"
#include "export/lanes.h"
#include "export/perfetto_packets.h"
#include "export/told.h"
#include "export/writer.h"

enum {
	NAME_BYTES = 256,
	DEVICES_MAX = 4096,
	FRAMES_MAX = 512,         /* of a call stack; the outermost are left out */
	CALLSTACKS_MAX = 1 << 20, /* then they are told anew */
	REQUEST_FLOW = 1,         /* what kinds of flows there are */
	WAKE_FLOW = 2,
	STATE_INTERRUPTIBLE = 1, /* the kernel's bits, as in event_wait */
	STATE_UNINTERRUPTIBLE = 2,
	STATE_STOPPED = 4 | 8,
	STATE_NOLOAD = 0x400,
};

enum group {
	GROUP_DEVICE = 1,
	GROUP_IO,
};

enum note_track {
	NOTES_OF_LOSSES = 1,
	NOTES_OF_KERNEL,
};

struct device_name {
	char bytes[33];
};

struct perfetto {
	struct writer writer;
	struct trace trace;
	struct told told;
	struct lanes lanes;
	ARRAY(struct device_name) devices;
	struct hash_map by_dev;     /* → place in devices + 1 */
	struct hash_map callstacks; /* hash of both stacks: it was told */
	struct hash_map counters;   /* key → its first value */
	uint64_t realtime_offset_ns;
	uint64_t wakes;
	bool has_clocks;
};

struct name {
	char text[NAME_BYTES];
};

static struct name escaped(const char *bytes, size_t count)
{
	struct name name;

	(void)escape_bytes(bytes, count, name.text, sizeof(name.text));
	return name;
}

static struct name comm_of(const struct perfetto *perfetto, uint32_t tid)
{
	const struct told_task *task = told_task(&perfetto->told, tid);

	return task ? escaped(task->comm, strlen(task->comm)) : escaped("", 0);
}

/* --- clocks and the machine --- */

static void need_clocks(struct perfetto *perfetto, uint64_t time_ns)
{
	if (perfetto->has_clocks || !time_ns)
		return;
	perfetto->has_clocks = true;
	trace_put_clocks(&perfetto->trace, time_ns,
			 perfetto->realtime_offset_ns ? time_ns + perfetto->realtime_offset_ns : 0);
}

static bool is_fact(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes == strlen(key) && memcmp(fact->text, key, fact->key_bytes) == 0;
}

static void take_fact(struct perfetto *perfetto, const struct event_fact *fact)
{
	const struct name value = escaped(fact->text + fact->key_bytes, fact->value_bytes);

	if (is_fact(fact, "kernel.release")) {
		trace_put_release(&perfetto->trace, value.text);
	} else if (is_fact(fact, "clock.realtime_offset_ns")) {
		perfetto->realtime_offset_ns = strtoull(value.text, NULL, 10);
		perfetto->has_clocks = false; /* told once more, with this */
	}
}

/* --- threads --- */

static void take_task(struct perfetto *perfetto, const struct event_task *event)
{
	const struct name name = escaped(event->comm, strnlen(event->comm, sizeof(event->comm)));

	if (event->tid == event->tgid)
		trace_put_process(&perfetto->trace, event->tgid, name.text);
	trace_put_thread(&perfetto->trace, event->tgid, event->tid, name.text);
}

static void put_state(struct perfetto *perfetto, uint64_t time_ns, uint32_t tid,
		      Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state)
{
	const struct told_task *task = told_task(&perfetto->told, tid);
	const struct name comm = comm_of(perfetto, tid);

	trace_put_state(&perfetto->trace, time_ns, tid, comm.text, state, task ? task->cpu : 0);
}

static void take_run(struct perfetto *perfetto, const struct event_run *event)
{
	struct told_task *task = told_task(&perfetto->told, event->tid);

	if (task)
		task->cpu = event->cpu;
	put_state(perfetto, event->start_ns, event->tid,
		  PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_RUNNING);
}

static void take_queue(struct perfetto *perfetto, const struct event_queue *event)
{
	put_state(perfetto, event->start_ns, event->tid,
		  PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_RUNNABLE);
}

static Perfetto__GenericKernelTaskStateEvent__TaskStateEnum sleep_state(uint32_t bits)
{
	if (bits & STATE_STOPPED)
		return PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_STOPPED;
	if (bits & STATE_UNINTERRUPTIBLE && !(bits & STATE_NOLOAD))
		return PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_UNINTERRUPTIBLE_SLEEP;
	return PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_INTERRUPTIBLE_SLEEP;
}

/* --- call stacks --- */

static void take_symbol(struct perfetto *perfetto, const struct event_symbol *event)
{
	const char *module_bytes = event->text + event->name_bytes;
	size_t slash = event->module_bytes && module_bytes[0] == '/';
	const struct name name = escaped(event->text, event->name_bytes);
	const struct name module = escaped(module_bytes + slash, event->module_bytes - slash);

	trace_put_function(&perfetto->trace, event->id, name.text[0] ? name.text : "[unknown]",
			   module.text[0] ? module.text : "kernel");
}

/* Innermost first in, outermost first out. */
static size_t add_frames(const struct perfetto *perfetto, uint64_t id, uint64_t *ids, size_t count)
{
	const struct told_stack *stack = told_stack(&perfetto->told, id);

	for (uint32_t i = 0; stack && i < stack->count && count < FRAMES_MAX; i++) {
		uint32_t symbol = perfetto->told.frames.items[stack->first + i].symbol;

		ids[FRAMES_MAX - ++count] = symbol ?: TRACE_UNKNOWN_FRAME;
	}
	return count;
}

/* The iid of both stacks as one; 0: none was taken. */
static uint64_t callstack_of(struct perfetto *perfetto, uint64_t kernel, uint64_t user)
{
	uint64_t ids[FRAMES_MAX], iid = hash_pair(kernel, user) ?: 1, *told;
	size_t count;

	if (hash_find(&perfetto->callstacks, iid))
		return iid;
	count = add_frames(perfetto, kernel, ids, 0);
	count = add_frames(perfetto, user, ids, count);
	if (!count)
		return 0;
	if (perfetto->callstacks.count >= CALLSTACKS_MAX)
		hash_free(&perfetto->callstacks);
	told = hash_put(&perfetto->callstacks, iid);
	if (!told) {
		perfetto->trace.is_out_of_memory = true;
		return 0;
	}
	trace_put_callstack(&perfetto->trace, iid, ids + FRAMES_MAX - count, count);
	return iid;
}

static void take_sample(struct perfetto *perfetto, const struct event_sample *event)
{
	const struct told_task *task = told_task(&perfetto->told, event->tid);
	Perfetto__PerfSample sample = PERFETTO__PERF_SAMPLE__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	sample.callstack_iid = callstack_of(perfetto, event->stack, event->user_stack);
	sample.has_callstack_iid = sample.callstack_iid != 0;
	sample.has_cpu = sample.has_pid = sample.has_tid = sample.has_cpu_mode = true;
	sample.cpu = event->cpu;
	sample.tid = event->tid;
	sample.pid = task ? task->tgid : event->tid;
	sample.cpu_mode = event->stack ? PERFETTO__PERF_SAMPLE__CPU_MODE__MODE_KERNEL
				       : PERFETTO__PERF_SAMPLE__CPU_MODE__MODE_USER;
	packet.has_timestamp = true;
	packet.timestamp = event->head.time_ns;
	packet.perf_sample = &sample;
	trace_put(&perfetto->trace, &packet);
}

/* --- waits --- */

/* Whoever ended the wait did so in the middle of what it did. */
static void put_waker(struct perfetto *perfetto, const struct event_wait *event, uint64_t flow)
{
	const struct name comm = comm_of(perfetto, event->tid);
	struct thing thing = {
		.uuid = track_uuid(TRACK_THREAD, event->waker_tid),
		.start_ns = event->end_ns,
		.category = "wakeup",
		.name = "wakes",
		.callstack = callstack_of(perfetto, event->waker_stack, 0),
		.flow_out = flow,
	};

	thing_note_text(&thing, "thread", comm.text);
	thing_note_number(&thing, "tid", event->tid);
	trace_put_instant(&perfetto->trace, &thing);
}

static void note_syscall(const struct perfetto *perfetto, struct thing *thing, int32_t number)
{
	const char *name = perfetto->writer.options.syscall_name && number >= 0
				   ? perfetto->writer.options.syscall_name(number)
				   : NULL;

	if (name)
		thing_note_text(thing, "syscall", name);
	else if (number >= 0)
		thing_note_number(thing, "syscall", number);
}

static void put_wait(struct perfetto *perfetto, const struct event_wait *event,
		     const struct export_cause *cause)
{
	const struct name words = escaped(cause->words, strlen(cause->words));
	const struct name waker = comm_of(perfetto, event->waker_tid);
	struct thing thing = {
		.uuid = track_uuid(TRACK_THREAD, event->tid),
		.start_ns = event->start_ns,
		.end_ns = event->end_ns,
		.category = "wait",
		.name = words.text[0] ? words.text : cause->id,
		.callstack = callstack_of(perfetto, event->stack, 0),
	};

	if (event->waker_tid) {
		thing.flow_in[0] = hash_pair(WAKE_FLOW, ++perfetto->wakes);
		put_waker(perfetto, event, thing.flow_in[0]);
		thing_note_text(&thing, "woken by", waker.text);
		thing_note_number(&thing, "waker tid", event->waker_tid);
	}
	if (event->flags & SPAN_REQUEST)
		thing.flow_in[1] = hash_pair(REQUEST_FLOW, event->request);
	thing_note_text(&thing, "cause", cause->id);
	note_syscall(perfetto, &thing, event->syscall);
	trace_put_slice(&perfetto->trace, &thing);
}

static int take_wait(struct perfetto *perfetto, const struct event_wait *event)
{
	const struct export_options *options = &perfetto->writer.options;
	struct export_cause cause = { .id = "unknown", .words = "" };
	int r = options->cause_of ? options->cause_of(options->self, event, &cause) : 0;

	if (r < 0)
		return r;
	put_state(perfetto, event->start_ns, event->tid, sleep_state(event->state));
	put_wait(perfetto, event, &cause);
	return 0;
}

/* --- what threads asked for --- */

static void take_syscall(struct perfetto *perfetto, const struct event_syscall *event)
{
	const char *known = perfetto->writer.options.syscall_name
				    ? perfetto->writer.options.syscall_name(event->number)
				    : NULL;
	char name[32];
	struct thing thing = {
		.uuid = track_uuid(TRACK_THREAD, event->tid),
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.category = "syscall",
		.name = known ?: name,
		.callstack = callstack_of(perfetto, 0, event->user_stack),
	};

	(void)snprintf(name, sizeof(name), "syscall %" PRId32, event->number);
	thing_note_number(&thing, "result", event->result);
	if (event->fd >= 0)
		thing_note_number(&thing, "fd", event->fd);
	if (event->size)
		thing_note_number(&thing, "size", (int64_t)event->size);
	trace_put_slice(&perfetto->trace, &thing);
}

static void take_lock(struct perfetto *perfetto, const struct event_lock *event)
{
	const struct name owner = comm_of(perfetto, event->owner);
	struct thing thing = {
		.uuid = track_uuid(TRACK_THREAD, event->tid),
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.category = "lock",
		.name = "kernel lock",
		.callstack = callstack_of(perfetto, event->stack, 0),
	};

	if (event->owner) {
		thing_note_text(&thing, "owner", owner.text);
		thing_note_number(&thing, "owner tid", event->owner);
	}
	trace_put_slice(&perfetto->trace, &thing);
}

static void take_signal(struct perfetto *perfetto, const struct event_signal *event)
{
	char name[32];
	struct thing thing = {
		.uuid = track_uuid(TRACK_THREAD, event->tid),
		.start_ns = event->head.time_ns,
		.category = "signal",
		.name = name,
		.callstack = callstack_of(perfetto, 0, event->user_stack),
	};

	(void)snprintf(name, sizeof(name), "signal %" PRIu32, event->signal);
	if (event->sender)
		thing_note_number(&thing, "sender tid", event->sender);
	trace_put_instant(&perfetto->trace, &thing);
}

/* --- block requests and what is in flight beside the threads --- */

static uint64_t group_number(enum group group, uint32_t dev)
{
	return (uint64_t)group << 32 | dev;
}

static int take_device(struct perfetto *perfetto, const struct event_device *event)
{
	uint64_t *place = hash_find(&perfetto->by_dev, event->dev);
	struct device_name *name;

	if (place || perfetto->devices.count >= DEVICES_MAX)
		return 0;
	name = array_push(&perfetto->devices);
	place = name ? hash_put(&perfetto->by_dev, event->dev) : NULL;
	if (!place)
		return -ENOMEM;
	*place = perfetto->devices.count;
	memcpy(name->bytes, event->name, sizeof(event->name));
	return 0;
}

static void put_group(struct perfetto *perfetto, enum group group, uint32_t dev)
{
	const uint64_t *place = hash_find(&perfetto->by_dev, dev);
	const char *bytes = place ? perfetto->devices.items[*place - 1].bytes : "";
	const struct name name = escaped(bytes, strlen(bytes));
	char text[NAME_BYTES + 32], number[32];

	(void)snprintf(number, sizeof(number), "%" PRIu32 ":%" PRIu32, dev >> 20, dev & 0xfffff);
	(void)snprintf(text, sizeof(text), "%s%s",
		       group == GROUP_IO ? "asynchronous I/O on " : "block device ",
		       name.text[0] ? name.text : number);
	trace_put_track(&perfetto->trace, track_uuid(TRACK_GROUP, group_number(group, dev)), 0,
			text);
}

/* What overlaps on a track must nest: each stands on one where nothing else is. 0: there are too
 * many. */
static uint64_t lane_of(struct perfetto *perfetto, enum group group, uint32_t dev,
			uint64_t start_ns, uint64_t end_ns)
{
	uint64_t number = group_number(group, dev), uuid;
	char name[32];
	bool is_new;
	uint32_t lane;
	int r = lanes_take(&perfetto->lanes, number, start_ns, end_ns, &lane, &is_new);

	if (r < 0) {
		perfetto->trace.is_out_of_memory = perfetto->trace.is_out_of_memory || r == -ENOMEM;
		return 0;
	}
	uuid = track_uuid(TRACK_LANE, number << 16 | lane);
	if (is_new && !lane)
		put_group(perfetto, group, dev);
	if (is_new) {
		(void)snprintf(name, sizeof(name), "in flight %" PRIu32, lane + 1);
		trace_put_track(&perfetto->trace, uuid, track_uuid(TRACK_GROUP, number), name);
	}
	return uuid;
}

static const char *request_name(uint32_t flags)
{
	if (flags & REQUEST_FLUSH)
		return "flush";
	if (flags & REQUEST_DISCARD)
		return "discard";
	return flags & REQUEST_WRITE ? "write" : "read";
}

static void put_stage(struct perfetto *perfetto, const struct thing *whole, const char *name,
		      uint64_t start_ns, uint64_t end_ns)
{
	const struct thing stage = {
		.uuid = whole->uuid,
		.start_ns = start_ns,
		.end_ns = end_ns,
		.category = whole->category,
		.name = name,
	};

	if (start_ns < end_ns)
		trace_put_slice(&perfetto->trace, &stage);
}

/* Its begin must come before those of its stages, which are at the same time, and its end after. */
static void put_request(struct perfetto *perfetto, const struct event_request *event,
			struct thing *thing)
{
	uint64_t issue_ns = event->issue_ns;

	if (issue_ns < event->start_ns || issue_ns > event->head.time_ns)
		issue_ns = event->head.time_ns;
	trace_put_begin(&perfetto->trace, thing);
	put_stage(perfetto, thing, "queued", event->start_ns, issue_ns);
	put_stage(perfetto, thing, "at the device", issue_ns, event->head.time_ns);
	trace_put_end(&perfetto->trace, thing);
}

static void take_request(struct perfetto *perfetto, const struct event_request *event)
{
	const struct name comm = comm_of(perfetto, event->tid);
	struct thing thing = {
		.start_ns = event->start_ns,
		.end_ns = event->head.time_ns,
		.category = "block",
		.name = request_name(event->flags),
		.flow_out = hash_pair(REQUEST_FLOW, event->id),
	};

	thing.uuid = lane_of(perfetto, GROUP_DEVICE, event->dev, thing.start_ns, thing.end_ns);
	if (!thing.uuid)
		return;
	thing_note_number(&thing, "bytes", event->bytes);
	thing_note_number(&thing, "sector", (int64_t)event->sector);
	thing_note_text(&thing, "thread", comm.text);
	thing_note_number(&thing, "tid", event->tid);
	if (event->error)
		thing_note_number(&thing, "error", event->error);
	put_request(perfetto, event, &thing);
}

/* Those of system calls are told as such. */
static void take_io(struct perfetto *perfetto, const struct event_io *event)
{
	const struct name comm = comm_of(perfetto, event->tid);
	struct thing thing = {
		.start_ns = event->submit_ns,
		.end_ns = event->head.time_ns,
		.category = "io",
		.name = fields_name(EVENT_IO, "operation", event->operation),
	};

	if (event->engine != IO_AIO && event->engine != IO_URING)
		return;
	thing.uuid = lane_of(perfetto, GROUP_IO, event->dev, thing.start_ns, thing.end_ns);
	if (!thing.uuid)
		return;
	thing_note_text(&thing, "engine", fields_name(EVENT_IO, "engine", event->engine));
	thing_note_number(&thing, "result", event->result);
	thing_note_number(&thing, "wanted", (int64_t)event->wanted);
	thing_note_number(&thing, "depth", event->depth);
	thing_note_text(&thing, "thread", comm.text);
	thing_note_number(&thing, "tid", event->tid);
	trace_put_slice(&perfetto->trace, &thing);
}

/* --- the machine --- */

static int take_counter(struct perfetto *perfetto, const struct event_counter *event)
{
	uint64_t key = (uint64_t)event->dev << 32 | event->key;
	uint64_t uuid = track_uuid(TRACK_COUNTER, key), *first;
	char name[64];

	first = hash_find(&perfetto->counters, key);
	if (!first) {
		first = hash_put(&perfetto->counters, key);
		if (!first)
			return -ENOMEM;
		*first = event->value;
		(void)snprintf(name, sizeof(name), event->dev ? "%s %u:%u" : "%s",
			       fields_name(EVENT_COUNTER, "key", event->key), event->dev >> 20,
			       event->dev & 0xfffff);
		trace_put_counter_track(&perfetto->trace, uuid, name);
	}
	trace_put_counter(&perfetto->trace, uuid, event->head.time_ns,
			  (int64_t)(event->value - *first));
	return 0;
}

static void take_loss(struct perfetto *perfetto, const struct event_loss *event)
{
	struct thing thing = {
		.uuid = track_uuid(TRACK_NOTES, NOTES_OF_LOSSES),
		.start_ns = event->head.time_ns,
		.category = "loss",
		.name = event_loss_name(event->what),
	};

	trace_put_track(&perfetto->trace, thing.uuid, 0, "lost events");
	thing_note_number(&thing, "count", (int64_t)event->count);
	trace_put_instant(&perfetto->trace, &thing);
}

static void take_log(struct perfetto *perfetto, const struct event_log *event)
{
	const struct name text = escaped(event->text, event->text_bytes);
	const struct thing thing = {
		.uuid = track_uuid(TRACK_NOTES, NOTES_OF_KERNEL),
		.start_ns = event->head.time_ns,
		.category = "log",
		.name = text.text,
	};

	trace_put_track(&perfetto->trace, thing.uuid, 0, "the kernel's log");
	trace_put_instant(&perfetto->trace, &thing);
}

static void take_end(struct perfetto *perfetto, const struct event_task_end *event)
{
	put_state(perfetto, event->head.time_ns, event->tid,
		  PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__TASK_STATE_ENUM__TASK_STATE_DEAD);
}

/* --- all --- */

static int take_thing(struct perfetto *perfetto, const struct event *event)
{
	switch (event->kind) {
	case EVENT_SYSCALL:
		take_syscall(perfetto, (const void *)event);
		break;
	case EVENT_REQUEST:
		take_request(perfetto, (const void *)event);
		break;
	case EVENT_IO:
		take_io(perfetto, (const void *)event);
		break;
	case EVENT_LOCK:
		take_lock(perfetto, (const void *)event);
		break;
	case EVENT_SIGNAL:
		take_signal(perfetto, (const void *)event);
		break;
	case EVENT_SAMPLE:
		take_sample(perfetto, (const void *)event);
		break;
	case EVENT_COUNTER:
		return take_counter(perfetto, (const void *)event);
	case EVENT_LOSS:
		take_loss(perfetto, (const void *)event);
		break;
	case EVENT_LOG:
		take_log(perfetto, (const void *)event);
		break;
	default: /* the others tell nothing that a trace shows */
		break;
	}
	return 0;
}

static int take_state(struct perfetto *perfetto, const struct event *event)
{
	switch (event->kind) {
	case EVENT_FACT:
		take_fact(perfetto, (const void *)event);
		break;
	case EVENT_TASK:
		take_task(perfetto, (const void *)event);
		break;
	case EVENT_TASK_END:
		take_end(perfetto, (const void *)event);
		break;
	case EVENT_SYMBOL:
		take_symbol(perfetto, (const void *)event);
		break;
	case EVENT_DEVICE:
		return take_device(perfetto, (const void *)event);
	case EVENT_RUN:
		take_run(perfetto, (const void *)event);
		break;
	case EVENT_QUEUE:
		take_queue(perfetto, (const void *)event);
		break;
	case EVENT_WAIT:
		return take_wait(perfetto, (const void *)event);
	default:
		return take_thing(perfetto, event);
	}
	return 0;
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct perfetto *perfetto = self;
	int r = told_take(&perfetto->told, event);

	if (event->kind != EVENT_FACT)
		need_clocks(perfetto, event->time_ns);
	if (r == 0)
		r = take_state(perfetto, event);
	if (r < 0 || perfetto->trace.is_out_of_memory)
		return diag_set(why, -ENOMEM, "out of memory");
	return 0;
}

static int begin(void *self, struct diag *why)
{
	struct perfetto *perfetto = self;

	perfetto->trace.put = perfetto->writer.put;
	perfetto->told.without_symbols = true;
	trace_begin(&perfetto->trace);
	return perfetto->trace.is_out_of_memory ? diag_set(why, -ENOMEM, "out of memory") : 0;
}

static uint64_t left_out(const void *self, const char **ret_words)
{
	const struct perfetto *perfetto = self;

	*ret_words = "stacks, threads or requests";
	return perfetto->told.left_out + perfetto->lanes.left_out;
}

static void release(void *self)
{
	struct perfetto *perfetto = self;

	trace_free(&perfetto->trace);
	told_free(&perfetto->told);
	lanes_free(&perfetto->lanes);
	array_free(&perfetto->devices);
	hash_free(&perfetto->by_dev);
	hash_free(&perfetto->callstacks);
	hash_free(&perfetto->counters);
}

const struct writer_kind PERFETTO_WRITER = {
	.bytes = sizeof(struct perfetto),
	.begin = begin,
	.take = take,
	.left_out = left_out,
	.free = release,
};
