/* How many took how long, and when? For each kind of operation a map of slices of time and
 * doublings of the latency, whether operations are told one by one or counted. */
#ifndef ANALYSE_LATENCY_MAPS_H
#define ANALYSE_LATENCY_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/latency_map.h"

enum {
	LATENCY_MAP_COLUMNS = 64,
	LATENCY_MAP_DOUBLINGS = 43, /* the last has all from 2^42 ns on, beyond an hour */
	LATENCY_MAPS_MAX = 64,      /* kinds; some 22 KiB each */
	LATENCY_MAPS_TOLD = 16,     /* those with most time */
};

struct latency_cells {
	uint64_t key;
	uint64_t count;
	uint64_t total_ns;
	uint64_t counts[LATENCY_MAP_COLUMNS][LATENCY_MAP_DOUBLINGS];
};

/* Zero is valid and empty. Columns grow as the watch gets longer: two become one. */
struct latency_maps {
	uint64_t begin_ns;  /* of the first column */
	uint64_t column_ns; /* 0: there was no operation yet */
	ARRAY(struct latency_cells) maps;
	uint64_t left_out; /* operations of kinds for which there was no room, or without buckets */
};

/* One operation of this kind ended at time_ns. 0 or -ENOMEM. */
must_check int latency_maps_add(struct latency_maps *maps, uint64_t key, uint64_t time_ns,
				uint64_t took_ns);

/* All that a tally counted, as of the middle of its time; columns are at least as long as that is.
 * 0 or -ENOMEM. */
must_check int latency_maps_add_tally(struct latency_maps *maps, uint64_t key,
				      const struct event_tally *tally);

/* Nothing was added yet; where it begins stays. */
void latency_maps_forget(struct latency_maps *maps);

/* What stands in their names' place in a report. Never NULL. */
struct latency_namer {
	const char *(*name)(void *self, uint64_t key);
	void *self;
};

/* Those with most time, up to the end of the watch; *ret is the caller's, to end with
 * latency_map_list_free(). 0 or -ENOMEM. */
must_check int latency_maps_tell(const struct latency_maps *maps, uint64_t end_ns,
				 const struct latency_namer *namer, struct latency_map_list *ret);

void latency_maps_free(struct latency_maps *maps);

#endif
