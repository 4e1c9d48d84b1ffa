/* Is the holder of a futex believed when it is one, and only then? */
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/guarded.h"
#include "probe/futexes.h"
#include "told.h"

static bool is_thread(void *self, uint32_t number)
{
	return number == 100 || number == 200;
}

static struct futex_holder find(uint32_t expected, const struct peek_words *words)
{
	const struct futex_wait wait = { .address = 4096, .expected = expected };

	return futex_holder_find(&wait, words, is_thread, NULL);
}

static void a_mutex_names_its_owner(void **state)
{
	const struct peek_words words = { 1, { 2, 0, 100, 1, 0 } };

	assert_int_equal(find(2, &words).number, 100);
	assert_false(find(2, &words).is_gone);
	assert_string_equal(find(2, &words).what, "mutex");
}

static void a_mutex_whose_owner_has_ended_says_so(void **state)
{
	const struct peek_words words = { 1, { 2, 0, 300, 1, 0 } };

	assert_int_equal(find(2, &words).number, 300);
	assert_true(find(2, &words).is_gone);
}

/* Let go meanwhile, or something else. */
static void what_is_no_contended_mutex_names_nobody(void **state)
{
	static const struct peek_words WORDS[] = {
		{ 1, { 1, 0, 100, 1, 0 } },
		{ 1, { 0, 0, 100, 1, 0 } },
		{ 1, { 2, 0, 0, 1, 0 } },
		{ 1, { 2, 0, 100, 0, 0 } },
		{ 1, { 2, 0, 100, 1, 4096 } },
		{ 0, { 2, 0, 100, 1, 0 } },
		{ 1, { 77, 0, 100, 1, 0 } },
		{ 1, { UINT32_MAX } }, /* a word of QEMU's that waits for an event */
	};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		assert_int_equal(find(WORDS[i].word[0], &WORDS[i]).number, 0);
}

static void a_condition_is_no_mutex(void **state)
{
	const struct peek_words words = { 1, { 2, 0, 100, 1, 0 } };

	assert_int_equal(find(0, &words).number, 0);
}

static void who_joins_a_thread_waits_for_it(void **state)
{
	const struct peek_words words = { 1, { 200, 0, 0, 0, 0 } };

	assert_int_equal(find(200, &words).number, 200);
	assert_string_equal(find(200, &words).what, "end of a thread");
}

static void a_robust_mutex_has_its_owner_in_the_word(void **state)
{
	const struct peek_words held = { 1, { 0x80000000U | 100 } };
	const struct peek_words dead = { 1, { 0xc0000000U | 100 } };
	const struct peek_words gone = { 1, { 0x80000000U | 300 } };

	assert_int_equal(find(held.word[0], &held).number, 100);
	assert_false(find(held.word[0], &held).is_gone);
	assert_true(find(dead.word[0], &dead).is_gone);
	assert_true(find(gone.word[0], &gone).is_gone);
}

static void system_calls_that_wait_on_a_futex_are_known(void **state)
{
	uint64_t arguments[6] = { 4096, 128 /* FUTEX_WAIT, private */, 2 };
	struct futex_wait wait;

	assert_true(futex_wait_read(SYS_futex, arguments, &wait));
	assert_int_equal(wait.address, 4096);
	assert_int_equal(wait.expected, 2);
	assert_false(wait.inherits || wait.is_condition);
	arguments[1] = 128 | 6; /* FUTEX_LOCK_PI */
	assert_true(futex_wait_read(SYS_futex, arguments, &wait));
	assert_true(wait.inherits);
	arguments[1] = 256 | 128 | 9; /* FUTEX_WAIT_BITSET, by the real-time clock */
	assert_true(futex_wait_read(SYS_futex, arguments, &wait));
	assert_true(wait.is_condition);
	arguments[1] = 1; /* FUTEX_WAKE */
	assert_false(futex_wait_read(SYS_futex, arguments, &wait));
	assert_false(futex_wait_read(SYS_read, arguments, &wait));
}

/* As glibc really lays it out: a mutex of ours. */
static void the_owner_of_a_real_mutex_is_told(void **state)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	owns(looked_free) struct looked_threads threads = {};
	owns(guard_free) struct guard *guard = NULL;
	struct look_thread waiter = sleeper((uint32_t)getpid() + 1, 0, SYS_futex);
	struct told told = {};
	const struct event_sink sink = { told_take, &told };
	struct relations relations = { .threads = &threads, .sink = &sink };

	assert_int_equal(pthread_mutex_lock(&mutex), 0);
	*(int *)(void *)&mutex = 2; /* somebody waits */
	waiter.tgid = (uint32_t)getpid();
	waiter.arguments[0] = (uint64_t)(uintptr_t)&mutex;
	waiter.arguments[1] = 128;
	waiter.arguments[2] = 2;
	(void)add_thread(&threads, sleeper((uint32_t)getpid(), 1, SYS_read));
	(void)add_thread(&threads, waiter);
	assert_int_equal(looked_sort(&threads), 0);
	assert_int_equal(guard_new(&guard), 0);
	relations.guard = guard;
	assert_int_equal(relations_tell_futexes(&relations), 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.relations[0].kind, RELATION_FUTEX);
	assert_int_equal(told.relations[0].tid, waiter.tid);
	assert_int_equal(told.relations[0].peer, getpid());
	assert_int_equal(told.relations[0].flags, 0);
	assert_true(told.relations[0].object == waiter.arguments[0]);
	assert_string_equal(told.names[0], "mutex");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mutex_names_its_owner),
		cmocka_unit_test(a_mutex_whose_owner_has_ended_says_so),
		cmocka_unit_test(what_is_no_contended_mutex_names_nobody),
		cmocka_unit_test(a_condition_is_no_mutex),
		cmocka_unit_test(who_joins_a_thread_waits_for_it),
		cmocka_unit_test(a_robust_mutex_has_its_owner_in_the_word),
		cmocka_unit_test(system_calls_that_wait_on_a_futex_are_known),
		cmocka_unit_test(the_owner_of_a_real_mutex_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
