/* How are durations distributed, where there are many distributions? */
#include "analyse/spread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The place of the first bucket that has this number or a higher one. */
static size_t find_place(const struct spread *spread, uint32_t number)
{
	size_t low = 0, high = spread->buckets.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (spread->buckets.items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct spread *spread, size_t place, uint32_t number)
{
	return place < spread->buckets.count && spread->buckets.items[place].number == number;
}

/* The bucket with this number, made when it was empty; NULL: out of memory. */
static struct spread_bucket *get_bucket(struct spread *spread, uint32_t number)
{
	size_t place = find_place(spread, number);
	struct spread_bucket *bucket;

	if (is_at(spread, place, number))
		return &spread->buckets.items[place];
	if (!array_push(&spread->buckets))
		return NULL;
	bucket = &spread->buckets.items[place];
	memmove(bucket + 1, bucket, (spread->buckets.count - 1 - place) * sizeof(*bucket));
	*bucket = (struct spread_bucket){ .number = number };
	return bucket;
}

static int add_to_bucket(struct spread *spread, uint32_t number, uint64_t count)
{
	struct spread_bucket *bucket = count ? get_bucket(spread, number) : NULL;

	if (count && !bucket)
		return -ENOMEM;
	if (bucket)
		bucket->count += count;
	return 0;
}

static void add_to_sums(struct spread *spread, uint64_t count, uint64_t sum_ns, uint64_t min_ns,
			uint64_t max_ns)
{
	if (!spread->count || min_ns < spread->min_ns)
		spread->min_ns = min_ns;
	if (max_ns > spread->max_ns)
		spread->max_ns = max_ns;
	spread->count += count;
	spread->sum_ns += sum_ns;
}

int spread_add(struct spread *spread, uint64_t ns)
{
	add_to_sums(spread, 1, ns, ns, ns);
	return add_to_bucket(spread, tally_bucket(ns), 1);
}

int spread_add_tally(struct spread *spread, const struct event_tally *tally)
{
	int r = 0;

	if (!tally->count)
		return 0;
	add_to_sums(spread, tally->count, tally->total_ns, tally->min_ns, tally->max_ns);
	for (uint32_t i = 0;
	     i < tally->buckets && i + (uint64_t)tally->first < HISTOGRAM_BUCKETS && r == 0; i++)
		r = add_to_bucket(spread, tally->first + i, tally->bucket[i]);
	return r;
}

void spread_tell(const struct spread *spread, struct histogram *ret)
{
	*ret = (struct histogram){
		.count = spread->count,
		.sum_ns = spread->sum_ns,
		.min_ns = spread->min_ns,
		.max_ns = spread->max_ns,
	};
	for (size_t i = 0; i < spread->buckets.count; i++)
		ret->buckets[spread->buckets.items[i].number] = spread->buckets.items[i].count;
}

uint64_t spread_count(const struct spread *spread, uint32_t bucket)
{
	size_t place = find_place(spread, bucket);

	return is_at(spread, place, bucket) ? spread->buckets.items[place].count : 0;
}

void spread_free(struct spread *spread)
{
	array_free(&spread->buckets);
	*spread = (struct spread){};
}
