/* In which order did it happen? A queue per ring, each put in order as it grows, merged at the
 * front. */
#include "probe/order.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"

struct item {
	uint64_t time_ns;
	size_t offset;
};

struct queue {
	ARRAY(struct item) items;
	size_t first; /* items before it were popped */
	ARRAY(char) records;
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

/* An emptied queue starts anew, and keeps its memory. */
static void rewind_if_empty(struct queue *queue)
{
	if (queue->first < queue->items.count)
		return;
	queue->first = queue->items.count = queue->records.count = 0;
}

static int reserve_bytes(struct queue *queue, size_t bytes)
{
	size_t capacity = queue->records.capacity ?: 65536;
	char *grown;

	while (capacity < queue->records.count + bytes)
		capacity *= 2;
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

	rewind_if_empty(queue);
	if (reserve_bytes(queue, aligned) < 0 || !array_push(&queue->items))
		return -ENOMEM;
	item.offset = queue->records.count;
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

		rewind_if_empty(queue);
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
	*ret_late = item->time_ns < order->popped_ns;
	if (!*ret_late)
		order->popped_ns = item->time_ns;
	return queue->records.items + item->offset;
}

size_t order_bytes(const struct order *order)
{
	size_t bytes = 0;

	for (size_t i = 0; i < order->count; i++)
		bytes += order->queues[i].records.count;
	return bytes;
}
