/* Does a thread wait for a lock that only its program knows? Its own functions tell, or what it
 * calls itself. */
#include <string.h>

#include "analyse/stuck_state.h"

/* In the words of its process, which are its first thread's. */
static const struct program_lock *find_by_title(const struct stuck *stuck,
						const struct thread_seen *thread)
{
	return thread->title ? program_lock_of_title(names_text(&stuck->names, thread->title))
			     : NULL;
}

const struct program_lock *thread_program_lock(const struct stuck *stuck,
					       const struct thread_seen *thread)
{
	const struct program_lock *lock = NULL;
	uint32_t content, count;
	const uint32_t *frames;

	if (!thread->last.user_stack ||
	    !stacks_find(&stuck->stacks, thread->last.user_stack, &content))
		return find_by_title(stuck, thread);
	frames = stacks_frames(&stuck->stacks, content, &count);
	for (uint32_t i = count; i > 0 && !lock; i--) {
		const struct function *function = &stuck->stacks.functions.items[frames[i - 1]];

		lock = program_lock_of_function(names_text(&stuck->names, function->name));
	}
	return lock ?: find_by_title(stuck, thread);
}
