/* What does a record of the BPF programs mean? One switch closes up to three spans: a run, a wait
 * and a stay in the queue. */
#include "probe/translate.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "probe/glances.h"
#include "probe/io_book.h"
#include "probe/io_calls.h"
#include "probe/io_holds.h"
#include "probe/lock_fields.h"
#include "probe/titles.h"

/* The BPF side has its own names for these (probe/bpf/block.h); the values are fixed by both. */
_Static_assert(REQUEST_READ == 1 && REQUEST_WRITE == 2 && REQUEST_FLUSH == 4 &&
		       REQUEST_DISCARD == 8 && REQUEST_SYNC == 16 && REQUEST_META == 32 &&
		       REQUEST_FUA == 64 && REQUEST_READAHEAD == 128 && REQUEST_REQUEUED == 256 &&
		       REQUEST_THROTTLED == 512 && REQUEST_BIO == 1024,
	       "wire_request.flags");

/* The same: probe/bpf/calls.h, probe/bpf/request_tally.h. */
_Static_assert(TALLY_CALLS == 1 && TALLY_REQUESTS == 2 && TALLY_SERVICE == 3 &&
		       TALLY_ISSUERS == 4 && TALLY_CALL_ERRORS == 6 && TALLY_MERGES == 7,
	       "tally_key");

/* The same: probe/bpf/signal.h. */
_Static_assert(SIGNAL_SENT == 1 && SIGNAL_ADDRESS == 2 && SIGNAL_UNDUMPABLE == 4,
	       "wire_signal.flags");

/* The same: probe/bpf/io.h. */
_Static_assert(IO_SYNC == 1 && IO_AIO == 2 && IO_URING == 3 && IO_FSYNC == 3 && IO_FDATASYNC == 4 &&
		       IO_VECTORED == 32 && IO_POSITIONED == 64 && IO_PUNTED == 128 &&
		       IO_FIXED_FILE == 512 && IO_POLLED == 1024 && IO_WAITED == 2048 &&
		       IO_REAP_UNSEEN == 4096 && IO_OPEN_START == 8192 && IO_OPEN_END == 16384 &&
		       IO_LENGTH_ALONE == 32768 && IO_FAULT == 4 && IO_OPEN == 6 && IO_READ == 1 &&
		       IO_WRITE == 2 && TALLY_FILES == 5,
	       "wire_io");

/* The same: probe/bpf/guest.h. */
_Static_assert(GUEST_EXIT_USER == 1 && GUEST_EXIT_HALTED == 2 && GUEST_EXIT_VCPU == 8 &&
		       GUEST_EXIT_GUEST == 16,
	       "wire_why_out.flags");

#define KERNEL_TASK_DEAD 0x80

static int tell(struct translator *t, void *event, struct diag *why)
{
	struct event *head = event;

	if (head->time_ns > t->told_ns)
		t->told_ns = head->time_ns;
	return event_sink_take(&t->sink, head, why);
}

#define EVENT_HEAD(type, KIND, when)                                                  \
	{                                                                             \
		.bytes = sizeof(struct type), .kind = EVENT_##KIND, .time_ns = (when) \
	}

static uint64_t clip(const struct translator *t, uint64_t time_ns)
{
	return MIN(MAX(time_ns, t->begin_ns), t->end_ns);
}

static int tell_run(struct translator *t, const struct wire_switch *wire, uint32_t tid,
		    uint32_t next_tid, uint32_t flags, struct diag *why)
{
	uint64_t end_ns = clip(t, wire->head.time_ns), start_ns = clip(t, wire->in_ns);
	struct event_run run = {
		.head = EVENT_HEAD(event_run, RUN, end_ns),
		.tid = tid,
		.cpu = wire->head.cpu,
		.start_ns = start_ns,
		.kernel_ns = MIN(wire->kernel_ns, end_ns - start_ns),
		.irq_ns = MIN(wire->irq_ns, end_ns - start_ns),
		.next_tid = next_tid,
		.charged_ns = wire->charged_ns,
		.flags = flags | (wire->in_ns < t->begin_ns ? SPAN_OPEN_START : 0),
	};

	return tell(t, &run, why);
}

