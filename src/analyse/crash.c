/* Who died of which signal? One record for each process, filled by what is told of it. */
#include "analyse/crash.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/state.h"
#include "finding/format.h"

#define STACKS_KEPT 512u
#define CRASHES_MAX 256u

#define EXIT_SIGNAL 0x7f /* wait(2) */

int crash_take_stack(struct analysis *analysis, const struct event_stack *event)
{
	struct crashes *crashes = &analysis->crashes;
	struct crash_stack *stack;

	if (!(event->flags & STACK_USER) || !event->id)
		return 0;
	if (!crashes->ring)
		crashes->ring = calloc(STACKS_KEPT, sizeof(*crashes->ring));
	if (!crashes->ring)
		return -ENOMEM;
	stack = &crashes->ring[crashes->next];
	crashes->next = (crashes->next + 1) % STACKS_KEPT;
	stack->id = event->id;
	stack->count = event->frames < CRASH_FRAMES ? event->frames : CRASH_FRAMES;
	memcpy(stack->frames, event->frame, stack->count * sizeof(stack->frames[0]));
	return 0;
}

static struct crash_stack find_stack(const struct crashes *crashes, uint64_t id)
{
	for (size_t i = 0; crashes->ring && id && i < STACKS_KEPT; i++) {
		if (crashes->ring[i].id == id)
			return crashes->ring[i];
	}
	return (struct crash_stack){};
}

/*
 * Libraries without frame pointers lead astray: behind code that has a name there may be anything.
 * Where nothing has one the names are unknown, and what stands there twice is no caller.
 */
static void cut_astray(struct crash_stack *stack)
{
	for (uint32_t i = 1; i < stack->count; i++) {
		const struct event_frame *inner = &stack->frames[i - 1], *frame = &stack->frames[i];

		if (!frame->symbol && (inner->symbol || frame->address == inner->address))
			stack->count = i;
	}
}

static struct crash *find_crash(struct crashes *crashes, uint32_t tgid, uint32_t signal)
{
	for (size_t i = 0; i < crashes->list.count; i++) {
		struct crash *crash = &crashes->list.items[i];

		if (crash->tgid == tgid && crash->signal == signal && !crash->has_ended)
			return crash;
	}
	return NULL;
}

static uint32_t process_of(const struct thread *thread)
{
	return thread->tgid ? thread->tgid : thread->tid;
}

static int get_crash(struct analysis *analysis, const struct thread *thread, uint32_t signal,
		     struct crash **ret)
{
	struct crashes *crashes = &analysis->crashes;

	*ret = find_crash(crashes, process_of(thread), signal);
	if (*ret)
		return 0;
	if (crashes->list.count >= CRASHES_MAX) {
		crashes->left_out++;
		return 0;
	}
	*ret = array_push(&crashes->list);
	if (!*ret)
		return -ENOMEM;
	(*ret)->tgid = process_of(thread);
	(*ret)->tid = thread->tid;
	(*ret)->signal = signal;
	(*ret)->who = thread->comm;
	(*ret)->process = tasks_process_name(&analysis->tasks, &analysis->names, thread);
	return 0;
}

static void note_sender(struct analysis *analysis, const struct event_signal *event,
			struct crash *crash)
{
	const struct thread *sender = tasks_find(&analysis->tasks, event->sender);

	if (!crash->was_delivered) {
		crash->code = event->code;
		crash->time_ns = event->head.time_ns;
	}
	crash->was_sent = true;
	if (!sender)
		return;
	crash->sender = tasks_process_name(&analysis->tasks, &analysis->names, sender);
	crash->sender_tgid = process_of(sender);
}

