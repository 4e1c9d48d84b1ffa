/* On what does the row stand? What moved, how many threads stand so, where, and who waits behind
 * them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/patterns.h"
#include "analyse/roles.h"
#include "analyse/stuck_telling.h"
#include "finding/format.h"

#define POLLED_SHOWN  4u
#define KEEPERS_SHOWN 4u

const char *innermost_user(const struct stuck *stuck, const struct thread_seen *thread)
{
	uint32_t content, count;
	const uint32_t *frames;

	if (!thread->last.user_stack ||
	    !stacks_find(&stuck->stacks, thread->last.user_stack, &content))
		return "";
	frames = stacks_frames(&stuck->stacks, content, &count);
	return count ? names_text(&stuck->names,
				  stuck->stacks.functions.items[frames[count - 1]].name)
		     : "";
}

static void add_moves(const struct thread_seen *thread, struct stand *sum)
{
	const struct stand *first = &thread->first, *last = &thread->last;

	if (first->look == last->look)
		return;
	sum->run_ns += last->run_ns - first->run_ns;
	sum->switches += last->switches - first->switches;
	sum->io_calls += last->io_calls - first->io_calls;
	sum->io_bytes += last->io_bytes - first->io_bytes;
}

/* What moved between the looks, in all its threads. */
static int tell_moves(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint64_t apart_ns = stuck->last_look_ns - stuck->first_look_ns;
	struct stand sum = {};

	if (stuck->first_look == stuck->last_look)
		return 0;
	for (uint32_t t = telling->process->threads; t != NONE; t = stuck->threads.items[t].next)
		add_moves(&stuck->threads.items[t], &sum);
	if (!sum.run_ns && !sum.switches && !sum.io_calls && !sum.io_bytes)
		return text_add(
			&telling->told->evidence,
			"between the looks, %s apart: no CPU time, no switch, no read or write",
			format_duration(apart_ns).text);
	return text_add(
		&telling->told->evidence,
		"between the looks, %s apart: %s of CPU time, %s switches, %s reads and writes "
		"of %s",
		format_duration(apart_ns).text, format_duration(sum.run_ns).text,
		format_count(sum.switches).text, format_count(sum.io_calls).text,
		format_bytes(sum.io_bytes).text);
}

/* How many of its threads are as bad. */
static int tell_threads(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint32_t alike = 0;

	if (telling->process->living < 2)
		return 0;
	for (uint32_t t = telling->process->threads; t != NONE; t = stuck->threads.items[t].next)
		alike += thread_is_alive(&stuck->threads.items[t]) &&
			 stuck->threads.items[t].row == telling->told->row;
	return text_add(&telling->told->evidence, "so %s %s of its %s threads; this is told of %s",
			alike == 1 ? "stands" : "stand", format_count(alike).text,
			format_count(telling->process->living).text,
			thread_words(stuck, telling->thread).text);
}

static int tell_call(const struct telling *telling)
{
	const struct thread_seen *thread = telling->thread;
	const char *call = syscall_name(thread->last.syscall);

	if (!call)
		return 0;
	return text_add(&telling->told->evidence,
			"in the system call %s(0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", …)",
			call, thread->arguments[0], thread->arguments[1], thread->arguments[2]);
}

/* "futex_wait ← do_futex ← …" */
static int tell_stack(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint32_t content, count;
	const uint32_t *frames;
	char words[800] = "";
	size_t used = 0;

	if (!telling->thread->last.stack ||
	    !stacks_find(&stuck->stacks, telling->thread->last.stack, &content))
		return 0;
	frames = stacks_frames(&stuck->stacks, content, &count);
	for (uint32_t i = count; i-- > 0 && used < sizeof(words) - 80;) {
		const char *name =
			names_text(&stuck->names, stuck->stacks.functions.items[frames[i]].name);

		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%.60s",
					 used ? " ← " : "", name[0] ? name : "?");
	}
	return used ? text_add(&telling->told->evidence, "kernel stack: %s", words) : 0;
}

/* Who would go on if this one did. */
static int tell_waiters(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint32_t threads = 0;

	for (uint32_t e = telling->process->waiters; e != NONE; e = stuck->edges.items[e].next)
		threads += stuck->threads.items[stuck->edges.items[e].waiter].process !=
			   (uint32_t)(telling->process - stuck->processes.items);
	for (uint32_t t = telling->process->threads; t != NONE; t = stuck->threads.items[t].next) {
		uint32_t e = stuck->threads.items[t].waiters;

		for (; e != NONE; e = stuck->edges.items[e].next)
			threads += stuck->threads.items[stuck->edges.items[e].waiter].process !=
				   (uint32_t)(telling->process - stuck->processes.items);
	}
	return threads ? text_add(&telling->told->evidence, "%s %s of other processes %s for it",
				  format_count(threads).text, threads == 1 ? "thread" : "threads",
				  threads == 1 ? "waits" : "wait")
		       : 0;
}

static int tell_parent(const struct telling *telling)
{
	const struct process_seen *parent =
		stuck_process_of(telling->stuck, telling->process->parent_tgid);

	if (!parent || parent->envoy == NONE)
		return telling->process->parent_tgid
			       ? text_add(&telling->told->evidence, "its parent is %" PRIu32,
					  telling->process->parent_tgid)
			       : 0;
	return text_add(
		&telling->told->evidence, "its parent is %s: %s",
		process_words(telling->stuck, parent).text,
		plight_words(telling->stuck, &telling->stuck->threads.items[parent->envoy]).text);
}

