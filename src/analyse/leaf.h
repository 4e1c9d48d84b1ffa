/* What does a chain of waits end in? */
#ifndef ANALYSE_LEAF_H
#define ANALYSE_LEAF_H

#include "analyse/ledger.h"
#include "analyse/paths.h"

/* What kind of state the last thread was in: it decides whether a wait above keeps the time for its
 * own cause. */
enum leaf_kind {
	LEAF_OTHER, /* final: nothing above keeps it */
	LEAF_USER,
	LEAF_KERNEL,
	LEAF_RUN, /* user or kernel: not known yet */
	LEAF_SLEEP,
	LEAF_IDLE,
	LEAF_DEVICE, /* disk.device or disk.queue: a sync or a fault above names it anew */
};

struct leaf {
	enum leaf_kind kind;
	enum cause context; /* what its own wait makes of a LEAF_DEVICE; CAUSE_UNKNOWN: nothing */
	bool is_target;
	uint8_t step_count;
	uint32_t tail; /* path of its steps; 0: in steps[] */
	struct step steps[2];
	uint32_t process;     /* name of the last thread's process */
	struct charge charge; /* as it stands without links above */
};

#endif
