/* Where inside of the slow calls did the time go? The memory of the report. */
#include "finding/drill.h"

#include <stdlib.h>

const char *drill_by_name(enum drill_by by)
{
	switch (by) {
	case DRILL_BY_SYSCALL:
		return "syscall";
	case DRILL_BY_PROBES:
		return "probes";
	case DRILL_BY_STACKS:
		return "stacks";
	}
	return "unknown";
}

void drill_report_free(struct drill_report **report)
{
	struct drill_report *old = *report;

	*report = NULL;
	if (!old)
		return;
	texts_free(old->how.items, old->how.count);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->path);
	array_free(&old->causes);
	array_free(&old->slowest);
	array_free(&old->each);
	array_free(&old->how);
	array_free(&old->notes);
	profile_free(&old->tree);
	free(old);
}
