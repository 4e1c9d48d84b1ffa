/* Which runs does a bench take? Each load in each target, in turns, then once more to explain it.
 */
#ifndef CMD_BENCH_RUNS_H
#define CMD_BENCH_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "analyse/bench.h"
#include "base/diag.h"
#include "base/own.h"
#include "cmd/bench_place.h"
#include "cmd/fio.h"

/* All that is needed to run them; the owner is who made it. */
struct bench_matrix {
	const struct options *options;
	struct fio *fio;
	struct bencher *bencher;
	struct bench *report; /* the bencher's */
	struct bench_place *places;
	enum bench_preset presets[BENCH_PRESET_COUNT]; /* of the cases */
	const char *own;                               /* the user's job file; NULL: presets */
	size_t own_bytes;
	const char *output; /* a folder, by its whole path: the explaining runs are kept there;
			       NULL: not */
	uint64_t begin_ns;
	size_t done;
	size_t planned;
};

/* Make the files, and run all: whole rounds are the bencher's, whatever comes after. -EINTR:
 * slowpath was told to end. */
must_check int bench_runs(struct bench_matrix *matrix, struct diag *why);

#endif