static int tell_queue(struct translator *t, const struct wire_switch *wire, uint64_t from_ns,
		      uint32_t flags, struct diag *why)
{
	uint64_t end_ns = clip(t, wire->head.time_ns), start_ns = clip(t, from_ns);
	struct event_queue queue = {
		.head = EVENT_HEAD(event_queue, QUEUE, end_ns),
		.start_ns = start_ns,
		.throttled_ns = MIN(wire->throttled_ns, end_ns - start_ns),
		.tid = wire->next_tid,
		.cpu = wire->head.cpu,
		.prev_tid = wire->head.tid,
		.flags = flags | (from_ns < t->begin_ns ? SPAN_OPEN_START : 0),
	};

	if (queue.throttled_ns)
		queue.flags |= SPAN_THROTTLED;
	return tell(t, &queue, why);
}

struct flag_pair {
	uint32_t wire;
	uint32_t span;
};

/* What it waited for, and how the wait ended. */
static const struct flag_pair WAIT_FLAGS[] = {
	{ WIRE_IOWAIT, SPAN_IOWAIT },
	{ WIRE_FAULT, SPAN_FAULT },
	{ WIRE_CONDITION, SPAN_CONDITION },
};

static const struct flag_pair END_FLAGS[] = {
	{ WIRE_IRQ, SPAN_WOKEN_IRQ },
	{ WIRE_SOFTIRQ, SPAN_WOKEN_SOFTIRQ },
	{ WIRE_SENT, SPAN_WAKER_SENT },
	{ WIRE_REQUEST_DONE, SPAN_REQUEST },
};

static uint32_t span_flags(uint32_t wire_flags, const struct flag_pair *pairs, size_t count)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < count; i++) {
		if (wire_flags & pairs[i].wire)
			flags |= pairs[i].span;
	}
	return flags;
}

/* Who ended the wait: an interrupt's current thread is just whom it happened to interrupt, unless
 * it was its own send. */
static uint32_t waker_tid(const struct wire_switch *wire)
{
	if (wire->flags & (WIRE_IRQ | WIRE_SOFTIRQ) && !(wire->flags & WIRE_SENT))
		return 0;
	return wire->waker_tid;
}

static void fill_wait(struct event_wait *wait, const struct wire_wait *wire)
{
	wait->stack = wire->stack;
	wait->waker_stack = wire->waker_stack;
	wait->fd = wire->fd;
	wait->file_inode = wire->file_inode;
	wait->file_dev = wire->file_dev;
	wait->lock = wire->lock;
	wait->lock_flags = wire->lock_flags;
	wait->lock_owner = wire->lock_owner;
	if (wait->flags & SPAN_REQUEST) {
		wait->request = wire->request;
		wait->request_dev = wire->request_dev;
	}
}

static int tell_wait(struct translator *t, const struct wire_switch *wire, uint64_t wake_ns,
		     uint32_t flags, struct diag *why)
{
	struct event_wait wait = {
		.head = EVENT_HEAD(event_wait, WAIT, clip(t, wire->head.time_ns)),
		.start_ns = clip(t, wire->out_ns),
		.end_ns = clip(t, wake_ns),
		.tid = wire->next_tid,
		.state = wire->next_state,
		.flags = flags | span_flags(wire->flags, WAIT_FLAGS, array_count(WAIT_FLAGS)) |
			 (wire->out_ns < t->begin_ns ? SPAN_OPEN_START : 0),
		.syscall = wire->syscall,
		.fd = -1,
	};

	if (!(flags & SPAN_OPEN_END)) {
		wait.flags |= span_flags(wire->flags, END_FLAGS, array_count(END_FLAGS));
		wait.waker_tid = waker_tid(wire);
	}
	if (wire->head.kind != WIRE_SWITCH)
		fill_wait(&wait, &wire->wait);
	return tell(t, &wait, why);
}

/*
 * When the wait ended. A wake-up just before the thread left the CPU raced with its going to sleep:
 * the wait then took no time. A wait whose end was not seen lasted until the thread ran again.
 */
