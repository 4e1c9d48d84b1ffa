/* Where did a thread sleep while its operation took long? Only long sleeps are told, each with the
 * stack it was on. */
#include <errno.h>
#include <string.h>

#include "analyse/files_state.h"

int filer_take_symbol(struct filer *filer, const struct event_symbol *event)
{
	uint64_t *place = hash_put(&filer->symbols, event->id);

	if (!place)
		return -ENOMEM;
	*place = names_put(&filer->names, event->text, event->name_bytes);
	return 0;
}

int filer_take_stack(struct filer *filer, const struct event_stack *event)
{
	uint64_t *place = hash_find(&filer->by_stack, event->id);
	struct filer_stack *stack;

	if (event->flags & STACK_USER || (!place && filer->stacks.count >= FILER_STACKS_MAX))
		return 0;
	if (place) {
		stack = &filer->stacks.items[*place - 1];
	} else {
		place = hash_put(&filer->by_stack, event->id);
		stack = place ? array_push(&filer->stacks) : NULL;
		if (!stack)
			return -ENOMEM;
		*place = filer->stacks.count;
	}
	memset(stack, 0, sizeof(*stack));
	for (uint32_t i = 0; i < event->frames && i < FILES_FRAMES; i++) {
		const uint64_t *name = hash_find(&filer->symbols, event->frame[i].symbol);

		stack->frames[i] = name ? (uint32_t)*name : 0;
	}
	return 0;
}

/* Of each thread the longest since its last operation ended: one operation at a time sleeps. */
void filer_take_wait(struct filer *filer, const struct event_wait *event)
{
	const uint64_t *place = hash_find(&filer->by_tid, event->tid);
	struct filer_thread *thread = place ? &filer->threads.items[*place - 1] : NULL;
	uint64_t ns = event->end_ns > event->start_ns ? event->end_ns - event->start_ns : 0;

	if (!thread || ns <= thread->slept_ns)
		return;
	thread->slept_ns = ns;
	thread->sleep_start_ns = event->start_ns;
	thread->sleep_stack = event->stack;
}

void filer_end_sleep(struct filer *filer, const struct event_io *io, struct filer_sleep *ret)
{
	const uint64_t *place = hash_find(&filer->by_tid, io->tid);
	struct filer_thread *thread = place ? &filer->threads.items[*place - 1] : NULL;
	bool is_own = io->engine == IO_SYNC || io->engine == IO_FAULT;

	*ret = (struct filer_sleep){};
	if (!thread || !is_own)
		return;
	if (thread->slept_ns && thread->sleep_start_ns >= io->start_ns)
		*ret = (struct filer_sleep){ thread->slept_ns, thread->sleep_stack };
	thread->slept_ns = 0;
}

int filer_tell_sleep(const struct filer *filer, const struct filer_sleep *sleep,
		     struct files_report *report, struct files_slow *slow)
{
	const uint64_t *place = hash_find(&filer->by_stack, sleep->stack);
	const struct filer_stack *stack = place ? &filer->stacks.items[*place - 1] : NULL;

	slow->slept_ns = sleep->ns;
	for (size_t i = 0; stack && i < FILES_FRAMES && stack->frames[i]; i++) {
		slow->frames[i] = files_keep(report, names_text(&filer->names, stack->frames[i]));
		if (!slow->frames[i])
			return -ENOMEM;
	}
	return 0;
}

void filer_sleeps_free(struct filer *filer)
{
	array_free(&filer->stacks);
	hash_free(&filer->by_stack);
	hash_free(&filer->symbols);
}
