/* When was the time spent? The sums of each cause, and of each thread's states, in slices of the
 * watch. */
#ifndef ANALYSE_SLICES_H
#define ANALYSE_SLICES_H

#include <stdint.h>

#include "base/array.h"
#include "finding/finding.h"

enum {
	SLICE_ROWS_MAX = 4096, /* some 2 MiB: of a thousand threads with four states each */
};

struct slice_row {
	uint64_t ns[CAUSE_SLICES_MAX];
	uint32_t next; /* of the same thread: place in rows + 1; 0: none */
	uint16_t state;
};

/* Zero is a valid empty value. Slices grow as the watch gets longer: two become one. */
struct slices {
	uint64_t begin_ns; /* of the first */
	uint64_t width_ns; /* 0: nothing was added yet */
	uint64_t ns[CAUSE_SLICES_MAX][CAUSE_COUNT];
	ARRAY(struct slice_row) rows;
	uint32_t unused;      /* rows let go: place in rows + 1 */
	uint64_t left_out_ns; /* of threads' time: there was no row for it */
};

/* So much of the time between these two moments is the cause's: spread evenly over them. What began
 * before the first one added counts as of the first slice. */
void slices_add(struct slices *slices, enum cause cause, uint64_t from_ns, uint64_t to_ns,
		uint64_t ns);

/* The same for the state of one thread, whose rows hang at *first (0: none so far). */
void slices_add_state(struct slices *slices, uint32_t *first, unsigned int state, uint64_t from_ns,
		      uint64_t to_ns, uint64_t ns);

/* The thread goes: its rows are added to those at *into. */
void slices_merge(struct slices *slices, uint32_t *first, uint32_t *into);

/* The whole slices of a watch from begin_ns to end_ns. */
void slices_tell(const struct slices *slices, uint64_t end_ns, struct cause_slices *ret);

/* The rows at first, by state, into ret->over_time, the caller's. 0 or -ENOMEM. */
must_check int slices_tell_states(const struct slices *slices, uint32_t first,
				  struct thread_account *ret);

void slices_free(struct slices *slices);

#endif
