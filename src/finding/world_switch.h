/*
 * What does leaving the guest cost a durable write? The same small write, made durable, is measured
 * in the guest and on its host: what it takes longer in the guest is the way out of it and back.
 */
#ifndef FINDING_WORLD_SWITCH_H
#define FINDING_WORLD_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

enum {
	SYNC_PARTS = 10, /* of a run, one after the other */
};

/* Exact: of all times, sorted. */
struct sync_times {
	uint64_t min_ns;
	uint64_t p50_ns;
	uint64_t p90_ns;
	uint64_t p99_ns;
	uint64_t max_ns;
};

/* One measurement. */
struct sync_run {
	char folder[256];
	char fs_type[32];    /* "": not known */
	char hypervisor[96]; /* of the machine: "none", or what it is called; "": not known */
	uint64_t count;
	uint64_t block_bytes;
	bool was_stopped; /* before its time */
	struct sync_times write;
	struct sync_times sync;
	uint64_t part_p50_ns[SYNC_PARTS]; /* of sync: of each tenth of the run */
};

struct world_switch {
	struct sync_run own;
	bool has_guest;
	struct sync_run guest; /* that of --guest */
	/* With it: median of the guest's syncs, less this machine's. Below 0: the guest's are
	 * faster. */
	int64_t cost_ns;
	int64_t least_ns; /* between these, by the medians of the parts of both runs */
	int64_t most_ns;
	double guest_share; /* cost_ns of the guest's median; below 0: none */
	ARRAY(struct text) notes;
};

void world_switch_free(struct world_switch *report);

#endif
