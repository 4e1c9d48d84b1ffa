/* What did the threads do, by the tracepoints? Each thread's state, and what closes when it
 * changes: the same spans as a live watch tells. */
#include "import/perf_spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/hash.h"
#include "import/perf_locks.h"

#define CPUS_MAX    8192u
#define THREADS_MAX (1u << 20)

/* A wake-up this soon after a request's completion, in the same interrupt, is its doing. */
#define COMPLETION_NS 200000u

/* Of include/linux/sched.h and include/linux/trace_events.h. A switch tells the lower byte of the
 * state; a higher bit says that the thread wanted to go on. */
enum kernel_numbers {
	STATE_MASK = 0xff,
	STATE_DEAD = 0x30, /* zombie, or gone */
	STATE_IDLE = 0x80,
	STATE_IDLE_BITS = 0x402, /* what the kernel itself has then */
	IN_HARD_IRQ = 0x08,
	IN_SOFT_IRQ = 0x10,
};

enum doing {
	DOES_UNKNOWN,
	DOES_RUN,
	DOES_WAIT,
	DOES_QUEUE, /* wants to run, and has not waited before */
};

struct thread {
	uint32_t tid;
	enum doing doing;
	uint64_t since_ns; /* it does so; of a wait: since it left the CPU */
	uint32_t cpu;
	bool is_newborn;
	bool is_open_start;
	/* Of a wait: */
	uint32_t state;
	uint64_t stack;
	uint64_t wake_ns; /* 0: not woken yet */
	uint64_t waker_stack;
	uint32_t waker;
	uint32_t wake_flags; /* enum span_flags */
	uint64_t request;
	uint32_t request_dev;
	struct perf_contention contention;
	/* Of the system call it is in: */
	int32_t call; /* -1: none that is known */
	uint64_t call_ns;
	uint64_t kernel_since_ns; /* 0: in user mode, or not known */
	uint64_t kernel_ns;       /* of the run that goes on */
};

/* The last completion on a CPU, while what it set off may still go on. */
struct completion {
	uint64_t time_ns; /* 0: none */
	uint64_t request;
	uint32_t dev;
	uint32_t irq; /* in which interrupt */
};

struct cpu {
	uint32_t running; /* thread's place + 1; 0: not known */
	struct completion done;
};

struct perf_spans {
	struct perf_tasks *tasks;
	struct perf_requests requests;
	ARRAY(struct thread) threads;
	struct hash_map by_tid; /* place + 1 */
	struct cpu cpus[CPUS_MAX];
	uint64_t known_ns; /* the last gap's end */
	bool has_switches;
	bool has_wakings; /* sched_waking: the wake-ups by sched_wakeup are only its echo */
};

int perf_spans_new(struct perf_tasks *tasks, struct perf_spans **ret)
{
	struct perf_spans *spans = calloc(1, sizeof(*spans));

	if (!spans)
		return -ENOMEM;
	spans->tasks = tasks;
	*ret = spans;
	return 0;
}

void perf_spans_free(struct perf_spans **spans)
{
	struct perf_spans *old = give(*spans);

	if (!old)
		return;
	array_free(&old->threads);
	hash_free(&old->by_tid);
	perf_requests_free(&old->requests);
	free(old);
}

uint64_t perf_spans_lost_requests(const struct perf_spans *spans)
{
	return spans->requests.lost;
}

/* NULL: an idle thread, no room, or no memory (*r). */
static struct thread *get_thread(struct perf_spans *spans, uint32_t tid, int *r)
{
	struct thread *thread;
	uint64_t *place;

	*r = 0;
	if (!tid || (spans->threads.count >= THREADS_MAX && !hash_find(&spans->by_tid, tid)))
		return NULL;
	place = hash_put(&spans->by_tid, tid);
	if (place && *place)
		return &spans->threads.items[*place - 1];
	thread = place ? array_push(&spans->threads) : NULL;
	if (!thread) {
		*r = -ENOMEM;
		return NULL;
	}
	*place = spans->threads.count;
	thread->tid = tid;
	thread->call = -1;
	return thread;
}

static struct cpu *cpu_of(struct perf_spans *spans, uint32_t cpu)
{
	return &spans->cpus[cpu % CPUS_MAX];
}

