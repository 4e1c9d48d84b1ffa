/* How is it said who waits, for what, and since when? */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyse/stuck_state.h"
#include "finding/format.h"

static struct clause __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	struct clause clause = {};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(clause.text, sizeof(clause.text), format, args);
	va_end(args);
	return clause;
}

static const char *thread_name(const struct stuck *stuck, const struct thread_seen *thread)
{
	return names_text(&stuck->names, thread->name);
}

/* What it calls itself says more than its name does. */
static const char *full_name(const struct stuck *stuck, const struct thread_seen *thread)
{
	return thread->title ? names_text(&stuck->names, thread->title)
			     : thread_name(stuck, thread);
}

struct clause thread_words(const struct stuck *stuck, const struct thread_seen *thread)
{
	const char *name = full_name(stuck, thread);

	return say("%.80s%s(%" PRIu32 ")", name, name[0] ? " " : "", thread->tid);
}

const char *process_name(const struct stuck *stuck, const struct process_seen *process)
{
	uint32_t first = process->leader != NONE ? process->leader : process->threads;

	return first == NONE ? "" : thread_name(stuck, &stuck->threads.items[first]);
}

struct clause process_words(const struct stuck *stuck, const struct process_seen *process)
{
	if (process->leader != NONE)
		return thread_words(stuck, &stuck->threads.items[process->leader]);
	return say("%.60s (%" PRIu32 ")", process_name(stuck, process), process->tgid);
}

const char *place_words(const struct stuck *stuck, const struct thread_seen *thread)
{
	const char *function = names_text(&stuck->names, thread_class(stuck, thread)->function);
	const char *call = thread->last.syscall >= 0 ? syscall_name(thread->last.syscall) : NULL;

	return function[0] ? function : call ? call : "";
}

struct clause signal_words(int signal)
{
	const char *name = sigabbrev_np(signal);

	return name ? say("SIG%s (%d)", name, signal) : say("signal %d", signal);
}

/* --- what is waited for --- */

static const char *lock_word(uint32_t kind)
{
	switch ((enum blocker_kind)kind) {
	case BLOCKER_MUTEX:
		return "mutex";
	case BLOCKER_SEMAPHORE:
		return "semaphore";
	case BLOCKER_RWSEM_READER:
	case BLOCKER_RWSEM_WRITER:
		return "rwsem";
	case BLOCKER_RT_MUTEX:
		return "rt_mutex";
	case BLOCKER_NONE:
		break;
	}
	return "lock";
}

/* The chain's word for it, which scripts match on. */
static const char *edge_word(const struct thread_seen *waiter, const struct edge *edge)
{
	switch (edge->kind) {
	case RELATION_FUTEX:
	case EDGE_OWN:
		return "futex";
	case RELATION_PIPE:
		return "pipe";
	case RELATION_SOCKET:
		return "socket";
	case RELATION_FILE_LOCK:
		return "file_lock";
	case RELATION_FUSE:
		return "fuse";
	case RELATION_CHILD:
		return "child";
	case RELATION_REQUEST:
		return "request";
	case RELATION_TRACER:
		return "tracer";
	case RELATION_FROZEN:
		return "freeze";
	case RELATION_LIMIT:
		return "throttle";
	case EDGE_END:
		return "thread";
	default:
		return lock_word(waiter->lock_kind);
	}
}

struct clause device_words(const struct stuck *stuck, uint32_t dev)
{
	for (size_t i = 0; i < stuck->devices.count; i++) {
		if (stuck->devices.items[i].dev == dev)
			return say("%.40s",
				   names_text(&stuck->names, stuck->devices.items[i].name));
	}
	return say("device %" PRIu32 ":%" PRIu32, dev >> 20, dev & 0xfffff);
}

struct clause withheld_words(const struct stuck *stuck, const struct edge *edge)
{
	const char *name = names_text(&stuck->names, edge->name);
	struct clause device = device_words(stuck, edge->dev);

	if (!name[0])
		return device;
	return edge->kind == RELATION_FROZEN ? say("%.160s", name)
					     : say("%.120s for %.40s", name, device.text);
}

static struct clause lock_words(const struct stuck *stuck, const struct edge *edge)
{
	const struct thread_seen *waiter = &stuck->threads.items[edge->waiter];
	const struct class *class = thread_class(stuck, waiter);
	const char *label = class->cause == CAUSE_LOCK_KERNEL && class->label != class->function
				    ? names_text(&stuck->names, class->label)
				    : "";

