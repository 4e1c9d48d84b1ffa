/* What is known of each thread after a look? Inner to the look and its relations. */
#ifndef PROBE_LOOKED_H
#define PROBE_LOOKED_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/look.wire.h"

struct looked {
	struct look_thread thread;
	uint64_t since_ns;
	uint64_t stack;
	uint64_t user_stack;
	bool is_in_fuse; /* it waits for a FUSE daemon's answer */
};

/* All threads, in the order in which they were looked at. Zero is a valid empty one. */
struct looked_threads {
	ARRAY(struct looked) list;
	struct hash_map by_tid;     /* place in list + 1 */
	ARRAY(uint32_t) by_process; /* places in list, those of one process together */
};

must_check int looked_add(struct looked_threads *threads, const struct look_thread *thread,
			  struct looked **ret);
/* All are there: put them in order. -ENOMEM. */
must_check int looked_sort(struct looked_threads *threads);
void looked_free(struct looked_threads *threads);

/* NULL: there is no such thread. */
const struct looked *looked_find(const struct looked_threads *threads, uint32_t tid);

/* How many of by_process, from this place on, are of one process? */
size_t looked_group(const struct looked_threads *threads, size_t first);
/* How many threads has this process? */
size_t looked_count(const struct looked_threads *threads, uint32_t tgid);

/* Is it asleep, stopped or traced, rather than running or dead? */
static inline bool looked_is_waiting(const struct looked *looked)
{
	return looked->thread.state && !(looked->thread.state & 0xb0) &&
	       !(looked->thread.flags & LOOK_ON_CPU);
}

#endif
