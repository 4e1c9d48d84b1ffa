/* Which system calls did the threads make? The names of a report's parts. */
#include "finding/syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finding/keys.h"

static const char *const KEY_NAMES[] = {
	[SYSCALL_BY_THREAD] = "thread",   [SYSCALL_BY_COMM] = "comm",
	[SYSCALL_BY_POOL] = "pool",       [SYSCALL_BY_PROCESS] = "process",
	[SYSCALL_BY_SYSCALL] = "syscall",
};

static const char *const ORDER_NAMES[SYSCALL_ORDERS] = {
	[SYSCALL_ORDER_TOTAL] = "total",   [SYSCALL_ORDER_COUNT] = "count",
	[SYSCALL_ORDER_ERRORS] = "errors", [SYSCALL_ORDER_AVG] = "avg",
	[SYSCALL_ORDER_MAX] = "max",       [SYSCALL_ORDER_NAME] = "name",
};

const char *syscall_key_name(enum syscall_key key)
{
	return key < SYSCALL_KEY_COUNT ? KEY_NAMES[key] : "unknown";
}

bool syscall_keys_have(const struct syscall_keys *keys, enum syscall_key key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->items[i] == key)
			return true;
	}
	return false;
}

int syscall_keys_read(const char *text, struct syscall_keys *ret)
{
	size_t places[SYSCALL_KEY_COUNT];
	int count = keys_read(text, KEY_NAMES, SYSCALL_KEY_COUNT, places);

	if (count < 0)
		return count;
	*ret = (struct syscall_keys){ .count = (size_t)count };
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = (enum syscall_key)places[i];
	return 0;
}

const char *syscall_order_name(enum syscall_order order)
{
	return order < SYSCALL_ORDERS ? ORDER_NAMES[order] : "unknown";
}

int syscall_order_read(const char *text, enum syscall_order *ret)
{
	for (size_t i = 0; i < SYSCALL_ORDERS; i++) {
		if (strcmp(text, ORDER_NAMES[i]) == 0) {
			*ret = (enum syscall_order)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void free_slow(struct syscall_slow *slow)
{
	array_free(&slow->waits);
	array_free(&slow->frames);
}

void syscall_report_free(struct syscall_report **report)
{
	struct syscall_report *old = *report;

	*report = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->rows.count; i++)
		array_free(&old->rows.items[i].errors);
	for (size_t i = 0; i < old->slow.count; i++)
		free_slow(&old->slow.items[i]);
	for (size_t i = 0; i < old->notes.count; i++)
		free(old->notes.items[i].words);
	latency_map_list_free(&old->maps);
	array_free(&old->rows);
	array_free(&old->slow);
	array_free(&old->notes);
	profile_free(&old->subject);
	free(old);
}
