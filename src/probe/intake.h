/* How do the programs' records come in, and when is each told? Inner to the watch. */
#ifndef PROBE_INTAKE_H
#define PROBE_INTAKE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "probe/told_tasks.h"
#include "probe/translate.h"

struct dictionary;
struct intake;
struct mappings;
struct order;
struct ring_buffer;

enum {
	INTAKE_RINGS_MAX = 16, /* CPUs share rings beyond this */
};

struct ring_source {
	struct intake *intake;
	size_t index;
};

/* Zero is ended with intake_free(); intake_begin() makes it ready. It may not be moved then. */
struct intake {
	struct translator *translator;
	struct ring_buffer *ring_buffer;
	struct ring_source sources[INTAKE_RINGS_MAX];
	size_t rings;
	struct mappings *mappings; /* NULL: they are not told */
	struct dictionary *dictionary;
	struct order *order;
	uint64_t drained_ns; /* all that happened before this is in order, but for the lag */
	struct told_tasks told;
	uint64_t late;   /* records that came too late to be put in order */
	struct diag why; /* of a failure inside a ring's callback */
};

/*
 * Be ready for what the translator shall tell; it must outlive the intake. with_mappings: listen to
 * perf's side band, if it can be had; of_all: every process's mappings are told, else only those of
 * the target. -ENOMEM. rings is then their number, a power of two.
 */
must_check int intake_begin(struct intake *intake, struct translator *translator,
			    bool with_mappings, bool of_all);

/* Make the rings and put them into this map of maps. */
must_check int intake_make_rings(struct intake *intake, int rings_map, struct diag *why);

/* Tell what came in, up to a short while ago, but nothing later than limit_ns. */
must_check int intake_tell(struct intake *intake, uint64_t limit_ns, struct diag *why);

/* Up to when all is in order: what happened until then can be told. */
uint64_t intake_horizon_ns(const struct intake *intake);

/* Tell all, in steps, so that a backlog never needs more memory than the watch itself did. */
must_check int intake_tell_all(struct intake *intake, struct diag *why);

void intake_free(struct intake *intake);

#endif
