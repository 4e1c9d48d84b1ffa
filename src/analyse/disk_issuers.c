/* Who queues requests? A process, whichever of its threads; or kernel threads of one name that do
 * one work. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/disk_state.h"

struct disk_task *issuers_task(const struct disk_issuers *issuers, uint32_t tid)
{
	const uint64_t *place = hash_find(&issuers->tasks, tid);

	return place ? &issuers->list.items[*place - 1] : NULL;
}

/* 1 and *ret; 0: no room; -ENOMEM. */
static int get_task(struct disk_issuers *issuers, uint32_t tid, struct disk_task **ret)
{
	struct disk_task *task = issuers_task(issuers, tid);
	uint64_t *place;

	if (!task) {
		if (issuers->list.count >= DISK_TASKS_MAX)
			return 0;
		place = hash_put(&issuers->tasks, tid);
		task = place ? array_push(&issuers->list) : NULL;
		if (!task)
			return -ENOMEM;
		*place = issuers->list.count;
	}
	*ret = task;
	return 1;
}

int issuers_take_task(struct disk_issuers *issuers, struct names *names,
		      const struct event_task *event)
{
	struct disk_task *task;
	int r = get_task(issuers, event->tid, &task);

	if (r <= 0)
		return r;
	/* Another thread may have had the number. */
	if (event->birth_ns || task->tgid != event->tgid)
		*task = (struct disk_task){};
	task->comm = names_put(names, event->comm, sizeof(event->comm));
	task->kind = names_put_kind(names, event->comm, sizeof(event->comm));
	task->tgid = event->tgid;
	task->flags = event->flags;
	return 0;
}

int issuers_take_symbol(struct disk_issuers *issuers, struct names *names,
			const struct event_symbol *event)
{
	uint32_t name = names_put(names, event->text, event->name_bytes);
	uint64_t *place = hash_put(&issuers->symbols, event->id);

	if (!place)
		return -ENOMEM;
	*place = name;
	return 0;
}

static bool is_same(const struct disk_issuer *one, const struct disk_issuer *other)
{
	return one->tgid == other->tgid && one->work == other->work &&
	       one->is_several == other->is_several && (one->tgid || one->name == other->name);
}

static int get_issuer(struct disk_issuers *issuers, const struct disk_issuer *wanted, uint32_t *ret)
{
	uint64_t key = hash_pair((uint64_t)wanted->tgid << 32 | (wanted->tgid ? 0 : wanted->name),
				 (uint64_t)wanted->work << 1 | wanted->is_several);
	uint64_t *place = hash_find(&issuers->by_who, key);
	struct disk_issuer *issuer;

	if (!issuers->issuers.count && !array_push(&issuers->issuers))
		return -ENOMEM;
	*ret = 0;
	if (place) {
		if (is_same(&issuers->issuers.items[*place], wanted))
			*ret = (uint32_t)*place;
		return 0;
	}
	if (issuers->issuers.count >= DISK_ISSUERS_MAX)
		return 0;
	place = hash_put(&issuers->by_who, key);
	issuer = place ? array_push(&issuers->issuers) : NULL;
	if (!issuer)
		return -ENOMEM;
	*issuer = *wanted;
	*ret = (uint32_t)issuers->issuers.count - 1;
	*place = *ret;
	return 0;
}

static uint32_t symbol_name(const struct disk_issuers *issuers, uint32_t symbol)
{
	const uint64_t *name = symbol ? hash_find(&issuers->symbols, symbol) : NULL;

	return name ? (uint32_t)*name : 0;
}

static struct disk_issuer describe(const struct disk_task *task, uint32_t tid, uint32_t work)
{
	struct disk_issuer issuer = {};

	if (task->flags & TASK_KERNEL) {
		issuer.name = task->kind;
		issuer.work = work;
		return issuer;
	}
	issuer.tgid = task->tgid ? task->tgid : tid;
	issuer.name = task->comm;
	return issuer;
}

int issuers_find(struct disk_issuers *issuers, struct names *names, uint32_t tid, uint32_t work,
		 uint32_t *ret)
{
	struct disk_task *task = issuers_task(issuers, tid);
	struct disk_issuer issuer;
	int r;

	if (!task) {
		/* Who was never told is known by its work at most. */
		issuer = (struct disk_issuer){ .work = symbol_name(issuers, work) };
		if (issuer.work)
			return get_issuer(issuers, &issuer, ret);
		*ret = 0;
		return issuers->issuers.count || array_push(&issuers->issuers) ? 0 : -ENOMEM;
	}
	issuer = describe(task, tid, symbol_name(issuers, work));
	r = get_issuer(issuers, &issuer, ret);
	if (task->issuer && task->issuer != *ret)
		task->has_many = true;
	task->issuer = *ret;
	return r;
}

int issuers_find_sum(struct disk_issuers *issuers, struct names *names, uint32_t tid, uint32_t *ret)
{
	struct disk_task *task = issuers_task(issuers, tid);
	struct disk_issuer issuer;

	if (!task || !(task->flags & TASK_KERNEL) || (!task->issuer && !task->has_many))
		return issuers_find(issuers, names, tid, 0, ret);
	if (!task->has_many) {
		*ret = task->issuer;
		return 0;
	}
	issuer = describe(task, tid, 0);
	issuer.is_several = true;
	return get_issuer(issuers, &issuer, ret);
}

void issuers_say(const struct disk_issuers *issuers, const struct names *names, uint32_t issuer,
		 char *to, size_t bytes)
{
	static const struct disk_issuer NOBODY;
	const struct disk_issuer *who =
		issuer < issuers->issuers.count ? &issuers->issuers.items[issuer] : &NOBODY;
	const struct disk_task *process = who->tgid ? issuers_task(issuers, who->tgid) : NULL;
	const char *name = names_text(names, process ? process->comm : who->name);
	const char *work = who->is_several ? "several kinds of work" : names_text(names, who->work);

	(void)snprintf(to, bytes, "%.64s%s%.56s%s", name[0] ? name : "unknown", work[0] ? " (" : "",
		       work, work[0] ? ")" : "");
}

void issuers_free(struct disk_issuers *issuers)
{
	hash_free(&issuers->tasks);
	hash_free(&issuers->by_who);
	hash_free(&issuers->symbols);
	array_free(&issuers->list);
	array_free(&issuers->issuers);
}
