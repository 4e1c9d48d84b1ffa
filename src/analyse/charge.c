/* Whose fault was it? The walk down the chain; windows only shrink. */
#include "analyse/charge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/walk.h"

/* Between its last wait and the wake-up it does, a thread is queued and runs a few times at most.
 */
#define LAST_WAIT_STEPS 8u

static uint64_t window_ns(struct window window)
{
	return window.to_ns > window.from_ns ? window.to_ns - window.from_ns : 0;
}

/* part of whole, of amount: exact where amount is the whole. */
static uint64_t scale(uint64_t amount, uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((unsigned __int128)amount * part / whole) : 0;
}

static void give_up(struct walk *walk, uint64_t ns)
{
	walk->analysis->chains_cut++;
	walk->unknown_ns += ns;
}

/* The part of a window up to a time; the window then begins there. */
static struct window take_part(struct window *window, uint64_t until_ns)
{
	struct window part = *window;

	if (until_ns < part.from_ns)
		until_ns = part.from_ns;
	if (until_ns < part.to_ns)
		part.to_ns = until_ns;
	window->from_ns = part.to_ns;
	return part;
}

static void settle_thread(struct walk *walk, const struct thread *thread, enum leaf_kind kind,
			  unsigned int cause, uint64_t ns)
{
	struct leaf leaf;

	if (!ns)
		return;
	leaf = leaf_of_thread(walk, thread, kind, cause);
	settle_leaf(walk, &leaf, ns);
}

/* Interrupts taken while it ran belong to neither part: they are shared out as the rest. */
static void walk_run(struct walk *walk, const struct thread *thread, const struct span *span,
		     struct window window)
{
	uint64_t busy_ns = span->end_ns - span->start_ns - span->irq_ns;
	uint64_t ns = window_ns(window);
	uint64_t kernel_ns = busy_ns ? scale(ns, span->kernel_ns, busy_ns) : ns;

	settle_thread(walk, thread, LEAF_USER, CAUSE_CPU_USER, ns - kernel_ns);
	settle_thread(walk, thread, LEAF_KERNEL, CAUSE_CPU_KERNEL, kernel_ns);
}

/* Ready, while somebody else ran: blame is that somebody; 0: nobody. */
static void settle_ready(struct walk *walk, const struct thread *thread, uint32_t other_tid,
			 uint64_t ns)
{
	struct analysis *analysis = walk->analysis;
	const struct thread *other = tasks_find(&analysis->tasks, other_tid);
	struct leaf leaf;

	if (!ns)
		return;
	leaf = leaf_of_thread(walk, thread, LEAF_OTHER, CAUSE_CPU_RUNQUEUE);
	leaf.steps[0].state = STEP_RUNNABLE;
	leaf.charge.blame = (struct blame){ .kind = BLAME_NOBODY };
	if (other) {
		leaf.charge.blame.kind = BLAME_PROCESS;
		leaf.charge.blame.id =
			tasks_process_name(&analysis->tasks, &analysis->names, other);
		leaf.charge.tgid = other->tgid;
		leaf.charge.is_outside = !other->is_target;
	}
	settle_leaf(walk, &leaf, ns);
}

/* Split the window by who ran on that CPU in it; the rest is the former one's, when it was not seen
 * running. */
static void walk_ready(struct walk *walk, const struct thread *thread, const struct span *span,
		       struct window window)
{
	const struct cpus *cpus = &walk->analysis->cpus;
	uint64_t first, end = cpus_range(cpus, span->cpu, &first);
	uint64_t pos_ns = window.from_ns, free_ns = 0, from_ns, to_ns;
	uint32_t rest_tid = span->peer;

	for (uint64_t i = cpus_find(cpus, span->cpu, pos_ns); i < end && walk->analysis->credit;
	     i++) {
		const struct cpu_run *run = cpus_get(cpus, span->cpu, i);

		if (run->start_ns >= window.to_ns)
			break;
		walk->analysis->credit--;
		from_ns = run->start_ns > pos_ns ? run->start_ns : pos_ns;
		to_ns = run->end_ns < window.to_ns ? run->end_ns : window.to_ns;
		if (run->tid == thread->tid || from_ns >= to_ns)
			continue;
		free_ns += from_ns - pos_ns;
		settle_ready(walk, thread, run->tid, to_ns - from_ns);
		if (run->tid == rest_tid)
			rest_tid = 0;
		pos_ns = to_ns;
	}
	if (walk->analysis->credit)
		settle_ready(walk, thread, rest_tid, free_ns + window.to_ns - pos_ns);
	else
		give_up(walk, free_ns + window.to_ns - pos_ns);
}

