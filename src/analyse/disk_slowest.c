/* Which single requests took longest? The slowest are kept, in order. */
#include <errno.h>
#include <string.h>

#include "analyse/disk_state.h"

static uint64_t took_ns(const struct event_request *event)
{
	return event->head.time_ns - event->start_ns;
}

/* Before the first that took less; of those that took the same, the earlier comes first. */
static size_t place_for(const struct disk_slowest *slowest, uint64_t ns)
{
	size_t low = 0, high = slowest->items.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (took_ns(&slowest->items.items[middle].event) >= ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int slowest_take(struct disk_slowest *slowest, uint64_t over_ns, const struct event_request *event,
		 uint32_t issuer)
{
	size_t limit = over_ns ? DISK_SLOWEST_MAX : DISK_SLOWEST, place;
	struct disk_candidate *items;

	if (took_ns(event) < over_ns)
		return 0;
	slowest->count++;
	place = place_for(slowest, took_ns(event));
	if (place >= limit)
		return 0;
	if (slowest->items.count < limit && !array_push(&slowest->items))
		return -ENOMEM;
	items = slowest->items.items;
	memmove(&items[place + 1], &items[place],
		(slowest->items.count - 1 - place) * sizeof(*items));
	items[place] = (struct disk_candidate){ *event, issuer };
	return 0;
}