static uint64_t wake_time(const struct wire_switch *wire)
{
	if (wire->wake_ns >= wire->out_ns && wire->wake_ns)
		return wire->wake_ns;
	return wire->wake_ns ? wire->out_ns : wire->head.time_ns;
}

static int tell_next(struct translator *t, const struct wire_switch *wire, struct diag *why)
{
	uint64_t wake_ns = wire->out_ns;
	uint32_t flags = 0;
	int r;

	if (wire->flags & WIRE_BLOCKED) {
		wake_ns = MIN(wake_time(wire), wire->head.time_ns);
		r = tell_wait(t, wire, wake_ns, 0, why);
		if (r < 0)
			return r;
	} else if (!(wire->flags & WIRE_GLANCED)) {
		flags = wire->flags & WIRE_NEWBORN ? SPAN_NEWBORN : SPAN_PREEMPTED;
	}
	return tell_queue(t, wire, wake_ns, flags, why);
}

static int tell_death(struct translator *t, const struct wire *head, int32_t exit_code,
		      struct diag *why)
{
	struct event_task_end end = {
		.head = EVENT_HEAD(event_task_end, TASK_END, clip(t, head->time_ns)),
		.tid = head->tid,
		.exit_code = exit_code,
	};

	return tell(t, &end, why);
}

static int translate_switch(struct translator *t, const struct wire_switch *wire, struct diag *why)
{
	struct wire_switch rest;
	int r;

	if (wire->head.time_ns < t->begin_ns || wire->head.time_ns > t->end_ns)
		return 0;
	if (t->glances &&
	    glances_cut(t->glances, wire,
			wire->head.kind == WIRE_SWITCH ? WIRE_SWITCH_SHORT_BYTES : sizeof(rest),
			&rest))
		wire = &rest;
	if (wire->head.tid && wire->flags & WIRE_TOLD_PREV) {
		r = tell_run(t, wire, wire->head.tid, wire->next_tid,
			     wire->prev_state ? 0 : SPAN_PREEMPTED, why);
		if (r < 0)
			return r;
	}
	if (wire->prev_state & KERNEL_TASK_DEAD) {
		r = tell_death(t, &wire->head, wire->exit_code, why);
		if (r < 0)
			return r;
	}
	return wire->flags & WIRE_TOLD ? tell_next(t, wire, why) : 0;
}

#define KERNEL_TASK_INTERRUPTIBLE 1

/* Calls that began before the watch were not seen to. */
static bool may_be_futex(const struct wire_switch *wire)
{
	bool is_unseen = wire->syscall < 0 && !(wire->flags & WIRE_FAULT) && !wire->wait.lock &&
			 wire->next_state & KERNEL_TASK_INTERRUPTIBLE;

	return !wire->wait.lock_owner && (wire->syscall == SYS_futex || is_unseen);
}

static bool is_over(const struct translator *t)
{
	return t->end_ns != UINT64_MAX;
}

/* Who holds the lock that a wait without an end is for? That can be looked up while it lasts. */
static void fill_owner(struct translator *t, struct wire_switch *wire)
{
	uint32_t tid = wire->next_tid;
	struct owned_futex futex;

	if (!t->owners || !may_be_futex(wire))
		return;
	if (t->glances && !is_over(t) ? !glances_futex(t->glances, t->owners, tid, &futex)
				      : !owners_ask(t->owners, tid, &futex))
		return;
	wire->syscall = SYS_futex;
	wire->wait.lock = futex.address;
	wire->wait.lock_owner = futex.owner;
	if (futex.is_condition)
		wire->flags |= WIRE_CONDITION;
}

/* What a thread was doing when it was looked at; at the last look that is past the watch's end, and
 * is clipped to it. */
