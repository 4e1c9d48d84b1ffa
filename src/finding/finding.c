/* What do we claim, on what evidence? The tables behind the claims' words, and the verdict's lists.
 */
#include "finding/finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cause_row {
	const char *id;
	const char *title;
	const char *advice;
};

static const struct cause_row *cause_row(enum cause cause)
{
	static const struct cause_row ROWS[CAUSE_COUNT] = {
		[CAUSE_UNKNOWN] = { "unknown", "not attributed to any cause", "" },
#define CAUSE(NAME, id, title, advice) [CAUSE_##NAME] = { id, title, advice },
#include "finding/causes.def"
#undef CAUSE
	};

	return (size_t)cause < CAUSE_COUNT ? &ROWS[cause] : &ROWS[CAUSE_UNKNOWN];
}

/* Any ARRAY(struct text): they are all of this shape, but each is a type of its own. */
struct text_list {
	struct text *items;
	size_t count;
	size_t capacity;
};

static void free_finding(struct finding *finding)
{
	texts_free(finding->evidence.items, finding->evidence.count);
	texts_free(finding->advice.items, finding->advice.count);
	array_free(&finding->chain);
	array_free(&finding->evidence);
	array_free(&finding->advice);
}

const char *cause_id(enum cause cause)
{
	return cause_row(cause)->id;
}

const char *cause_title(enum cause cause)
{
	return cause_row(cause)->title;
}

const char *cause_advice(enum cause cause)
{
	return cause_row(cause)->advice;
}

bool cause_takes_time(enum cause cause)
{
	return cause != CAUSE_CRASH_SIGNAL && cause != CAUSE_KERNEL_OOPS &&
	       cause != CAUSE_KERNEL_HANG;
}

enum cause cause_find(const char *id)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (strcmp(cause_id(cause), id) == 0)
			return cause;
	}
	return CAUSE_UNKNOWN;
}

const char *confidence_name(enum confidence confidence)
{
	switch (confidence) {
	case CONFIDENCE_LOW:
		return "low";
	case CONFIDENCE_MEDIUM:
		return "medium";
	case CONFIDENCE_HIGH:
		return "high";
	}
	return "unknown";
}

const char *target_kind_name(enum target_kind kind)
{
	switch (kind) {
	case TARGET_MACHINE:
		return "machine";
	case TARGET_PROCESS:
		return "process";
	case TARGET_COMMAND:
		return "command";
	}
	return "unknown";
}

struct subject subject_say(const char *kind, const char *format, ...)
{
	struct subject subject = {};
	va_list args;

	(void)snprintf(subject.kind, sizeof(subject.kind), "%s", kind);
	va_start(args, format);
	(void)vsnprintf(subject.name, sizeof(subject.name), format, args);
	va_end(args);
	return subject;
}

int text_add(void *list, const char *format, ...)
{
	owns(own_free) char *words = NULL;
	struct text_list texts;
	struct text *text;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&words, format, args);
	va_end(args);
	if (r < 0) {
		words = NULL;
		return -ENOMEM;
	}

	/* Through a copy: the caller's list may not be touched under another type's name. */
	memcpy(&texts, list, sizeof(texts));
	text = array_push(&texts);
	if (!text)
		return -ENOMEM;
	text->words = give(words);
	memcpy(list, &texts, sizeof(texts));
	return 0;
}

void texts_free(struct text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i].words);
}

const char *thread_state_name(unsigned int state)
{
	static const char *const NAMES[] = {
		[THREAD_RUNS_USER - CAUSE_COUNT] = "runs.user",
		[THREAD_RUNS_KERNEL - CAUSE_COUNT] = "runs.kernel",
		[THREAD_RUNS_IRQ - CAUSE_COUNT] = "runs.interrupts",
		[THREAD_QUEUES - CAUSE_COUNT] = "cpu.queue",
	};

	return state >= CAUSE_COUNT && state < THREAD_STATE_COUNT ? NAMES[state - CAUSE_COUNT]
								  : cause_id((enum cause)state);
}

void verdict_free(struct verdict **verdict)
{
	struct verdict *freed = *verdict;

	*verdict = NULL;
	if (!freed)
		return;
	for (size_t i = 0; i < freed->findings.count; i++)
		free_finding(&freed->findings.items[i]);
	texts_free(freed->not_seen.items, freed->not_seen.count);
	texts_free(freed->how.items, freed->how.count);
	for (size_t i = 0; i < freed->threads.count; i++)
		array_free(&freed->threads.items[i].over_time);
	array_free(&freed->threads);
	array_free(&freed->findings);
	array_free(&freed->losses);
	array_free(&freed->not_seen);
	array_free(&freed->how);
	free(freed);
}

void verdict_move_last(struct verdict *verdict, size_t place)
{
	struct finding *items = verdict->findings.items;
	size_t last = verdict->findings.count - 1;
	struct finding moved;

	if (!verdict->findings.count || place >= last)
		return;
	moved = items[last];
	memmove(&items[place + 1], &items[place], (last - place) * sizeof(moved));
	items[place] = moved;
}

double verdict_unknown_share(const struct verdict *verdict)
{
	return verdict->base_ns ? (double)verdict->unknown_ns / (double)verdict->base_ns : 0;
}

uint64_t thread_blocked_ns(const struct thread_account *thread, enum cause *ret_most)
{
	enum cause most = CAUSE_UNKNOWN;
	uint64_t blocked_ns = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		blocked_ns += thread->blocked_ns[cause];
		if (thread->blocked_ns[cause] > thread->blocked_ns[most])
			most = cause;
	}
	*ret_most = most;
	return blocked_ns;
}
