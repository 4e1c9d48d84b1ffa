/* What is it that one process's telling needs? */
#ifndef ANALYSE_STUCK_TELLING_H
#define ANALYSE_STUCK_TELLING_H

#include "analyse/stuck_state.h"

struct telling {
	struct stuck *stuck;
	const struct process_seen *process;
	const struct thread_seen *thread; /* the one that its row is about, or NO_THREAD */
	struct chain chain;               /* from there; empty without one */
	struct stuck_process *told;
};

/* --- stuck_evidence.c --- */

/* The function of its own that it was in at the last look; "": not known. */
const char *innermost_user(const struct stuck *stuck, const struct thread_seen *thread);
/* The numbers behind the row. 0 or -ENOMEM. */
must_check int evidence_tell(const struct telling *telling);

#endif
