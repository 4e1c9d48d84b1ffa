/* Does a thread wait on a futex, and who holds that? */
#include "probe/futexes.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "host/guarded.h"

#ifndef SYS_futex_wait
#define SYS_futex_wait 455 /* since 6.7, the same on all architectures */
#endif

enum {
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

bool futex_wait_read(int32_t syscall, const uint64_t arguments[6], struct futex_wait *ret)
{
	struct futex_wait wait = { .address = arguments[0] };

	if (syscall == SYS_futex_wait) {
		wait.expected = (uint32_t)arguments[1];
	} else if (syscall == SYS_futex) {
		uint32_t command = (uint32_t)arguments[1] & (uint32_t)FUTEX_CMD_MASK;

		wait.expected = (uint32_t)arguments[2];
		wait.inherits =
			command == FUTEX_LOCK_PI || command == 13; /* FUTEX_LOCK_PI2, since 5.14 */
		wait.is_condition = command == FUTEX_WAIT_BITSET;
		if (!wait.inherits && !wait.is_condition && command != FUTEX_WAIT)
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
