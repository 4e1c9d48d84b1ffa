/* Who holds the futex that a thread waits for? Its tid stands in the process's own memory. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host/guarded.h"
#include "probe/futexes.h"
#include "probe/relations.h"

enum {
	CHUNK = PEEK_THREADS_MAX,
};

/* --- of one process at a time --- */

/* The waiting threads of one process, and the numbers by which it knows its threads. */
struct batch {
	struct relations *relations;
	uint32_t tgid;
	struct hash_map numbers; /* in the process's namespace → tid */
	size_t count;
	const struct looked *waiters[CHUNK];
	struct futex_wait waits[CHUNK];
	uint64_t addresses[CHUNK];
};

static bool is_of_process(void *self, uint32_t number)
{
	const struct batch *batch = self;

	return hash_find(&batch->numbers, number) != NULL;
}

/* A mutex that processes share may be held by a thread of another. In a namespace of its own the
 * number means nothing to others. */
static void find_elsewhere(const struct batch *batch, const struct looked *waiter,
			   struct event_relation *relation)
{
	if (waiter->thread.local_tid != waiter->thread.tid)
		relation->peer = 0;
	else if (looked_find(batch->relations->threads, relation->peer))
		relation->flags = 0;
}

static int tell_holder(struct batch *batch, size_t i, const struct peek_words *words)
{
	struct futex_holder holder =
		futex_holder_find(&batch->waits[i], words, is_of_process, batch);
	const uint64_t *tid = hash_find(&batch->numbers, holder.number);
	struct event_relation relation = {
		.tid = batch->waiters[i]->thread.tid,
		.kind = RELATION_FUTEX,
		.peer = tid ? (uint32_t)*tid : holder.number,
		.object = batch->waits[i].address,
		.flags = holder.is_gone ? RELATION_GONE : 0,
	};

	if (!holder.number)
		return 0;
	if (holder.is_gone)
		find_elsewhere(batch, batch->waiters[i], &relation);
	return relation_tell(batch->relations, &relation, holder.what);
}

static int tell_batch(struct batch *batch)
{
	struct peek_words words[CHUNK];
	int r = 0;

	/* What cannot be read is not known; that it hung is told by the look. */
	if (batch->count == 0 || guarded_peek_words(batch->relations->guard, batch->tgid,
						    batch->addresses, batch->count, words) < 0) {
		batch->count = 0;
		return 0;
	}
	for (size_t i = 0; i < batch->count && r == 0; i++)
		r = tell_holder(batch, i, &words[i]);
	batch->count = 0;
	return r;
}

static int add_waiter(struct batch *batch, const struct looked *looked)
{
	struct futex_wait *wait = &batch->waits[batch->count];
	int r = 0;

	/* The wire's numbers and ours are the same. */
	if (!looked_is_waiting(looked) ||
	    !futex_wait_read(looked->thread.syscall,
			     (const uint64_t *)(const void *)looked->thread.arguments, wait))
		return 0;
	batch->waiters[batch->count] = looked;
	batch->addresses[batch->count++] = wait->address;
	if (batch->count == CHUNK)
		r = tell_batch(batch);
	return r;
}

static int fill_numbers(struct batch *batch, size_t first, size_t count)
{
	const struct looked_threads *threads = batch->relations->threads;

	for (size_t i = first; i < first + count; i++) {
		const struct looked *looked = &threads->list.items[threads->by_process.items[i]];
		uint64_t *place = hash_put(&batch->numbers, looked->thread.local_tid);

		if (!place)
			return -ENOMEM;
		*place = looked->thread.tid;
	}
	return 0;
}

static int tell_process(struct batch *batch, size_t first, size_t count)
{
	const struct looked_threads *threads = batch->relations->threads;
	int r = fill_numbers(batch, first, count);

	batch->tgid = threads->list.items[threads->by_process.items[first]].thread.tgid;
	for (size_t i = first; i < first + count && r == 0; i++)
		r = add_waiter(batch, &threads->list.items[threads->by_process.items[i]]);
	return r == 0 ? tell_batch(batch) : r;
}

int relations_tell_futexes(struct relations *relations)
{
	const struct looked_threads *threads = relations->threads;
	int r = 0;

	for (size_t i = 0, count; i < threads->by_process.count && r == 0; i += count) {
		struct batch batch = { .relations = relations };

		count = looked_group(threads, i);
		r = tell_process(&batch, i, count);
		hash_free(&batch.numbers);
	}
	return r;
}
