/* Whose fault was it? Time is charged to what those waited for did meanwhile. */
#ifndef ANALYSE_CHARGE_H
#define ANALYSE_CHARGE_H

#include "analyse/state.h"

/* Charge [from_ns, to_ns) of a root's span to the ledger; what cannot be charged is added to
 * analysis->unknown_ns. */
void charge_span(struct analysis *analysis, const struct thread *thread, const struct span *span,
		 uint64_t from_ns, uint64_t to_ns);

/* The same for a run whose end has not been told. */
void charge_open_run(struct analysis *analysis, const struct thread *thread, uint64_t from_ns,
		     uint64_t to_ns);

/* Add [from_ns, to_ns) of a span that is about to be forgotten to the thread's digest. */
void charge_digest(struct analysis *analysis, const struct thread *thread, const struct span *span,
		   uint64_t from_ns, uint64_t to_ns);

#endif