static void walk_queue(struct walk *walk, const struct thread *thread, const struct span *span,
		       struct window window)
{
	uint64_t ns = window_ns(window);
	uint64_t throttled_ns = scale(ns, span->throttled_ns, span->end_ns - span->start_ns);
	struct leaf leaf;

	if (throttled_ns) {
		leaf = leaf_of_thread(walk, thread, LEAF_OTHER, CAUSE_CPU_THROTTLED);
		if (thread->cpu_group)
			leaf.charge.blame =
				(struct blame){ .kind = BLAME_CGROUP, .id = thread->cpu_group };
		leaf.steps[0].state = STEP_RUNNABLE;
		settle_leaf(walk, &leaf, throttled_ns);
	}
	window.from_ns += throttled_ns;
	walk_ready(walk, thread, span, window);
}

static struct hop hop_of(const struct analysis *analysis, const struct thread *thread,
			 const struct span *span)
{
	const struct class *class = classes_get(&analysis->classes, span->class_id);

	return (struct hop){
		.thread = thread,
		.cause = class->cause,
		.context = class->context,
		.detail = { .class_id = span->class_id,
			    .syscall = span->syscall,
			    .file = span->file },
		.label = class->label,
		.lock = span->flags & SPAN_REQUEST ? 0 : span->lock,
		.wait_start_ns = span->start_ns,
		.is_leaf = class->way == WAIT_LEAF,
		.is_open = span->flags & SPAN_OPEN_END,
		.is_condition = span->flags & SPAN_CONDITION && !class->is_program,
		.has_request = span->flags & SPAN_REQUEST,
	};
}

static uint32_t holder_of(const struct walk *walk, const struct span *span)
{
	struct analysis *analysis = walk->analysis;
	const struct thread *owner = NULL;

	if (!(span->flags & SPAN_REQUEST))
		owner = tasks_find(&analysis->tasks, span->owner);
	return owner ? tasks_process_name(&analysis->tasks, &analysis->names, owner) : 0;
}

/*
 * Waiting that is nobody's fault: for a futex until a timeout, as worker threads do; and on the
 * machine as a whole all waiting for other processes and peers, as these are watched themselves.
 */
static bool is_idling(const struct walk *walk, const struct class *class, const struct span *span)
{
	bool is_machine = walk->analysis->watch.target == WATCH_MACHINE;

	if (walk->depth)
		return false;
	if (class->is_program)
		return false;
	if (class->cause == CAUSE_LOCK_USER)
		return !span->peer && !span->owner &&
		       (is_machine || !(span->flags & SPAN_OPEN_END));
	return is_machine &&
	       (class->cause == CAUSE_WAIT_PROCESS || class->cause == CAUSE_WAIT_NETWORK ||
		class->cause == CAUSE_WAIT_SLEEP || class->cause == CAUSE_WAIT_IDLE);
}

/* A worker of the kernel that somebody waits for, while it has nothing to do: it waits for whoever
 * hands it its work. */
static bool is_handed_work(const struct walk *walk, const struct class *class,
			   const struct thread *thread)
{
	return walk->depth && class->cause == CAUSE_WAIT_IDLE && thread_is_kernel(thread);
}

/* Of the request that ended it; one that was lost still names its device. */
static uint32_t dev_of_request(const struct analysis *analysis, const struct span *span)
{
	const struct request *request = requests_find(&analysis->requests, span->request);

	return request ? request->dev : span->owner;
}

static void walk_wait(struct walk *walk, const struct thread *thread, const struct span *span,
		      struct window window)
{
	const struct class *class = classes_get(&walk->analysis->classes, span->class_id);
	struct hop hop = hop_of(walk->analysis, thread, span);
	uint32_t owner = span->flags & SPAN_REQUEST ? 0 : span->owner;
	uint32_t peer = span->peer ? span->peer : owner;
	struct leaf leaf;

