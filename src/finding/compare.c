/* What got slower? The names of the kinds, and the end of a comparison. */
#include "finding/compare.h"

#include <stdlib.h>

const char *change_kind_name(enum change_kind kind)
{
	static const char *const NAMES[CHANGE_KINDS] = {
		[CHANGE_TIME] = "time",       [CHANGE_CAUSE] = "cause",
		[CHANGE_SUBJECT] = "subject", [CHANGE_FUNCTION] = "function",
		[CHANGE_POOL] = "pool",
	};

	return NAMES[kind];
}

size_t comparison_certain(const struct comparison *comparison)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->changes.count; i++)
		count += comparison->changes.items[i].is_certain;
	return count;
}

void comparison_free(struct comparison **comparison_pointer)
{
	struct comparison *comparison = *comparison_pointer;

	if (!comparison)
		return;
	for (size_t i = 0; i < comparison->before.count; i++)
		free(comparison->before.items[i].path);
	for (size_t i = 0; i < comparison->after.count; i++)
		free(comparison->after.items[i].path);
	texts_free(comparison->notes.items, comparison->notes.count);
	array_free(&comparison->before);
	array_free(&comparison->after);
	array_free(&comparison->changes);
	array_free(&comparison->notes);
	free(comparison);
	*comparison_pointer = NULL;
}