static int translate_open(struct translator *t, const struct wire_switch *wire, struct diag *why)
{
	struct wire_switch open = *wire;
	int r = 1;

	open.head.time_ns = MIN(wire->head.time_ns, t->end_ns);
	/* It was woken between the look at the clock and that at the thread. */
	open.wake_ns = MIN(open.wake_ns, open.head.time_ns);
	if (t->glances)
		r = glances_take(t->glances, &open);
	if (r <= 0)
		return r < 0 ? diag_set(why, r, "out of memory") : 0;
	if (open.flags & WIRE_RUNNING)
		return tell_run(t, &open, open.next_tid, 0, SPAN_OPEN_END, why);
	if (open.flags & WIRE_BLOCKED) {
		fill_owner(t, &open);
		r = t->io_holds && open.flags & WIRE_IOWAIT
			    ? io_holds_tell(t->io_holds, open.next_tid, &t->sink, t->told_ns, why)
			    : 0;
		return r < 0 ? r : tell_wait(t, &open, open.head.time_ns, SPAN_OPEN_END, why);
	}
	if (open.next_state && open.wake_ns > open.out_ns) {
		r = tell_wait(t, &open, open.wake_ns, 0, why);
		return r < 0 ? r : tell_queue(t, &open, open.wake_ns, SPAN_OPEN_END, why);
	}
	return tell_queue(t, &open, open.out_ns, SPAN_OPEN_END, why);
}

static int translate_task(struct translator *t, const struct wire_task *wire, struct diag *why)
{
	struct event_task task = {
		.head = EVENT_HEAD(event_task, TASK, t->told_ns),
		.tid = wire->head.tid,
		.tgid = wire->tgid,
		.parent_tgid = wire->parent_tgid,
		.flags = (wire->is_kernel ? TASK_KERNEL : 0) | (wire->is_target ? TASK_TARGET : 0),
		.birth_ns = wire->birth_ns > t->begin_ns ? wire->birth_ns : 0,
		.cgroup = wire->cgroup,
	};

	int r;

	memcpy(task.comm, wire->comm, sizeof(task.comm));
	r = tell(t, &task, why);
	if (r < 0 || !t->titles || wire->is_kernel || wire->tgid != wire->head.tid)
		return r;
	if (wire->head.kind == WIRE_EXEC)
		titles_forget(t->titles, wire->tgid);
	return titles_tell_of(t->titles, wire->tgid, &t->sink, t->told_ns, why);
}

static int translate_stack(struct translator *t, const struct wire_stack *wire, struct diag *why)
{
	union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + WIRE_FRAMES * sizeof(struct event_frame)];
	} event = {
		.stack = {
			.head = { .kind = EVENT_STACK, .time_ns = t->told_ns },
			.id = wire->id,
			.flags = wire->head.tid ? STACK_USER : 0,
			.tgid = wire->head.tid,
			.frames = wire->frames,
		},
	};

	for (uint32_t i = 0; i < event.stack.frames; i++) {
		struct event_frame frame = { .address = wire->address[i] };

		memcpy(event.bytes + sizeof(event.stack) + i * sizeof(frame), &frame,
		       sizeof(frame));
	}
	event.stack.head.bytes =
		(uint32_t)(sizeof(event.stack) + event.stack.frames * sizeof(struct event_frame));
	return tell(t, &event, why);
}

/* The names came from the last one upwards: "c\0b\0a\0" is a/b/c. What did not fit stands as
 * "...". */
static size_t join_names(const struct wire_file *wire, char *path)
{
	size_t left = MIN(wire->bytes, sizeof(wire->path)), bytes = 0;

	if (!left || wire->path[left - 1] != '\0')
		return 0;
	if (!wire->is_whole && memchr(wire->path, '\0', left) != wire->path + left - 1) {
		memset(path, '.', 3);
		bytes = 3;
	}
	while (left) {
		size_t end = --left;

		while (left && wire->path[left - 1] != '\0')
			left--;
		if (bytes)
			path[bytes++] = '/';
		memcpy(path + bytes, wire->path + left, end - left);
		bytes += end - left;
	}
	return bytes;
}

