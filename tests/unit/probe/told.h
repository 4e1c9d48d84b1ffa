/* What was told? A sink that keeps RELATIONs, and threads to have some. */
#ifndef TESTS_UNIT_PROBE_TOLD_H
#define TESTS_UNIT_PROBE_TOLD_H

#include <string.h>

#include "event/event.h"
#include "harness/test.h"
#include "probe/relations.h"

struct told {
	size_t count;
	struct event_relation relations[64];
	char names[64][64];
};

static inline int told_take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;
	const struct event_relation *relation = (const void *)event;

	assert_int_equal(event->kind, EVENT_RELATION);
	assert_true(event_is_sound(event, event->bytes));
	assert_true(told->count < 64);
	memcpy(&told->relations[told->count], relation, sizeof(*relation));
	memcpy(told->names[told->count], (const char *)relation + sizeof(*relation),
	       relation->name_bytes < 63 ? relation->name_bytes : 63);
	told->count++;
	return 0;
}

/* A process of one thread, asleep in a system call. */
static inline struct look_thread sleeper(uint32_t tid, uint32_t parent, int32_t syscall)
{
	return (struct look_thread){
		.tid = tid,
		.tgid = tid,
		.local_tid = tid,
		.parent_tgid = parent,
		.state = 1,
		.syscall = syscall,
		.fd = -1,
		.start_ns = tid,
	};
}

static inline struct looked *add_thread(struct looked_threads *threads, struct look_thread thread)
{
	struct looked *looked = NULL;

	assert_int_equal(looked_add(threads, &thread, &looked), 0);
	return looked;
}

#endif