	if (is_idling(walk, class, span)) {
		leaf = leaf_of_thread(walk, thread, LEAF_IDLE, CAUSE_WAIT_IDLE);
		if (walk->analysis->watch.target == WATCH_MACHINE)
			leaf.charge.blame = (struct blame){ .kind = BLAME_NOBODY };
		settle_leaf(walk, &leaf, window_ns(window));
		return;
	}
	/* An idler that a request woke was idle, unless somebody else waits for what it was to do
	 * then. */
	if (span->flags & SPAN_REQUEST && !class->is_final &&
	    (walk->depth || class->cause != CAUSE_WAIT_IDLE)) {
		walk_request(walk, &hop, span, window);
		return;
	}
	/* Whose end lets go what it waits for, a tag, is a request of the same queue. */
	if (span->flags & SPAN_REQUEST && class->cause == CAUSE_DISK_QUEUE)
		hop.dev = dev_of_request(walk->analysis, span);
	/* Who lets such a lock go wakes the next one. */
	hop.is_owner_followed = peer && (peer == owner || class->is_program);
	if ((class->way != WAIT_LEAF || is_handed_work(walk, class, thread)) && peer &&
	    peer != thread->tid) {
		walk_peer(walk, &hop, peer, window);
		return;
	}
	leaf = leaf_of_wait(walk, &hop, holder_of(walk, span));
	settle_leaf(walk, &leaf, window_ns(window));
}

static void walk_span(struct walk *walk, const struct thread *thread, const struct span *span,
		      struct window window)
{
	switch ((enum span_kind)span->kind) {
	case SPAN_RUN:
		walk_run(walk, thread, span, window);
		break;
	case SPAN_WAIT:
		walk_wait(walk, thread, span, window);
		break;
	case SPAN_QUEUE:
		walk_queue(walk, thread, span, window);
		break;
	}
}

/* A circle of waits of which none has ended is a deadlock; its name begins with the lowest thread
 * number. */
static struct leaf leaf_of_deadlock(struct walk *walk, uint32_t first)
{
	struct names *names = &walk->analysis->names;
	uint32_t count = walk->depth - first, lowest = first;
	struct leaf leaf = leaf_of_wait(walk, &walk->hops[first], 0);
	char name[256] = "";
	int used = 0, bytes;

	for (uint32_t i = first; i < walk->depth; i++) {
		if (walk->hops[i].thread->tid < walk->hops[lowest].thread->tid)
			lowest = i;
	}
	for (uint32_t i = 0; i <= count && used < (int)sizeof(name) - 1; i++) {
		const struct thread *thread =
			walk->hops[first + (lowest - first + i) % count].thread;

		bytes = snprintf(name + used, sizeof(name) - (size_t)used, "%s%s (%u)",
				 i ? " -> " : "", names_text(names, thread->name), thread->tid);
		used += bytes > 0 ? bytes : 0;
	}
	leaf.kind = LEAF_OTHER;
	leaf.charge.cause = CAUSE_LOCK_DEADLOCK;
	leaf.charge.blame =
		(struct blame){ .kind = BLAME_CYCLE, .id = names_put(names, name, sizeof(name)) };
	leaf.steps[0].state = CAUSE_LOCK_DEADLOCK;
	return leaf;
}

/* The thread waited for is waiting for one above it: nobody in the circle is to be followed any
 * further. */
static void settle_circle(struct walk *walk, const struct hop *hop, uint32_t first, uint64_t ns)
{
	bool is_deadlock = hop->is_open;
	struct leaf leaf;

	for (uint32_t i = first; i < walk->depth; i++)
		is_deadlock &= walk->hops[i].is_open;
	if (is_deadlock && walk->depth < WALK_DEPTH_MAX) {
		walk->hops[walk->depth++] = *hop;
		leaf = leaf_of_deadlock(walk, first);
		settle_leaf(walk, &leaf, ns);
		walk->depth--;
		return;
	}
	leaf = leaf_of_wait(walk, hop, 0);
	settle_leaf(walk, &leaf, ns);
}

/* Nothing is known of the peer but that it is there: the wait keeps its cause. */
static void settle_unseen(struct walk *walk, const struct hop *hop, const struct thread *peer,
			  uint64_t ns)
{
	struct analysis *analysis = walk->analysis;
	uint32_t name = peer ? tasks_process_name(&analysis->tasks, &analysis->names, peer) : 0;
	struct leaf leaf = leaf_of_wait(walk, hop, name);

	if (peer && leaf.charge.blame.kind == BLAME_PROCESS) {
		leaf.charge.tgid = peer->tgid;
		leaf.charge.is_outside = !peer->is_target;
	}
	if (peer)
		leaf_add_peer(&leaf, peer);
	settle_leaf(walk, &leaf, ns);
}

