/* What does leaving the guest cost a durable write? The end of a report. */
#include "finding/world_switch.h"

void world_switch_free(struct world_switch *report)
{
	for (size_t i = 0; i < report->notes.count; i++)
		free(report->notes.items[i].words);
	array_free(&report->notes);
}
