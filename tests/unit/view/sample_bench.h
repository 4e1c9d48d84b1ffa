/* What bench do the views' tests show? One that has something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_BENCH_H
#define TESTS_UNIT_VIEW_SAMPLE_BENCH_H

#include "finding/bench.h"

/* The caller's. */
struct bench *sample_bench(void);

#endif
