/* Where does a stack end whose frame pointers stand still? Inner to the namer. */
#ifndef SYMBOL_STILL_H
#define SYMBOL_STILL_H

#include <stdint.h>

#include "event/event.h"

/* So often one address ends no stack by chance: chains of callers end at the program's first one.
 */
enum {
	STILL_REPEATS_MIN = 32,
};

/*
 * So many frames of a user stack are to be believed, from the innermost one on: all, or up to the
 * first of the one address that the rest of it repeats. Such a stack comes from code that uses the
 * frame pointer for something else, so that it points to itself: whoever follows it finds the same
 * return address until the room is full. A recursion that is deeper than the room looks the same;
 * nothing is lost with it that was known: who called it is not in the stack.
 */
uint32_t still_frames_believed(const struct event_stack *stack);

#endif
