/* In which order did it happen? A queue per ring, each put in order as it grows, merged at the
 * front. */
#include "probe/order.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>

#include "base/array.h"

enum sizes {
	QUEUE_BYTES_MIN = 65536,
};

struct item {
	uint64_t time_ns;
	uint32_t offset; /* in records */
	uint32_t bytes;
};

struct queue {
	ARRAY(struct item) items;
	size_t first; /* items before it were popped */
	ARRAY(char) records;
	size_t waiting_bytes;
};

struct order {
	struct queue *queues;
	size_t count;
	uint64_t popped_ns;
};

int order_new(size_t queues, struct order **ret)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	order->count = queues;
	order->queues = calloc(queues, sizeof(*order->queues));
	if (!order->queues) {
		free(order);
		return -ENOMEM;
	}
	*ret = order;
	return 0;
}

void order_free(struct order **order)
{
	if (!*order)
		return;
	for (size_t i = 0; i < (*order)->count; i++) {
		array_free(&(*order)->queues[i].items);
		array_free(&(*order)->queues[i].records);
	}
	free((*order)->queues);
	free(*order);
	*order = NULL;
}

/* Move what waits to the front. Records lie as they came, which is not quite the order of the
 * items. */
static void compact(struct queue *queue)
{
	size_t left = queue->items.count - queue->first;
	uint32_t base = UINT32_MAX;

	if (!queue->first)
		return;
	for (size_t i = queue->first; i < queue->items.count; i++)
		base = MIN(base, queue->items.items[i].offset);
	if (!left)
		base = (uint32_t)queue->records.count;
	memmove(queue->items.items, queue->items.items + queue->first,
		left * sizeof(*queue->items.items));
	memmove(queue->records.items, queue->records.items + base, queue->records.count - base);
	for (size_t i = 0; i < left; i++)
		queue->items.items[i].offset -= base;
	queue->items.count = left;
	queue->records.count -= base;
	queue->first = 0;
}

/* Popped records make room for new ones before more memory is asked for. */
static int reserve_bytes(struct queue *queue, size_t bytes)
{
	size_t capacity = queue->records.capacity ?: QUEUE_BYTES_MIN;
	char *grown;

	if (queue->records.count + bytes > capacity)
		compact(queue);
	while (capacity < queue->records.count + bytes)
		capacity *= 2;
	if (capacity > UINT32_MAX)
		return -ENOMEM;
	if (capacity == queue->records.capacity)
		return 0;
	grown = realloc(queue->records.items, capacity);
	if (!grown)
		return -ENOMEM;
	queue->records.items = grown;
	queue->records.capacity = capacity;
	return 0;
}

int order_push(struct order *order, size_t queue_index, uint64_t time_ns, const void *record,
	       size_t bytes)
{
	struct queue *queue = &order->queues[queue_index];
	size_t aligned = (bytes + 7) & ~(size_t)7;
	struct item item = { .time_ns = time_ns };
	size_t i;

	if (reserve_bytes(queue, aligned) < 0 || !array_push(&queue->items))
		return -ENOMEM;
	item.offset = (uint32_t)queue->records.count;
	item.bytes = (uint32_t)aligned;
	queue->waiting_bytes += aligned;
	memcpy(queue->records.items + item.offset, record, bytes);
	queue->records.count += aligned;

	for (i = queue->items.count - 1;
	     i > queue->first && queue->items.items[i - 1].time_ns > time_ns; i--)
		queue->items.items[i] = queue->items.items[i - 1];
	queue->items.items[i] = item;
	return 0;
}

static struct queue *oldest_queue(struct order *order)
{
	struct queue *oldest = NULL;

	for (size_t i = 0; i < order->count; i++) {
		struct queue *queue = &order->queues[i];

		if (queue->first == queue->items.count)
			continue;
		if (!oldest || queue->items.items[queue->first].time_ns <
				       oldest->items.items[oldest->first].time_ns)
			oldest = queue;
	}
	return oldest;
}

const void *order_pop(struct order *order, uint64_t horizon_ns, bool *ret_late)
{
	struct queue *queue = oldest_queue(order);
	struct item *item;

	if (!queue)
		return NULL;
	item = &queue->items.items[queue->first];
	if (item->time_ns > horizon_ns)
		return NULL;
	queue->first++;
	queue->waiting_bytes -= item->bytes;
	*ret_late = item->time_ns < order->popped_ns;
	if (!*ret_late)
		order->popped_ns = item->time_ns;
	return queue->records.items + item->offset;
}

size_t order_bytes(const struct order *order)
{
	size_t bytes = 0;

	for (size_t i = 0; i < order->count; i++)
		bytes += order->queues[i].waiting_bytes;
	return bytes;
}
