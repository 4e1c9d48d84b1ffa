/* What does a title make of a thread's name? (event_title) */
#ifndef ANALYSE_TITLES_H
#define ANALYSE_TITLES_H

#include <stdint.h>

#include "analyse/names.h"
#include "event/event.h"

/*
 * A worker of the kernel with the workqueue that it works for, as ps shows it: "kworker/u8:2" and
 * "writeback" are "kworker/u8:2-writeback". Its name alone when that has one for good: a rescuer's.
 */
uint32_t title_worker_name(struct names *names, uint32_t comm, const struct event_title *event);

#endif
