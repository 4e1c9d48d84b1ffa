/* What is left of forgotten spans? The sums of their charges, chains followed. */
#ifndef ANALYSE_DIGEST_H
#define ANALYSE_DIGEST_H

#include <stdint.h>

#include "analyse/leaf.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

/* The thread's own charges in [start_ns, end_ns), as if it were the one asked about; with
 * unknown_ns they fill it. */
struct digest_block {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t unknown_ns;
	ARRAY(struct leaf) leaves;
};

struct digest {
	ARRAY(struct digest_block) blocks; /* in order of time, without gaps */
};

/* The room for all digests, and the index of the block being made. */
struct digest_room {
	size_t leaves;
	struct hash_map index;
};

/* Begin the next block of a thread's digest, at the end of the former one. */
must_check int digest_begin(struct digest **digest, struct digest_room *room, uint64_t start_ns);
/* Add to the last block; what finds no room becomes unknown. */
must_check int digest_add(struct digest *digest, struct digest_room *room, const struct leaf *leaf);
/* So much of the last block is not known. */
void digest_unknown(struct digest *digest, uint64_t ns);
/* The last block reaches to that time. */
void digest_end(struct digest *digest, uint64_t end_ns);
/* When there are too many blocks, neighbours become one. */
must_check int digest_trim(struct digest *digest, struct digest_room *room);
/* Free it and its room. */
void digest_drop(struct digest **digest, struct digest_room *room);

void digest_free(struct digest **digest);

#endif
