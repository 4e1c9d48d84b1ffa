/* Which calls were made? The memory of the report. */
#include "finding/call_tree.h"

#include <stdlib.h>

void call_one_clear(struct call_one *one)
{
	array_free(&one->steps);
}

void call_report_free(struct call_report **report)
{
	struct call_report *old = *report;

	*report = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->slowest.count; i++)
		call_one_clear(&old->slowest.items[i]);
	for (size_t i = 0; i < old->each.count; i++)
		call_one_clear(&old->each.items[i]);
	texts_free(old->how.items, old->how.count);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->counts);
	array_free(&old->rows);
	array_free(&old->slowest);
	array_free(&old->each);
	array_free(&old->how);
	array_free(&old->notes);
	profile_free(&old->tree);
	free(old);
}

uint64_t call_count_avg(const struct call_count *count)
{
	return count->timed ? count->timed_ns / count->timed : 0;
}