/* Who runs on another CPU still does: its leaving would have been told there. */
void perf_spans_gap(struct perf_spans *spans, uint32_t cpu, uint64_t time_ns)
{
	for (size_t i = 0; i < spans->threads.count; i++) {
		struct thread *thread = &spans->threads.items[i];

		if (thread->doing == DOES_RUN && cpu != PERF_ALL_CPUS && thread->cpu != cpu)
			continue;
		*thread = (struct thread){ .tid = thread->tid, .call = -1 };
	}
	for (uint32_t i = 0; i < CPUS_MAX; i++) {
		if (cpu == PERF_ALL_CPUS || cpu_of(spans, cpu) == &spans->cpus[i])
			spans->cpus[i] = (struct cpu){};
	}
	perf_requests_forget(&spans->requests);
	spans->known_ns = time_ns;
}

/* Since when nothing is missing. */
static uint64_t known_since(const struct perf_spans *spans, const struct perf_out *out)
{
	return MAX(spans->known_ns, out->begin_ns);
}

static void assume(struct thread *thread, enum doing doing, const struct perf_spans *spans,
		   const struct perf_out *out)
{
	thread->doing = doing;
	thread->since_ns = known_since(spans, out);
	thread->is_open_start = thread->since_ns == out->begin_ns;
}

/* --- what closes --- */

static int tell_run(const struct thread *thread, uint64_t end_ns, uint32_t next_tid, uint32_t flags,
		    struct perf_out *out, struct diag *why)
{
	uint64_t kernel_ns = thread->kernel_ns;
	struct event_run run = {
		.head = PERF_EVENT_HEAD(event_run, RUN, end_ns),
		.tid = thread->tid,
		.cpu = thread->cpu,
		.start_ns = thread->since_ns,
		.next_tid = next_tid,
		.flags = flags | (thread->is_open_start ? SPAN_OPEN_START : 0),
	};

	if (thread->kernel_since_ns)
		kernel_ns += end_ns - MAX(thread->kernel_since_ns, thread->since_ns);
	run.kernel_ns = MIN(kernel_ns, end_ns - run.start_ns);
	return perf_tell(out, &run, why);
}

static int tell_wait(const struct thread *thread, uint64_t woken_ns, uint64_t told_ns,
		     uint32_t flags, struct perf_out *out, struct diag *why)
{
	struct event_wait wait = {
		.head = PERF_EVENT_HEAD(event_wait, WAIT, told_ns),
		.start_ns = thread->since_ns,
		.end_ns = woken_ns,
		.tid = thread->tid,
		.waker_tid = thread->waker,
		.stack = thread->stack,
		.waker_stack = thread->waker_stack,
		.state = thread->state,
		.flags = flags | thread->wake_flags | (thread->is_open_start ? SPAN_OPEN_START : 0),
		.syscall = thread->call,
		.fd = -1,
	};

	wait.lock = thread->contention.lock;
	wait.lock_flags = thread->contention.flags;
	if (thread->wake_flags & SPAN_REQUEST) {
		wait.request = thread->request;
		wait.request_dev = thread->request_dev;
	}
	return perf_tell(out, &wait, why);
}

/* What is known of the stay beside its thread, its CPU and its end is the caller's to say. */
static int tell_queue(const struct thread *thread, struct event_queue queue,
		      const struct perf_moment *at, struct perf_out *out, struct diag *why)
{
	queue.head = (struct event)PERF_EVENT_HEAD(event_queue, QUEUE, at->time_ns);
	queue.tid = thread->tid;
	queue.cpu = at->cpu;
	return perf_tell(out, &queue, why);
}

/* --- switches --- */

static uint32_t state_of(uint64_t prev_state)
{
	uint32_t state = (uint32_t)prev_state & STATE_MASK;

	return state == STATE_IDLE ? STATE_IDLE_BITS : state;
}

static int leave_cpu(struct perf_spans *spans, const struct perf_moment *moment, uint32_t next_tid,
		     struct perf_out *out, struct diag *why)
{
	uint64_t prev_state = perf_field_number(moment->format, PERF_FIELD_PREV_STATE, moment->raw);
	uint32_t tid =
		(uint32_t)perf_field_number(moment->format, PERF_FIELD_PREV_PID, moment->raw);
	uint32_t state = state_of(prev_state);
	struct thread *thread;
	int r;

