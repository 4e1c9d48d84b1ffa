/* Which row of the decision table fits? Each thread is judged by how it stands and by what its
 * chain of waits ends in; a process by its worst thread. */
#include <string.h>

#include "analyse/stuck_state.h"

/* What a log tells of a number that is still in use is believed when it was told in this time. */
#define STALL_RECENT_NS 60000000000u

static bool is_recent(const struct stuck *stuck, const struct klog_report *report)
{
	return report->written_ns + STALL_RECENT_NS > stuck->end_ns;
}

/* The kernel's own threads in a D that their stacks say is for want of work. */
static bool is_idle_class(const struct stuck *stuck, const struct thread_seen *thread)
{
	return thread_class(stuck, thread)->cause == CAUSE_WAIT_IDLE;
}

static bool is_killed(const struct thread_seen *thread)
{
	return thread->first.look != thread->last.look && thread->first.flags & THREAD_KILLED &&
	       thread->last.flags & THREAD_KILLED;
}

/* Something that belongs to one at a time: who waits for it is never idle. */
static bool is_for_lock(const struct edge *edge)
{
	return edge->kind == RELATION_FUTEX || edge->kind == RELATION_FILE_LOCK ||
	       edge->kind == EDGE_LOCK;
}

/* Any other thread of its process, or the end of one. */
static bool is_for_own(const struct edge *edge)
{
	return edge->kind == EDGE_OWN || edge->kind == EDGE_END;
}

/*
 * The end of a chain whose last one is asleep. A lock may be meant to be held in an event loop: by
 * the one of many servers that is to take the next connection, or the first of many readers of a
 * terminal.
 */
static enum stuck_row judge_sleepers(const struct chain *chain)
{
	const struct edge *edge = chain->steps[0].edge;

	/* Who polls may well wait to be asked for something. */
	if (edge->kind == RELATION_CHILD || edge_is_polled(edge))
		return ROW_IDLE_PEER;
	if (edge->kind == RELATION_FUSE)
		return ROW_HELD;
	if (is_for_lock(edge))
		return chain->end == END_IDLE ? ROW_QUIET_PEER : ROW_HELD;
	return chain->end == END_IDLE || is_for_own(edge) ? ROW_IDLE_PEER : ROW_QUIET_PEER;
}

/* The last one of the chain waits for what no longer is, or never was. */
static enum stuck_row judge_dead_end(const struct chain *chain, const struct edge *first)
{
	const struct edge *last = first;

	for (size_t i = 0; i < chain->count; i++)
		last = chain->steps[i].edge ?: last;
	if (first->kind == RELATION_CHILD)
		return chain->count > 2 ? ROW_CHILD_STUCK : ROW_IDLE_PEER;
	if (is_for_own(last) && chain->end == END_NOBODY)
		return is_for_own(first) ? ROW_UNWAKEABLE : ROW_QUIET_PEER;
	if (chain->count > 2)
		return ROW_BEHIND;
	return chain->end == END_GONE ? ROW_PEER_GONE : ROW_PEER_NOBODY;
}

/* Who should answer is stuck; of a child that is nothing unusual. */
static enum stuck_row judge_behind(const struct edge *first)
{
	return first->kind == RELATION_CHILD ? ROW_CHILD_STUCK : ROW_BEHIND;
}

static enum stuck_row judge_chain(const struct chain *chain)
{
	const struct edge *edge = chain->steps[0].edge;

	if (!edge)
		return ROW_ASLEEP;
	switch (chain->end) {
	case END_CIRCLE:
		return chain->steps[0].thread->circle == NONE ? judge_behind(edge)
		       : edge->kind == EDGE_LOCK              ? ROW_KERNEL_CIRCLE
							      : ROW_USER_CIRCLE;
	case END_GONE:
	case END_NOBODY:
		return judge_dead_end(chain, edge);
	case END_STUCK:
	case END_WITHHELD:
	case END_SPINS:
		return judge_behind(edge);
	case END_SLEEPS:
	case END_IDLE:
		return judge_sleepers(chain);
	case END_MOVES:
	case END_DEVICE:
		return ROW_BUSY_PEER;
	case END_UNKNOWN:
		break;
	}
	return ROW_ASLEEP;
}

