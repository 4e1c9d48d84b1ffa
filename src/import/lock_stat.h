/*
 * What has the kernel counted of its locks? Turns the text of /proc/lock_stat into events: every
 * version of it, with the columns that its own heading names.
 */
#ifndef IMPORT_LOCK_STAT_H
#define IMPORT_LOCK_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Tell the text's classes of locks and call sites as LOCK_CLASS and LOCK_SITE of this look, at this
 * time; its version, the kernel's own warnings, and what could not be read as facts
 * ("lock_stat.version", "lock_stat.warning", "lock_stat.damage"). A text that was cut is read up to
 * its last whole line. -EBADMSG: it is no such text.
 */
must_check int lock_stat_read(const char *text, size_t bytes, uint32_t look, uint64_t time_ns,
			      const struct event_sink *sink, struct diag *why);

#endif