/* Who else is known to hold what it polls, where anybody may answer. */
static int tell_polled(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint32_t told = 0, more = 0;
	int r = 0;

	for (size_t i = 0; i < stuck->possible.count && r == 0; i++) {
		const struct edge *edge = &stuck->possible.items[i];
		const struct process_seen *peer = stuck_process_of(stuck, edge->peer);

		if (edge->waiter != telling->thread->tid || !peer || peer->envoy == NONE)
			continue;
		if (told == POLLED_SHOWN) {
			more++;
			continue;
		}
		told++;
		r = text_add(&telling->told->evidence,
			     "one of %s that it polls: %.60s leads to %.100s: %.200s",
			     format_count(edge->object).text, names_text(&stuck->names, edge->name),
			     process_words(stuck, peer).text,
			     plight_words(stuck, &stuck->threads.items[peer->envoy]).text);
	}
	return r == 0 && more ? text_add(&telling->told->evidence, "and %s others lead to someone",
					 format_count(more).text)
			      : r;
}

/* Who of the same program sleeps and keeps what it has taken: who holds the lock is one of them, or
 * is at work. */
static int tell_keepers(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	const struct program_lock *lock = thread_program_lock(stuck, telling->thread);
	uint32_t told = 0;
	int r = 0;

	if (!lock || !lock->keeper[0])
		return 0;
	for (size_t i = 0; i < stuck->threads.count && told < KEEPERS_SHOWN && r == 0; i++) {
		const struct thread_seen *thread = &stuck->threads.items[i];

		if (!thread->title || !thread_is_waiting(thread) ||
		    stuck->processes.items[thread->process].parent_tgid !=
			    telling->process->parent_tgid ||
		    !pattern_fits(names_text(&stuck->names, thread->title), lock->keeper, NULL))
			continue;
		told++;
		r = text_add(&telling->told->evidence, "it may be held by %.100s: %.200s",
			     thread_words(stuck, thread).text, plight_words(stuck, thread).text);
	}
	return r;
}

/* What it says of itself, and what that is there for. */
static int tell_title(const struct telling *telling)
{
	const struct stuck *stuck = telling->stuck;
	uint32_t leader = telling->process->leader;
	const char *title, *role;

	if (leader == NONE || !stuck->threads.items[leader].title)
		return 0;
	title = names_text(&stuck->names, stuck->threads.items[leader].title);
	role = role_of_title(title);
	return text_add(&telling->told->evidence, "it calls itself \"%.200s\"%s%s", title,
			role ? ", a " : "", role ? role : "");
}

/* In which of its own code it spins. */
static int tell_code(const struct telling *telling)
{
	const char *function = innermost_user(telling->stuck, telling->thread);

	if (telling->thread->first.user_stack && function[0])
		return text_add(&telling->told->evidence, "both looks found it in %s", function);
	return text_add(&telling->told->evidence,
			"whether it gets on in its own code is not seen: it may be computing");
}

/* In the kernel's "tainted": it has failed since it booted. */
#define TAINT_DIED 0x80u

/* It may be older than what is left of the log. */
static int tell_taint(const struct telling *telling)
{
	const char *tainted = stuck_fact(telling->stuck, "kernel.tainted");

	if (!tainted || !(strtoul(tainted, NULL, 10) & TAINT_DIED))
		return 0;
	return text_add(&telling->told->evidence,
			"the kernel has failed since it booted (kernel.tainted, D): see its log");
}

/* What kept from reading it, as it does others who try. */
static int tell_unreadable(const struct telling *telling)
{
	const char *words;
	char key[64];

	(void)snprintf(key, sizeof(key), "process.%" PRIu32 ".unreadable", telling->process->tgid);
	words = stuck_fact(telling->stuck, key);
	return words ? text_add(&telling->told->evidence, "%s", words) : 0;
}

int evidence_tell(const struct telling *telling)
{
	enum stuck_class class = stuck_row_class(telling->told->row);
	int r = 0;

	if (class != STUCK_ZOMBIE && class != STUCK_USER_CRASH)
		r = tell_moves(telling);
	if (r == 0)
		r = tell_title(telling);
	if (r == 0)
		r = tell_threads(telling);
	if (r == 0 && thread_is_alive(telling->thread))
		r = tell_call(telling);
	if (r == 0 && telling->told->row == ROW_PROGRAM_LOCK)
		r = tell_keepers(telling);
	if (r == 0 && thread_is_waiting(telling->thread))
		r = tell_polled(telling);
	if (r == 0 && thread_is_alive(telling->thread))
		r = tell_stack(telling);
	if (r == 0 && (class == STUCK_ZOMBIE || telling->told->row == ROW_DIED))
		r = tell_parent(telling);
	if (r == 0 && class == STUCK_USER_CRASH)
		r = core_tell(telling->stuck, telling->process->tgid,
			      telling->told->row == ROW_DIED ? &telling->thread->exit_code : NULL,
			      telling->told);
	if (r == 0 && class == STUCK_SPINNING)
		r = tell_code(telling);
	if (r == 0 && class == STUCK_KERNEL_LOCKUP)
		r = tell_taint(telling);
	if (r == 0)
		r = tell_unreadable(telling);
	return r == 0 ? tell_waiters(telling) : r;
}