static int translate_file(struct translator *t, const struct wire_file *wire, struct diag *why)
{
	union {
		struct event_file file;
		char bytes[sizeof(struct event_file) + WIRE_PATH + 8];
	} event = {
		.file = {
			.head = { .kind = EVENT_FILE, .time_ns = t->told_ns },
			.inode = wire->inode,
			.dev = wire->dev,
		},
	};
	size_t name_bytes;

	_Static_assert(sizeof(event.file.fs_type) == sizeof(wire->fs_type), "fs_type");
	memcpy(event.file.fs_type, wire->fs_type, sizeof(event.file.fs_type));
	name_bytes = join_names(wire, event.bytes + sizeof(struct event_file));
	event.file.name_bytes = (uint16_t)name_bytes;
	event.file.head.bytes = (uint32_t)((sizeof(struct event_file) + name_bytes + 7) & ~7UL);
	return tell(t, &event, why);
}

static int translate_sample(struct translator *t, const struct wire_sample *wire, struct diag *why)
{
	struct event_sample sample = {
		.head = EVENT_HEAD(event_sample, SAMPLE, wire->head.time_ns),
		.tid = wire->head.tid,
		.cpu = wire->head.cpu,
		.stack = wire->stack,
		.user_stack = wire->user_stack,
		.weight_ns = t->sample_ns,
	};

	return tell(t, &sample, why);
}

static bool is_outside(const struct translator *t, const struct wire *wire)
{
	return wire->time_ns < t->begin_ns || wire->time_ns > t->end_ns;
}

/* Calls in which the watch leaves the threads are told when it is over. */
static int translate_syscall(struct translator *t, const struct wire_syscall *wire,
			     struct diag *why)
{
	struct event_syscall call = {
		.head = EVENT_HEAD(event_syscall, SYSCALL, clip(t, wire->head.time_ns)),
		.start_ns = clip(t, wire->start_ns),
		.tid = wire->head.tid,
		.number = wire->number,
		.result = wire->result,
		.user_stack = wire->user_stack,
		.size = wire->size,
		.file_inode = wire->file_inode,
		.file_dev = wire->file_dev,
		.fd = wire->fd,
		.flags = (wire->start_ns < t->begin_ns ? SPAN_OPEN_START : 0) |
			 (wire->flags & WIRE_CALL_OPEN ? SPAN_OPEN_END : 0),
	};

	return is_outside(t, &wire->head) && !(wire->flags & WIRE_CALL_OPEN) ? 0
									     : tell(t, &call, why);
}

static int translate_syscall_sum(struct translator *t, const struct wire_syscall_sum *wire,
				 struct diag *why)
{
	struct event_syscall_sum sum = {
		.head = EVENT_HEAD(event_syscall_sum, SYSCALL_SUM, clip(t, wire->head.time_ns)),
		.tid = wire->head.tid,
		.number = wire->number,
		.count = wire->count,
		.errors = wire->errors,
		.total_ns = wire->total_ns,
	};

	return tell(t, &sum, why);
}

static int translate_request(struct translator *t, const struct wire_request *wire,
			     struct diag *why)
{
	struct event_request request = {
		.head = EVENT_HEAD(event_request, REQUEST, wire->head.time_ns),
		.id = wire->id,
		.start_ns = wire->start_ns,
		.issue_ns = wire->issue_ns,
		.sector = wire->sector,
		.dev = wire->dev,
		.bytes = wire->bytes,
		.flags = wire->flags,
		.error = wire->error,
		.tid = wire->head.tid,
		.work_address = wire->work,
		.io = wire->io,
		.file_inode = wire->file_inode,
		.file_dev = wire->file_dev,
		.bios = wire->bios,
	};

	return tell(t, &request, why);
}

