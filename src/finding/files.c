/* Which operations on which files took how long? The names of a report's parts. */
#include "finding/files.h"

#include <stdlib.h>
#include <string.h>

#include "finding/keys.h"

static const char *const KEY_NAMES[] = {
	[FILES_BY_FILE] = "file",     [FILES_BY_DIR] = "dir",   [FILES_BY_MOUNT] = "mount",
	[FILES_BY_TYPE] = "type",     [FILES_BY_OP] = "op",     [FILES_BY_ENGINE] = "engine",
	[FILES_BY_THREAD] = "thread", [FILES_BY_COMM] = "comm",
};

const char *files_key_name(enum files_key key)
{
	return key < FILES_KEY_COUNT ? KEY_NAMES[key] : "unknown";
}

bool files_keys_have(const struct files_keys *keys, enum files_key key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->items[i] == key)
			return true;
	}
	return false;
}

int files_keys_read(const char *text, struct files_keys *ret)
{
	size_t places[FILES_KEY_COUNT];
	int count = keys_read(text, KEY_NAMES, FILES_KEY_COUNT, places);

	if (count < 0)
		return count;
	*ret = (struct files_keys){ .count = (size_t)count };
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = (enum files_key)places[i];
	return 0;
}

const char *files_keep(struct files_report *report, const char *text)
{
	char **place;

	if (!text[0])
		return "";
	place = array_push(&report->texts);
	if (!place)
		return NULL;
	*place = strdup(text);
	return *place;
}

void files_report_free(struct files_report **report)
{
	struct files_report *old = *report;

	*report = NULL;
	if (!old)
		return;
	texts_free(old->notes.items, old->notes.count);
	for (size_t i = 0; i < old->texts.count; i++)
		free(old->texts.items[i]);
	latency_map_list_free(&old->maps);
	array_free(&old->rows);
	array_free(&old->slow);
	array_free(&old->back);
	array_free(&old->notes);
	array_free(&old->texts);
	free(old);
}
