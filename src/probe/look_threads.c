/* How is one look taken? All threads are read first, then told. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "host/guarded.h"
#include "probe/look_iter.h"
#include "probe/look_proc.h"
#include "probe/look_state.h"

_Static_assert((int)LOOK_ON_CPU == THREAD_ON_CPU && (int)LOOK_KILLED == THREAD_KILLED &&
		       (int)LOOK_DUMPING == THREAD_DUMPING && (int)LOOK_FROZEN == THREAD_FROZEN &&
		       (int)LOOK_IOWAIT == THREAD_IOWAIT,
	       "flags");
_Static_assert((int)LOOK_LOCK_MUTEX == BLOCKER_MUTEX &&
		       (int)LOOK_LOCK_SEMAPHORE == BLOCKER_SEMAPHORE &&
		       (int)LOOK_LOCK_READ == BLOCKER_RWSEM_READER &&
		       (int)LOOK_LOCK_WRITE == BLOCKER_RWSEM_WRITER &&
		       (int)LOOK_LOCK_RT == BLOCKER_RT_MUTEX,
	       "lock kinds");
_Static_assert((int)LOOK_SYSCALL_NONE == THREAD_SYSCALL_NONE &&
		       (int)LOOK_SYSCALL_UNKNOWN == THREAD_SYSCALL_UNKNOWN,
	       "system calls");

enum limits {
	THREADS_MAX = 200000,
	SAMPLE_NS_MAX = 100000000, /* how long ago a thread that runs was seen */
};

/* --- reading --- */

static bool is_in_fuse(const struct look *look, const struct look_record *record)
{
	for (uint32_t i = 0; i < record->thread.frames; i++) {
		for (size_t j = 0; j < look->fuse_functions; j++) {
			if (record->address[i] >= look->fuse[j].start &&
			    record->address[i] < look->fuse[j].end)
				return true;
		}
	}
	return false;
}

/* A helper of ours is none of the machine's threads. */
static int see_thread(void *self, const struct look_record *record)
{
	struct look *look = self;
	struct looked *looked = NULL;
	int r;

	if (record->thread.parent_tgid == (uint32_t)getpid())
		return 0;
	if (look->threads.list.count >= THREADS_MAX) {
		look->lost_threads++;
		return 0;
	}
	r = looked_add(&look->threads, &record->thread, &looked);
	if (r < 0)
		return r;
	looked->is_in_fuse = is_in_fuse(look, record);
	/* The wire's addresses and ours are the same numbers. */
	return stack_book_put(&look->stacks, 0, (const uint64_t *)(const void *)record->address,
			      record->thread.frames, &looked->stack);
}

/* When it left its CPU or got it: by the better of two clocks, as CLOCK_MONOTONIC has it. */
static uint64_t since_ns(const struct look_thread *thread, const struct look_clocks *clocks)
{
	uint64_t since = 0;

	if (thread->clock_ns && clocks->offset_ns != UINT64_MAX)
		since = thread->clock_ns + clocks->offset_ns;
	else if (thread->task_clock_ns && clocks->task_offset_ns != UINT64_MAX)
		since = thread->task_clock_ns + clocks->task_offset_ns;
	return MIN(since, thread->time_ns);
}

static bool is_target(const struct look *look, uint32_t tgid)
{
	for (size_t i = 0; i < look->options.tgid_count; i++) {
		if (look->options.tgids[i] == tgid)
			return true;
	}
	return look->options.target == WATCH_MACHINE;
}

/* A thread that runs shows no stack: it is where it was seen a moment ago. */
static int take_sample(struct look *look, struct looked *looked)
{
	const struct look_thread *thread = &looked->thread;
	struct look_sample sample;
	int r;

	if (!look->iter || !(thread->flags & LOOK_ON_CPU) ||
	    !look_iter_find_sample(look->iter, thread->tid, &sample) ||
	    thread->time_ns - MIN(sample.time_ns, thread->time_ns) > SAMPLE_NS_MAX)
		return 0;
	/* The wire's addresses and ours are the same numbers. */
	r = stack_book_put(&look->stacks, 0, (const uint64_t *)(const void *)sample.address,
			   sample.frames, &looked->stack);
	if (r == 0 && is_target(look, thread->tgid))
		r = stack_book_put(&look->stacks, thread->tgid,
				   (const uint64_t *)(const void *)sample.user_address,
				   sample.user_frames, &looked->user_stack);
	return r;
}

