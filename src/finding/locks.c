/* Which locks were fought for? The names of a report's parts, and its memory. */
#include "finding/locks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const ORDERS[LOCK_ORDER_COUNT] = {
	[LOCK_ORDER_WAIT] = "wait", [LOCK_ORDER_CONTENTIONS] = "contentions",
	[LOCK_ORDER_AVG] = "avg",   [LOCK_ORDER_MAX] = "max",
	[LOCK_ORDER_HOLD] = "hold", [LOCK_ORDER_NAME] = "name",
};

const char *lock_order_name(enum lock_order order)
{
	return order < LOCK_ORDER_COUNT ? ORDERS[order] : "unknown";
}

int lock_order_read(const char *text, enum lock_order *ret)
{
	for (size_t i = 0; i < array_count(ORDERS); i++) {
		if (strcmp(text, ORDERS[i]) == 0) {
			*ret = (enum lock_order)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *lock_mode_name(enum lock_mode mode)
{
	switch (mode) {
	case LOCK_MODE_ANY:
		return "any";
	case LOCK_MODE_READ:
		return "read";
	case LOCK_MODE_WRITE:
		return "write";
	}
	return "unknown";
}

const char *lock_naming_name(enum lock_naming naming)
{
	switch (naming) {
	case LOCK_NAMED_NOT:
		return "unknown";
	case LOCK_NAMED_STATIC:
		return "static";
	case LOCK_NAMED_FIELD:
		return "field";
	case LOCK_NAMED_SLAB:
		return "slab";
	case LOCK_NAMED_MMAP:
		return "mmap";
	case LOCK_NAMED_CALLER:
		return "caller";
	case LOCK_NAMED_CODE:
		return "code";
	}
	return "unknown";
}

static void free_path(struct lock_path *path)
{
	for (size_t i = 0; i < path->frames.count; i++)
		free(path->frames.items[i].words);
	array_free(&path->frames);
}

void lock_free(struct lock *lock)
{
	for (size_t i = 0; i < lock->waiters.count; i++)
		free_path(&lock->waiters.items[i]);
	for (size_t i = 0; i < lock->releases.count; i++)
		free_path(&lock->releases.items[i]);
	array_free(&lock->waiters);
	array_free(&lock->releases);
	array_free(&lock->holders);
	array_free(&lock->doings);
}

void lock_class_free(struct lock_class *class)
{
	array_free(&class->waiting);
	array_free(&class->holding);
}

void lock_report_free(struct lock_report **report)
{
	struct lock_report *old = *report;

	if (!old)
		return;
	for (size_t i = 0; i < old->classes.rows.count; i++)
		lock_class_free(&old->classes.rows.items[i]);
	array_free(&old->classes.rows);
	for (size_t i = 0; i < old->watch.locks.count; i++)
		lock_free(&old->watch.locks.items[i]);
	array_free(&old->watch.locks);
	for (size_t i = 0; i < old->notes.count; i++)
		free(old->notes.items[i].words);
	array_free(&old->notes);
	free(old);
	*report = NULL;
}
