/* What is left of forgotten spans? Sums by leaf; the older, the coarser. */
#include "analyse/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX        64u
#define BLOCKS_SCARCE_MAX 8u
#define BLOCK_LEAVES_MAX  256u
#define LEAVES_MAX        (1u << 14)

static struct digest_block *last_block(struct digest *digest)
{
	return &digest->blocks.items[digest->blocks.count - 1];
}

/* Half full: from here on chains are no longer told apart, only causes and whom they are blamed on.
 */
static bool is_scarce(const struct digest_room *room)
{
	return room->leaves > LEAVES_MAX / 2;
}

static uint64_t key_of(const struct leaf *leaf, bool is_coarse)
{
	const struct charge *charge = &leaf->charge;
	uint64_t what = hash_pair((uint64_t)leaf->kind << 32 | charge->cause, leaf->context);
	uint64_t whom = hash_pair((uint64_t)charge->blame.kind << 32 | charge->blame.holder,
				  charge->blame.id);
	uint64_t key = hash_pair(hash_pair(what, whom), (uint64_t)leaf->process << 1 | is_coarse);

	return is_coarse ? key : hash_pair(key, (uint64_t)leaf->tail << 32 | charge->tgid);
}

int digest_begin(struct digest **digest, struct digest_room *room, uint64_t start_ns)
{
	struct digest_block *block;

	if (!*digest)
		*digest = calloc(1, sizeof(**digest));
	block = *digest ? array_push(&(*digest)->blocks) : NULL;
	if (!block)
		return -ENOMEM;
	block->start_ns = block->end_ns = start_ns;
	hash_free(&room->index);
	return 0;
}

/* Keep a leaf of a new kind; 1 and its place, 0: no room. */
static int keep_leaf(struct digest_block *block, struct digest_room *room, const struct leaf *leaf)
{
	struct leaf *kept;
	uint64_t *place;

	if (block->leaves.count >= BLOCK_LEAVES_MAX || room->leaves >= LEAVES_MAX)
		return 0;
	kept = array_push(&block->leaves);
	if (!kept)
		return -ENOMEM;
	*kept = *leaf;
	room->leaves++;
	for (int is_coarse = 0; is_coarse < 2; is_coarse++) {
		place = hash_put(&room->index, key_of(leaf, is_coarse));
		if (!place)
			return -ENOMEM;
		*place = block->leaves.count - 1;
	}
	return 1;
}

int digest_add(struct digest *digest, struct digest_room *room, const struct leaf *leaf)
{
	struct digest_block *block = last_block(digest);
	bool is_coarse = is_scarce(room) || block->leaves.count >= BLOCK_LEAVES_MAX / 2;
	const uint64_t *place = hash_find(&room->index, key_of(leaf, false));
	struct leaf *kept;
	int r;

	if (!place && is_coarse)
		place = hash_find(&room->index, key_of(leaf, true));
	if (!place) {
		r = keep_leaf(block, room, leaf);
		if (r == 0)
			block->unknown_ns += leaf->charge.ns;
		return r < 0 ? r : 0;
	}
	kept = &block->leaves.items[*place];
	kept->charge.ns += leaf->charge.ns;
	kept->charge.count += leaf->charge.count;
	if (leaf->charge.longest_ns > kept->charge.longest_ns)
		kept->charge.longest_ns = leaf->charge.longest_ns;
	return 0;
}

/* Make one block of each pair of neighbours. */
static int halve_blocks(struct digest *digest, struct digest_room *room)
{
	struct digest halved = {};
	struct digest *into = &halved;
	int r = 0;

	/* Also when memory runs out, each old block is given back. */
	for (size_t i = 0; i < digest->blocks.count; i++) {
		struct digest_block *block = &digest->blocks.items[i];

		if (r == 0 && i % 2 == 0)
			r = digest_begin(&into, room, block->start_ns);
		for (size_t k = 0; k < block->leaves.count && r == 0; k++)
			r = digest_add(into, room, &block->leaves.items[k]);
		if (r == 0) {
			last_block(into)->unknown_ns += block->unknown_ns;
			last_block(into)->end_ns = block->end_ns;
		}
		room->leaves -= block->leaves.count;
		array_free(&block->leaves);
	}
	array_free(&digest->blocks);
	*digest = halved;
	return r;
}

void digest_unknown(struct digest *digest, uint64_t ns)
{
	last_block(digest)->unknown_ns += ns;
}

void digest_end(struct digest *digest, uint64_t end_ns)
{
	last_block(digest)->end_ns = end_ns;
}

int digest_trim(struct digest *digest, struct digest_room *room)
{
	size_t most = is_scarce(room) ? BLOCKS_SCARCE_MAX : BLOCKS_MAX;
	int r = 0;

	while (digest->blocks.count >= most && r == 0)
		r = halve_blocks(digest, room);
	return r;
}

void digest_drop(struct digest **digest, struct digest_room *room)
{
	for (size_t i = 0; *digest && i < (*digest)->blocks.count; i++)
		room->leaves -= (*digest)->blocks.items[i].leaves.count;
	digest_free(digest);
}

void digest_free(struct digest **digest)
{
	if (!*digest)
		return;
	for (size_t i = 0; i < (*digest)->blocks.count; i++)
		array_free(&(*digest)->blocks.items[i].leaves);
	array_free(&(*digest)->blocks);
	free(*digest);
	*digest = NULL;
}
