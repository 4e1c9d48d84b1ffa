/* How are all threads looked at with BPF? By iterators that come and go. */
#ifndef PROBE_LOOK_ITER_H
#define PROBE_LOOK_ITER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "probe/look.wire.h"

struct features;
struct look_iter;

/* -EPERM: rights are missing; -ENOTSUP: this kernel has none. End with look_iter_free(). */
must_check int look_iter_new(struct features *features, struct look_iter **ret, struct diag *why);
void look_iter_free(struct look_iter **iter);

/* How far CLOCK_MONOTONIC is ahead of the scheduler's clocks, by the best of the looks so far;
 * UINT64_MAX: not known. */
struct look_clocks {
	uint64_t offset_ns;
	uint64_t task_offset_ns;
};

/* Call seen() for each thread but our own; what it returns other than 0 ends the look and is
 * returned. */
must_check int look_iter_threads(struct look_iter *iter,
				 int (*seen)(void *self, const struct look_record *record),
				 void *self, struct look_clocks *ret, struct diag *why);

/*
 * From now on note, so many times a second, where the threads are that run. Until the end, or until
 * look_iter_free(). -errno: it cannot be done here.
 */
must_check int look_iter_sample(struct look_iter *iter, uint32_t hz);
/* Where the thread was last seen running, if it was seen at all. */
bool look_iter_find_sample(const struct look_iter *iter, uint32_t tid, struct look_sample *ret);

/* Call seen() for each descriptor of each process that stands for one of these pipes and sockets,
 * or for a FUSE daemon's connection. *ret_left: so many keys found no room. -errno. */
must_check int look_iter_files(struct look_iter *iter, const struct look_key *keys, size_t count,
			       int (*seen)(void *self, const struct look_file *file), void *self,
			       uint64_t *ret_left);

#endif