	thread = get_thread(spans, tid, &r);
	if (!thread)
		return r;
	if (thread->doing == DOES_UNKNOWN && !cpu_of(spans, moment->cpu)->running) {
		/* It ran since before this CPU's first switch. */
		assume(thread, DOES_RUN, spans, out);
		thread->cpu = moment->cpu;
	}
	if (thread->doing == DOES_RUN && thread->cpu == moment->cpu)
		r = tell_run(thread, moment->time_ns, next_tid, state ? 0 : SPAN_PREEMPTED, out,
			     why);
	thread->doing = state ? DOES_WAIT : DOES_QUEUE;
	thread->since_ns = moment->time_ns;
	thread->is_open_start = thread->is_newborn = false;
	thread->state = state;
	thread->stack = moment->stack;
	thread->wake_ns = thread->request = thread->waker_stack = 0;
	thread->waker = thread->wake_flags = 0;
	if (state & STATE_DEAD && state != STATE_IDLE_BITS)
		*thread = (struct thread){ .tid = thread->tid, .call = -1 };
	return r;
}

/* The span before a run: a wait and a stay in the queue, or only the latter. */
static int close_before(const struct thread *thread, const struct perf_moment *moment,
			uint32_t prev_tid, struct perf_out *out, struct diag *why)
{
	uint64_t woken_ns =
		thread->wake_ns ? MAX(thread->wake_ns, thread->since_ns) : moment->time_ns;
	struct event_queue queue = { .start_ns = woken_ns, .prev_tid = prev_tid };
	int r;

	switch (thread->doing) {
	case DOES_WAIT:
		r = tell_wait(thread, woken_ns, moment->time_ns, 0, out, why);
		return r < 0 ? r : tell_queue(thread, queue, moment, out, why);
	case DOES_QUEUE:
		queue.start_ns = thread->since_ns;
		queue.flags = thread->is_newborn ? SPAN_NEWBORN : SPAN_PREEMPTED;
		return tell_queue(thread, queue, moment, out, why);
	case DOES_UNKNOWN:
	case DOES_RUN:
		break;
	}
	return 0;
}

static int enter_cpu(struct perf_spans *spans, const struct perf_moment *moment, uint32_t tid,
		     uint32_t prev_tid, struct perf_out *out, struct diag *why)
{
	struct cpu *cpu = cpu_of(spans, moment->cpu);
	struct thread *thread;
	int r;

	cpu->done.time_ns = 0;
	cpu->running = UINT32_MAX; /* an idle one */
	thread = get_thread(spans, tid, &r);
	if (!thread)
		return r;
	r = close_before(thread, moment, prev_tid, out, why);
	cpu->running = (uint32_t)(thread - spans->threads.items) + 1;
	thread->doing = DOES_RUN;
	thread->since_ns = moment->time_ns;
	thread->cpu = moment->cpu;
	thread->is_open_start = false;
	thread->kernel_ns = 0;
	thread->kernel_since_ns = thread->call >= 0 ? moment->time_ns : 0;
	return r;
}

static int take_switch(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why)
{
	uint32_t prev =
		(uint32_t)perf_field_number(moment->format, PERF_FIELD_PREV_PID, moment->raw);
	uint32_t next =
		(uint32_t)perf_field_number(moment->format, PERF_FIELD_NEXT_PID, moment->raw);
	char comm[16];
	int r;

	if (!spans->tasks->all_are_targets)
		return 0; /* only how some threads left their CPUs */
	spans->has_switches = true;
	perf_field_text(moment->format, PERF_FIELD_PREV_COMM, moment->raw, comm, sizeof(comm));
	r = perf_tasks_hint(spans->tasks, prev, comm, out, why);
	if (r < 0)
		return r;
	perf_field_text(moment->format, PERF_FIELD_NEXT_COMM, moment->raw, comm, sizeof(comm));
	r = perf_tasks_hint(spans->tasks, next, comm, out, why);
	if (r == 0)
		r = leave_cpu(spans, moment, next, out, why);
	return r < 0 ? r : enter_cpu(spans, moment, next, prev, out, why);
}

/* --- wake-ups --- */

static uint32_t irq_of(const struct perf_moment *moment)
{
	return perf_field_number(moment->format, PERF_FIELD_FLAGS, moment->raw) &
	       (IN_HARD_IRQ | IN_SOFT_IRQ);
}

