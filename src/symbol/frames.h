/* What are the frames of a stack called? Inner to the namer. */
#ifndef SYMBOL_FRAMES_H
#define SYMBOL_FRAMES_H

#include <stdbool.h>

#include "base/own.h"
#include "event/event.h"
#include "symbol/addresses.h"
#include "symbol/chains.h"
#include "symbol/copied.h"

/*
 * Name the frames of a sound stack, whose addresses naming is of, up to so many: *ret is a copy
 * with them and without what may stand behind them, in room, valid until that is used again. With
 * chains (else NULL) the functions that were put into others are frames as well.
 */
must_check int frames_name(struct naming *naming, struct chains *chains,
			   const struct event_stack *stack, uint32_t frames, struct copied *room,
			   const struct event_stack **ret);

#endif