/* How long it may take on a busy machine until it counts as stuck; 0: no time at all. */
static uint64_t slow_ns(enum cause cause)
{
	static const struct {
		enum cause cause;
		uint64_t seconds;
	} SLOW[] = {
		{ CAUSE_DISK_DEVICE, 2 }, { CAUSE_DISK_QUEUE, 2 },  { CAUSE_FS_JOURNAL, 5 },
		{ CAUSE_FS_SYNC, 5 },     { CAUSE_FS_SPACE, 5 },    { CAUSE_MEM_DIRTY_THROTTLE, 5 },
		{ CAUSE_MEM_RECLAIM, 5 }, { CAUSE_MEM_REFAULT, 2 }, { CAUSE_MEM_SWAP, 2 },
	};

	for (size_t i = 0; i < array_count(SLOW); i++) {
		if (SLOW[i].cause == cause)
			return SLOW[i].seconds * 1000000000u;
	}
	return 0;
}

/* Where since when is not known, it is at least since the first look. */
static uint64_t least_stood_ns(const struct thread_seen *thread)
{
	uint64_t ns = thread_stood_ns(thread);
	uint64_t looked_ns = thread->last.time_ns - thread->first.time_ns;

	return ns > looked_ns ? ns : looked_ns;
}

/* Is the last one of the chain blocked for what may only be slow, and not for long? */
static bool is_short(const struct stuck *stuck, const struct chain *chain)
{
	const struct thread_seen *leaf = chain->steps[0].thread;

	for (size_t i = 1; i < chain->count; i++)
		leaf = chain->steps[i].thread ?: leaf;
	return leaf->plight == PLIGHT_BLOCKED &&
	       least_stood_ns(leaf) < slow_ns(thread_class(stuck, leaf)->cause);
}

/* The row of a thread whose chain has more than itself. */
static enum stuck_row judge_waiter(const struct stuck *stuck, const struct chain *chain)
{
	bool is_held = chain->end == END_STUCK || chain->end == END_WITHHELD;

	return is_held && is_short(stuck, chain) ? ROW_BUSY_PEER : judge_chain(chain);
}

static enum stuck_row judge_asleep(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct chain chain = graph_follow(stuck, thread);

	if (thread_program_lock(stuck, thread))
		return ROW_PROGRAM_LOCK;
	return chain.steps[0].edge ? judge_waiter(stuck, &chain) : ROW_ASLEEP;
}

/* Does a program have to answer, and not the kernel? */
static bool is_for_program(const struct edge *edge)
{
	return edge->kind != EDGE_LOCK && !edge_is_kernels(edge);
}

/* The holder of its kernel lock is no more, or the kernel failed while that one held it. */
static bool is_orphan(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct thread_seen *owner = stuck_thread(stuck, thread->lock_owner);

	if (!thread->lock_owner)
		return false;
	if (!owner)
		return klog_find(&stuck->klog, KLOG_FAILED, thread->lock_owner) ||
		       (stuck->watch.target == WATCH_MACHINE && !stuck->losses[LOSS_THREAD] &&
			!stuck->losses[LOSS_TASK]);
	return !thread_is_alive(owner) || thread_report(stuck, owner, KLOG_FAILED);
}

static enum stuck_row judge_blocked(const struct stuck *stuck, const struct thread_seen *thread)
{
	struct chain chain;

	if (is_killed(thread))
		return ROW_KILLED;
	if (is_orphan(stuck, thread))
		return ROW_LOCK_ORPHAN;
	chain = graph_follow(stuck, thread);
	if (thread->circle != NONE || (chain.steps[0].edge && is_for_program(chain.steps[0].edge)))
		return judge_waiter(stuck, &chain);
	if (chain.end == END_MOVES)
		return ROW_BUSY_PEER;
	if (is_idle_class(stuck, thread))
		return ROW_ASLEEP;
	return is_short(stuck, &chain) ? ROW_BLOCKED_SHORTLY : ROW_BLOCKED;
}

static bool has_tracer(const struct stuck *stuck, const struct thread_seen *thread)
{
	for (uint32_t i = 0; i < thread->edge_count; i++) {
		if (stuck->edges.items[thread->edges + i].kind == RELATION_TRACER)
			return true;
	}
	return thread->plight == PLIGHT_TRACED;
}

static enum stuck_row judge_running(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct klog_report *stall = thread_report(stuck, thread, KLOG_STALL);

	if (stall && is_recent(stuck, stall))
		return ROW_STALL;
	if (thread->plight == PLIGHT_QUEUED)
		return ROW_STARVED;
	if (thread->plight == PLIGHT_MOVES)
		return ROW_MOVES;
	return ROW_SPINS_USER;
}

