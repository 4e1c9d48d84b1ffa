/* When was the time charged? The sums of each cause in slices of the watch. */
#ifndef ANALYSE_SLICES_H
#define ANALYSE_SLICES_H

#include <stdint.h>

#include "finding/finding.h"

/* Zero is a valid empty value. Slices grow as the watch gets longer: two become one. */
struct slices {
	uint64_t begin_ns; /* of the first */
	uint64_t width_ns; /* 0: nothing was added yet */
	uint64_t ns[CAUSE_SLICES_MAX][CAUSE_COUNT];
};

/* So much of the time between these two moments is the cause's: spread evenly over them. What began
 * before the first one added counts as of the first slice. */
void slices_add(struct slices *slices, enum cause cause, uint64_t from_ns, uint64_t to_ns,
		uint64_t ns);

/* The whole slices of a watch from begin_ns to end_ns. */
void slices_tell(const struct slices *slices, uint64_t end_ns, struct cause_slices *ret);

#endif