/* The last wait of a thread that ended by then; NULL: it is not among the few spans before. */
static const struct span *last_wait(const struct thread *thread, uint64_t until_ns)
{
	const struct history *history = &thread->history;
	size_t i = history_find(history, until_ns);

	for (size_t steps = 0; i > 0 && steps < LAST_WAIT_STEPS; steps++) {
		const struct span *span = history_at(history, --i);

		if (span->kind == SPAN_WAIT)
			return span;
	}
	return NULL;
}

/*
 * A worker of the kernel idles, and does other things, between the stages of a request that
 * somebody waits for. The request whose end it last woke for, before it woke that somebody, was in
 * flight all the while: the time is the request's.
 */
static void walk_worker(struct walk *walk, const struct thread *worker, struct window window)
{
	const struct span *span = thread_is_kernel(worker) ? last_wait(worker, window.to_ns) : NULL;
	const struct request *request = NULL;
	struct window part;
	struct hop hop;

	if (span && span->flags & SPAN_REQUEST &&
	    classes_get(&walk->analysis->classes, span->class_id)->cause == CAUSE_WAIT_IDLE)
		request = requests_find(&walk->analysis->requests, span->request);
	if (!request || request->start_ns >= span->start_ns) {
		walk_window(walk, worker, window);
		return;
	}
	part = take_part(&window, request->start_ns);
	if (window_ns(part))
		walk_window(walk, worker, part);
	hop = hop_of(walk->analysis, worker, span);
	part = take_part(&window, span->end_ns);
	if (window_ns(part))
		walk_request(walk, &hop, span, part);
	if (window_ns(window))
		walk_window(walk, worker, window);
}

void walk_peer(struct walk *walk, const struct hop *hop, uint32_t peer_tid, struct window window)
{
	struct analysis *analysis = walk->analysis;
	const struct thread *peer = tasks_find_at(&analysis->tasks, peer_tid, window.to_ns - 1);

	for (uint32_t i = 0; i < walk->depth; i++) {
		if (walk->hops[i].thread->tid == peer_tid) {
			settle_circle(walk, hop, i, window_ns(window));
			return;
		}
	}
	if (!peer || (!peer->history.count && !peer->on_cpu_ns && !peer->forgotten_ns)) {
		settle_unseen(walk, hop, peer, window_ns(window));
		return;
	}
	if (walk->depth == WALK_DEPTH_MAX) {
		give_up(walk, window_ns(window));
		return;
	}
	walk->hops[walk->depth++] = *hop;
	walk_worker(walk, peer, window);
	walk->depth--;
}

/* What is forgotten is known by whole blocks only; what is left over is unknown. */
static void walk_forgotten(struct walk *walk, const struct thread *thread, struct window window)
{
	const struct digest *digest = thread->digest;
	uint64_t left_ns;

	/* Before the first block there was never anything. */
	if (digest)
		walk->unknown_ns += window_ns(take_part(&window, digest->blocks.items[0].start_ns));
	left_ns = window_ns(window);
	for (size_t i = 0; digest && i < digest->blocks.count; i++) {
		const struct digest_block *block = &digest->blocks.items[i];

		if (block->start_ns < window.from_ns || block->end_ns > window.to_ns)
			continue;
		for (size_t k = 0; k < block->leaves.count; k++)
			settle_leaf(walk, &block->leaves.items[k],
				    block->leaves.items[k].charge.ns);
		walk->unknown_ns += block->unknown_ns;
		left_ns -= block->end_ns - block->start_ns;
	}
	if (left_ns)
		walk->analysis->forgotten_asked++;
	walk->unknown_ns += left_ns;
}

/* Before it was born, its parent was on the way to make it. */
static void walk_unborn(struct walk *walk, const struct thread *thread, struct window window)
{
	const struct hop hop = walk->hops[walk->depth - 1];
	const struct thread *parent =
		tasks_find_at(&walk->analysis->tasks, thread->parent_tgid, window.to_ns - 1);

	walk->depth--;
	/* One generation only: a parent born later still cannot have been at it all the time. */
	if (parent && parent != hop.thread && parent->birth_ns <= window.from_ns)
		walk_peer(walk, &hop, parent->tid, window);
	else
		settle_unseen(walk, &hop, thread, window_ns(window));
	walk->hops[walk->depth++] = hop;
}

