/* What do threads do while they run? perf events, on the best clock that works here. */
#include "probe/samplers.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/features.h"

struct sampling {
	enum feature_id feature;
	uint32_t type;
	uint64_t config;
	const char *name;
	bool in_nmi; /* its samples come as NMIs */
};

/* From best to worst. */
static const struct sampling SAMPLINGS[] = {
	{ FEATURE_PMU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "PMU cycles", true },
	{ FEATURE_CPU_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, "cpu-clock", false },
};

static int open_event(const struct sampling *sampling, uint32_t hz, int cpu)
{
	struct perf_event_attr attr = {
		.type = sampling->type,
		.size = sizeof(attr),
		.config = sampling->config,
		.sample_freq = hz,
		.freq = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int attach_one(struct samplers *samplers, const struct bpf_program *program, int cpu)
{
	struct sampler *sampler;
	int fd = open_event(samplers->sampling, samplers->hz, cpu);

	if (fd < 0)
		return errno == ENODEV ? 0 : -errno; /* an offline CPU */
	sampler = array_push(&samplers->items);
	if (!sampler) {
		close(fd);
		return -ENOMEM;
	}
	sampler->link = bpf_program__attach_perf_event(program, fd);
	if (!sampler->link) {
		samplers->items.count--;
		close(fd);
		return -errno;
	}
	return 0;
}

void samplers_choose(struct samplers *samplers, struct features *features, uint32_t hz)
{
	samplers->hz = hz;
	for (size_t i = 0; i < array_count(SAMPLINGS) && !samplers->sampling; i++) {
		if (features_have(features, SAMPLINGS[i].feature, NULL, NULL))
			samplers->sampling = &SAMPLINGS[i];
	}
}

bool samplers_in_nmi(const struct samplers *samplers)
{
	return samplers->sampling && samplers->sampling->in_nmi;
}

/* Without samples the watch goes on: the facts tell that there are none. */
void samplers_attach(struct samplers *samplers, const struct bpf_program *program)
{
	int cpus = libbpf_num_possible_cpus();

	for (int cpu = 0; samplers->sampling && cpu < cpus; cpu++) {
		if (attach_one(samplers, program, cpu) < 0)
			samplers->sampling = NULL;
	}
}

int samplers_say(const struct samplers *samplers, char *text, size_t bytes)
{
	int length = samplers->sampling ? snprintf(text, bytes, "%s at %u Hz",
						   samplers->sampling->name, samplers->hz)
					: snprintf(text, bytes, "none");

	return length < 0 ? -EINVAL : 0;
}

void samplers_free(struct samplers *samplers)
{
	for (size_t i = 0; i < samplers->items.count; i++)
		bpf_link__destroy(samplers->items.items[i].link);
	array_free(&samplers->items);
}
