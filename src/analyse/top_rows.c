/* What does a thread lose its time by? The parts of its window, each with whom to blame. */
#include <stdio.h>
#include <string.h>

#include "analyse/top_state.h"
#include "analyse/words.h"

static enum span_kind span_kind_of(const struct top_sum *charge)
{
	return (enum span_kind)(charge->key.a >> 32);
}

static enum cause cause_of(const struct top_sum *charge)
{
	uint32_t cause = (uint32_t)charge->key.a;

	return cause < CAUSE_COUNT ? (enum cause)cause : CAUSE_UNKNOWN;
}

static bool is_idle(const struct top_sum *charge)
{
	return span_kind_of(charge) == SPAN_WAIT &&
	       (cause_of(charge) == CAUSE_WAIT_IDLE || cause_of(charge) == CAUSE_WAIT_SLEEP);
}

bool top_charge_is_lost(const struct top_sum *charge)
{
	return span_kind_of(charge) != SPAN_RUN && !is_idle(charge);
}

/* In the window, the function that most samples of the process were in; 0: there are none. */
static uint32_t hottest(const struct topper *topper, uint64_t process, bool in_user)
{
	uint64_t most = 0;
	uint32_t function = 0;
	size_t count;
	const struct top_sum *sums = top_merged_all(&topper->merged, TOP_FUNCTION, &count);

	for (size_t i = 0; i < count; i++) {
		if (sums[i].key.a == process && sums[i].key.b == in_user && sums[i].count > most) {
			most = sums[i].count;
			function = (uint32_t)sums[i].key.c;
		}
	}
	return function;
}

struct top_cause top_cause_of(struct topper *topper, const struct top_sum *charge)
{
	struct analysis *analysis = topper->analysis;
	struct top_cause cause = {
		.cause = cause_of(charge),
		.ns = charge->ns,
		.is_lost = top_charge_is_lost(charge),
	};
	/* As the ledger has it, so that it is said in the same words. */
	struct entry entry = {
		.cause = cause.cause,
		.ns = charge->ns,
		.tgid = charge->tgid,
		.blame = { .kind = (enum blame_kind)(charge->key.b >> 32),
			   .holder = (uint32_t)charge->key.b,
			   .id = charge->key.c },
	};
	uint32_t function;

	if (charge->key.b == UINT64_MAX)
		entry.blame = (struct blame){ .kind = BLAME_REST };
	if (cause.cause == CAUSE_UNKNOWN) {
		const char *name = names_text(&analysis->names, (uint32_t)entry.blame.id);

		cause.culprit = subject_say("function", "%s", name[0] ? name : "not known");
		return cause;
	}
	cause.culprit = words_subject(analysis, &entry, true);
	if (entry.blame.kind != BLAME_CPU)
		return cause;
	function = hottest(topper, entry.blame.id, cause.cause == CAUSE_CPU_USER);
	/* Its own code: the thread's name stands beside it. */
	if (function && !cause.is_lost)
		cause.culprit =
			subject_say("function", "%s", names_text(&analysis->names, function));
	return cause;
}

/* --- rows --- */

static void tell_name(const struct topper *topper, uint32_t index, struct top_thread *ret)
{
	struct analysis *analysis = topper->analysis;
	const struct thread *thread = top_thread_at(topper, index);
	uint32_t process;

	if (!thread) {
		(void)snprintf(ret->name, sizeof(ret->name), "(exited)");
		ret->has_ended = true;
		return;
	}
	process = tasks_process_name(&analysis->tasks, &analysis->names, thread);
	ret->tid = thread->tid;
	ret->tgid = thread->tgid;
	ret->is_kernel = thread_is_kernel(thread);
	ret->has_ended = thread->death_ns != UINT64_MAX;
	(void)snprintf(ret->name, sizeof(ret->name), "%s",
		       names_text(&analysis->names, thread->name));
	(void)snprintf(ret->process, sizeof(ret->process), "%s",
		       names_text(&analysis->names, process));
}

/* How long it has been waiting at the end of the window. */
static void tell_wait(const struct topper *topper, uint32_t index, struct top_thread *ret)
{
	const struct top_life *life =
		index < topper->lives.count ? &topper->lives.items[index] : NULL;

	if (!life || life->until_ns <= topper->before_ns || ret->has_ended)
		return;
	ret->wait_ns = life->until_ns - life->since_ns;
	ret->wait_is_older = life->is_older;
	ret->wait_is_idle = life->is_idle;
}

void top_row(struct topper *topper, uint32_t index, const struct top_sum *charges, size_t count,
	     struct top_thread *ret)
{
	const struct top_sum *heaviest = NULL;
	bool has_lost = false;

	*ret = (struct top_thread){};
	tell_name(topper, index, ret);
	tell_wait(topper, index, ret);
	for (size_t i = 0; i < count; i++) {
		const struct top_sum *charge = &charges[i];

		if (top_charge_is_lost(charge))
			ret->lost_ns += charge->ns;
		else
			*(is_idle(charge) ? &ret->idle_ns : &ret->cpu_ns) += charge->ns;
		if (top_charge_is_lost(charge) && cause_of(charge) == CAUSE_UNKNOWN)
			ret->unknown_ns += charge->ns;
		has_lost |= top_charge_is_lost(charge);
	}
	for (size_t i = 0; i < count; i++) {
		bool is_eligible = has_lost      ? top_charge_is_lost(&charges[i])
				   : ret->cpu_ns ? !is_idle(&charges[i])
						 : true;

		if (is_eligible && (!heaviest || charges[i].ns > heaviest->ns))
			heaviest = &charges[i];
	}
	if (heaviest)
		ret->heaviest = top_cause_of(topper, heaviest);
}
