/* How does each thread stand? Two looks at it are compared: what moved between them, and what did
 * not. */
#include <errno.h>
#include <string.h>

#include "analyse/stuck_state.h"
#include "analyse/titles.h"

#define THREADS_MAX (1u << 18)

/* A thread that had less of a CPU between the looks does not spin. */
#define SPIN_SHARE 0.4

/*
 * Where others want the CPU as well, nobody gets that much. There it spins when it was in the same
 * functions of its own at both looks, or when it only ever left its CPU because its turn was over,
 * which lasts some milliseconds: who sleeps or waits does so earlier.
 */
#define TURN_NS  1000000u
#define TURNS_NS 10000000u

/* When there was but one look: who has slept for so long is taken as unmoved. */
#define UNMOVED_NS 1000000000u

struct thread_seen *stuck_thread(const struct stuck *stuck, uint32_t tid)
{
	const uint64_t *place = tid ? hash_find(&stuck->by_tid, tid) : NULL;

	return place && *place ? &stuck->threads.items[*place - 1] : NULL;
}

struct process_seen *stuck_process_of(const struct stuck *stuck, uint32_t tgid)
{
	const uint64_t *place = tgid ? hash_find(&stuck->by_tgid, tgid) : NULL;

	return place && *place ? &stuck->processes.items[*place - 1] : NULL;
}

/* 1 and *ret; 0: no room (counted); -ENOMEM. */
static int get_thread(struct stuck *stuck, uint32_t tid, struct thread_seen **ret)
{
	uint64_t *place;

	*ret = stuck_thread(stuck, tid);
	if (*ret)
		return 1;
	if (!tid || stuck->threads.count >= THREADS_MAX) {
		stuck->losses[LOSS_THREAD] += tid != 0;
		return 0;
	}
	place = hash_put(&stuck->by_tid, tid);
	*ret = place ? array_push(&stuck->threads) : NULL;
	if (!*ret)
		return -ENOMEM;
	*place = stuck->threads.count;
	(*ret)->tid = tid;
	return 1;
}

/* The same. */
static int get_process(struct stuck *stuck, uint32_t tgid, struct process_seen **ret)
{
	uint64_t *place;

	*ret = stuck_process_of(stuck, tgid);
	if (*ret)
		return 1;
	if (!tgid || stuck->processes.count >= THREADS_MAX)
		return 0;
	place = hash_put(&stuck->by_tgid, tgid);
	*ret = place ? array_push(&stuck->processes) : NULL;
	if (!*ret)
		return -ENOMEM;
	*place = stuck->processes.count;
	(*ret)->tgid = tgid;
	return 1;
}

int threads_take(struct stuck *stuck, const struct event_task *event)
{
	struct process_seen *process;
	struct thread_seen *thread;
	int r = get_thread(stuck, event->tid, &thread);

	if (r <= 0)
		return r;
	/* Its number belongs to another one now. */
	if (thread->tgid && thread->tgid != event->tgid)
		*thread = (struct thread_seen){ .tid = event->tid };
	thread->tgid = event->tgid;
	thread->flags = event->flags;
	thread->comm = thread->name = names_put(&stuck->names, event->comm, sizeof(event->comm));

	r = get_process(stuck, event->tgid, &process);
	if (r <= 0)
		return r;
	process->parent_tgid = event->parent_tgid;
	process->is_kernel = event->flags & TASK_KERNEL;
	process->is_target |= (event->flags & TASK_TARGET) != 0;
	return 0;
}

void threads_title(struct stuck *stuck, const struct event_title *event)
{
	struct thread_seen *thread = stuck_thread(stuck, event->tid);

	if (thread && thread->flags & TASK_KERNEL)
		thread->name = title_worker_name(&stuck->names, thread->comm, event);
	else if (thread)
		thread->title = names_put(&stuck->names, event->text, event->text_bytes);
}

static void note_look(struct stuck *stuck, const struct event_thread *event)
{
	if (!stuck->first_look || event->look < stuck->first_look) {
		stuck->first_look = event->look;
		stuck->first_look_ns = event->head.time_ns;
	}
	if (event->look > stuck->last_look) {
		stuck->last_look = event->look;
		stuck->last_look_ns = event->head.time_ns;
	}
}

