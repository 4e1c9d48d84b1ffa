/* Who ran on this CPU meanwhile? One ring per CPU; all together in a fixed room. */
#include "analyse/cpus.h"

#include <errno.h>
#include <stdlib.h>

#define RUNS_IN_ALL  (1u << 18)
#define RUNS_PER_MIN 64u
#define RUNS_PER_MAX (1u << 15)
#define CPUS_MAX     4096u

void cpus_plan(struct cpus *cpus, uint32_t online)
{
	uint32_t runs = RUNS_PER_MAX;

	while (runs > RUNS_PER_MIN && (uint64_t)runs * online > RUNS_IN_ALL)
		runs /= 2;
	if (!cpus->ring_runs)
		cpus->ring_runs = runs;
}

int cpus_take(struct cpus *cpus, uint32_t cpu, const struct cpu_run *run)
{
	struct cpu *runs;

	if (cpu >= CPUS_MAX)
		return 0;
	cpus_plan(cpus, CPUS_MAX);
	while (cpus->cpus.count <= cpu) {
		if (!array_push(&cpus->cpus))
			return -ENOMEM;
	}
	runs = &cpus->cpus.items[cpu];
	if (!runs->ring)
		runs->ring = calloc(cpus->ring_runs, sizeof(*runs->ring));
	if (!runs->ring)
		return -ENOMEM;
	runs->ring[runs->count++ % cpus->ring_runs] = *run;
	return 0;
}

uint64_t cpus_range(const struct cpus *cpus, uint32_t cpu, uint64_t *ret_first)
{
	uint64_t count = cpu < cpus->cpus.count ? cpus->cpus.items[cpu].count : 0;

	*ret_first = count > cpus->ring_runs ? count - cpus->ring_runs : 0;
	return count;
}

const struct cpu_run *cpus_get(const struct cpus *cpus, uint32_t cpu, uint64_t number)
{
	return &cpus->cpus.items[cpu].ring[number % cpus->ring_runs];
}

uint64_t cpus_find(const struct cpus *cpus, uint32_t cpu, uint64_t time_ns)
{
	uint64_t low, high = cpus_range(cpus, cpu, &low);

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (cpus_get(cpus, cpu, middle)->end_ns > time_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void cpus_free(struct cpus *cpus)
{
	for (size_t i = 0; i < cpus->cpus.count; i++)
		free(cpus->cpus.items[i].ring);
	array_free(&cpus->cpus);
}
