/* Where in the list is it? Linear probing at a load of at most 3/4; nothing is ever taken out. */
#include "analyse/dense.h"

#include <errno.h>

#define CAPACITY_AT_FIRST 64u

int dense_reserve(struct dense *dense, dense_hash hash, const void *list)
{
	struct dense wider = { .count = dense->count };

	if (dense->count < dense->capacity / 4 * 3)
		return 0;
	wider.capacity = dense->capacity ? dense->capacity * 2 : CAPACITY_AT_FIRST;
	wider.slots = calloc(wider.capacity, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < dense->capacity; i++) {
		size_t place;

		if (!dense->slots[i])
			continue;
		place = dense_begin(&wider, hash(list, dense->slots[i] - 1));
		while (wider.slots[place])
			place = dense_next(&wider, place);
		wider.slots[place] = dense->slots[i];
	}
	free(dense->slots);
	*dense = wider;
	return 0;
}
