/* What happened just now? The last seconds of a stream, held in memory until somebody wants them in
 * a file. */
#ifndef RECORDING_RECENT_H
#define RECORDING_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct recent;

/* Hold keep_ns, or as much of it as fits into bytes_max. On success *ret is the caller's, to end
 * with recent_free(). -ENOMEM. */
must_check int recent_new(uint64_t keep_ns, size_t bytes_max, struct recent **ret);
void recent_free(struct recent **recent);

/*
 * Take the next event; fits struct event_sink. Who is who and what is called what is held for as
 * long as the stream lasts, in its last version: see recent_dictionary_bytes(). -ENOMEM.
 */
must_check int recent_take(void *recent, const struct event *event, struct diag *why);

/* What names, stacks, threads and the like take; it only grows. */
size_t recent_dictionary_bytes(const struct recent *recent);

/*
 * Write what is held up to end_ns as a whole recording, of a watch that began with it. A file that
 * is there is never touched: -EEXIST. *ret_ns: how long it is. -ENODATA: nothing is held, or no
 * watch had begun.
 */
must_check int recent_write(const struct recent *recent, const char *path, uint64_t end_ns,
			    uint64_t *ret_ns, struct diag *why);

#endif