static int read_threads(struct look *look, struct diag *why)
{
	struct look_clocks clocks = { UINT64_MAX, UINT64_MAX };
	int r;

	looked_free(&look->previous);
	look->previous = look->threads;
	look->threads = (struct looked_threads){};
	r = look->iter ? look_iter_threads(look->iter, see_thread, look, &clocks, why)
		       : look_proc_threads(look->proc, see_thread, look, why);
	if (r == 0)
		r = looked_sort(&look->threads);
	for (size_t i = 0; i < look->threads.list.count && r == 0; i++) {
		struct looked *looked = &look->threads.list.items[i];

		looked->since_ns = since_ns(&looked->thread, &clocks);
		r = take_sample(look, looked);
	}
	return r == -ENOMEM ? look_no_memory(why) : r;
}

/* --- user stacks --- */

/* The threads of one process whose stacks are read. */
struct peeking {
	struct look *look;
	struct peek_registers registers[PEEK_THREADS_MAX];
	struct looked *threads[PEEK_THREADS_MAX];
	size_t count;
	int failed;
};

static void see_stack(void *self, size_t index, const struct peek_stack *stack)
{
	struct peeking *peeking = self;
	struct looked *looked = peeking->threads[index];
	int r = stack_book_put(&peeking->look->stacks, looked->thread.tgid, stack->address,
			       stack->frames, &looked->user_stack);

	if (r < 0)
		peeking->failed = r;
}

/* What cannot be read is not known; that it hung is told at the end. */
static int peek(struct peeking *peeking)
{
	int r = 0;

	if (peeking->count)
		r = guarded_peek_stacks(peeking->look->options.guard,
					peeking->threads[0]->thread.tgid, peeking->registers,
					peeking->count, see_stack, peeking);
	peeking->count = 0;
	return r == -ENOMEM ? r : peeking->failed;
}

/* It has not run since: it is where it was. */
static bool take_over(const struct look *look, struct looked *looked)
{
	const struct looked *before = looked_find(&look->previous, looked->thread.tid);

	if (!before || !before->user_stack || before->thread.tgid != looked->thread.tgid ||
	    before->thread.switches != looked->thread.switches ||
	    before->thread.ip != looked->thread.ip || before->thread.sp != looked->thread.sp)
		return false;
	looked->user_stack = before->user_stack;
	return true;
}

static int peek_thread(struct peeking *peeking, struct looked *looked)
{
	int r = 0;

	if (!looked->thread.ip || take_over(peeking->look, looked))
		return 0;
	if (peeking->count == PEEK_THREADS_MAX)
		r = peek(peeking);
	peeking->registers[peeking->count] = (struct peek_registers){
		.ip = looked->thread.ip,
		.sp = looked->thread.sp,
		.fp = looked->thread.fp,
	};
	peeking->threads[peeking->count++] = looked;
	return r;
}

static int peek_process(struct look *look, size_t first, size_t count)
{
	struct peeking peeking = { .look = look };
	int r = 0;

	for (size_t i = first; i < first + count && r == 0; i++)
		r = peek_thread(&peeking,
				&look->threads.list.items[look->threads.by_process.items[i]]);
	return r == 0 ? peek(&peeking) : r;
}

static int read_user_stacks(struct look *look, struct diag *why)
{
	const struct looked_threads *threads = &look->threads;
	int r = 0;

	for (size_t i = 0, count; i < threads->by_process.count && r == 0; i += count) {
		uint32_t tgid = threads->list.items[threads->by_process.items[i]].thread.tgid;

		count = looked_group(threads, i);
		if (is_target(look, tgid))
			r = peek_process(look, i, count);
	}
	return r < 0 ? look_no_memory(why) : 0;
}

