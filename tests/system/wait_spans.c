/*
 * What do the WAIT spans of a recording sum to, by nothing but what they say? The first line has
 * the number and the nanoseconds of those of the target's threads; then one line for each pair of
 * threads: waker, sleeper, their number, their nanoseconds. Waker 0: an interrupt, or not known.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "recording/recording.h"

struct pair {
	uint32_t waker;
	uint32_t sleeper;
	uint64_t count;
	uint64_t ns;
};

struct sums {
	uint64_t begin_ns;
	bool is_machine;
	struct hash_map targets; /* by tid */
	struct hash_map by_pair; /* place + 1 */
	ARRAY(struct pair) pairs;
	uint64_t count;
	uint64_t ns;
};

static void *needed(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void take_wait(struct sums *sums, const struct event_wait *wait)
{
	uint64_t start_ns = wait->start_ns > sums->begin_ns ? wait->start_ns : sums->begin_ns;
	uint64_t ns = wait->end_ns > start_ns ? wait->end_ns - start_ns : 0;
	const uint64_t *is_target = hash_find(&sums->targets, wait->tid);
	uint64_t *number =
		needed(hash_put(&sums->by_pair, (uint64_t)wait->waker_tid << 32 | wait->tid));

	if (sums->is_machine || (is_target && *is_target)) {
		sums->count++;
		sums->ns += ns;
	}
	if (wait->flags & SPAN_OPEN_END)
		return;
	if (!*number) {
		struct pair *pair = needed(array_push(&sums->pairs));

		*pair = (struct pair){ .waker = wait->waker_tid, .sleeper = wait->tid };
		*number = sums->pairs.count;
	}
	sums->pairs.items[*number - 1].count++;
	sums->pairs.items[*number - 1].ns += ns;
}

static void take(struct sums *sums, const struct event *event)
{
	const void *whole = event;

	if (event->kind == EVENT_WATCH) {
		const struct event_watch *watch = whole;

		sums->begin_ns = event->time_ns;
		sums->is_machine = watch->target == WATCH_MACHINE;
	} else if (event->kind == EVENT_TASK) {
		const struct event_task *task = whole;

		*(uint64_t *)needed(hash_put(&sums->targets, task->tid)) =
			task->flags & TASK_TARGET;
	} else if (event->kind == EVENT_WAIT) {
		take_wait(sums, whole);
	}
}

int main(int argc, char **argv)
{
	owns(recording_free) struct recording *recording = NULL;
	const struct event *event;
	struct sums sums = {};
	struct diag why = {};
	int r = argc > 1 ? recording_open(argv[1], &recording, &why) : -1;

	while (r >= 0 && (r = recording_next(recording, &event, &why)) > 0)
		take(&sums, event);
	if (r < 0) {
		(void)fprintf(stderr, "wait_spans: %s\n", why.text);
		return 1;
	}
	(void)printf("%" PRIu64 " %" PRIu64 "\n", sums.count, sums.ns);
	for (size_t i = 0; i < sums.pairs.count; i++) {
		const struct pair *pair = &sums.pairs.items[i];

		(void)printf("%" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 "\n", pair->waker,
			     pair->sleeper, pair->count, pair->ns);
	}
	hash_free(&sums.targets);
	hash_free(&sums.by_pair);
	array_free(&sums.pairs);
	return 0;
}