static void note_delivery(const struct crashes *crashes, const struct event_signal *event,
			  const struct thread *thread, struct crash *crash)
{
	crash->tid = event->tid;
	crash->who = thread->comm;
	crash->was_delivered = true;
	crash->time_ns = event->head.time_ns;
	crash->code = event->code;
	crash->has_address = event->flags & SIGNAL_ADDRESS;
	crash->is_undumpable = event->flags & SIGNAL_UNDUMPABLE;
	crash->address = event->address;
	crash->core_limit = event->core_limit;
	crash->stack = find_stack(crashes, event->user_stack);
	cut_astray(&crash->stack);
}

int crash_take_signal(struct analysis *analysis, const struct event_signal *event)
{
	const struct thread *thread = tasks_find(&analysis->tasks, event->tid);
	struct crash *crash;
	int r;

	if (!thread || !event->signal)
		return 0;
	r = get_crash(analysis, thread, event->signal, &crash);
	if (r < 0 || !crash)
		return r;
	if (event->flags & SIGNAL_SENT)
		note_sender(analysis, event, crash);
	else
		note_delivery(&analysis->crashes, event, thread, crash);
	return 0;
}

/* Only the thread that dumped the core has the bit that says so: others had to go before. */
void crash_take_end(struct analysis *analysis, const struct event_task_end *event)
{
	const struct thread *thread = tasks_find(&analysis->tasks, event->tid);
	struct crashes *crashes = &analysis->crashes;

	if (!thread || event->exit_code <= 0)
		return;
	for (size_t i = 0; i < crashes->list.count; i++) {
		struct crash *crash = &crashes->list.items[i];

		if (crash->tgid != process_of(thread) ||
		    crash->signal != (uint32_t)(event->exit_code & EXIT_SIGNAL))
			continue;
		crash->has_ended = true;
		crash->exit_code |= (uint32_t)event->exit_code;
	}
}

/* --- which of them are told --- */

static bool is_crash(uint32_t signal)
{
	static const uint32_t CRASHES[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL,
					    SIGFPE,  SIGKILL, SIGSYS, SIGTRAP };

	for (size_t i = 0; i < array_count(CRASHES); i++) {
		if (CRASHES[i] == signal)
			return true;
	}
	return false;
}

/* A crash ends its process for sure, even when that came after the watch. */
static uint32_t delivered_signal(const struct crashes *crashes, uint32_t tgid)
{
	for (size_t i = 0; i < crashes->list.count; i++) {
		if (crashes->list.items[i].tgid == tgid && crashes->list.items[i].was_delivered)
			return crashes->list.items[i].signal;
	}
	return 0;
}

/* The signal that ended the target itself; 0: none did. */
static uint32_t signal_of_target(const struct analysis *analysis, const struct verdict *verdict)
{
	const struct thread *leader = tasks_find(&analysis->tasks, verdict->pid);

	if (verdict->was_signaled)
		return verdict->was_interrupted ? 0 : (uint32_t)verdict->exit_status;
	if (verdict->target != TARGET_PROCESS || !leader)
		return 0;
	if (leader->death_ns == UINT64_MAX)
		return delivered_signal(&analysis->crashes, verdict->pid);
	return leader->exit_code > 0 ? (uint32_t)leader->exit_code & EXIT_SIGNAL : 0;
}

/* What is known of it without any signal that was seen. */
static struct crash bare_crash(struct analysis *analysis, const struct verdict *verdict,
			       uint32_t signal)
{
	const struct thread *leader = tasks_find(&analysis->tasks, verdict->pid);
	struct crash crash = {
		.tgid = verdict->pid,
		.tid = verdict->pid,
		.signal = signal,
		.time_ns = analysis->watch.has_ended ? analysis->watch.end_ns : analysis->now_ns,
		.has_ended = leader && leader->exit_code > 0,
	};

	if (leader && leader->death_ns < crash.time_ns)
		crash.time_ns = leader->death_ns;
	if (crash.has_ended)
		crash.exit_code = (uint32_t)leader->exit_code;
	crash.who = names_put(&analysis->names, verdict->name, strlen(verdict->name));
	crash.process = crash.who;
	return crash;
}

