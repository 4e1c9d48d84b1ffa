/* Where does a stack end whose frame pointers stand still? */
#include "symbol/still.h"

uint32_t still_frames_believed(const struct event_stack *stack)
{
	uint32_t believed = stack->frames;

	while (believed > 1 &&
	       stack->frame[believed - 2].address == stack->frame[stack->frames - 1].address)
		believed--;
	return stack->frames - believed + 1 < STILL_REPEATS_MIN ? stack->frames : believed;
}
