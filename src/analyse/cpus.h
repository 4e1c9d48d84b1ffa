/* Who ran on this CPU meanwhile? The recent runs of every CPU. */
#ifndef ANALYSE_CPUS_H
#define ANALYSE_CPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

struct cpu_run {
	uint64_t start_ns;
	uint64_t end_ns;
	uint32_t tid;
	uint32_t spare;
};

struct cpu {
	struct cpu_run *ring; /* owned; NULL: nothing ran */
	uint64_t count;       /* ever */
};

/* Zero is valid and empty. */
struct cpus {
	ARRAY(struct cpu) cpus;
	uint32_t ring_runs; /* kept per CPU; 0: not decided yet */
};

/* Share the room out to this many CPUs; before the first run. */
void cpus_plan(struct cpus *cpus, uint32_t online);
must_check int cpus_take(struct cpus *cpus, uint32_t cpu, const struct cpu_run *run);
/* The runs kept of a CPU: number n is known for *ret_first ≤ n < the result. */
uint64_t cpus_range(const struct cpus *cpus, uint32_t cpu, uint64_t *ret_first);
const struct cpu_run *cpus_get(const struct cpus *cpus, uint32_t cpu, uint64_t number);
/* The first kept run that ends after this time, or the range's end. */
uint64_t cpus_find(const struct cpus *cpus, uint32_t cpu, uint64_t time_ns);

void cpus_free(struct cpus *cpus);

#endif
