/* For whose end does a thread wait? For that of its children, or of one of them. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "probe/relations.h"

#define KERNEL_UNINTERRUPTIBLE 2

struct child_wait {
	bool any;        /* of its children */
	bool youngest;   /* which borrows its memory until it begins another program: vfork() */
	uint32_t number; /* else this one, as the process knows it */
};

static bool read_wait4(const struct look_thread *thread, struct child_wait *ret)
{
	int32_t pid = (int32_t)thread->arguments[0];

	ret->any = pid <= 0; /* a group is made of children, too */
	ret->number = pid > 0 ? (uint32_t)pid : 0;
	return true;
}

static bool read_waitid(const struct look_thread *thread, struct child_wait *ret)
{
	uint64_t type = thread->arguments[0];

	ret->any = type != P_PID;
	ret->number = (uint32_t)thread->arguments[1];
	return true;
}

static bool read_wait(const struct looked *looked, struct child_wait *ret)
{
	const struct look_thread *thread = &looked->thread;

	*ret = (struct child_wait){};
	if (!looked_is_waiting(looked))
		return false;
	switch (thread->syscall) {
	case SYS_wait4:
		return read_wait4(thread, ret);
	case SYS_waitid:
		return read_waitid(thread, ret);
#ifdef SYS_vfork
	case SYS_vfork:
#endif
	case SYS_clone:
	case SYS_clone3:
		ret->youngest = true;
		return thread->state & KERNEL_UNINTERRUPTIBLE;
	default:
		return false;
	}
}

struct child {
	const struct look_thread *thread;
};

/* Processes by their parents. */
struct children {
	const struct relations *relations;
	ARRAY(struct child) list;
};

static int compare_parents(const void *left, const void *right)
{
	const struct look_thread *a = ((const struct child *)left)->thread;
	const struct look_thread *b = ((const struct child *)right)->thread;

	if (a->parent_tgid != b->parent_tgid)
		return a->parent_tgid < b->parent_tgid ? -1 : 1;
	if (a->start_ns != b->start_ns)
		return a->start_ns > b->start_ns ? -1 : 1; /* the youngest first */
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* A zombie has ended already. */
static int fill_children(struct children *children)
{
	const struct looked_threads *threads = children->relations->threads;

	for (size_t i = 0; i < threads->list.count; i++) {
		const struct look_thread *thread = &threads->list.items[i].thread;
		struct child *place;

		if (thread->tid != thread->tgid || thread->is_kernel || thread->state & 0x30)
			continue;
		place = array_push(&children->list);
		if (!place)
			return -ENOMEM;
		place->thread = thread;
	}
	if (children->list.count)
		qsort(children->list.items, children->list.count, sizeof(*children->list.items),
		      compare_parents);
	return 0;
}

static size_t first_child(const struct children *children, uint32_t parent)
{
	size_t low = 0, high = children->list.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (children->list.items[middle].thread->parent_tgid < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The number may be that of one of the child's threads, when it is traced. */
static bool is_awaited(const struct child_wait *wait, const struct look_thread *child)
{
	return wait->any || wait->youngest || wait->number == child->local_tid ||
	       wait->number == child->tid;
}

static int tell_children(struct children *children, const struct look_thread *thread,
			 const struct child_wait *wait, uint32_t *ret_told)
{
	struct event_relation relation = {
		.tid = thread->tid,
		.kind = RELATION_CHILD,
		.flags = RELATION_PROCESS,
	};
	int r = 0;

	for (size_t i = first_child(children, thread->tgid);
	     i < children->list.count && *ret_told < RELATION_PEERS_MAX && r == 0; i++) {
		const struct look_thread *child = children->list.items[i].thread;

		if (child->parent_tgid != thread->tgid || (wait->youngest && *ret_told))
			break;
		if (!is_awaited(wait, child))
			continue;
		++*ret_told;
		relation.peer = child->tid;
		r = relation_tell(children->relations, &relation, "");
	}
	return r;
}

static int tell_all(struct children *children)
{
	const struct looked_threads *threads = children->relations->threads;
	int r = fill_children(children);

	for (size_t i = 0; i < threads->list.count && r == 0; i++) {
		const struct looked *looked = &threads->list.items[i];
		struct child_wait wait;
		uint32_t told = 0;

		if (read_wait(looked, &wait))
			r = tell_children(children, &looked->thread, &wait, &told);
	}
	return r;
}

int relations_tell_children(struct relations *relations)
{
	struct children children = { .relations = relations };
	int r = tell_all(&children);

	array_free(&children.list);
	return r;
}
