/* What is to be watched, and what is it called? */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/live.h"
#include "event/event.h"

enum watch_target target_kind(const struct live_options *options);

/* The command's file name, or the name of the first process; NUL-padded. */
void target_name(const struct live_options *options, char *name, size_t bytes);

/* -ESRCH: one of the processes is not there, or is only a thread. */
must_check int target_check(const struct live_options *options, struct diag *why);

#endif