int threads_look(struct stuck *stuck, const struct event_thread *event)
{
	struct thread_seen *thread;
	int r = event->look ? get_thread(stuck, event->tid, &thread) : 0;

	if (r <= 0)
		return r;
	note_look(stuck, event);
	thread->last = (struct stand){
		.time_ns = event->head.time_ns,
		.since_ns = event->since_ns,
		.run_ns = event->run_ns,
		.switches = event->switches,
		.io_calls = event->io_calls,
		.io_bytes = event->io_bytes,
		.stack = event->stack,
		.user_stack = event->user_stack,
		.look = event->look,
		.state = event->state,
		.flags = event->flags,
		.syscall = event->syscall,
	};
	if (!thread->first.look)
		thread->first = thread->last;
	memcpy(thread->arguments, event->arguments, sizeof(thread->arguments));
	thread->lock = event->lock;
	thread->lock_kind = event->lock_kind;
	thread->lock_owner = event->lock_owner;
	thread->exit_code = event->exit_code;
	return 0;
}

uint64_t thread_stood_ns(const struct thread_seen *thread)
{
	const struct stand *last = &thread->last;

	return last->since_ns && last->since_ns < last->time_ns ? last->time_ns - last->since_ns
								: 0;
}

/* --- how it stands --- */

/* Uninterruptible, but not for lack of anything: so the kernel's threads wait for work. */
static bool is_blocked(uint32_t state)
{
	return state & STATE_RT_LOCK || (state & STATE_UNINTERRUPTIBLE && !(state & STATE_NO_LOAD));
}

static bool is_asleep(uint32_t state)
{
	return state & (STATE_INTERRUPTIBLE | STATE_UNINTERRUPTIBLE | STATE_PARKED | STATE_RT_LOCK);
}

static bool is_frozen(const struct stand *stand)
{
	return stand->flags & THREAD_FROZEN || stand->state & STATE_FROZEN;
}

static bool is_moved(const struct thread_seen *thread)
{
	const struct stand *first = &thread->first, *last = &thread->last;

	if (first->look == last->look)
		return thread_stood_ns(thread) < UNMOVED_NS;
	return first->run_ns != last->run_ns || first->switches != last->switches ||
	       first->io_calls != last->io_calls || first->io_bytes != last->io_bytes;
}

/*
 * No system call, or the one that only lets others run. Of a thread on a CPU it is often not to be
 * had.
 */
static bool is_in_own_code(const struct stand *stand)
{
	const char *call = stand->syscall >= 0 ? syscall_name(stand->syscall) : NULL;

	if (stand->syscall == THREAD_SYSCALL_UNKNOWN)
		return stand->flags & THREAD_ON_CPU && !stand->stack;
	return stand->syscall == THREAD_SYSCALL_NONE || (call && strcmp(call, "sched_yield") == 0);
}

enum own_code {
	OWN_CODE_UNKNOWN,
	OWN_CODE_SAME,
	OWN_CODE_OTHER,
};

/* Was it in the same functions of its own at both looks? */
static enum own_code compare_code(const struct stuck *stuck, const struct thread_seen *thread)
{
	uint32_t first, last;

	if (!thread->first.user_stack || !thread->last.user_stack ||
	    !stacks_find(&stuck->stacks, thread->first.user_stack, &first) ||
	    !stacks_find(&stuck->stacks, thread->last.user_stack, &last))
		return OWN_CODE_UNKNOWN;
	return first == last ? OWN_CODE_SAME : OWN_CODE_OTHER;
}

static uint64_t ran_ns(const struct thread_seen *thread)
{
	return thread->last.run_ns > thread->first.run_ns
		       ? thread->last.run_ns - thread->first.run_ns
		       : 0;
}

/* Did more threads want to run than there are CPUs, at both looks? Who looked is one of them, and
 * is not told. */
static bool is_crowded(const struct stuck *stuck)
{
	uint32_t first = 0, last = 0;

	for (size_t i = 0; i < stuck->threads.count; i++) {
		const struct thread_seen *thread = &stuck->threads.items[i];

		first += thread->first.look == stuck->first_look && !thread->first.state;
		last += thread->last.look == stuck->last_look && !thread->last.state;
	}
	return stuck->watch.cpus && first >= stuck->watch.cpus && last >= stuck->watch.cpus;
}

/* Did it run as long as it was let? */
static bool has_run_on(const struct stuck *stuck, const struct thread_seen *thread)
{
	uint64_t ran = ran_ns(thread), switches = thread->last.switches - thread->first.switches;
	double passed = (double)(thread->last.time_ns - thread->first.time_ns);

	if ((double)ran >= SPIN_SHARE * passed)
		return true;
	return stuck->is_crowded && ran >= TURNS_NS &&
	       (ran / TURN_NS >= switches || compare_code(stuck, thread) == OWN_CODE_SAME);
}

/* The same system call at both looks may be one long one, or each of many: that is not looked at.
 */
