/* How was each thread told last? By its number: the birth and the time of what was told. */
#include "probe/told_tasks.h"

enum {
	TOLD_TASKS_MAX = 65536,
};

struct told_task *told_tasks_find(struct told_tasks *told, uint32_t tid)
{
	struct told_task *task;
	uint64_t *place;

	if (told->items.count >= TOLD_TASKS_MAX)
		told_tasks_free(told);
	place = hash_put(&told->by_tid, tid);
	if (!place)
		return NULL;
	if (!*place) {
		task = array_push(&told->items);
		if (!task)
			return NULL;
		task->birth_ns = UINT64_MAX;
		*place = told->items.count;
	}
	return &told->items.items[*place - 1];
}

bool told_tasks_are_after(const struct told_tasks *told, const struct wire *wire)
{
	const uint64_t *place =
		wire->kind == WIRE_TASK ? hash_find(&told->by_tid, wire->tid) : NULL;

	return place && wire->time_ns < told->items.items[*place - 1].time_ns;
}

void told_tasks_free(struct told_tasks *told)
{
	array_free(&told->items);
	hash_free(&told->by_tid);
}
