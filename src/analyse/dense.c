/* Where in the list is it? Linear probing at a load of at most 3/4; nothing is ever taken out. */
#include "analyse/dense.h"

#include <errno.h>

#include "base/block.h"

#define CAPACITY_AT_FIRST 64u

int dense_reserve(struct dense *dense, dense_hash hash, const void *list)
{
	struct dense wider = { .count = dense->count };

	if (dense->count < dense->capacity / 4 * 3)
		return 0;
	wider.capacity = dense->capacity ? dense->capacity * 2 : CAPACITY_AT_FIRST;
	wider.slots = block_new(wider.capacity * sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	/* Along the list and not along the slots: items are read as they lie in memory. */
	for (uint32_t item = 0; item < dense->count; item++) {
		size_t place = dense_begin(&wider, hash(list, item));

		while (wider.slots[place])
			place = dense_next(&wider, place);
		wider.slots[place] = item + 1;
	}
	free(dense->slots);
	*dense = wider;
	return 0;
}