/* One that had not ended lasted until the watch did. */
static int translate_io(struct translator *t, const struct wire_io *wire, struct diag *why)
{
	bool is_open = wire->flags & IO_OPEN_END;
	struct event_io io = {
		.head = EVENT_HEAD(event_io, IO, is_open ? t->end_ns : wire->head.time_ns),
		.id = wire->id,
		.submit_ns = wire->submit_ns,
		.start_ns = wire->start_ns,
		.result = wire->result,
		.offset = wire->offset,
		.wanted = wire->wanted,
		.inode = wire->inode,
		.context = wire->context,
		.dev = wire->dev,
		.tid = wire->head.tid,
		.fd = wire->fd,
		.flags = io_flags_of(wire),
		.engine = wire->engine,
		.operation = wire->operation,
		.syscall = wire->syscall,
		.batch = wire->batch,
		.depth = wire->depth,
		.requests = wire->requests,
	};

	if (io.head.time_ns < t->begin_ns || io.head.time_ns > t->end_ns)
		return 0;
	if (t->io_book) {
		io.handed_ns = io_book_handed(t->io_book, wire->head.tid, wire->call);
		io.reaped_ns = io_book_reaped(t->io_book, wire->context, wire->position);
	}
	return tell(t, &io, why);
}

static int translate_io_submitted(struct translator *t, const struct wire_io_submitted *wire,
				  struct diag *why)
{
	int r = t->io_book ? io_book_take(t->io_book, wire) : 0;

	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

static int translate_lock(struct translator *t, const struct wire_lock *wire, struct diag *why)
{
	struct event_lock lock = {
		.head = EVENT_HEAD(event_lock, LOCK, wire->head.time_ns),
		.start_ns = wire->start_ns,
		.lock = wire->lock,
		.stack = wire->stack,
		.tid = wire->head.tid,
		.owner = wire->owner,
		.flags = wire->flags,
	};

	return tell(t, &lock, why);
}

static int translate_signal(struct translator *t, const struct wire_signal *wire, struct diag *why)
{
	struct event_signal signal = {
		.head = EVENT_HEAD(event_signal, SIGNAL, wire->head.time_ns),
		.tid = wire->head.tid,
		.signal = wire->signal,
		.code = wire->code,
		.flags = wire->flags,
		.address = wire->address,
		.user_stack = wire->user_stack,
		.core_limit = wire->core_limit,
		.sender = wire->sender,
	};

	return tell(t, &signal, why);
}

/* The field that both offsets agree on, or the only one that fits; NULL: there is no saying. */
static const char *find_field(const struct translator *t, const struct wire_lock_name *wire,
			      const char *cache)
{
	const char *name, *name_min;

	if (!t->lock_fields || wire->is_shared)
		return NULL;
	name = lock_fields_find(t->lock_fields, cache, wire->offset, wire->flags);
	name_min = lock_fields_find(t->lock_fields, cache, wire->offset_min, wire->flags);
	if (name && name_min && name != name_min)
		return NULL;
	return name ?: name_min;
}

static int translate_lock_name(struct translator *t, const struct wire_lock_name *wire,
			       struct diag *why)
{
	union {
		struct event_lock_name name;
		char bytes[sizeof(struct event_lock_name) + 128];
	} event = {
		.name = {
			.head = { .kind = EVENT_LOCK_NAME, .time_ns = t->told_ns },
			.lock = wire->lock,
			.kind = LOCK_NAME_SLAB,
			.tgid = wire->head.tid,
		},
	};
	char cache[WIRE_CACHE + 1] = "";
	const char *text = cache, *field;
	size_t bytes;

