/* How long does a small durable write take here? Measured in a file that nobody else sees. */
#ifndef HOST_DURABLE_H
#define HOST_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"

enum {
	DURABLE_BLOCK_BYTES = 4096,
	DURABLE_FILE_BYTES = 16 << 20,
	DURABLE_TIMES_MAX = 1 << 20,
};

struct durable_time {
	uint64_t write_ns; /* of pwrite(2), into the page cache */
	uint64_t sync_ns;  /* of fdatasync(2), which made it durable */
};

/* Born zero. */
struct durable {
	ARRAY(struct durable_time) times; /* in their order */
	char fs_type[32];                 /* of the file system; "": not known */
	bool was_stopped;                 /* is_over() said so before the time was up */
};

/*
 * Write blocks one after the other into a file of DURABLE_FILE_BYTES, each followed by
 * fdatasync(2), as fio does with rw=write, bs=4k, fdatasync=1, iodepth=1; over and over, for so
 * long. The file is written whole before, so that no write makes it longer, and has no name:
 * nothing is left behind. is_over(self) is asked after each write; it may be NULL. -EOPNOTSUPP: the
 * file system has no device (tmpfs); -errno. End with durable_free().
 */
must_check int durable_measure(const char *folder, uint64_t duration_ns,
			       bool (*is_over)(void *self), void *self, struct durable *ret,
			       struct diag *why);

void durable_free(struct durable *durable);

#endif
