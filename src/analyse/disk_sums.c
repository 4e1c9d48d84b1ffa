/* How many requests were there, and how long did they take? A sum for each device, kind and issuer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/disk_state.h"

enum disk_op disk_op_of(uint32_t flags)
{
	/* A write that waits for a flush is a write; one without data, too: the kernel counts both
	 * so. */
	if (flags & REQUEST_READ)
		return DISK_READ;
	if (flags & REQUEST_WRITE)
		return DISK_WRITE;
	if (flags & REQUEST_DISCARD)
		return DISK_DISCARD;
	return flags & REQUEST_FLUSH ? DISK_FLUSH : DISK_OTHER;
}

bool is_empty_flush(uint32_t flags, uint64_t bytes)
{
	return flags & REQUEST_WRITE && flags & REQUEST_FLUSH && !bytes;
}

struct flag_name {
	uint32_t flag;
	const char *name;
};

void disk_flags_say(uint32_t flags, char *to, size_t bytes)
{
	static const struct flag_name NAMES[] = {
		{ REQUEST_SYNC, "sync" },         { REQUEST_META, "meta" },
		{ REQUEST_READAHEAD, "ahead" },   { REQUEST_FUA, "fua" },
		{ REQUEST_REQUEUED, "requeued" }, { REQUEST_THROTTLED, "throttled" },
	};
	size_t used = 0;

	to[0] = '\0';
	if (flags & REQUEST_FLUSH && flags & REQUEST_WRITE)
		used = (size_t)snprintf(to, bytes, "flush");
	for (size_t i = 0; i < array_count(NAMES) && used < bytes; i++) {
		if (flags & NAMES[i].flag)
			used += (size_t)snprintf(to + used, bytes - used, "%s%s", used ? " " : "",
						 NAMES[i].name);
	}
}

static bool is_same(const struct disk_id *one, const struct disk_id *other)
{
	return one->dev == other->dev && one->flags == other->flags && one->issuer == other->issuer;
}

static struct disk_sum *new_sum(struct disk_sums *sums)
{
	struct disk_sum_slot *slot = array_push(&sums->items);

	if (slot)
		slot->sum = calloc(1, sizeof(*slot->sum));
	if (slot && !slot->sum)
		sums->items.count--;
	return slot ? slot->sum : NULL;
}

static struct disk_sum *rest_of(struct disk_sums *sums)
{
	if (!sums->rest)
		sums->rest = new_sum(sums);
	if (sums->rest)
		sums->rest->is_rest = true;
	return sums->rest;
}

struct disk_sum *sums_get(struct disk_sums *sums, const struct disk_id *id)
{
	uint64_t key = hash_pair((uint64_t)id->dev << 32 | id->flags, id->issuer);
	uint64_t *place = hash_find(&sums->by_id, key);
	struct disk_sum *sum;

	if (place) {
		sum = sums->items.items[*place - 1].sum;
		return is_same(&sum->id, id) ? sum : rest_of(sums);
	}
	if (sums->items.count >= DISK_SUMS_MAX)
		return rest_of(sums);
	sum = new_sum(sums);
	place = sum ? hash_put(&sums->by_id, key) : NULL;
	if (!place)
		return NULL;
	sum->id = *id;
	*place = sums->items.count;
	return sum;
}

void sum_merge(struct disk_sum *sum, const struct disk_sum *other)
{
	sum->errors += other->errors;
	sum->bytes += other->bytes;
	sum->merged += other->merged;
	histogram_merge(&sum->total, &other->total);
	histogram_merge(&sum->device, &other->device);
	histogram_merge(&sum->queue, &other->queue);
}

static uint64_t mean(uint64_t sum, uint64_t count)
{
	return count ? sum / count : 0;
}

void sum_say(const struct disk_sum *sum, struct disk_times *ret)
{
	*ret = (struct disk_times){ .merged = sum->merged };
	histogram_tell(&sum->total, &ret->total);
	histogram_tell(&sum->device, &ret->device);
	histogram_tell(&sum->queue, &ret->queue);
	ret->total.errors = sum->errors;
	ret->total.bytes = sum->bytes;
	/* What was not in the device was before it: exact, whatever was told one by one. */
	ret->queue.total_ns =
		sum->total.sum_ns > sum->device.sum_ns ? sum->total.sum_ns - sum->device.sum_ns : 0;
	ret->mean_ns = mean(sum->total.sum_ns, sum->total.count);
	ret->device_mean_ns = mean(sum->device.sum_ns, sum->device.count);
	ret->queue_mean_ns = mean(ret->queue.total_ns, sum->total.count);
	ret->mean_bytes = mean(sum->bytes, sum->total.count);
}

void sums_free(struct disk_sums *sums)
{
	for (size_t i = 0; i < sums->items.count; i++)
		free(sums->items.items[i].sum);
	array_free(&sums->items);
	hash_free(&sums->by_id);
}