	memcpy(cache, wire->cache, WIRE_CACHE);
	field = find_field(t, wire, cache);
	if (field) {
		event.name.kind = LOCK_NAME_FIELD;
		text = field;
	}
	if (wire->head.tid) {
		event.name.kind = LOCK_NAME_MMAP;
		text = "";
	}
	bytes = strnlen(text, sizeof(event) - sizeof(event.name));
	memcpy(event.bytes + sizeof(event.name), text, bytes);
	event.name.name_bytes = (uint16_t)bytes;
	event.name.head.bytes = (uint32_t)((sizeof(event.name) + bytes + 7) & ~(size_t)7);
	return tell(t, &event, why);
}

static int translate_usage(struct translator *t, const struct wire_usage *wire, struct diag *why)
{
	struct event_usage usage = {
		.head = EVENT_HEAD(event_usage, USAGE, clip(t, wire->head.time_ns)),
		.tid = wire->head.tid,
		.run_ns = wire->times.run_ns,
		.user_ns = wire->times.user_ns,
		.kernel_ns = wire->times.kernel_ns,
	};
	int r = tell(t, &usage, why);

	return r < 0 || !wire->is_dead ? r : tell_death(t, &wire->head, wire->exit_code, why);
}

static int translate_title(struct translator *t, const struct wire_title *wire, struct diag *why)
{
	char text[WIRE_TITLE_BYTES + 1] = "";

	memcpy(text, wire->text, WIRE_TITLE_BYTES);
	t->told_ns = MAX(t->told_ns, wire->head.time_ns);
	return title_tell(&t->sink, wire->head.time_ns, wire->head.tid, text, why);
}

/* What it spent where is not known here: other events tell. */
static int translate_call(struct translator *t, const struct wire_call *wire, struct diag *why)
{
	struct event_call call = {
		.head = EVENT_HEAD(event_call, CALL, wire->head.time_ns),
		.start_ns = wire->start_ns,
		.duration_ns = wire->head.time_ns - wire->start_ns,
		/* An inner call's time is in the outermost one's. */
		.unknown_ns = wire->depth ? 0 : wire->head.time_ns - wire->start_ns,
		/* Of a program only one is watched. */
		.address = wire->function > 1 ? wire->function : 0,
		.tid = wire->head.tid,
		.cpu = wire->head.cpu,
		.flags = CALL_LOSS,
		.depth = wire->depth,
	};

	return wire->start_ns <= wire->head.time_ns ? tell(t, &call, why) : 0;
}

static int translate_callee(struct translator *t, const struct wire_callee *wire, struct diag *why)
{
	struct event_callee callee = {
		.head = EVENT_HEAD(event_callee, CALLEE, wire->head.time_ns),
		.start_ns = wire->start_ns,
		.ns = wire->ns,
		.max_ns = wire->max_ns,
		.tid = wire->head.tid,
		.callee = wire->callee,
		.count = wire->count,
		.flags = wire->is_unsure ? CALLEE_UNSURE : 0,
	};

	return wire->start_ns <= wire->head.time_ns ? tell(t, &callee, why) : 0;
}

/* Where KVM_RUN failed its reason is none: KVM_EXIT_UNKNOWN, or KVM_EXIT_INTR when a signal came
 * (include/uapi/linux/kvm.h). */
static uint32_t user_reason(const struct wire_why_out *why_out)
{
	if (why_out->user_error == -EINTR)
		return 10;
	return why_out->user_error < 0 ? 0 : why_out->user_reason;
}

static int translate_guest_exit(struct translator *t, const struct wire_guest_exit *wire,
				struct diag *why)
{
	const struct wire_why_out *out = &wire->why;
	uint64_t end_ns = MIN(wire->head.time_ns, t->end_ns);
	uint64_t start_ns = MIN(wire->start_ns, end_ns), rest_ns = end_ns - start_ns;
	struct event_guest_exit exit = {
		.head = EVENT_HEAD(event_guest_exit, GUEST_EXIT, end_ns),
		.start_ns = start_ns,
		.guest_ns = wire->guest_ns,
		.tid = wire->head.tid,
		.vcpu = out->vcpu,
		.reason = out->reason,
		.isa = out->isa,
		.flags = out->flags,
	};

