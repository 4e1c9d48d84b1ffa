/* What is stuck? Each event goes to the part that it concerns. */
#include "analyse/stuck.h"

#include <errno.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define FACTS_MAX   1024u
#define DEVICES_MAX 4096u

int stuck_new(const struct stuck_options *options, struct stuck **ret)
{
	struct stuck *stuck = calloc(1, sizeof(*stuck));

	if (!stuck)
		return -ENOMEM;
	stuck->options = *options;
	*ret = stuck;
	return 0;
}

void stuck_free(struct stuck **stuck)
{
	struct stuck *old = *stuck;

	*stuck = NULL;
	if (!old)
		return;
	array_free(&old->threads);
	array_free(&old->processes);
	array_free(&old->edges);
	array_free(&old->possible);
	array_free(&old->facts);
	array_free(&old->devices);
	hash_free(&old->by_tid);
	hash_free(&old->by_tgid);
	klog_free(&old->klog);
	classes_free(&old->classes);
	stacks_free(&old->stacks);
	names_free(&old->names);
	free(old);
}

static int take_fact(struct stuck *stuck, const struct event_fact *event)
{
	struct known_fact *fact = stuck->facts.count < FACTS_MAX ? array_push(&stuck->facts) : NULL;

	if (!fact)
		return stuck->facts.count < FACTS_MAX ? -ENOMEM : 0;
	fact->key = names_put(&stuck->names, event->text, event->key_bytes);
	fact->value = names_put(&stuck->names, event->text + event->key_bytes, event->value_bytes);
	return 0;
}

static int take_device(struct stuck *stuck, const struct event_device *event)
{
	struct known_device *device;

	for (size_t i = 0; i < stuck->devices.count; i++) {
		if (stuck->devices.items[i].dev == event->dev)
			return 0;
	}
	if (stuck->devices.count >= DEVICES_MAX)
		return 0;
	device = array_push(&stuck->devices);
	if (!device)
		return -ENOMEM;
	device->dev = event->dev;
	device->name = names_put(&stuck->names, event->name, sizeof(event->name));
	return 0;
}

static int take_symbol(struct stuck *stuck, const struct event_symbol *event)
{
	int r = stacks_take_symbol(&stuck->stacks, &stuck->names, event);

	return r < 0 ? r : classes_take_symbol(&stuck->classes, &stuck->names, event);
}

static int take_stack(struct stuck *stuck, const struct event_stack *event)
{
	int r = stacks_take_stack(&stuck->stacks, event);

	if (r == 0 && !(event->flags & STACK_USER))
		r = classes_take_stack(&stuck->classes, &stuck->names, event);
	return r;
}

static void take_loss(struct stuck *stuck, const struct event_loss *event)
{
	if (event->what < STUCK_LOSSES)
		stuck->losses[event->what] += event->count;
	else
		stuck->other_losses += event->count;
}

static int dispatch(struct stuck *stuck, const void *event, enum event_kind kind)
{
	switch (kind) {
	case EVENT_FACT:
		return take_fact(stuck, event);
	case EVENT_WATCH:
		if (!stuck->is_watched)
			stuck->watch = *(const struct event_watch *)event;
		stuck->is_watched = true;
		return 0;
	case EVENT_WATCH_END:
		if (!stuck->has_ended)
			stuck->end_flags = ((const struct event_watch_end *)event)->flags;
		stuck->has_ended = true;
		return 0;
	case EVENT_TASK:
		return threads_take(stuck, event);
	case EVENT_TITLE:
		threads_title(stuck, event);
		return 0;
	case EVENT_THREAD:
		return threads_look(stuck, event);
	case EVENT_RELATION:
		return edges_take(stuck, event);
	case EVENT_LOG:
		return klog_take(&stuck->klog, &stuck->names, event);
	case EVENT_SYMBOL:
		return take_symbol(stuck, event);
	case EVENT_STACK:
		return take_stack(stuck, event);
	case EVENT_DEVICE:
		return take_device(stuck, event);
	case EVENT_LOSS:
		take_loss(stuck, event);
		return 0;
	case EVENT_TASK_END:
	case EVENT_FILE:
	case EVENT_RUN:
	case EVENT_WAIT:
	case EVENT_QUEUE:
	case EVENT_SAMPLE:
	case EVENT_SYSCALL:
	case EVENT_SYSCALL_SUM:
	case EVENT_REQUEST:
	case EVENT_LOCK:
	case EVENT_COUNTER:
	case EVENT_CGROUP:
	case EVENT_SAMPLER:
	case EVENT_MAPPING:
	case EVENT_USAGE:
	case EVENT_PLACE:
	case EVENT_SIGNAL:
	case EVENT_LOCK_NAME:
	case EVENT_LOCK_CLASS:
	case EVENT_LOCK_SITE:
	case EVENT_IO:
	case EVENT_TALLY:
	case EVENT_CALL:
	case EVENT_CALLEE:
		return 0; /* what happens between the looks is another command's */
	}
	return 0;
}

int stuck_take(void *self, const struct event *event, struct diag *why)
{
	struct stuck *stuck = self;
	int r;

	if (stuck->is_made || !event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > stuck->end_ns)
		stuck->end_ns = event->time_ns;
	r = dispatch(stuck, event, (enum event_kind)event->kind);
	if (r == 0 && stuck->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to judge the threads") : 0;
}

const char *stuck_fact(const struct stuck *stuck, const char *key)
{
	for (size_t i = stuck->facts.count; i-- > 0;) {
		if (strcmp(names_text(&stuck->names, stuck->facts.items[i].key), key) == 0)
			return names_text(&stuck->names, stuck->facts.items[i].value);
	}
	return NULL;
}
