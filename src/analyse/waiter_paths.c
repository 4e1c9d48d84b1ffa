/* Where in the tree does a wait stand? Below the stack that it slept on: what for, who ended it,
 * and that one's stack, turned so that the two meet at their tips. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/interrupted.h"
#include "analyse/patterns.h"
#include "analyse/roles.h"
#include "analyse/waiter_state.h"

/* The kernel's loop of a worker calls what it was asked to do. */
static const char WORK_LOOP[] = "process_one_work";

struct path {
	uint32_t frames[2 * STACK_FRAMES_MAX + 2];
	uint32_t count;
};

static const char *name_of(const struct waiter *waiter, uint32_t function)
{
	const struct profiler *profiler = waiter->profiler;

	return names_text(&profiler->names, profiler->stacks.functions.items[function].name);
}

uint32_t path_work(const struct waiter *waiter, uint32_t content)
{
	const struct stacks *stacks = &waiter->profiler->stacks;
	uint32_t count;
	const uint32_t *frames = stacks_frames(stacks, content, &count);

	for (uint32_t i = 0; i + 1 < count; i++) {
		if (strcmp(name_of(waiter, frames[i]), WORK_LOOP) == 0)
			return stacks->functions.items[frames[i + 1]].name;
	}
	return 0;
}

uint32_t path_interrupt(struct waiter *waiter, uint32_t content)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&waiter->profiler->stacks, content, &count);

	while (count-- > 0) {
		const char *words = role_of_interrupt(name_of(waiter, frames[count]));

		if (words)
			return names_put(&waiter->profiler->names, words, strlen(words));
	}
	return 0;
}

bool path_has(const struct waiter *waiter, uint32_t content, const char *function)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&waiter->profiler->stacks, content, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(name_of(waiter, frames[i]), function) == 0)
			return true;
	}
	return false;
}

static bool fits_any(const char *name, const char *patterns)
{
	while (*patterns) {
		size_t bytes = strcspn(patterns, "|");
		char pattern[64];

		(void)snprintf(pattern, sizeof(pattern), "%.*s", (int)bytes, patterns);
		if (pattern_fits(name, pattern, NULL))
			return true;
		patterns += bytes + (patterns[bytes] == '|');
	}
	return false;
}

bool path_wakes_in(const struct waiter *waiter, uint32_t content, const char *function)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&waiter->profiler->stacks, content, &count);

	/* From the inside out. */
	while (count-- > 0) {
		const char *name = name_of(waiter, frames[count]);

		if (fits_any(name, INTERRUPT_ENTRIES "|" SOFTIRQ_ENTRIES))
			return false;
		if (strcmp(name, function) == 0)
			return true;
	}
	return false;
}

/* "stack not taken: read, S" */
static int untaken_frame(struct waiter *waiter, const struct seen *seen, uint32_t *ret)
{
	struct names *names = &waiter->profiler->names;
	const char *call = syscall_name(seen->event->syscall);
	const char *cause = cause_id(seen->class->cause);
	char text[96], number[24] = "no system call";
	struct function leaf = { .kind = FRAME_BLOCKED };
	int bytes;

	if (seen->event->syscall >= 0)
		(void)snprintf(number, sizeof(number), "system call %d", seen->event->syscall);
	bytes = snprintf(text, sizeof(text), "stack not taken: %s, %c", call ? call : number,
			 wait_state_letter(seen->event->state));
	leaf.name = names_put(names, text, bytes > 0 ? (size_t)bytes : 0);
	if (seen->class->cause != CAUSE_UNKNOWN)
		leaf.module = names_put(names, cause, strlen(cause));
	return stacks_function(&waiter->profiler->stacks, &leaf, ret);
}

static int add_leaf(struct waiter *waiter, const struct seen *seen, struct path *path)
{
	uint32_t *place = &path->frames[path->count++];

	if (seen->is_untaken)
		return untaken_frame(waiter, seen, place);
	return blocked_frame(waiter->profiler, seen->class, place);
}