static enum stuck_row judge_thread(const struct stuck *stuck, const struct thread_seen *thread)
{
	/* Who gets on has survived what the log tells of. */
	if (thread_is_seen(thread) && thread->plight != PLIGHT_MOVES &&
	    thread_report(stuck, thread, KLOG_FAILED))
		return ROW_KERNEL_FAILED;
	switch ((enum plight)thread->plight) {
	case PLIGHT_UNSEEN:
	case PLIGHT_ENDED:
		return ROW_ENDED;
	case PLIGHT_ZOMBIE:
		return ROW_DYING;
	case PLIGHT_DUMPING:
		return ROW_DUMPING;
	case PLIGHT_FROZEN:
		return ROW_STOPPED_FROZEN;
	case PLIGHT_STOPPED:
	case PLIGHT_TRACED:
		return has_tracer(stuck, thread) ? ROW_STOPPED_TRACER : ROW_STOPPED_SIGNAL;
	case PLIGHT_MOVES:
	case PLIGHT_SPINS:
	case PLIGHT_QUEUED:
		return judge_running(stuck, thread);
	case PLIGHT_BLOCKED:
		return judge_blocked(stuck, thread);
	case PLIGHT_ASLEEP:
		return judge_asleep(stuck, thread);
	}
	return ROW_ENDED;
}

/* Signals by which a program dies of its own fault. */
static bool is_crash(int signal)
{
	static const int CRASHES[] = { 3, 4, 5, 6, 7, 8, 11, 31 };

	for (size_t i = 0; i < array_count(CRASHES); i++) {
		if (CRASHES[i] == signal)
			return true;
	}
	return false;
}

/* No thread of it is alive. */
static enum stuck_row judge_remains(const struct stuck *stuck, const struct process_seen *process)
{
	const struct thread_seen *leader;

	if (process->leader == NONE || !process->thread_count)
		return ROW_ENDED;
	leader = &stuck->threads.items[process->leader];
	if (leader->plight != PLIGHT_ZOMBIE)
		return ROW_ENDED;
	if (thread_report(stuck, leader, KLOG_FAILED))
		return ROW_KERNEL_FAILED;
	/* Its parent may be about to wait for it. */
	if (!(leader->first.state & STATE_ZOMBIE) || leader->first.look == leader->last.look)
		return ROW_DYING;
	return is_crash(leader->exit_code & 0x7f) ? ROW_DIED : ROW_UNREAPED;
}

/* Is its row a worse one, or the same of a thread that has stood longer? */
static bool is_worse(const struct stuck *stuck, const struct process_seen *process, uint32_t thread)
{
	const struct thread_seen *one = &stuck->threads.items[thread], *other;

	if (process->worst == NONE)
		return true;
	other = &stuck->threads.items[process->worst];
	if (one->row != other->row)
		return one->row < other->row;
	if (one->plight == PLIGHT_MOVES)
		return one->tid == process->tgid;
	return thread_stood_ns(one) > thread_stood_ns(other);
}

/* What may well be meant so says nothing while other threads of the process get on. */
static bool counts(const struct process_seen *process, enum stuck_row row)
{
	return stuck_row_is_told(row) || !process->moving || row >= ROW_MOVES;
}

static void judge_process(struct stuck *stuck, struct process_seen *process)
{
	process->worst = NONE;
	if (!process->living) {
		process->row = (uint8_t)judge_remains(stuck, process);
		process->worst = process->leader;
		return;
	}
	for (uint32_t t = process->threads; t != NONE; t = stuck->threads.items[t].next) {
		const struct thread_seen *thread = &stuck->threads.items[t];

		if (thread_is_alive(thread) && counts(process, (enum stuck_row)thread->row) &&
		    is_worse(stuck, process, t))
			process->worst = t;
	}
	process->row =
		process->worst == NONE ? ROW_ASLEEP : stuck->threads.items[process->worst].row;
}

void rows_judge(struct stuck *stuck)
{
	for (size_t i = 0; i < stuck->threads.count; i++) {
		struct thread_seen *thread = &stuck->threads.items[i];

		thread->row = (uint8_t)judge_thread(stuck, thread);
	}
	for (size_t i = 0; i < stuck->processes.count; i++)
		judge_process(stuck, &stuck->processes.items[i]);
}