	if (label[0] && edge->object)
		return say("%.80s (a %s at 0x%" PRIx64 ")", label, lock_word(waiter->lock_kind),
			   edge->object);
	if (edge->object)
		return say("a kernel %s at 0x%" PRIx64, lock_word(waiter->lock_kind), edge->object);
	return label[0] ? say("%.80s", label) : say("a kernel %s", lock_word(waiter->lock_kind));
}

/* "KIND NAME", or only "a KIND" when its name is not known. */
static struct clause named_words(const struct stuck *stuck, const struct edge *edge,
				 const char *kind)
{
	const char *name = names_text(&stuck->names, edge->name);

	if (edge_is_polled(edge) && edge->object > 1)
		return say("one of %" PRIu64 " that it polls: the %s %.120s", edge->object, kind,
			   name);
	return name[0] ? say("the %s %.120s", kind, name) : say("a %s", kind);
}

struct clause edge_words(const struct stuck *stuck, const struct edge *edge)
{
	switch (edge->kind) {
	case RELATION_FUTEX:
		return say("the lock at 0x%" PRIx64 " (a futex)", edge->object);
	case EDGE_OWN:
		return say("the futex at 0x%" PRIx64, edge->object);
	case RELATION_PIPE:
		return named_words(stuck, edge, "pipe");
	case RELATION_SOCKET:
		return named_words(stuck, edge, "socket");
	case RELATION_FILE_LOCK:
		return edge->name ? say("a lock of the file %.120s",
					names_text(&stuck->names, edge->name))
				  : say("a file lock");
	case RELATION_FUSE:
		return named_words(stuck, edge, "user-space file system");
	case RELATION_CHILD:
		return say("the end of a child");
	case RELATION_REQUEST:
		return say("a request of %.60s", device_words(stuck, edge->dev).text);
	case RELATION_TRACER:
		return say("its tracer");
	case RELATION_FROZEN:
		return say("the frozen file system %.120s", withheld_words(stuck, edge).text);
	case RELATION_LIMIT:
		return say("its turn under the limit of cgroup %.120s",
			   withheld_words(stuck, edge).text);
	case EDGE_END:
		return say("the end of another of its threads");
	default:
		return lock_words(stuck, edge);
	}
}

/* --- how it stands --- */

/* "34 s", or "at least 1.0 s", between the looks. */
static struct clause stood_words(const struct thread_seen *thread)
{
	uint64_t ns = thread_stood_ns(thread),
		 looked_ns = thread->last.time_ns - thread->first.time_ns;

	if (ns)
		return say("for %s", format_duration(ns).text);
	return looked_ns ? say("for at least %s", format_duration(looked_ns).text)
			 : say("since when is not known");
}

static struct clause in_words(const struct stuck *stuck, const struct thread_seen *thread)
{
	const char *place = place_words(stuck, thread);

	return place[0] ? say(" in %.80s", place) : say("%s", "");
}

static struct clause ended_words(const struct thread_seen *thread)
{
	int signal = thread->exit_code & 0x7f;

	if (signal)
		return say("died of %s", signal_words(signal).text);
	return say("ended with exit status %d", thread->exit_code >> 8 & 0xff);
}

static struct clause ran_words(const struct thread_seen *thread)
{
	const struct stand *first = &thread->first, *last = &thread->last;
	const char *call = last->syscall >= 0 ? syscall_name(last->syscall) : NULL;

	if (first->look == last->look)
		return say("seen once, %s",
			   last->flags & THREAD_ON_CPU ? "running" : "not yet asleep");
	return say("ran %s of %s%s%.40s", format_duration(last->run_ns - first->run_ns).text,
		   format_duration(last->time_ns - first->time_ns).text, call ? ", now in " : "",
		   call ? call : "");
}

struct clause plight_words(const struct stuck *stuck, const struct thread_seen *thread)
{
	struct clause stood = stood_words(thread), in = in_words(stuck, thread);

