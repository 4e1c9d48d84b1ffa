/* What was this one wait for? The classes of the analysis, asked without its memory of other waits.
 */
#include "analyse/reasons.h"

#include <errno.h>
#include <stdlib.h>

#include "analyse/classify.h"

struct reasons {
	struct classes classes;
	struct names names;
};

int reasons_new(struct reasons **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void reasons_free(struct reasons **reasons)
{
	if (!*reasons)
		return;
	classes_free(&(*reasons)->classes);
	names_free(&(*reasons)->names);
	free(*reasons);
	*reasons = NULL;
}

int reasons_take(struct reasons *reasons, const struct event *event)
{
	int r = 0;

	if (event->kind == EVENT_SYMBOL)
		r = classes_take_symbol(&reasons->classes, &reasons->names, (const void *)event);
	else if (event->kind == EVENT_STACK)
		r = classes_take_stack(&reasons->classes, &reasons->names, (const void *)event);
	return r == 0 && reasons->names.is_out_of_memory ? -ENOMEM : r;
}

int reasons_of(struct reasons *reasons, const struct event_wait *wait, enum cause *ret_cause,
	       const char **ret_words)
{
	const struct class *class;
	uint16_t id;
	int r = classes_of_wait_alone(&reasons->classes, &reasons->names, wait, &id);

	if (r < 0)
		return r;
	class = classes_get(&reasons->classes, id);
	*ret_cause = class->cause;
	*ret_words = names_text(&reasons->names, class->label);
	return 0;
}
