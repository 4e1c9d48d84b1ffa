/* How is fio told what to do? The job files of slowpath bench. */
#ifndef VIEW_BENCH_FIO_H
#define VIEW_BENCH_FIO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/bench.h"

/* A preset, on a file of so many bytes, for so long. -errno when out took no more; it is flushed.
 */
must_check int view_bench_fio(enum bench_preset preset, uint64_t bytes, uint64_t run_ns, FILE *out);

/* What makes that file, the same for all presets. */
must_check int view_bench_fio_fill(uint64_t bytes, FILE *out);

/* A job file of the user's, as it was checked; its jobs are told as one. */
must_check int view_bench_fio_own(const char *text, size_t bytes, FILE *out);

#endif
