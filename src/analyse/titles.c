/* What does a title make of a thread's name? */
#include "analyse/titles.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#define RESCUER "kworker/R-"

uint32_t title_worker_name(struct names *names, uint32_t comm, const struct event_title *event)
{
	const char *name = names_text(names, comm);
	char text[96];
	int bytes;

	if (strncmp(name, RESCUER, strlen(RESCUER)) == 0 || !event->text_bytes)
		return comm;
	bytes = snprintf(text, sizeof(text), "%.*s-%.*s", (int)MIN(strcspn(name, "-+"), 16UL), name,
			 (int)MIN(event->text_bytes, 64), event->text);
	return names_put(names, text, bytes > 0 ? (size_t)bytes : 0);
}
