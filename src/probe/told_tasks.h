/* How was each thread told last? Inner to the watch. */
#ifndef PROBE_TOLD_TASKS_H
#define PROBE_TOLD_TASKS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "probe/watch.wire.h"

/* A thread, as it was told last. */
struct told_task {
	uint64_t birth_ns; /* UINT64_MAX: it was not */
	uint64_t time_ns;
};

/* Zero is a valid empty set. */
struct told_tasks {
	ARRAY(struct told_task) items;
	struct hash_map by_tid; /* place in items + 1 */
};

/* The thread of this number, known from now on; NULL when memory is out. Beyond a bound all others
 * are forgotten. Valid until the next call. */
struct told_task *told_tasks_find(struct told_tasks *told, uint32_t tid);

/* Is the record of a thread that was told as of a later time? */
bool told_tasks_are_after(const struct told_tasks *told, const struct wire *wire);

void told_tasks_free(struct told_tasks *told);

#endif
