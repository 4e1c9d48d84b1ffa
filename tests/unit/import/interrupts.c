/* Are the functions that interrupts begin with known, by name and by address? */
#include "import/interrupts.h"

#include <string.h>

#include "harness/test.h"

static enum fgraph_level by_name(const char *name)
{
	return interrupt_begun_by(name, strlen(name));
}

static void names_tell_the_kind_of_interrupt(void **state)
{
	assert_int_equal(by_name("__common_interrupt"), FGRAPH_HARD_IRQ);
	assert_int_equal(by_name("__sysvec_apic_timer_interrupt"), FGRAPH_HARD_IRQ);
	assert_int_equal(by_name("handle_softirqs"), FGRAPH_SOFT_IRQ);
	assert_int_equal(by_name("exc_nmi"), FGRAPH_NMI);
	assert_int_equal(by_name("__common_interrupts"), FGRAPH_TASK);
	assert_int_equal(by_name("vfs_read"), FGRAPH_TASK);
	assert_int_equal(by_name(""), FGRAPH_TASK);
}

static void kallsyms_tells_where_they_are(void **state)
{
	static const char TEXT[] = "ffffffff81000000 T vfs_read\n"
				   "ffffffff81000100 t irq_enter_rcu\n"
				   "ffffffff81000200 D irq_exit_rcu\n"
				   "what is this\n"
				   "ffffffff81000300 T __do_softirq\n"
				   "ffffffff81000400 T do_IRQ";
	struct interrupts interrupts = {};

	interrupts_read(&interrupts, TEXT, sizeof(TEXT) - 1);
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000100), FGRAPH_HARD_IRQ);
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000104), FGRAPH_HARD_IRQ);
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000300), FGRAPH_SOFT_IRQ);
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000000), FGRAPH_TASK);
	/* A variable, and a line that may be half a one. */
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000200), FGRAPH_TASK);
	assert_int_equal(interrupts_find(&interrupts, 0xffffffff81000400), FGRAPH_TASK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_tell_the_kind_of_interrupt),
		cmocka_unit_test(kallsyms_tells_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
