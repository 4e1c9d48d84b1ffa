/* Which facts were told? A sink that writes them down, a line for each. */
#ifndef TESTS_UNIT_HOST_HEARD_FACTS_H
#define TESTS_UNIT_HOST_HEARD_FACTS_H

#include <stdio.h>
#include <string.h>

#include "event/event.h"
#include "harness/test.h"

struct heard_facts {
	char text[16384]; /* "KEY=VALUE\n" */
	int fail;         /* what the sink returns */
};

static inline int hear_fact(void *self, const struct event *event, struct diag *why)
{
	const struct event_fact *fact = (const void *)event;
	struct heard_facts *heard = self;
	size_t used = strlen(heard->text);

	if (heard->fail)
		return diag_set(why, heard->fail, "no more");
	assert_true(event_is_sound(event, event->bytes));
	if (event->kind == EVENT_FACT)
		(void)snprintf(heard->text + used, sizeof(heard->text) - used, "%.*s=%.*s\n",
			       (int)fact->key_bytes, fact->text, (int)fact->value_bytes,
			       fact->text + fact->key_bytes);
	return 0;
}

#endif
