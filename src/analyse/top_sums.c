/* How much of what was there in the last few seconds? A ring of tables, merged when they are asked
 * for. */
#include "analyse/top_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING (TOP_TURNS + 2u)

static uint64_t hash_of(const struct top_key *key)
{
	return hash_pair(hash_pair((uint64_t)key->what << 32 | key->thread, key->a),
			 hash_pair(key->b, key->c));
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_keys(const struct top_key *a, const struct top_key *b)
{
	int order = compare_numbers(a->what, b->what);

	if (!order)
		order = compare_numbers(a->thread, b->thread);
	if (!order)
		order = compare_numbers(a->a, b->a);
	if (!order)
		order = compare_numbers(a->b, b->b);
	return order ? order : compare_numbers(a->c, b->c);
}

static int compare_sums(const void *left, const void *right)
{
	const struct top_sum *a = left, *b = right;

	return compare_keys(&a->key, &b->key);
}

/* More of the same. */
static void merge(struct top_sum *into, const struct top_sum *amount)
{
	into->ns += amount->ns;
	into->count += amount->count;
	into->bytes += amount->bytes;
	if (into->tgid != amount->tgid)
		into->tgid = 0;
	if (amount->longest_ns > into->longest_ns) {
		into->longest_ns = amount->longest_ns;
		into->path = amount->path;
	}
}

/* 1 and the sum; 0: there is no room; -ENOMEM. */
static int get(struct top_turn *turn, const struct top_key *key, size_t most, struct top_sum **ret)
{
	const uint64_t *known = hash_find(&turn->by_key, hash_of(key));
	uint64_t *place;

	if (known) {
		*ret = &turn->sums.items[*known];
		return 1;
	}
	if (turn->sums.count >= most)
		return 0;
	place = hash_put(&turn->by_key, hash_of(key));
	if (!place)
		return -ENOMEM;
	*ret = array_push(&turn->sums);
	if (!*ret) {
		(void)hash_remove(&turn->by_key, hash_of(key));
		return -ENOMEM;
	}
	*place = turn->sums.count - 1;
	(*ret)->key = *key;
	return 1;
}

static int add(struct top_turn *turn, const struct top_sum *amount, const struct top_key *key,
	       size_t most)
{
	struct top_sum *sum;
	int r = get(turn, key, most, &sum);

	if (r <= 0)
		return r;
	if (!sum->count)
		sum->tgid = amount->tgid;
	merge(sum, amount);
	return 1;
}

int top_sums_add(struct top_sums *sums, uint64_t time_ns, const struct top_sum *amount)
{
	bool is_next = sums->mark_ns && time_ns > sums->mark_ns;
	struct top_turn *turn = &sums->turns[(sums->now + is_next) % RING];
	struct top_key rest = { .what = amount->key.what,
				.thread = amount->key.thread,
				.a = amount->key.a,
				.b = UINT64_MAX };
	int r = add(turn, amount, &amount->key, TOP_SUMS_MAX);

	if (r == 0 && amount->key.what == TOP_CHARGE)
		r = add(turn, amount, &rest, TOP_RESTS_MAX);
	if (r == 0) {
		turn->refused++;
		sums->refused++;
	}
	return r < 0 ? r : 0;
}

void top_sums_mark(struct top_sums *sums, uint64_t mark_ns)
{
	sums->mark_ns = mark_ns;
}

static void empty(struct top_turn *turn)
{
	hash_free(&turn->by_key);
	/* A load that is over shall not hold its memory. */
	if (turn->sums.capacity > 4096)
		array_free(&turn->sums);
	turn->sums.count = 0;
	turn->refused = 0;
	turn->end_ns = 0;
}

void top_sums_begin(struct top_sums *sums)
{
	sums->begin_ns = sums->mark_ns;
	sums->mark_ns = 0;
	empty(&sums->turns[sums->now]);
	sums->now = (sums->now + 1) % RING;
}

void top_sums_turn(struct top_sums *sums)
{
	sums->turns[sums->now].end_ns = sums->mark_ns;
	sums->mark_ns = 0;
	sums->now = (sums->now + 1) % RING;
	/* The one after it is the next: it was the oldest. */
	if (sums->turns[(sums->now + 1) % RING].end_ns)
		sums->begin_ns = sums->turns[(sums->now + 1) % RING].end_ns;
	empty(&sums->turns[(sums->now + 1) % RING]);
}

uint64_t top_sums_window_ns(const struct top_sums *sums)
{
	uint64_t end_ns = sums->turns[(sums->now + RING - 1) % RING].end_ns;

	return end_ns > sums->begin_ns ? end_ns - sums->begin_ns : 0;
}

uint64_t top_sums_refused(const struct top_sums *sums)
{
	uint64_t refused = 0;

	for (size_t i = 0; i < RING; i++) {
		if (sums->turns[i].end_ns)
			refused += sums->turns[i].refused;
	}
	return refused;
}

int top_sums_merge(const struct top_sums *sums, struct top_merged *ret)
{
	size_t kept = 0;

	ret->sums.count = 0;
	for (uint32_t i = 0; i < RING; i++) {
		const struct top_turn *turn = &sums->turns[i];

		for (size_t k = 0; turn->end_ns && k < turn->sums.count; k++) {
			struct top_sum *sum = array_push(&ret->sums);

			if (!sum)
				return -ENOMEM;
			*sum = turn->sums.items[k];
		}
	}
	if (!ret->sums.count)
		return 0;
	qsort(ret->sums.items, ret->sums.count, sizeof(*ret->sums.items), compare_sums);
	for (size_t i = 1; i < ret->sums.count; i++) {
		if (compare_sums(&ret->sums.items[kept], &ret->sums.items[i]) == 0)
			merge(&ret->sums.items[kept], &ret->sums.items[i]);
		else
			ret->sums.items[++kept] = ret->sums.items[i];
	}
	ret->sums.count = kept + 1;
	return 0;
}

/* The first place at which the key is not less. */
static size_t lower_bound(const struct top_merged *merged, uint32_t what, uint32_t thread)
{
	const struct top_key key = { .what = what, .thread = thread };
	size_t low = 0, high = merged->sums.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(&merged->sums.items[middle].key, &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct top_sum *top_merged_find(const struct top_merged *merged, enum top_what what,
				      uint32_t thread, size_t *ret_count)
{
	size_t first = lower_bound(merged, what, thread);

	*ret_count = lower_bound(merged, what, thread + 1) - first;
	return merged->sums.items + first;
}

const struct top_sum *top_merged_all(const struct top_merged *merged, enum top_what what,
				     size_t *ret_count)
{
	size_t first = lower_bound(merged, what, 0);

	*ret_count = lower_bound(merged, what + 1u, 0) - first;
	return merged->sums.items + first;
}

void top_sums_free(struct top_sums *sums)
{
	for (size_t i = 0; i < RING; i++) {
		hash_free(&sums->turns[i].by_key);
		array_free(&sums->turns[i].sums);
	}
}
