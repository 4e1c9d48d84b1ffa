/* Who ended a wait: a thread, or what else? */
#ifndef ANALYSE_WAKERS_H
#define ANALYSE_WAKERS_H

#include "event/event.h"
#include "finding/wait.h"

static inline enum waker_kind waker_kind_of(const struct event_wait *event)
{
	if (event->flags & SPAN_OPEN_END)
		return WAKER_NONE;
	if (event->waker_tid)
		return WAKER_THREAD;
	if (event->flags & SPAN_WOKEN_IRQ)
		return WAKER_INTERRUPT;
	return event->flags & SPAN_WOKEN_SOFTIRQ ? WAKER_SOFTIRQ : WAKER_UNKNOWN;
}

#endif