/* --- telling --- */

static uint64_t hash_task(const struct look_thread *thread)
{
	uint64_t name[2];

	_Static_assert(sizeof(name) == sizeof(thread->comm), "comm");
	memcpy(name, thread->comm, sizeof(name));
	return hash_pair(hash_pair(name[0], name[1]),
			 hash_pair(hash_pair(thread->tgid, thread->parent_tgid),
				   hash_pair(thread->start_ns, thread->cgroup)));
}

/* Of a thread that is new, or has changed its name, its parent or its group. */
static int tell_task(struct look *look, const struct look_thread *thread, struct diag *why)
{
	struct wire_task wire = {
		.head = { .kind = WIRE_TASK, .tid = thread->tid },
		.birth_ns = thread->start_ns,
		.cgroup = thread->cgroup,
		.tgid = thread->tgid,
		.parent_tgid = thread->parent_tgid,
		.is_kernel = thread->is_kernel,
		.is_target = is_target(look, thread->tgid),
	};
	uint64_t *told = hash_put(&look->told, thread->tid), hash = hash_task(thread);

	if (!told)
		return look_no_memory(why);
	if (*told == hash)
		return 0;
	*told = hash;
	memcpy(wire.comm, thread->comm, sizeof(wire.comm));
	return translate(&look->translator, &wire.head, sizeof(wire), why);
}

static int tell_thread(struct look *look, const struct looked *looked, struct diag *why)
{
	const struct look_thread *thread = &looked->thread;
	struct event_thread event = {
		.head = { .bytes = sizeof(event),
			  .kind = EVENT_THREAD,
			  .time_ns = thread->time_ns },
		.tid = thread->tid,
		.look = look->number,
		.state = thread->state,
		.flags = thread->flags,
		.since_ns = looked->since_ns,
		.stack = looked->stack,
		.user_stack = looked->user_stack,
		.run_ns = thread->run_ns,
		.switches = thread->switches,
		.io_calls = thread->io_calls,
		.io_bytes = thread->io_bytes,
		.syscall = thread->syscall,
		.exit_code = thread->exit_code,
		.lock = thread->lock,
		.lock_kind = thread->lock_kind,
		.lock_owner = thread->lock_owner,
	};

	if (thread->syscall >= 0)
		memcpy(event.arguments, thread->arguments, sizeof(event.arguments));
	look->translator.told_ns = MAX(look->translator.told_ns, thread->time_ns);
	event.head.time_ns = look->translator.told_ns;
	return event_sink_take(&look->translator.sink, &event.head, why);
}

/* Those of the look before that are no more. */
static int tell_ends(struct look *look, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < look->previous.list.count && r == 0; i++) {
		const struct look_thread *thread = &look->previous.list.items[i].thread;
		const struct looked *now = looked_find(&look->threads, thread->tid);
		struct event_task_end end = {
			.head = { .bytes = sizeof(end),
				  .kind = EVENT_TASK_END,
				  .time_ns = look->translator.told_ns },
			.tid = thread->tid,
			.exit_code = -1,
		};

		if (!now || now->thread.start_ns != thread->start_ns)
			r = event_sink_take(&look->translator.sink, &end.head, why);
	}
	return r;
}

static int tell_look(struct look *look, struct diag *why)
{
	const struct looked_threads *threads = &look->threads;
	int r = tell_ends(look, why);

	for (size_t i = 0; i < threads->list.count && r == 0; i++)
		r = tell_task(look, &threads->list.items[i].thread, why);
	if (r == 0)
		r = stack_book_tell(&look->stacks, &look->translator, why);
	for (size_t i = 0; i < threads->list.count && r == 0; i++)
		r = tell_thread(look, &threads->list.items[i], why);
	return r;
}

int look_at_threads(struct look *look, struct diag *why)
{
	int r = read_threads(look, why);

	look->number++;
	if (r == 0)
		r = read_user_stacks(look, why);
	return r < 0 ? r : tell_look(look, why);
}
