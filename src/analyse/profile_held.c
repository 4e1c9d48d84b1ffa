/* Below which user code does a wait stand? The stack of its system call is told when that call
 * ends, and only now and then. */
#include <errno.h>

#include "analyse/profile_state.h"

#define LAST_CALLS_MAX (1u << 18)

static int add(struct profiler *profiler, const struct task *task, uint32_t user,
	       const struct held_wait *wait)
{
	const struct aggregate amount = {
		.comm = task->comm,
		.user = user,
		.kernel = wait->kernel,
		.samples = wait->count,
		.weight = wait->ns,
	};

	return wait->ns || wait->count ? aggregates_add(&profiler->wall.aggregates, &amount) : 0;
}

static uint64_t call_key(const struct task *task, int32_t number)
{
	return (uint64_t)task->tid << 32 | (uint32_t)number;
}

int held_let_go(struct profiler *profiler, struct task *task)
{
	int r = 0;

	for (uint32_t i = 0; i < task->held_count && r == 0; i++) {
		const struct held_wait *held = &task->held[i];
		const uint64_t *user =
			hash_find(&profiler->wall.last_calls, call_key(task, held->syscall));

		r = add(profiler, task, user ? (uint32_t)*user : 0, held);
	}
	task->held_count = 0;
	return r;
}

static int hold(struct profiler *profiler, struct task *task, const struct held_wait *wait)
{
	int r;

	for (uint32_t i = 0; i < task->held_count; i++) {
		struct held_wait *held = &task->held[i];

		/* Those of an earlier call, too short to be told by itself. */
		if (held->syscall != wait->syscall)
			break;
		if (held->kernel == wait->kernel) {
			held->ns += wait->ns;
			held->count += wait->count;
			return 0;
		}
	}
	if (task->held_count == HELD_WAITS_MAX ||
	    (task->held_count && task->held[0].syscall != wait->syscall)) {
		r = held_let_go(profiler, task);
		if (r < 0)
			return r;
	}
	if (!task->held)
		task->held = calloc(HELD_WAITS_MAX, sizeof(*task->held));
	if (!task->held)
		return -ENOMEM;
	task->held[task->held_count++] = *wait;
	return 0;
}

int held_add(struct profiler *profiler, struct task *task, const struct held_wait *wait)
{
	return wait->syscall < 0 ? add(profiler, task, 0, wait) : hold(profiler, task, wait);
}

int held_take_syscall(struct profiler *profiler, struct task *task,
		      const struct event_syscall *event)
{
	struct wall *wall = &profiler->wall;
	uint64_t key = call_key(task, event->number), *last;
	uint32_t content;

	if (stacks_find(&profiler->stacks, event->user_stack, &content) && content) {
		last = hash_find(&wall->last_calls, key);
		if (!last && wall->last_calls.count < LAST_CALLS_MAX) {
			last = hash_put(&wall->last_calls, key);
			if (!last)
				return -ENOMEM;
		}
		if (last)
			*last = content;
	}
	return held_let_go(profiler, task);
}
