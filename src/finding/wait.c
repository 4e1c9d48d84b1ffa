/* Where did threads wait, what for, and who ended it? The names of a report's parts. */
#include "finding/wait.h"

#include <stdlib.h>

#include "finding/keys.h"

static const char *const KEY_NAMES[] = {
	[WAIT_BY_THREAD] = "thread",   [WAIT_BY_COMM] = "comm",         [WAIT_BY_POOL] = "pool",
	[WAIT_BY_CAUSE] = "cause",     [WAIT_BY_FUNCTION] = "function", [WAIT_BY_WAKER] = "waker",
	[WAIT_BY_SYSCALL] = "syscall", [WAIT_BY_STATE] = "state",
};

const char *wait_key_name(enum wait_key key)
{
	return key < WAIT_KEY_COUNT ? KEY_NAMES[key] : "unknown";
}

bool wait_keys_have(const struct wait_keys *keys, enum wait_key key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->items[i] == key)
			return true;
	}
	return false;
}

int wait_keys_read(const char *text, struct wait_keys *ret)
{
	size_t places[WAIT_KEY_COUNT];
	int count = keys_read(text, KEY_NAMES, WAIT_KEY_COUNT, places);

	if (count < 0)
		return count;
	*ret = (struct wait_keys){ .count = (size_t)count };
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = (enum wait_key)places[i];
	return 0;
}

const char *wait_state_name(enum wait_state state)
{
	switch (state) {
	case WAIT_STATE_ALL:
		return "all";
	case WAIT_STATE_D:
		return "D";
	case WAIT_STATE_S:
		return "S";
	}
	return "unknown";
}

const char *waker_kind_name(enum waker_kind kind)
{
	switch (kind) {
	case WAKER_THREAD:
		return "thread";
	case WAKER_INTERRUPT:
		return "interrupt";
	case WAKER_SOFTIRQ:
		return "softirq";
	case WAKER_UNKNOWN:
		return "unknown";
	case WAKER_NONE:
		return "none";
	case WAKER_REST:
		return "rest";
	}
	return "unknown";
}

void wait_report_free(struct wait_report **report)
{
	struct wait_report *old = *report;

	*report = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->notes.count; i++)
		free(old->notes.items[i].words);
	array_free(&old->rows);
	array_free(&old->nodes);
	array_free(&old->edges);
	array_free(&old->by_waker);
	array_free(&old->notes);
	profile_free(&old->tree);
	free(old);
}
