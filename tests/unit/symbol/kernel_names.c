/* When are the kernel's symbols read, and what is told when they cannot be had? */
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/heard.h"

static void the_kernels_symbols_are_not_read_before_a_stack_wants_them(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };

	start(&setup);
	take_task(&setup, 7, 7, "sh");
	take_task_end(&setup, 7);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	assert_int_equal(setup.fake.maps_reads, 0);
	stop(&setup);
}

static void a_module_loaded_later_is_named_but_not_looked_for_too_often(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t known[] = { 0xffffffff81000110, 0 };
	const uint64_t later[] = { 0xffffffffc0800010, 0 };
	const uint64_t never[] = { 0xffffffffcfff0010, 0 };
	const uint64_t user[] = { 0x400010, 0 };

	start(&setup);
	take_stack(&setup, SECOND_NS, 0, known);
	setup.fake.kallsyms = "ffffffff81000100 T vfs_read\n"
			      "ffffffffc0800000 t late_read\t[late]\n";
	take_stack(&setup, SECOND_NS + SECOND_NS / 2, 0, later);
	assert_frame(&setup, 0, 0, 0, 0);
	assert_int_equal(setup.fake.kallsyms_reads, 1);

	take_stack(&setup, 2 * SECOND_NS, 0, later);
	assert_symbol(&setup, 0, 2, "late_read", "late");
	assert_frame(&setup, 1, 0, 2, 0x10);
	assert_int_equal(setup.fake.kallsyms_reads, 2);
	take_stack(&setup, 2 * SECOND_NS, 0, known);
	assert_frame(&setup, 0, 0, 1, 0x10);

	for (uint64_t now_s = 3; now_s < 103; now_s++)
		take_stack(&setup, now_s * SECOND_NS, 0, never);
	assert_in_range(setup.fake.kallsyms_reads, 5, 15);
	setup.fake.kallsyms_reads = 0;
	take_stack(&setup, 1000 * SECOND_NS, 0, user);
	assert_frame(&setup, 0, 0, 0, 0);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	stop(&setup);
}

static void without_kernel_symbols_stacks_pass_and_the_reason_is_told_once(void **state)
{
	struct setup setup = { .fake = { .kallsyms = NULL } };
	const uint64_t addresses[] = { 0xffffffff81000110, 0xffffffff81000110, 0 };
	const struct event_fact *fact;

	start(&setup);
	take_stack(&setup, SECOND_NS, 0, addresses);
	assert_int_equal(setup.heard.count, 2);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_int_equal(fact->key_bytes, strlen("symbol.kernel"));
	assert_memory_equal(fact->text, "symbol.kernelno kallsyms here",
			    fact->key_bytes + fact->value_bytes);
	assert_int_equal(fact->value_bytes, strlen("no kallsyms here"));
	assert_frame(&setup, 1, 0, 0, 0);

	take_stack(&setup, 100 * SECOND_NS, 0, addresses);
	assert_int_equal(setup.heard.count, 1);
	assert_int_equal(setup.fake.kallsyms_reads, 2);

	setup.fake.kallsyms = KERNEL_TEXT;
	take_stack(&setup, 200 * SECOND_NS, 0, addresses);
	assert_symbol(&setup, 0, 1, "vfs_read", "");
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_symbols_are_not_read_before_a_stack_wants_them),
		cmocka_unit_test(a_module_loaded_later_is_named_but_not_looked_for_too_often),
		cmocka_unit_test(without_kernel_symbols_stacks_pass_and_the_reason_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
