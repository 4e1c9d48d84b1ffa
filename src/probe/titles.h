/* What do processes call themselves, and what do kernel workers work for? Told as TITLEs, each once
 * until it changes. */
#ifndef PROBE_TITLES_H
#define PROBE_TITLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"
#include "host/titles.h"

struct gathered_title {
	uint32_t tid;
	uint32_t spare;
	struct title title;
};

/* Zero: nothing is gathered, and nothing was told. */
struct titles {
	ARRAY(struct gathered_title) gathered;
	struct hash_map by_tid; /* place in gathered + 1 */
	struct hash_map told;   /* tid → hash of what was told of it; 0: it was not */
};

/*
 * Look at all processes, for no longer than a moment: of many thousands some stay without. What was
 * gathered before is forgotten; nothing is told yet. -ENOMEM.
 */
must_check int titles_gather(struct titles *titles, struct guard *guard);
/* A title that is known otherwise. -ENOMEM. */
must_check int titles_add(struct titles *titles, uint32_t tid, const char *text);

/* Tell the title of a thread that was told just now, if it has one. */
must_check int titles_tell_of(struct titles *titles, uint32_t tid, const struct event_sink *sink,
			      uint64_t time_ns, struct diag *why);
/* It runs another program now: its title is over. */
void titles_forget(struct titles *titles, uint32_t tid);

/* Tell what was gathered and is not told so: of all threads, or of those that were told. */
must_check int titles_tell(struct titles *titles, bool of_all, const struct event_sink *sink,
			   uint64_t time_ns, struct diag *why);

/* Tell this one, whatever was told before. */
must_check int title_tell(const struct event_sink *sink, uint64_t time_ns, uint32_t tid,
			  const char *text, struct diag *why);

void titles_free(struct titles *titles);

#endif
