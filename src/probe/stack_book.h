/* Which stacks of a look are to be told still? Each is told once, under the hash of its frames. */
#ifndef PROBE_STACK_BOOK_H
#define PROBE_STACK_BOOK_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"

struct translator;

/* Zero is a valid empty book. */
struct stack_book {
	struct hash_map known;  /* by id */
	ARRAY(uint64_t) untold; /* struct wire_stack after struct wire_stack */
	uint64_t lost;          /* they found no room */
};

enum {
	STACK_BOOK_MAX = 65536,
};

/* The stack's id; 0: it has no frames, or no room. tgid: whose it is; 0: the kernel's. -ENOMEM. */
must_check int stack_book_put(struct stack_book *book, uint32_t tgid, const uint64_t *addresses,
			      size_t frames, uint64_t *ret_id);

/* Tell all that were not told yet. */
must_check int stack_book_tell(struct stack_book *book, struct translator *translator,
			       struct diag *why);

void stack_book_free(struct stack_book *book);

#endif
