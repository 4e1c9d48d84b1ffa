/* What was told before? Each kind of thing has its table and its limit; what is beyond it is
 * counted. */
#include "export/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* At most some 200 MB in all. */
enum {
	TASKS_MAX = 1 << 20,
	SYMBOLS_MAX = 1 << 20,
	STACKS_MAX = 1 << 20,
	FRAMES_MAX = 1 << 22,
	BLOCK_BYTES = 1 << 18,
	BLOCKS_MAX = 256,
};

/* NULL: there is no room, or (is_full) no memory. */
static char *new_text(struct told *told, size_t bytes, bool *is_full)
{
	char **block;

	*is_full = false;
	if (!told->blocks.count || told->block_used + bytes > BLOCK_BYTES) {
		*is_full = told->blocks.count >= BLOCKS_MAX || bytes > BLOCK_BYTES;
		block = *is_full ? NULL : array_push(&told->blocks);
		if (!block)
			return NULL;
		*block = malloc(BLOCK_BYTES);
		if (!*block) {
			told->blocks.count--;
			return NULL;
		}
		told->block_used = 0;
	}
	told->block_used += bytes;
	return told->blocks.items[told->blocks.count - 1] + told->block_used - bytes;
}

static int take_task(struct told *told, const struct event_task *event)
{
	uint64_t *place = hash_put(&told->by_tid, event->tid);
	struct told_task *task;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		if (told->tasks.count >= TASKS_MAX) {
			told->left_out++;
			hash_remove(&told->by_tid, event->tid);
			return 0;
		}
		if (!array_push(&told->tasks)) {
			hash_remove(&told->by_tid, event->tid);
			return -ENOMEM;
		}
		*place = told->tasks.count;
	}
	task = &told->tasks.items[*place - 1];
	task->tid = event->tid;
	task->tgid = event->tgid;
	task->is_target = event->flags & TASK_TARGET;
	memcpy(task->comm, event->comm, sizeof(event->comm));
	return 0;
}

static int keep_symbol(struct told *told, const struct event_symbol *event, struct told_symbol *ret)
{
	size_t bytes = (size_t)event->name_bytes + event->module_bytes + 2;
	bool is_full;
	char *text = new_text(told, bytes, &is_full);

	if (!text)
		return is_full ? -ENOSPC : -ENOMEM;
	memcpy(text, event->text, event->name_bytes);
	text[event->name_bytes] = '\0';
	ret->name = text;
	text += event->name_bytes + 1;
	memcpy(text, event->text + event->name_bytes, event->module_bytes);
	text[event->module_bytes] = '\0';
	ret->module = text;
	return 0;
}

static int take_symbol(struct told *told, const struct event_symbol *event)
{
	struct told_symbol symbol, *kept;
	uint64_t *place;
	int r;

	if (told->without_symbols || hash_find(&told->by_symbol, event->id))
		return 0;
	r = told->symbols.count < SYMBOLS_MAX ? keep_symbol(told, event, &symbol) : -ENOSPC;
	if (r == -ENOSPC) {
		told->left_out++;
		return 0;
	}
	if (r < 0)
		return r;
	kept = array_push(&told->symbols);
	place = kept ? hash_put(&told->by_symbol, event->id) : NULL;
	if (!place)
		return -ENOMEM;
	*kept = symbol;
	*place = told->symbols.count;
	return 0;
}

/* Those told before are not named any more. */
static void forget_stacks(struct told *told)
{
	hash_free(&told->by_stack);
	told->stacks.count = 0;
	told->frames.count = 0;
}

static int keep_frames(struct told *told, const struct event_stack *event)
{
	for (uint32_t i = 0; i < event->frames; i++) {
		struct event_frame *frame = array_push(&told->frames);

		if (!frame)
			return -ENOMEM;
		*frame = event->frame[i];
	}
	return 0;
}

static int take_stack(struct told *told, const struct event_stack *event)
{
	struct told_stack *stack;
	uint64_t *place;

	if (event->flags & STACK_AFRESH)
		forget_stacks(told);
	if (!event->id || hash_find(&told->by_stack, event->id))
		return 0;
	if (told->stacks.count >= STACKS_MAX || told->frames.count + event->frames > FRAMES_MAX) {
		told->left_out++;
		return 0;
	}
	stack = array_push(&told->stacks);
	if (!stack)
		return -ENOMEM;
	*stack = (struct told_stack){
		.first = (uint32_t)told->frames.count,
		.count = event->frames,
		.is_user = event->flags & STACK_USER,
	};
	place = keep_frames(told, event) == 0 ? hash_put(&told->by_stack, event->id) : NULL;
	if (!place)
		return -ENOMEM;
	*place = told->stacks.count;
	return 0;
}

int told_take(struct told *told, const struct event *event)
{
	if (event->kind == EVENT_TASK)
		return take_task(told, (const void *)event);
	if (event->kind == EVENT_SYMBOL)
		return take_symbol(told, (const void *)event);
	if (event->kind == EVENT_STACK)
		return take_stack(told, (const void *)event);
	return 0;
}

struct told_task *told_task(const struct told *told, uint32_t tid)
{
	const uint64_t *place = hash_find(&told->by_tid, tid);

	return place ? &told->tasks.items[*place - 1] : NULL;
}

const struct told_symbol *told_symbol(const struct told *told, uint32_t id)
{
	const uint64_t *place = id ? hash_find(&told->by_symbol, id) : NULL;

	return place ? &told->symbols.items[*place - 1] : NULL;
}

const struct told_stack *told_stack(const struct told *told, uint64_t id)
{
	const uint64_t *place = id ? hash_find(&told->by_stack, id) : NULL;

	return place ? &told->stacks.items[*place - 1] : NULL;
}

void told_free(struct told *told)
{
	for (size_t i = 0; i < told->blocks.count; i++)
		free(told->blocks.items[i]);
	array_free(&told->blocks);
	array_free(&told->tasks);
	array_free(&told->symbols);
	array_free(&told->stacks);
	array_free(&told->frames);
	hash_free(&told->by_tid);
	hash_free(&told->by_symbol);
	hash_free(&told->by_stack);
}