	switch ((enum plight)thread->plight) {
	case PLIGHT_UNSEEN:
		return say("not looked at");
	case PLIGHT_ENDED:
		return say("gone");
	case PLIGHT_ZOMBIE:
		return ended_words(thread);
	case PLIGHT_DUMPING:
		return say("writing its core %.60s", stood.text);
	case PLIGHT_STOPPED:
		return say("stopped %.60s", stood.text);
	case PLIGHT_TRACED:
		return say("stopped for its tracer %.60s", stood.text);
	case PLIGHT_FROZEN:
		return say("frozen %.60s", stood.text);
	case PLIGHT_MOVES:
	case PLIGHT_SPINS:
		return ran_words(thread);
	case PLIGHT_QUEUED:
		return say("ready to run, but on no CPU %.60s", stood.text);
	case PLIGHT_BLOCKED:
		return say("uninterruptible (D) %.60s%.100s, unmoved; %s", stood.text, in.text,
			   thread->last.state & STATE_KILLABLE ? "only a fatal signal could end it"
							       : "no signal can end it");
	case PLIGHT_ASLEEP:
		return say("asleep %.60s%.100s, unmoved", stood.text, in.text);
	}
	return say("unknown");
}

/* --- chains --- */

/* Who gets on may still sleep at the moment it is looked at. */
static const char *moment_word(uint32_t state)
{
	if (state & STATE_UNINTERRUPTIBLE && !(state & STATE_NO_LOAD))
		return "blocked";
	return state & (STATE_INTERRUPTIBLE | STATE_UNINTERRUPTIBLE) ? "sleeps" : "runs";
}

/* "a directory's i_rwsem, in path_openat": what a thread without an edge waits for, where the rules
 * say more than the function. */
static struct clause leaf_words(const struct stuck *stuck, const struct thread_seen *thread)
{
	const struct class *class = thread_class(stuck, thread);
	const char *place = place_words(stuck, thread);

	if (!thread->last.state || !class->label || class->label == class->function || !place[0])
		return say("%s", place);
	return say("%.80s, in %.80s", names_text(&stuck->names, class->label), place);
}

/* The last one's word, which scripts match on. */
static const char *plight_word(const struct thread_seen *thread)
{
	switch ((enum plight)thread->plight) {
	case PLIGHT_UNSEEN:
		return "unknown";
	case PLIGHT_ENDED:
		return "gone";
	case PLIGHT_ZOMBIE:
		return "zombie";
	case PLIGHT_DUMPING:
		return "dumping";
	case PLIGHT_STOPPED:
	case PLIGHT_TRACED:
		return "stopped";
	case PLIGHT_FROZEN:
		return "frozen";
	case PLIGHT_MOVES:
		return moment_word(thread->last.state);
	case PLIGHT_SPINS:
		return "runs";
	case PLIGHT_QUEUED:
		return "runnable";
	case PLIGHT_BLOCKED:
		return "blocked";
	case PLIGHT_ASLEEP:
		return "sleeps";
	}
	return "unknown";
}

/* A link for who is no thread, or none any more. */
static void tell_dead_end(const struct stuck *stuck, const struct chain *chain, size_t index,
			  struct stuck_link *link)
{
	const struct edge *edge = chain->steps[index - 1].edge;
	const struct thread_seen *former = stuck_thread(stuck, chain->steps[index].tid);
	const char *what = chain->end == END_GONE          ? "gone"
			   : chain->end == END_NOBODY      ? "nobody"
			   : chain->end == END_DEVICE      ? "request"
			   : chain->end != END_WITHHELD    ? "unknown"
			   : edge->kind == RELATION_FROZEN ? "frozen"
							   : "limit";
	bool is_thread =
		chain->end != END_NOBODY && chain->end != END_DEVICE && chain->end != END_WITHHELD;

	(void)snprintf(link->what, sizeof(link->what), "%s", what);
	link->tid = is_thread ? chain->steps[index].tid : 0;
	if (chain->end == END_DEVICE) {
		(void)snprintf(link->who, sizeof(link->who), "%.60s",
			       device_words(stuck, edge->dev).text);
		if (edge->since_ns && edge->since_ns < stuck->end_ns)
			link->ns = stuck->end_ns - edge->since_ns;
	} else if (chain->end == END_WITHHELD) {
		(void)snprintf(link->who, sizeof(link->who), "%.*s", (int)sizeof(link->who) - 1,
			       withheld_words(stuck, edge).text);
	} else if (chain->end == END_NOBODY) {
		(void)snprintf(link->who, sizeof(link->who), "nobody");
	} else if (former) {
		(void)snprintf(link->who, sizeof(link->who), "%s", thread_name(stuck, former));
	} else {
		(void)snprintf(link->who, sizeof(link->who), "a thread");
	}
}

