/* How many samples of which event does the importer tell? A line for each: their number, the sum of
 * their periods, the event. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "event/event.h"
#include "import/perf_data.h"

#define SAMPLERS_MAX 64

struct counts {
	char names[SAMPLERS_MAX][65];
	uint64_t samples[SAMPLERS_MAX];
	uint64_t periods[SAMPLERS_MAX];
	uint64_t frames; /* in all stacks told */
	uint64_t losses;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct counts *counts = self;

	if (event->kind == EVENT_SAMPLER) {
		const struct event_sampler *sampler = (const void *)event;

		if (sampler->id < SAMPLERS_MAX)
			memcpy(counts->names[sampler->id], sampler->name, sizeof(sampler->name));
	} else if (event->kind == EVENT_SAMPLE) {
		const struct event_sample *sample = (const void *)event;

		if (sample->sampler < SAMPLERS_MAX) {
			counts->samples[sample->sampler]++;
			counts->periods[sample->sampler] += sample->period;
		}
	} else if (event->kind == EVENT_STACK) {
		counts->frames += ((const struct event_stack *)(const void *)event)->frames;
	} else if (event->kind == EVENT_LOSS) {
		counts->losses += ((const struct event_loss *)(const void *)event)->count;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct counts counts = {};
	const struct event_sink sink = { .take = take, .self = &counts };
	owns(perf_data_free) struct perf_data *data = NULL;
	owns(own_close) int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct diag why = {};
	int r = fd < 0 ? -1 : perf_data_open(fd, argv[1], &data, &why);

	if (r == 0)
		r = perf_data_read(data, &sink, &why);
	if (r < 0) {
		(void)fprintf(stderr, "perf_counts: %s\n", why.text);
		return 1;
	}
	for (size_t i = 0; i < SAMPLERS_MAX; i++) {
		if (counts.samples[i])
			(void)printf("%" PRIu64 " %" PRIu64 " %s\n", counts.samples[i],
				     counts.periods[i], counts.names[i]);
	}
	(void)printf("lost %" PRIu64 "\nframes %" PRIu64 "\n", counts.losses, counts.frames);
	return 0;
}
