/* Who holds the futex that a thread waits for? Its tid stands in the process's own memory. */
#include "probe/relation_futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "host/guarded.h"
#include "probe/relations.h"

#ifndef SYS_futex_wait
#define SYS_futex_wait 455 /* since 6.7, the same on all architectures */
#endif

enum {
	CHUNK = PEEK_THREADS_MAX,
	/* The same in glibc since 2.4: a locked mutex that others wait for; its kinds. */
	MUTEX_CONTENDED = 2,
	MUTEX_KIND_MAX = 0x3ff,
	MUTEX_USERS_MAX = 1 << 20,
	NUMBER_MAX = 4 << 20, /* of a thread: the kernel's PID_MAX_LIMIT */
};

/* pthread_mutex_t: __lock, __count, __owner, __nusers, __kind. */
enum mutex_word {
	WORD_LOCK,
	WORD_COUNT,
	WORD_OWNER,
	WORD_USERS,
	WORD_KIND,
};

bool futex_wait_read(const struct look_thread *thread, struct futex_wait *ret)
{
	struct futex_wait wait = { .address = thread->arguments[0] };

	if (thread->syscall == SYS_futex_wait) {
		wait.expected = (uint32_t)thread->arguments[1];
	} else if (thread->syscall == SYS_futex) {
		uint32_t command = (uint32_t)thread->arguments[1] & (uint32_t)FUTEX_CMD_MASK;

		wait.expected = (uint32_t)thread->arguments[2];
		wait.inherits =
			command == FUTEX_LOCK_PI || command == 13; /* FUTEX_LOCK_PI2, since 5.14 */
		if (!wait.inherits && command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET)
			return false;
	} else {
		return false;
	}
	*ret = wait;
	return true;
}

/* A mutex as glibc lays it out, locked and waited for: then the owner stands in it. Other things
 * are seldom so. */
static bool is_mutex(const struct peek_words *words, uint32_t expected)
{
	return words->word[WORD_LOCK] == MUTEX_CONTENDED && expected == MUTEX_CONTENDED &&
	       words->word[WORD_OWNER] > 0 && words->word[WORD_OWNER] <= NUMBER_MAX &&
	       words->word[WORD_USERS] > 0 && words->word[WORD_USERS] <= MUTEX_USERS_MAX &&
	       words->word[WORD_KIND] <= MUTEX_KIND_MAX;
}

struct futex_holder futex_holder_find(const struct futex_wait *wait, const struct peek_words *words,
				      bool (*is_thread)(void *self, uint32_t number), void *self)
{
	uint32_t word = words->word[WORD_LOCK], number = word & FUTEX_TID_MASK;

	if (!words->is_there)
		return (struct futex_holder){};
	/* Other words than a robust mutex's may have all bits set. */
	if (wait->inherits ||
	    (word & FUTEX_WAITERS && wait->expected == word && number && number <= NUMBER_MAX))
		return (struct futex_holder){
			.number = number,
			.is_gone = word & FUTEX_OWNER_DIED || !is_thread(self, number),
			.what = wait->inherits ? "PI mutex" : "robust mutex",
		};
	if (is_mutex(words, wait->expected))
		return (struct futex_holder){
			.number = words->word[WORD_OWNER],
			.is_gone = !is_thread(self, words->word[WORD_OWNER]),
			.what = "mutex",
		};
	/* pthread_join() waits on the word that the kernel clears when the thread ends. */
	if (word == number && word == wait->expected && word > MUTEX_CONTENDED &&
	    is_thread(self, number))
		return (struct futex_holder){ .number = number, .what = "end of a thread" };
	return (struct futex_holder){};
}

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

	if (!looked_is_waiting(looked) || !futex_wait_read(&looked->thread, wait))
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
