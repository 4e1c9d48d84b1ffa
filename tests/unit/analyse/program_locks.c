/* Is a program's own lock known by its functions and by its titles? */
#include "analyse/program_locks.h"

#include "harness/test.h"

static void functions_tell_which_lock_it_is(void **state)
{
	assert_non_null(program_lock_of_function("ProcSleep"));
	assert_non_null(program_lock_of_function("LWLockAcquire"));
	assert_ptr_not_equal(program_lock_of_function("ProcSleep"),
			     program_lock_of_function("LWLockAcquire"));
	assert_null(program_lock_of_function("WaitLatch"));
	assert_null(program_lock_of_function(""));
}

static void a_title_tells_while_it_waits(void **state)
{
	assert_ptr_equal(program_lock_of_title("postgres: app shop [local] UPDATE waiting"),
			 program_lock_of_function("ProcSleep"));
	assert_null(program_lock_of_title("postgres: app shop [local] UPDATE"));
	assert_null(program_lock_of_title("game: UPDATE waiting"));
	assert_null(program_lock_of_title(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_tell_which_lock_it_is),
		cmocka_unit_test(a_title_tells_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