static void tell_link(const struct stuck *stuck, const struct chain *chain, size_t index,
		      struct stuck_link *link)
{
	const struct chain_step *step = &chain->steps[index];
	bool is_closing = chain->end == END_CIRCLE && index + 1 == chain->count && !step->edge;

	if (!step->thread) {
		tell_dead_end(stuck, chain, index, link);
		return;
	}
	(void)snprintf(link->who, sizeof(link->who), "%s", thread_name(stuck, step->thread));
	link->tid = step->thread->tid;
	link->ns = thread_stood_ns(step->thread);
	if (is_closing) {
		(void)snprintf(link->what, sizeof(link->what), "circle");
	} else if (step->edge) {
		(void)snprintf(link->what, sizeof(link->what), "%s",
			       edge_word(step->thread, step->edge));
		(void)snprintf(link->detail, sizeof(link->detail), "%.*s",
			       (int)sizeof(link->detail) - 1, edge_words(stuck, step->edge).text);
	} else {
		(void)snprintf(link->what, sizeof(link->what), "%s", plight_word(step->thread));
		(void)snprintf(link->detail, sizeof(link->detail), "%.*s",
			       (int)sizeof(link->detail) - 1, leaf_words(stuck, step->thread).text);
	}
}

int chain_tell(const struct stuck *stuck, const struct chain *chain, struct stuck_process *told)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct stuck_link *link = array_push(&told->chain);

		if (!link)
			return -ENOMEM;
		tell_link(stuck, chain, i, link);
	}
	return 0;
}

static size_t circle_threads(const struct stuck *stuck, uint32_t circle)
{
	size_t count = 0;

	for (size_t i = 0; i < stuck->threads.count; i++)
		count += stuck->threads.items[i].circle == circle;
	return count;
}

/* Who should end the first wait, as the chain has it. */
static struct clause peer_words(const struct stuck *stuck, const struct chain *chain)
{
	const struct thread_seen *peer = chain->steps[1].thread;

	return peer ? thread_words(stuck, peer) : say("thread %" PRIu32, chain->steps[1].tid);
}

/* Whom or what a longer chain ends in, and how that stands. */
static struct clause end_words(const struct stuck *stuck, const struct chain *chain)
{
	const struct chain_step *last = &chain->steps[chain->count - 1];

	if (last->thread)
		return say("%.80s: %.60s", thread_words(stuck, last->thread).text,
			   plight_words(stuck, last->thread).text);
	if (chain->end == END_WITHHELD)
		return say("%.80s: %s", withheld_words(stuck, last[-1].edge).text,
			   last[-1].edge->kind == RELATION_FROZEN ? "frozen" : "a limit on I/O");
	if (chain->end == END_GONE)
		return say("somebody: it no longer exists");
	return say("somebody: %s",
		   chain->end == END_NOBODY ? "nobody is there" : "that one is not known");
}

struct clause chain_words(const struct stuck *stuck, const struct chain *chain)
{
	const struct edge *edge = chain->steps[0].edge;
	const struct chain_step *last = &chain->steps[chain->count - 1];
	struct clause thing;

	if (!edge || chain->count < 2)
		return say("%s", "");
	thing = edge_words(stuck, edge);
	if (chain->end == END_CIRCLE)
		return say("it waits for %.160s and so for %.80s; the circle has %s threads",
			   thing.text, peer_words(stuck, chain).text,
			   format_count(circle_threads(stuck, last->thread->circle)).text);
	if (chain->end == END_NOBODY && (edge->kind == EDGE_OWN || edge->kind == EDGE_END))
		return say("it waits for %.160s; only a signal's handler could still wake it",
			   thing.text);
	if (chain->end == END_NOBODY && chain->count == 2)
		return say("it waits for %.160s, which nobody else has open", thing.text);
	if ((chain->end == END_DEVICE || chain->end == END_WITHHELD) && chain->count == 2)
		return say("it waits for %.160s", thing.text);
	if (chain->end == END_GONE && chain->count == 2)
		return say("it waits for %.160s; %.80s, which should end that, no longer exists",
			   thing.text, peer_words(stuck, chain).text);
	if (chain->count == 2 && last->thread)
		return say("it waits for %.160s and so for %.80s: %.130s", thing.text,
			   thread_words(stuck, last->thread).text,
			   plight_words(stuck, last->thread).text);
	return say("it waits for %.160s and so for %.80s, at the end of a chain for %.160s",
		   thing.text, peer_words(stuck, chain).text, end_words(stuck, chain).text);
}
