/* What do threads do while they run? One sampler per CPU calls a program at a steady rate. Inner to
 * the watch. */
#ifndef PROBE_SAMPLERS_H
#define PROBE_SAMPLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/perf_links.h"

struct bpf_program;
struct features;
struct sampling;

/* Zero takes no samples. */
struct samplers {
	struct perf_links links;
	const struct sampling *sampling; /* NULL: no samples are taken */
	uint32_t hz;
};

/* Choose the best clock that this machine has for so many samples a second; nothing is taken yet.
 */
void samplers_choose(struct samplers *samplers, struct features *features, uint32_t hz);

/* Do the samples come as NMIs? */
bool samplers_in_nmi(const struct samplers *samplers);

/* Have the program called on all CPUs. Where that fails no samples are taken. */
void samplers_attach(struct samplers *samplers, const struct bpf_program *program);

/* Which samples are taken, for people ("PMU cycles at 99 Hz"); "none". 0 or -EINVAL. */
int samplers_say(const struct samplers *samplers, char *text, size_t bytes);

void samplers_free(struct samplers *samplers);

#endif