/* Since when a thread is told of: a helper only since it was first seen to end somebody's wait. */
static uint64_t told_since(const struct thread *thread)
{
	if (thread->is_target || thread->forgotten_ns)
		return 0;
	if (thread->history.count)
		return history_at(&thread->history, 0)->start_ns;
	return thread->on_cpu_ns;
}

/* What the peer did before it was told of is out of sight: the wait for it keeps its own cause. */
static void walk_unseen(struct walk *walk, const struct thread *thread, struct window window)
{
	const struct hop hop = walk->hops[walk->depth - 1];

	walk->depth--;
	settle_unseen(walk, &hop, thread, window_ns(window));
	walk->hops[walk->depth++] = hop;
}

/* Behind the last span told it is still running, or nobody knows. */
static void walk_untold(struct walk *walk, const struct thread *thread, struct window window)
{
	uint64_t since_ns = thread->on_cpu_ns > window.from_ns ? thread->on_cpu_ns : window.from_ns;

	if (!thread->on_cpu_ns || since_ns > window.to_ns)
		since_ns = window.to_ns;
	walk->unknown_ns += since_ns - window.from_ns;
	if (thread_is_kernel(thread))
		settle_thread(walk, thread, LEAF_KERNEL, CAUSE_CPU_KERNEL, window.to_ns - since_ns);
	else
		settle_thread(walk, thread, LEAF_RUN, CAUSE_RUN_UNSPLIT, window.to_ns - since_ns);
}

void walk_window(struct walk *walk, const struct thread *thread, struct window window)
{
	const struct history *history = &thread->history;
	struct analysis *analysis = walk->analysis;
	struct window part;

	if (thread->birth_ns && window.from_ns < thread->birth_ns && walk->depth) {
		part = take_part(&window, thread->birth_ns);
		walk_unborn(walk, thread, part);
	}
	if (walk->depth && window.from_ns < told_since(thread) && window_ns(window)) {
		part = take_part(&window, told_since(thread));
		walk_unseen(walk, thread, part);
	}
	if (window.from_ns < thread->forgotten_ns && window_ns(window)) {
		part = take_part(&window, thread->forgotten_ns);
		walk_forgotten(walk, thread, part);
	}
	for (size_t i = history_find(history, window.from_ns);
	     i < history->count && window_ns(window); i++) {
		const struct span *span = history_at(history, i);

		if (!analysis->credit) {
			give_up(walk, window_ns(window));
			return;
		}
		analysis->credit--;
		if (span->start_ns > window.from_ns)
			walk->unknown_ns += window_ns(take_part(&window, span->start_ns));
		part = take_part(&window, span->end_ns);
		if (window_ns(part))
			walk_span(walk, thread, span, part);
	}
	if (window_ns(window))
		walk_untold(walk, thread, window);
}

void charge_span(struct analysis *analysis, const struct thread *thread, const struct span *span,
		 uint64_t from_ns, uint64_t to_ns)
{
	struct walk walk = { .analysis = analysis, .thread = thread, .span = span };

	walk_span(&walk, thread, span, (struct window){ .from_ns = from_ns, .to_ns = to_ns });
	analysis->unknown_ns += walk.unknown_ns;
}

void charge_open_run(struct analysis *analysis, const struct thread *thread, uint64_t from_ns,
		     uint64_t to_ns)
{
	struct walk walk = { .analysis = analysis };

	settle_thread(&walk, thread, LEAF_RUN, CAUSE_RUN_UNSPLIT, to_ns - from_ns);
	analysis->unknown_ns += walk.unknown_ns;
}

void charge_digest(struct analysis *analysis, const struct thread *thread, const struct span *span,
		   uint64_t from_ns, uint64_t to_ns)
{
	struct walk walk = { .analysis = analysis, .digest = thread->digest };

	walk_span(&walk, thread, span, (struct window){ .from_ns = from_ns, .to_ns = to_ns });
	digest_unknown(thread->digest, walk.unknown_ns);
}
