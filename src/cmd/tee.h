/* Who gets the events of a watch? A recording, if one is kept, and whoever thinks. */
#ifndef CMD_TEE_H
#define CMD_TEE_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct recording_writer;

struct tee {
	struct recording_writer *writer;  /* NULL: none, or no more */
	const struct event_sink *thinker; /* NULL: none */
	struct diag *recording;           /* why the recording stopped early */
	uint64_t events;
};

/* Has the shape of a sink. A recording that cannot go on is given up, with the reason in
 * tee->recording; what was written stays readable. */
must_check int tee_take(void *tee, const struct event *event, struct diag *why);

/* What was taken so far outlives us. */
void tee_flush(struct tee *tee);

/* The recording is whole. */
void tee_finish(struct tee *tee);

#endif
