/* What do threads do while they run? perf events, on the best clock that works here. */
#include "probe/samplers.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>

#include "base/array.h"
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
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.sample_freq = samplers->hz,
		.freq = 1,
	};

	if (!samplers->sampling)
		return;
	attr.type = samplers->sampling->type;
	attr.config = samplers->sampling->config;
	if (perf_links_attach(&samplers->links, &attr, program) < 0)
		samplers->sampling = NULL;
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
	perf_links_free(&samplers->links);
}
