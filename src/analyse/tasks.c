/* Who is who? One record per life of a thread; a reused number starts a new one. */
#include "analyse/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/digest.h"
#include "analyse/titles.h"

#define THREADS_MAX 32768u

struct thread *tasks_find(const struct tasks *tasks, uint32_t tid)
{
	const uint64_t *index = tid ? hash_find(&tasks->by_tid, tid) : NULL;

	return index ? tasks->threads.items[*index].thread : NULL;
}

struct thread *tasks_find_at(const struct tasks *tasks, uint32_t tid, uint64_t time_ns)
{
	struct thread *thread = tasks_find(tasks, tid);

	while (thread && thread->former && time_ns < thread->birth_ns &&
	       tasks->threads.items[thread->former - 1].thread)
		thread = tasks->threads.items[thread->former - 1].thread;
	return thread;
}

bool tasks_are_full(const struct tasks *tasks)
{
	return tasks->live >= THREADS_MAX;
}

static int add_thread(struct tasks *tasks, uint32_t tid, uint32_t former, struct thread **ret)
{
	owns(own_free) struct thread *thread = NULL;
	struct thread_slot *place;
	uint64_t *index;

	if (tasks_are_full(tasks)) {
		tasks->refused_count++;
		return 0;
	}
	thread = calloc(1, sizeof(*thread));
	index = hash_put(&tasks->by_tid, tid);
	place = thread && index ? array_push(&tasks->threads) : NULL;
	if (!place) {
		if (index && !former)
			hash_remove(&tasks->by_tid, tid);
		return -ENOMEM;
	}
	thread->index = (uint32_t)tasks->threads.count - 1;
	thread->tid = tid;
	thread->former = former;
	thread->death_ns = UINT64_MAX;
	thread->exit_code = -1;
	*index = thread->index;
	tasks->live++;
	*ret = place->thread = give(thread);
	return 1;
}

int tasks_get(struct tasks *tasks, uint32_t tid, struct thread **ret)
{
	struct thread *thread = tasks_find(tasks, tid);

	if (!thread)
		return add_thread(tasks, tid, 0, ret);
	*ret = thread;
	return 1;
}

/* A thread's number was given to another when the old one died, or when the births differ. */
static bool is_reborn(const struct thread *thread, const struct event_task *event)
{
	if (!event->birth_ns)
		return false;
	return thread->birth_ns ? thread->birth_ns != event->birth_ns
				: thread->death_ns <= event->birth_ns;
}

int tasks_tell(struct tasks *tasks, struct names *names, const struct event_task *event,
	       struct thread **ret)
{
	struct thread *thread = tasks_find(tasks, event->tid);
	int r;

	if (!thread || is_reborn(thread, event)) {
		r = add_thread(tasks, event->tid, thread ? thread->index + 1 : 0, &thread);
		if (r <= 0)
			return r;
	}
	thread->tgid = event->tgid;
	thread->parent_tgid = event->parent_tgid;
	thread->flags = event->flags;
	if (event->birth_ns)
		thread->birth_ns = event->birth_ns;
	thread->cgroup = event->cgroup;
	thread->comm = names_put(names, event->comm, sizeof(event->comm));
	thread->name = thread->comm;
	thread->title = 0;
	thread->name_kind = names_put_kind(names, event->comm, sizeof(event->comm));
	*ret = thread;
	return 1;
}

void tasks_title(const struct tasks *tasks, struct names *names, const struct event_title *event)
{
	struct thread *thread = tasks_find(tasks, event->tid);
	const char *name;

	if (!thread)
		return;
	if (!thread_is_kernel(thread)) {
		thread->title = names_put(names, event->text, event->text_bytes);
		return;
	}
	thread->name = title_worker_name(names, thread->comm, event);
	name = names_text(names, thread->name);
	thread->name_kind = names_put_kind(names, name, strlen(name));
}

uint32_t tasks_process_name(const struct tasks *tasks, struct names *names,
			    const struct thread *thread)
{
	const struct thread *leader = thread;
	char number[24];
	int bytes;

	if (thread_is_kernel(thread) &&
	    strncmp(names_text(names, thread->comm), "kworker/", 8) == 0)
		return names_put(names, "kworker", 7);
	if (thread->tgid && thread->tgid != thread->tid)
		leader = tasks_find(tasks, thread->tgid);
	if (leader && leader->comm)
		return leader->comm;
	if (thread->comm)
		return thread->comm;
	bytes = snprintf(number, sizeof(number), "thread %u", thread->tid);
	return names_put(names, number, bytes > 0 ? (size_t)bytes : 0);
}

static void sum_account(struct thread_account *into, const struct thread_account *from)
{
	into->wall_ns += from->wall_ns;
	into->user_ns += from->user_ns;
	into->kernel_ns += from->kernel_ns;
	into->irq_ns += from->irq_ns;
	into->queue_ns += from->queue_ns;
	into->unknown_ns += from->unknown_ns;
	for (size_t i = 0; i < CAUSE_COUNT; i++)
		into->blocked_ns[i] += from->blocked_ns[i];
}

static void free_thread(struct thread *thread)
{
	history_free(&thread->history);
	digest_free(&thread->digest);
	free(thread->account);
	free(thread);
}

void tasks_retire(struct tasks *tasks, struct thread *thread)
{
	const uint64_t *newest = hash_find(&tasks->by_tid, thread->tid);

	if (newest && *newest == thread->index)
		hash_remove(&tasks->by_tid, thread->tid);
	if (thread->account) {
		sum_account(&tasks->retired, thread->account);
		tasks->retired_count++;
	}
	tasks->span_count -= thread->history.count;
	tasks->threads.items[thread->index].thread = NULL;
	tasks->live--;
	free_thread(thread);
}

void tasks_free(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->threads.count; i++) {
		if (tasks->threads.items[i].thread)
			free_thread(tasks->threads.items[i].thread);
	}
	array_free(&tasks->threads);
	hash_free(&tasks->by_tid);
}