/* "an interrupt (a timer)" */
static uint32_t waker_name(struct names *names, const char *kind, uint32_t work)
{
	const char *words = names_text(names, work);
	char text[80];
	int bytes = snprintf(text, sizeof(text), "%s%s%.40s%s", kind, work ? " (" : "", words,
			     work ? ")" : "");

	return names_put(names, text, bytes > 0 ? (size_t)bytes : 0);
}

static int add_waker(struct waiter *waiter, const struct seen *seen, struct path *path)
{
	const struct node *node = &waiter->graph.nodes.items[seen->waker];
	struct names *names = &waiter->profiler->names;
	struct function waker = { .kind = FRAME_WAKER, .name = node->name, .module = seen->device };
	const char *kind = NULL;

	switch ((enum waker_kind)node->kind) {
	case WAKER_THREAD:
		break;
	case WAKER_INTERRUPT:
		kind = "an interrupt";
		break;
	case WAKER_SOFTIRQ:
		kind = "a soft interrupt";
		break;
	case WAKER_UNKNOWN:
		break;
	case WAKER_NONE:
		kind = "nobody yet";
		break;
	case WAKER_REST:
		kind = "one of the rest";
		break;
	}
	if (kind)
		waker.name = waker_name(names, kind, node->work);
	return stacks_function(&waiter->profiler->stacks, &waker, &path->frames[path->count++]);
}

/* From the inside out, without the watching itself. */
static void add_waker_stack(const struct waiter *waiter, uint32_t content, struct path *path)
{
	uint32_t count, end;
	const uint32_t *frames = stacks_frames(&waiter->profiler->stacks, content, &count);

	end = count;
	for (uint32_t i = count; i-- > 0;) {
		if (function_is_tracing(name_of(waiter, frames[i])))
			end = i;
	}
	while (end-- > 0)
		path->frames[path->count++] = frames[end];
}

static int make(struct waiter *waiter, const struct seen *seen, uint32_t *ret)
{
	struct stacks *stacks = &waiter->profiler->stacks;
	struct path path = { .count = 0 };
	uint32_t count;
	const uint32_t *outer = stacks_frames(stacks, seen->stack, &count);
	int r;

	if (count)
		memcpy(path.frames, outer, count * sizeof(*outer));
	path.count = count;
	r = add_leaf(waiter, seen, &path);
	if (r == 0)
		r = add_waker(waiter, seen, &path);
	if (r < 0)
		return r;
	add_waker_stack(waiter, seen->waker_stack, &path);
	return stacks_put(stacks, path.frames, path.count, ret);
}

int path_of(struct waiter *waiter, const struct seen *seen, uint32_t *ret)
{
	uint64_t stacks = (uint64_t)seen->stack << 32 | seen->waker_stack;
	uint64_t ends =
		(uint64_t)seen->waker << 32 | (uint64_t)seen->class_id << 1 | seen->is_untaken;
	uint64_t bare = (uint64_t)(uint32_t)seen->event->syscall << 8 |
			(unsigned char)wait_state_letter(seen->event->state);
	uint64_t last = seen->is_untaken ? bare : 0;
	uint64_t key = hash_pair(hash_pair(stacks, ends), last << 24 ^ seen->device);
	uint64_t *kept = hash_find(&waiter->paths, key);
	int r;

	if (kept) {
		*ret = (uint32_t)*kept;
		return 0;
	}
	if (waiter->paths.count >= (waiter->paths_limit ?: WAIT_PATHS_MAX)) {
		struct seen stackless = *seen;

		waiter->crowded++;
		stackless.stack = stackless.waker_stack = 0;
		return make(waiter, &stackless, ret);
	}
	r = make(waiter, seen, ret);
	if (r < 0)
		return r;
	kept = hash_put(&waiter->paths, key);
	if (!kept)
		return -ENOMEM;
	*kept = *ret;
	return 0;
}
