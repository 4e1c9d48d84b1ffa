/* Which call stacks were seen? Each is told once, the kernel's part and the user's apart. */
#ifndef IMPORT_PERF_STACKS_H
#define IMPORT_PERF_STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_attrs.h"
#include "import/perf_tell.h"

enum perf_side {
	PERF_SIDE_KERNEL,
	PERF_SIDE_USER,
	PERF_SIDES,
};

struct perf_stacks;

/* A sample's frames, innermost first, where the sample stands or in memory that the next one takes
 * over. */
struct perf_chain {
	const uint64_t *frames[PERF_SIDES];
	uint32_t counts[PERF_SIDES];
};

must_check int perf_stacks_new(struct perf_stacks **ret);
void perf_stacks_free(struct perf_stacks **stacks);

/*
 * Begin with a sample: take its callchain apart. The sample's own address stands first on its side,
 * also where the chain is missing. Addresses of guests are left out: no name here is theirs.
 */
void perf_stacks_split(struct perf_stacks *stacks, const struct perf_sample *sample, uint16_t misc,
		       bool swap, struct perf_chain *ret);

/* Whose a stack is. The generation changes whenever the same addresses may mean other functions. */
struct perf_owner {
	enum perf_side side;
	uint32_t tgid; /* of a user stack */
	uint32_t generation;
};

/* Tell one side of the sample's chain, unless it was told lately, and give its id; 0: it has no
 * frames. Now and then all are told anew, from one sample on: see STACK_AFRESH. */
must_check int perf_stacks_tell(struct perf_stacks *stacks, const struct perf_chain *chain,
				const struct perf_owner *owner, struct perf_out *out,
				uint64_t *ret_id, struct diag *why);

#endif