static void note_waker(struct perf_spans *spans, struct thread *thread,
		       const struct perf_moment *moment)
{
	const struct completion *done = &cpu_of(spans, moment->cpu)->done;
	uint32_t irq = irq_of(moment);

	thread->wake_ns = moment->time_ns;
	thread->waker_stack = moment->stack;
	thread->waker = irq ? 0 : moment->tid;
	if (irq & IN_HARD_IRQ)
		thread->wake_flags |= SPAN_WOKEN_IRQ;
	else if (irq)
		thread->wake_flags |= SPAN_WOKEN_SOFTIRQ;
	if (done->time_ns && done->request && done->irq == irq &&
	    moment->time_ns - done->time_ns < COMPLETION_NS) {
		thread->wake_flags |= SPAN_REQUEST;
		thread->request = done->request;
		thread->request_dev = done->dev;
	}
}

static int take_wake(struct perf_spans *spans, const struct perf_moment *moment,
		     struct perf_out *out, struct diag *why)
{
	uint32_t tid = (uint32_t)perf_field_number(moment->format, PERF_FIELD_PID, moment->raw);
	struct thread *thread;
	char comm[16];
	int r;

	perf_field_text(moment->format, PERF_FIELD_COMM, moment->raw, comm, sizeof(comm));
	r = perf_tasks_hint(spans->tasks, tid, comm, out, why);
	if (r < 0)
		return r;
	thread = get_thread(spans, tid, &r);
	if (!thread)
		return r;
	if (thread->doing == DOES_UNKNOWN && spans->has_switches) {
		/* Not seen running so far: it has waited since before the watch. */
		assume(thread, DOES_WAIT, spans, out);
	}
	if (thread->doing == DOES_WAIT && !thread->wake_ns)
		note_waker(spans, thread, moment);
	return 0;
}

static int take_waking(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why)
{
	spans->has_wakings = true;
	return take_wake(spans, moment, out, why);
}

/* It may be told on the CPU of the woken: only good where nothing better is. */
static int take_wakeup(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why)
{
	return spans->has_wakings ? 0 : take_wake(spans, moment, out, why);
}

static int take_newborn(struct perf_spans *spans, const struct perf_moment *moment,
			struct perf_out *out, struct diag *why)
{
	uint32_t tid = (uint32_t)perf_field_number(moment->format, PERF_FIELD_PID, moment->raw);
	struct thread *thread;
	int r;

	thread = get_thread(spans, tid, &r);
	if (!thread)
		return r;
	*thread = (struct thread){ .tid = tid,
				   .call = -1,
				   .doing = DOES_QUEUE,
				   .is_newborn = true,
				   .since_ns = moment->time_ns };
	return 0;
}

/* --- system calls --- */

static int32_t call_number(const struct perf_moment *moment)
{
	static const enum perf_field_id NAMES[] = { PERF_FIELD_SYSCALL_NR, PERF_FIELD_NR,
						    PERF_FIELD_ID };

	for (size_t i = 0; i < array_count(NAMES); i++) {
		if (perf_field_is_there(moment->format, NAMES[i]))
			return (int32_t)perf_field_number(moment->format, NAMES[i], moment->raw);
	}
	return -1;
}

static int take_enter(struct perf_spans *spans, const struct perf_moment *moment,
		      struct perf_out *out, struct diag *why)
{
	struct thread *thread;
	int r;

	thread = get_thread(spans, moment->tid, &r);
	if (!thread)
		return r;
	thread->call = call_number(moment);
	thread->call_ns = moment->time_ns;
	thread->kernel_since_ns = moment->time_ns;
	return 0;
}

static int take_leave(struct perf_spans *spans, const struct perf_moment *moment,
		      struct perf_out *out, struct diag *why)
{
	struct event_syscall call = {
		.head = PERF_EVENT_HEAD(event_syscall, SYSCALL, moment->time_ns),
		.tid = moment->tid,
		.number = call_number(moment),
		.result = (int64_t)perf_field_number(moment->format, PERF_FIELD_RET, moment->raw),
		.user_stack = moment->user_stack,
		.fd = -1,
	};
	struct thread *thread;
	int r;

	thread = get_thread(spans, moment->tid, &r);
	if (!thread)
		return r;
	if (thread->kernel_since_ns)
		thread->kernel_ns += moment->time_ns - thread->kernel_since_ns;
	thread->kernel_since_ns = 0;
	call.start_ns = thread->call_ns;
	if (thread->call < 0 || thread->call != call.number)
		call.number = -1; /* its begin was not seen, or not recorded */
	thread->call = -1;
	return call.number < 0 ? 0 : perf_tell(out, &call, why);
}

