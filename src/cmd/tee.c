/* Who gets the events of a watch? */
#include "cmd/tee.h"

#include "recording/recording.h"

/* The reason stands in tee->recording. */
static void stop_recording(struct tee *tee)
{
	recording_writer_free(&tee->writer);
}

int tee_take(void *self, const struct event *event, struct diag *why)
{
	struct tee *tee = self;

	tee->events++;
	if (tee->writer && recording_take(tee->writer, event, tee->recording) < 0)
		stop_recording(tee);
	return tee->thinker ? event_sink_take(tee->thinker, event, why) : 0;
}

void tee_flush(struct tee *tee)
{
	if (tee->writer && recording_flush(tee->writer, tee->recording) < 0)
		stop_recording(tee);
}

void tee_finish(struct tee *tee)
{
	int r;

	if (!tee->writer)
		return;
	r = recording_close(&tee->writer, tee->recording);
	if (r < 0)
		tee->recording->code = r;
}
