/* How do two processors read one file? Events are copied into batches, a ring of them between the
 * threads: a lock is taken once for hundreds of events. */
#include "cmd/relay.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A batch holds the largest event there is, and some hundreds of others. */
#define BATCH_BYTES ((size_t)512 << 10)
#define BATCHES     4u

struct batch {
	size_t bytes;
	_Alignas(8) unsigned char events[BATCH_BYTES];
};

struct relay {
	struct event_sink next;
	pthread_t thread;
	pthread_mutex_t
		lock; /* for what is from here to batches; a batch is of one side at a time */
	pthread_cond_t changed;
	size_t filled; /* batches so far */
	size_t taken;
	bool is_over; /* no more will be filled */
	bool is_left; /* what was filled need not be taken */
	bool has_ended;
	struct diag answer; /* of the other sink, code 0: none yet */
	struct batch batches[BATCHES];
};

static struct batch *filling(struct relay *relay)
{
	return &relay->batches[relay->filled % BATCHES];
}

/* The next batch to take; NULL: there will be none. */
static const struct batch *wait_for_batch(struct relay *relay)
{
	const struct batch *batch = NULL;

	(void)pthread_mutex_lock(&relay->lock);
	while (relay->taken == relay->filled && !relay->is_over)
		(void)pthread_cond_wait(&relay->changed, &relay->lock);
	if (relay->taken < relay->filled && !relay->is_left)
		batch = &relay->batches[relay->taken % BATCHES];
	(void)pthread_mutex_unlock(&relay->lock);
	return batch;
}

static int take_batch(const struct relay *relay, const struct batch *batch, struct diag *why)
{
	size_t at = 0;
	int r = 0;

	while (at < batch->bytes && r == 0) {
		const struct event *event = (const void *)(batch->events + at);

		at += event->bytes;
		r = event_sink_take(&relay->next, event, why);
	}
	return r;
}

static void *take_all(void *self)
{
	struct relay *relay = self;
	const struct batch *batch;

	while ((batch = wait_for_batch(relay)) != NULL) {
		struct diag why = {};
		int r = take_batch(relay, batch, &why);

		(void)pthread_mutex_lock(&relay->lock);
		relay->taken++;
		relay->answer = why;
		relay->answer.code = r;
		(void)pthread_cond_signal(&relay->changed);
		(void)pthread_mutex_unlock(&relay->lock);
		if (r < 0)
			break;
	}
	return NULL;
}

/* Give the batch that was filled to the other side, and wait for room for the next. */
static int hand_over(struct relay *relay, struct diag *why)
{
	int r;

	(void)pthread_mutex_lock(&relay->lock);
	relay->filled++;
	(void)pthread_cond_signal(&relay->changed);
	while (relay->filled - relay->taken == BATCHES && relay->answer.code == 0)
		(void)pthread_cond_wait(&relay->changed, &relay->lock);
	r = relay->answer.code;
	if (r < 0)
		*why = relay->answer;
	(void)pthread_mutex_unlock(&relay->lock);
	filling(relay)->bytes = 0;
	return r;
}

static void end(struct relay *relay, bool is_left)
{
	if (relay->has_ended)
		return;
	relay->has_ended = true;
	(void)pthread_mutex_lock(&relay->lock);
	relay->is_over = true;
	relay->is_left = is_left;
	(void)pthread_cond_signal(&relay->changed);
	(void)pthread_mutex_unlock(&relay->lock);
	(void)pthread_join(relay->thread, NULL);
}

int relay_new(const struct event_sink *next, struct relay **ret)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	int r;

	if (!relay)
		return -ENOMEM;
	relay->next = *next;
	(void)pthread_mutex_init(&relay->lock, NULL);
	(void)pthread_cond_init(&relay->changed, NULL);
	r = pthread_create(&relay->thread, NULL, take_all, relay);
	if (r != 0) {
		free(relay);
		return -r;
	}
	*ret = relay;
	return 0;
}

int relay_take(void *self, const struct event *event, struct diag *why)
{
	struct relay *relay = self;
	struct batch *batch = filling(relay);
	int r = 0;

	if (event->bytes > BATCH_BYTES)
		return diag_set(why, -EMSGSIZE, "an event of %u bytes is too large", event->bytes);
	if (batch->bytes + event->bytes > BATCH_BYTES)
		r = hand_over(relay, why);
	if (r < 0)
		return r;
	batch = filling(relay);
	memcpy(batch->events + batch->bytes, event, event->bytes);
	batch->bytes += event->bytes;
	return 0;
}

int relay_finish(struct relay *relay, struct diag *why)
{
	int r = hand_over(relay, why);

	end(relay, r < 0);
	if (r == 0 && relay->answer.code < 0) {
		*why = relay->answer;
		r = relay->answer.code;
	}
	return r;
}

void relay_free(struct relay **relay)
{
	struct relay *old = give(*relay);

	if (!old)
		return;
	end(old, true);
	(void)pthread_cond_destroy(&old->changed);
	(void)pthread_mutex_destroy(&old->lock);
	free(old);
}
