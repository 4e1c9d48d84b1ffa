/* Where is it tried? A folder of our own in each target, on a file system that is quiet when a run
 * begins. */
#ifndef CMD_BENCH_PLACE_H
#define CMD_BENCH_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/stage.h"
#include "finding/bench.h"

struct bench_place {
	struct stage stage;
	dev_t dev;
	uint64_t free_bytes;
	bool has_arc;         /* ZFS: reads may be served by its own cache */
	bool counts_reads;    /* its reads are submitted by the thread that asks: getrusage(2) has
				 them */
	bool is_memory;       /* there is no device */
	bool has_cached_loop; /* its device is a file that the page cache holds */
};

#define BENCH_PLACE_NONE             \
	{                            \
		.stage = STAGE_NONE, \
	}

/* Make the folder in the target's, and see what it lies on: the target's type and source are filled
 * in. End with bench_place_close(). */
must_check int bench_place_open(struct bench_target *target, struct bench_place *ret,
				struct diag *why);

/* Nothing is left to be written, and the page cache has nothing of the files in it. */
must_check int bench_place_calm(struct bench_place *place, struct diag *why);

void bench_place_close(struct bench_place *place);

#endif
