/* Where did threads wait, what for, and who ended it? The names of a report's parts. */
#include "finding/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const KEY_NAMES[] = {
	[WAIT_BY_THREAD] = "thread",   [WAIT_BY_COMM] = "comm",         [WAIT_BY_POOL] = "pool",
	[WAIT_BY_CAUSE] = "cause",     [WAIT_BY_FUNCTION] = "function", [WAIT_BY_WAKER] = "waker",
	[WAIT_BY_SYSCALL] = "syscall", [WAIT_BY_STATE] = "state",
};

const char *wait_key_name(enum wait_key key)
{
	return key < WAIT_KEY_COUNT ? KEY_NAMES[key] : "unknown";
}

static enum wait_key find_key(const char *text, size_t bytes)
{
	enum wait_key key = 0;

	while (key < WAIT_KEY_COUNT &&
	       (strlen(KEY_NAMES[key]) != bytes || strncmp(KEY_NAMES[key], text, bytes) != 0))
		key++;
	return key;
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
	struct wait_keys keys = {};

	for (;; text++) {
		size_t bytes = strcspn(text, ",");
		enum wait_key key = find_key(text, bytes);

		if (key == WAIT_KEY_COUNT || wait_keys_have(&keys, key))
			return -EINVAL;
		keys.items[keys.count++] = key;
		text += bytes;
		if (!*text)
			break;
	}
	*ret = keys;
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
