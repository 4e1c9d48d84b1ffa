/* Is a frame named by the right byte of its code? */
#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/heard.h"

static void a_call_that_never_returns_is_charged_to_its_caller(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	/* A leaf stands where it is; a caller, behind its call, which may be the last of its
	 * function. */
	const uint64_t addresses[] = { 0xffffffff81000300, 0xffffffff81000300, 0 };

	start(&setup);
	take_stack(&setup, 1, 0, addresses);
	assert_symbol(&setup, 0, 1, "panic", "");
	assert_symbol(&setup, 1, 2, "schedule", "");
	assert_frame(&setup, 2, 0, 1, 0);
	assert_frame(&setup, 2, 1, 2, 0x100);
	stop(&setup);
}

static void a_trampoline_is_named_though_nothing_is_before_it(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t addresses[] = { 0xffffffffc0000000, 0xffffffffc0000000, 0xffffffff81000410,
				       0 };

	start(&setup);
	take_stack(&setup, 1, 0, addresses);
	assert_symbol(&setup, 0, 1, "zfs_read", "zfs");
	assert_symbol(&setup, 1, 2, "trampoline", "");
	assert_frame(&setup, 2, 0, 1, 0);
	assert_frame(&setup, 2, 1, 1, 0);
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_never_returns_is_charged_to_its_caller),
		cmocka_unit_test(a_trampoline_is_named_though_nothing_is_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
