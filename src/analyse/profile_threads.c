/* Who ran? Threads by their numbers while they live; what they did goes to their pool when they are
 * gone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/profile_state.h"
#include "analyse/roles.h"
#include "analyse/titles.h"

struct task *threads_find(const struct threads *threads, uint32_t tid)
{
	const uint64_t *place = hash_find(&threads->by_tid, tid);

	return place ? &threads->tasks.items[*place - 1] : NULL;
}

/* An unused place. 1 and *ret; 0: no room; -ENOMEM. */
static int find_room(struct threads *threads, uint32_t *ret)
{
	if (threads->free.count) {
		*ret = threads->free.items[--threads->free.count];
		return 1;
	}
	if (threads->tasks.count >= TASKS_MAX) {
		threads->refused++;
		return 0;
	}
	if (!array_push(&threads->tasks))
		return -ENOMEM;
	*ret = (uint32_t)threads->tasks.count - 1;
	return 1;
}

static uint32_t number_name(struct names *names, uint32_t tid)
{
	char text[16];
	int bytes = snprintf(text, sizeof(text), ":%u", tid);

	return names_put(names, text, bytes > 0 ? (size_t)bytes : 0);
}

int threads_get(struct profiler *profiler, uint32_t tid, struct task **ret)
{
	struct threads *threads = &profiler->threads;
	struct task *task = threads_find(threads, tid);
	uint64_t *number;
	uint32_t place;
	int r;

	if (!task) {
		r = find_room(threads, &place);
		if (r <= 0)
			return r;
		number = hash_put(&threads->by_tid, tid);
		if (!number)
			return -ENOMEM;
		*number = place + 1;
		task = &threads->tasks.items[place];
		*task = (struct task){ .tid = tid,
				       .comm = number_name(&profiler->names, tid),
				       .is_used = true };
	}
	*ret = task;
	return 1;
}

/* What it did is kept in its pool; its place is free. */
static int retire(struct profiler *profiler, uint32_t place)
{
	struct threads *threads = &profiler->threads;
	struct task *task = &threads->tasks.items[place];
	const uint64_t *newest = hash_find(&threads->by_tid, task->tid);
	uint32_t *freed;
	int r;

	r = pools_add(profiler, task);
	if (r == 0 && profiler->options.is_wall)
		r = wall_close(profiler, task);
	if (r == 0 && profiler->options.is_waits)
		r = held_let_go(profiler, task);
	if (r < 0)
		return r;
	if (newest && *newest == place + 1)
		hash_remove(&threads->by_tid, task->tid);
	free(task->held);
	*task = (struct task){};
	freed = array_push(&threads->free);
	if (!freed)
		return -ENOMEM;
	*freed = place;
	return 0;
}

static int bury(struct profiler *profiler, struct task *task)
{
	struct threads *threads = &profiler->threads;
	uint32_t place = (uint32_t)(task - threads->tasks.items);
	int r = 0;

	if (threads->dead_count == DEAD_KEPT) {
		r = retire(profiler, threads->dead[threads->dead_head]);
		threads->dead_head = (threads->dead_head + 1) % DEAD_KEPT;
		threads->dead_count--;
	}
	threads->dead[(threads->dead_head + threads->dead_count++) % DEAD_KEPT] = place;
	return r;
}

static bool is_reborn(const struct task *task, const struct event_task *event)
{
	if (event->birth_ns && task->birth_ns)
		return event->birth_ns != task->birth_ns;
	return task->is_dead;
}

int threads_take_task(struct profiler *profiler, const struct event_task *event)
{
	struct threads *threads = &profiler->threads;
	struct task *task = threads_find(threads, event->tid);
	int r;

	/* The former thread of this number waits among the dead. */
	if (task && is_reborn(task, event)) {
		hash_remove(&threads->by_tid, event->tid);
		if (!task->is_dead) {
			task->is_dead = true;
			task->death_ns = event->birth_ns;
			r = bury(profiler, task);
			if (r < 0)
				return r;
		}
	}
	r = event->tid ? threads_get(profiler, event->tid, &task) : 0;
	if (r <= 0)
		return r;
	task->is_told = true;
	task->flags = event->flags;
	task->tgid = event->tgid;
	if (event->birth_ns)
		task->birth_ns = event->birth_ns;
	task->comm = names_put(&profiler->names, event->comm, sizeof(event->comm));
	task->role = 0;
	return 0;
}

int threads_take_title(struct profiler *profiler, const struct event_title *event)
{
	struct task *task = threads_find(&profiler->threads, event->tid);
	struct names *names = &profiler->names;
	const char *role;

	if (!task)
		return 0;
	if (task->flags & TASK_KERNEL) {
		task->comm = title_worker_name(names, task->comm, event);
		return 0;
	}
	role = role_of_title(names_text(names, names_put(names, event->text, event->text_bytes)));
	task->role = role ? names_put(names, role, strlen(role)) : 0;
	return 0;
}

int threads_take_end(struct profiler *profiler, const struct event_task_end *event)
{
	struct task *task = threads_find(&profiler->threads, event->tid);

	if (!task || task->is_dead)
		return 0;
	task->is_dead = true;
	task->death_ns = event->head.time_ns;
	return bury(profiler, task);
}

int threads_finish(struct profiler *profiler)
{
	struct threads *threads = &profiler->threads;
	int r = 0;

	for (size_t i = 0; i < threads->tasks.count && r == 0; i++) {
		if (threads->tasks.items[i].is_used)
			r = retire(profiler, (uint32_t)i);
	}
	threads->dead_count = 0;
	return r;
}

void threads_free(struct threads *threads)
{
	for (size_t i = 0; i < threads->tasks.count; i++)
		free(threads->tasks.items[i].held);
	array_free(&threads->tasks);
	array_free(&threads->free);
	array_free(&threads->pools);
	hash_free(&threads->by_tid);
	hash_free(&threads->by_pool);
}