static bool is_spinning(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct stand *first = &thread->first, *last = &thread->last;
	enum own_code code = compare_code(stuck, thread);

	if (thread->flags & TASK_KERNEL || !has_run_on(stuck, thread) || code == OWN_CODE_OTHER ||
	    !is_in_own_code(first) || !is_in_own_code(last))
		return false;
	if (first->io_calls != last->io_calls || first->io_bytes != last->io_bytes)
		return false;
	/* Some evidence there must be. */
	return code == OWN_CODE_SAME || first->syscall != THREAD_SYSCALL_UNKNOWN ||
	       last->syscall != THREAD_SYSCALL_UNKNOWN;
}

static enum plight find_ready(const struct stuck *stuck, const struct thread_seen *thread)
{
	if (thread->first.look == thread->last.look || is_asleep(thread->first.state))
		return PLIGHT_MOVES;
	if (thread->first.run_ns == thread->last.run_ns)
		return thread->last.flags & THREAD_ON_CPU ? PLIGHT_MOVES : PLIGHT_QUEUED;
	return is_spinning(stuck, thread) ? PLIGHT_SPINS : PLIGHT_MOVES;
}

static enum plight find_plight(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct stand *last = &thread->last;

	if (!last->look)
		return PLIGHT_UNSEEN;
	if (last->look != stuck->last_look)
		return PLIGHT_ENDED;
	if (last->state & (STATE_DEAD | STATE_ZOMBIE))
		return PLIGHT_ZOMBIE;
	if (last->flags & THREAD_DUMPING)
		return PLIGHT_DUMPING;
	if (!(last->state & (STATE_STOPPED | STATE_TRACED)) && !is_asleep(last->state) &&
	    !is_frozen(last))
		return find_ready(stuck, thread);
	if (is_moved(thread))
		return PLIGHT_MOVES;
	/* The kernel counts who is stopped as frozen, too. */
	if (last->state & STATE_TRACED)
		return PLIGHT_TRACED;
	if (last->state & STATE_STOPPED)
		return PLIGHT_STOPPED;
	if (is_frozen(last))
		return PLIGHT_FROZEN;
	return is_blocked(last->state) ? PLIGHT_BLOCKED : PLIGHT_ASLEEP;
}

/* What it waits for, as its stack says, or else its system call. */
static int find_class(struct stuck *stuck, struct thread_seen *thread)
{
	const struct event_wait wait = {
		.tid = thread->tid,
		.stack = thread->last.stack,
		.state = thread->last.state,
		.syscall = thread->last.syscall,
		.lock = thread->lock,
		.flags = thread->last.flags & THREAD_IOWAIT ? SPAN_IOWAIT : 0,
	};

	if (!is_asleep(thread->last.state) && thread->plight != PLIGHT_STOPPED)
		return 0;
	return classes_of_wait(&stuck->classes, &stuck->names, &wait, &thread->class_id);
}

/* --- which belong together --- */

/* A thread of which no TASK was told is a process of its own. */
static int find_process(struct stuck *stuck, struct thread_seen *thread)
{
	struct process_seen *process;
	int r;

	if (!thread->tgid)
		thread->tgid = thread->tid;
	r = get_process(stuck, thread->tgid, &process);
	if (r > 0)
		thread->process = (uint32_t)(process - stuck->processes.items);
	return r;
}

/* From the last to the first: each process's list is then in the order in which they were told. */
static int join_processes(struct stuck *stuck)
{
	for (size_t i = 0; i < stuck->threads.count; i++) {
		int r = find_process(stuck, &stuck->threads.items[i]);

		/* No room: it can only be a stream that names more processes than threads. */
		if (r <= 0)
			return r < 0 ? r : -E2BIG;
	}
	for (size_t i = 0; i < stuck->processes.count; i++) {
		struct process_seen *process = &stuck->processes.items[i];

		process->leader = process->threads = process->waiters = NONE;
		process->envoy = process->worst = process->circle = NONE;
	}
	for (size_t i = stuck->threads.count; i-- > 0;) {
		struct thread_seen *thread = &stuck->threads.items[i];
		struct process_seen *process = &stuck->processes.items[thread->process];

		thread->next = process->threads;
		process->threads = (uint32_t)i;
		if (thread->tid == thread->tgid)
			process->leader = (uint32_t)i;
		process->thread_count += thread_is_seen(thread);
		process->living += thread_is_alive(thread);
		process->moving += thread->plight == PLIGHT_MOVES || thread->plight == PLIGHT_SPINS;
	}
	return 0;
}

int threads_judge(struct stuck *stuck)
{
	stuck->is_crowded = is_crowded(stuck);
	for (size_t i = 0; i < stuck->threads.count; i++) {
		struct thread_seen *thread = &stuck->threads.items[i];
		int r;

		thread->edges = thread->waiters = thread->circle = thread->next = NONE;
		thread->plight = (uint8_t)find_plight(stuck, thread);
		r = find_class(stuck, thread);
		if (r < 0)
			return r;
	}
	return join_processes(stuck);
}
