/* What is known of each thread after a look? */
#include "probe/looked.h"

#include <errno.h>
#include <stdlib.h>

int looked_add(struct looked_threads *threads, const struct look_thread *thread,
	       struct looked **ret)
{
	uint64_t *place = hash_put(&threads->by_tid, thread->tid);
	struct looked *looked = place ? array_push(&threads->list) : NULL;

	if (!looked)
		return -ENOMEM;
	looked->thread = *thread;
	*place = threads->list.count;
	*ret = looked;
	return 0;
}

static int compare(const void *left, const void *right, void *self)
{
	const struct looked *list = self;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	if (list[a].thread.tgid != list[b].thread.tgid)
		return list[a].thread.tgid < list[b].thread.tgid ? -1 : 1;
	return a < b ? -1 : a > b;
}

int looked_sort(struct looked_threads *threads)
{
	for (size_t i = 0; i < threads->list.count; i++) {
		uint32_t *place = array_push(&threads->by_process);

		if (!place)
			return -ENOMEM;
		*place = (uint32_t)i;
	}
	if (threads->by_process.count)
		qsort_r(threads->by_process.items, threads->by_process.count,
			sizeof(*threads->by_process.items), compare, threads->list.items);
	return 0;
}

void looked_free(struct looked_threads *threads)
{
	array_free(&threads->list);
	array_free(&threads->by_process);
	hash_free(&threads->by_tid);
}

const struct looked *looked_find(const struct looked_threads *threads, uint32_t tid)
{
	const uint64_t *place = hash_find(&threads->by_tid, tid);

	return place ? &threads->list.items[*place - 1] : NULL;
}

size_t looked_group(const struct looked_threads *threads, size_t first)
{
	const uint32_t *order = threads->by_process.items;
	uint32_t tgid = threads->list.items[order[first]].thread.tgid;
	size_t count = 1;

	while (first + count < threads->by_process.count &&
	       threads->list.items[order[first + count]].thread.tgid == tgid)
		count++;
	return count;
}

size_t looked_count(const struct looked_threads *threads, uint32_t tgid)
{
	const uint32_t *order = threads->by_process.items;
	size_t low = 0, high = threads->by_process.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (threads->list.items[order[middle]].thread.tgid < tgid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == threads->by_process.count || threads->list.items[order[low]].thread.tgid != tgid)
		return 0;
	return looked_group(threads, low);
}