/* At `place`, or last when there are not so many. */
static int add_finding(struct analysis *analysis, const struct crash *crash, uint64_t copies,
		       struct verdict *verdict, size_t place)
{
	struct finding *finding = array_push(&verdict->findings);
	int r;

	if (!finding)
		return -ENOMEM;
	r = crash_say(analysis, crash, copies, finding);
	verdict_move_last(verdict, place);
	return r;
}

static const struct crash *find_target_crash(const struct analysis *analysis, uint32_t tgid,
					     uint32_t signal)
{
	const struct crashes *crashes = &analysis->crashes;
	const struct crash *found = NULL;

	for (size_t i = 0; i < crashes->list.count; i++) {
		const struct crash *crash = &crashes->list.items[i];

		if (crash->tgid == tgid && crash->signal == signal)
			found = crash;
	}
	return found;
}

static bool is_alike(const struct crash *a, const struct crash *b)
{
	return a->signal == b->signal && a->process == b->process && a->code == b->code &&
	       a->stack.frames[0].symbol == b->stack.frames[0].symbol;
}

/* A process of the target's other than the target itself, that crashed and was not told to. */
static bool is_other_crash(const struct analysis *analysis, const struct crash *crash,
			   const struct crash *target)
{
	if (crash == target || !is_crash(crash->signal))
		return false;
	if (crash->signal == SIGKILL)
		return crash->has_ended && crash->was_sent && !crash->sender;
	return crash->was_delivered || crash->has_ended;
}

/* How many others died in the same way; 0 also when one of them was told before, then *ret_told. */
static uint64_t count_alike(const struct analysis *analysis, size_t index,
			    const struct crash *target, bool *ret_told)
{
	const struct crashes *crashes = &analysis->crashes;
	uint64_t count = 0;

	*ret_told = false;
	for (size_t i = 0; i < crashes->list.count && !*ret_told; i++) {
		if (i == index || !is_other_crash(analysis, &crashes->list.items[i], target) ||
		    !is_alike(&crashes->list.items[i], &crashes->list.items[index]))
			continue;
		*ret_told = i < index;
		count++;
	}
	return count;
}

static int tell_others(struct analysis *analysis, const struct crash *target,
		       struct verdict *verdict, size_t place)
{
	const struct crashes *crashes = &analysis->crashes;
	int r = 0;

	for (size_t i = 0; i < crashes->list.count && r == 0; i++) {
		bool is_told;
		uint64_t copies;

		if (!is_other_crash(analysis, &crashes->list.items[i], target))
			continue;
		copies = count_alike(analysis, i, target, &is_told);
		if (!is_told)
			r = add_finding(analysis, &crashes->list.items[i], copies, verdict,
					place++);
	}
	return r;
}

static int tell_left_out(const struct analysis *analysis, struct verdict *verdict)
{
	if (!analysis->crashes.left_out)
		return 0;
	return text_add(&verdict->not_seen,
			"%s more signals that ended processes: only the first %u are kept",
			format_count(analysis->crashes.left_out).text, CRASHES_MAX);
}

int crash_tell(struct analysis *analysis, struct verdict *verdict)
{
	uint32_t signal = signal_of_target(analysis, verdict);
	const struct crash *target = find_target_crash(analysis, verdict->pid, signal);
	struct crash bare = bare_crash(analysis, verdict, signal);
	size_t place = 0;
	int r = 0;

	if (signal && is_crash(signal))
		r = add_finding(analysis, target ? target : &bare, 0, verdict, place++);
	if (r == 0)
		r = tell_others(analysis, target, verdict, place);
	if (r == 0 && signal && !is_crash(signal))
		r = add_finding(analysis, target ? target : &bare, 0, verdict, SIZE_MAX);
	return r < 0 ? r : tell_left_out(analysis, verdict);
}

void crashes_free(struct crashes *crashes)
{
	free(crashes->ring);
	crashes->ring = NULL;
	array_free(&crashes->list);
}