/* --- requests --- */

static int take_queued(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why)
{
	int r = perf_requests_queue(&spans->requests, moment);

	return r < 0 ? diag_set(why, r, "no memory for the block requests") : 0;
}

static int take_issued(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why)
{
	int r = perf_requests_issue(&spans->requests, moment);

	return r < 0 ? diag_set(why, r, "no memory for the block requests") : 0;
}

static int take_complete(struct perf_spans *spans, const struct perf_moment *moment,
			 struct perf_out *out, struct diag *why)
{
	struct completion *done = &cpu_of(spans, moment->cpu)->done;

	*done = (struct completion){
		.time_ns = moment->time_ns,
		.dev = (uint32_t)perf_field_number(moment->format, PERF_FIELD_DEV, moment->raw),
		.irq = irq_of(moment),
	};
	return perf_requests_complete(&spans->requests, moment, out, &done->request, why);
}

/* --- locks --- */

static int take_contention(struct perf_spans *spans, const struct perf_moment *moment,
			   struct perf_out *out, struct diag *why)
{
	struct thread *thread;
	int r;

	thread = get_thread(spans, moment->tid, &r);
	if (!thread)
		return r;
	if (moment->format->point == PERF_POINT_CONTENTION_END)
		return perf_contention_end(&thread->contention, moment, out, why);
	perf_contention_begin(&thread->contention, moment);
	return 0;
}

/* --- which is which --- */

typedef int take_point(struct perf_spans *spans, const struct perf_moment *moment,
		       struct perf_out *out, struct diag *why);

/* Births, programs and deaths are told by perf's own records of tasks, which are never missing. */
static take_point *const TAKES[] = {
	[PERF_POINT_SWITCH] = take_switch,
	[PERF_POINT_WAKING] = take_waking,
	[PERF_POINT_WAKEUP] = take_wakeup,
	[PERF_POINT_NEWBORN] = take_newborn,
	[PERF_POINT_RQ_INSERT] = take_queued,
	[PERF_POINT_IO_START] = take_queued,
	[PERF_POINT_RQ_ISSUE] = take_issued,
	[PERF_POINT_RQ_COMPLETE] = take_complete,
	[PERF_POINT_RAW_ENTER] = take_enter,
	[PERF_POINT_RAW_EXIT] = take_leave,
	[PERF_POINT_SYS_ENTER] = take_enter,
	[PERF_POINT_SYS_EXIT] = take_leave,
	[PERF_POINT_CONTENTION_BEGIN] = take_contention,
	[PERF_POINT_CONTENTION_END] = take_contention,
};

int perf_spans_take(struct perf_spans *spans, const struct perf_moment *moment,
		    struct perf_out *out, struct diag *why)
{
	size_t point = (size_t)moment->format->point;
	int r;

	if (point >= array_count(TAKES) || !TAKES[point])
		return 0;
	r = TAKES[point](spans, moment, out, why);
	return r == -ENOMEM ? diag_set(why, r, "no memory for what the threads did") : r;
}

/* --- the end --- */

static int tell_open(const struct thread *thread, const struct perf_moment *end,
		     struct perf_out *out, struct diag *why)
{
	struct event_queue queue = { .start_ns = thread->since_ns, .flags = SPAN_OPEN_END };
	int r;

	switch (thread->doing) {
	case DOES_RUN:
		return tell_run(thread, end->time_ns, 0, SPAN_OPEN_END, out, why);
	case DOES_WAIT:
		if (!thread->wake_ns)
			return tell_wait(thread, end->time_ns, end->time_ns, SPAN_OPEN_END, out,
					 why);
		queue.start_ns = MAX(thread->wake_ns, thread->since_ns);
		r = tell_wait(thread, queue.start_ns, end->time_ns, 0, out, why);
		return r < 0 ? r : tell_queue(thread, queue, end, out, why);
	case DOES_QUEUE:
		return tell_queue(thread, queue, end, out, why);
	case DOES_UNKNOWN:
		break;
	}
	return 0;
}

int perf_spans_finish(struct perf_spans *spans, uint64_t end_ns, struct perf_out *out,
		      struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < spans->threads.count && r == 0; i++) {
		struct perf_moment end = { .time_ns = end_ns, .cpu = spans->threads.items[i].cpu };

		if (spans->has_switches)
			r = tell_open(&spans->threads.items[i], &end, out, why);
	}
	return r;
}
