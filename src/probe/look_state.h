/* What does a look remember? Inner to the look. */
#ifndef PROBE_LOOK_STATE_H
#define PROBE_LOOK_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "host/logged.h"
#include "probe/look.h"
#include "probe/looked.h"
#include "probe/stack_book.h"
#include "probe/titles.h"
#include "probe/translate.h"

struct look_iter;
struct look_proc;

enum {
	LOOK_FUNCTIONS_MAX = 8,
};

/* A function of the kernel, from its begin to the next one's. */
struct code_range {
	uint64_t start;
	uint64_t end;
};

struct look {
	struct look_options options;
	struct look_iter *iter; /* NULL: through /proc */
	struct look_proc *proc;
	struct logged logged;
	struct diag refused; /* why there is no iterator */
	struct translator translator;
	struct stack_book stacks;
	struct titles titles;
	struct hash_map told;           /* tid → hash of what was told of it */
	struct looked_threads threads;  /* of the last look */
	struct looked_threads previous; /* of the one before */
	struct code_range fuse[LOOK_FUNCTIONS_MAX];
	size_t fuse_functions;
	struct diag *why;
	uint32_t number;
	uint64_t lost_threads;
	uint64_t lost_relations;
};

/* -ENOMEM, with the reason. */
int look_no_memory(struct diag *why);

#endif
