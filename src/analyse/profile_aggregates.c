/* How many samples were alike? One row for each name, kernel stack and user stack. */
#include <errno.h>

#include "analyse/profile_state.h"

static uint64_t key_hash(const struct aggregate *key)
{
	return hash_pair((uint64_t)key->comm << 32 | key->kernel, key->user);
}

static uint64_t item_hash(const void *list, uint32_t item)
{
	const struct aggregates *aggregates = list;

	return key_hash(&aggregates->items.items[item]);
}

static bool is_same(const struct aggregate *one, const struct aggregate *other)
{
	return one->comm == other->comm && one->kernel == other->kernel && one->user == other->user;
}

static bool is_full(const struct aggregates *aggregates)
{
	if (aggregates->room)
		return *aggregates->room == 0;
	return aggregates->items.count >= (aggregates->limit ?: AGGREGATES_MAX);
}

static bool has_stack(const struct aggregates *aggregates, const struct aggregate *amount)
{
	return amount->user || (amount->kernel && amount->kernel != aggregates->crowd);
}

int aggregates_add(struct aggregates *aggregates, const struct aggregate *amount)
{
	struct aggregate *kept = NULL;
	uint64_t weight;
	size_t place;
	int r;

	if (__builtin_add_overflow(aggregates->weight, amount->weight, &weight)) {
		aggregates->refused++;
		return 0;
	}
	r = dense_reserve(&aggregates->index, item_hash, aggregates);
	if (r < 0)
		return r;
	place = dense_begin(&aggregates->index, key_hash(amount));
	while (aggregates->index.slots[place]) {
		kept = &aggregates->items.items[aggregates->index.slots[place] - 1];
		if (is_same(kept, amount))
			break;
		kept = NULL;
		place = dense_next(&aggregates->index, place);
	}
	if (!kept && is_full(aggregates) && has_stack(aggregates, amount)) {
		aggregates->crowded += amount->samples ?: 1;
		return aggregates_add(aggregates, &(struct aggregate){
							  .comm = amount->comm,
							  .kernel = aggregates->crowd,
							  .samples = amount->samples,
							  .weight = amount->weight,
						  });
	}
	if (!kept) {
		kept = array_push(&aggregates->items);
		if (!kept)
			return -ENOMEM;
		*kept = (struct aggregate){ .comm = amount->comm,
					    .kernel = amount->kernel,
					    .user = amount->user };
		dense_put(&aggregates->index, place, (uint32_t)aggregates->items.count - 1);
		if (aggregates->room && has_stack(aggregates, amount))
			--*aggregates->room;
	}
	kept->samples += amount->samples;
	kept->weight += amount->weight;
	aggregates->weight = weight;
	aggregates->samples += amount->samples;
	return 0;
}

void aggregates_forget(struct aggregates *aggregates)
{
	aggregates->items.count = 0;
	dense_clear(&aggregates->index);
}

void aggregates_free(struct aggregates *aggregates)
{
	array_free(&aggregates->items);
	dense_free(&aggregates->index);
}