	if (out->flags & GUEST_EXIT_USER) {
		exit.user_ns = end_ns - MIN(MAX(out->user_ns, start_ns), end_ns);
		exit.user_reason = user_reason(out);
		rest_ns -= exit.user_ns;
	}
	/* The kernel measures its own way: the parts are no more than the whole. */
	exit.halted_ns = MIN(out->halted_ns, rest_ns);
	return tell(t, &exit, why);
}

#define TRANSLATE(type)                                                                  \
	static int take_##type(struct translator *t, const void *wire, struct diag *why) \
	{                                                                                \
		return translate_##type(t, wire, why);                                   \
	}
TRANSLATE(switch)
TRANSLATE(open)
TRANSLATE(task)
TRANSLATE(stack)
TRANSLATE(file)
TRANSLATE(sample)
TRANSLATE(syscall)
TRANSLATE(syscall_sum)
TRANSLATE(request)
TRANSLATE(io)
TRANSLATE(io_submitted)
TRANSLATE(lock)
TRANSLATE(lock_name)
TRANSLATE(usage)
TRANSLATE(signal)
TRANSLATE(title)
TRANSLATE(call)
TRANSLATE(callee)
TRANSLATE(guest_exit)

struct meaning {
	size_t bytes;
	int (*take)(struct translator *t, const void *wire, struct diag *why);
	bool is_dictionary;
	bool is_clipped; /* it clips itself; the others are left out when they lie outside the watch
			  */
};

/* clang-format off */
static const struct meaning MEANINGS[] = {
	[WIRE_SWITCH] = { WIRE_SWITCH_SHORT_BYTES, take_switch, false, true },
	[WIRE_SWITCH_WAIT] = { sizeof(struct wire_switch), take_switch, false, true },
	[WIRE_OPEN] = { sizeof(struct wire_switch), take_open, false, true },
	[WIRE_TASK] = { sizeof(struct wire_task), take_task, true, true },
	[WIRE_EXEC] = { sizeof(struct wire_task), take_task, false, true },
	[WIRE_STACK] = { WIRE_STACK_BYTES(0), take_stack, true, true },
	[WIRE_FILE] = { sizeof(struct wire_file), take_file, true, true },
	[WIRE_SAMPLE] = { sizeof(struct wire_sample), take_sample, false, false },
	[WIRE_SYSCALL] = { sizeof(struct wire_syscall), take_syscall, false, true },
	[WIRE_SYSCALL_SUM] = { sizeof(struct wire_syscall_sum), take_syscall_sum, false, true },
	[WIRE_REQUEST] = { sizeof(struct wire_request), take_request, false, false },
	[WIRE_IO] = { sizeof(struct wire_io), take_io, false, true },
	/* At once: operations are told a little later. */
	[WIRE_IO_SUBMITTED] = { sizeof(struct wire_io_submitted), take_io_submitted, true, true },
	[WIRE_LOCK] = { sizeof(struct wire_lock), take_lock, false, false },
	[WIRE_LOCK_NAME] = { sizeof(struct wire_lock_name), take_lock_name, true, true },
	[WIRE_USAGE] = { sizeof(struct wire_usage), take_usage, false, true },
	[WIRE_SIGNAL] = { sizeof(struct wire_signal), take_signal, false, false },
	[WIRE_CALL] = { sizeof(struct wire_call), take_call, false, false },
	[WIRE_CALLEE] = { sizeof(struct wire_callee), take_callee, false, false },
	[WIRE_GUEST_EXIT] = { sizeof(struct wire_guest_exit), take_guest_exit, false, true },
	[WIRE_TITLE] = { sizeof(struct wire_title), take_title, false, false },
};
/* clang-format on */

bool wire_is_whole(const struct wire *wire, size_t bytes)
{
	if (bytes < sizeof(*wire) || wire->kind >= array_count(MEANINGS) ||
	    !MEANINGS[wire->kind].take || bytes < MEANINGS[wire->kind].bytes)
		return false;
	/* A stack is as long as it has frames. */
	if (wire->kind == WIRE_STACK) {
		const struct wire_stack *stack = (const void *)wire;

		return stack->frames <= WIRE_FRAMES && bytes >= WIRE_STACK_BYTES(stack->frames);
	}
	return true;
}

bool wire_is_dictionary(const struct wire *wire)
{
	return wire->kind < array_count(MEANINGS) && MEANINGS[wire->kind].is_dictionary;
}

int translate(struct translator *t, const struct wire *wire, size_t bytes, struct diag *why)
{
	const struct meaning *meaning;

	if (!wire_is_whole(wire, bytes))
		return diag_set(why, -EBADMSG, "the kernel sent a record of kind %u with %zu bytes",
				wire->kind, bytes);

	meaning = &MEANINGS[wire->kind];
	if (!meaning->is_clipped && is_outside(t, wire))
		return 0;
	return meaning->take(t, wire, why);
}
