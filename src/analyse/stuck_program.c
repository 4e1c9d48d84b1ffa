/* Does a thread wait for a lock that only its program knows? Its own functions tell. */
#include <string.h>

#include "analyse/stuck_state.h"

static const struct program_lock LOCKS[] = {
#define PROGRAM_LOCK(function, words, remedy) { function, words, remedy },
#include "analyse/program_locks.def"
#undef PROGRAM_LOCK
};

static const struct program_lock *find_lock(const char *function)
{
	for (size_t i = 0; i < array_count(LOCKS); i++) {
		if (strcmp(LOCKS[i].function, function) == 0)
			return &LOCKS[i];
	}
	return NULL;
}

const struct program_lock *thread_program_lock(const struct stuck *stuck,
					       const struct thread_seen *thread)
{
	const struct program_lock *lock = NULL;
	uint32_t content, count;
	const uint32_t *frames;

	if (!thread->last.user_stack ||
	    !stacks_find(&stuck->stacks, thread->last.user_stack, &content))
		return NULL;
	frames = stacks_frames(&stuck->stacks, content, &count);
	for (uint32_t i = count; i > 0 && !lock; i--) {
		const struct function *function = &stuck->stacks.functions.items[frames[i - 1]];

		lock = find_lock(names_text(&stuck->names, function->name));
	}
	return lock;
}
