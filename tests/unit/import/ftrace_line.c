/* Is each line of ftrace's text cut as it was printed, whichever columns are on? */
#include "import/ftrace_line.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static struct ftrace_line cut(const char *text)
{
	struct ftrace_line line;

	ftrace_line_cut(text, strlen(text), &line);
	return line;
}

static void assert_piece(struct ftrace_text_piece piece, const char *text)
{
	assert_int_equal(piece.bytes, strlen(text));
	assert_memory_equal(piece.text, text, piece.bytes);
}

static void all_columns_are_told_apart(void **state)
{
	const struct ftrace_line line = cut(
		"   41.690128 |   0)    mig7-262    | + 13.667 us   |              nvme_irq [nvme]();");

	assert_int_equal(line.kind, FTRACE_LINE_LEAF);
	assert_true(line.has_time && line.has_duration && !line.has_level && !line.has_result);
	assert_int_equal(line.time_ns, 41690128000);
	assert_int_equal(line.duration_ns, 13667);
	assert_int_equal(line.cpu, 0);
	assert_int_equal(line.tid, 262);
	assert_piece(line.comm, "mig7");
	assert_piece(line.name, "nvme_irq");
	assert_piece(line.module, "nvme");
	assert_int_equal(line.depth, 7);
}

struct row {
	const char *text;
	enum ftrace_line_kind kind;
	const char *name;
	uint32_t cpu;
	uint32_t tid;
	int32_t depth;
	uint64_t duration_ns;
};

static void the_columns_that_are_off_are_not_missed(void **state)
{
	static const struct row ROWS[] = {
		{ " 2)    mig2-271    |   0.903 us    |      _raw_spin_lock();", FTRACE_LINE_LEAF,
		  "_raw_spin_lock", 2, 271, 3, 903 },
		{ " 2)               |  vfs_read() {", FTRACE_LINE_ENTRY, "vfs_read", 2,
		  FTRACE_NO_TASK, 1, 0 },
		{ " 2)   4.171 us    |      }", FTRACE_LINE_EXIT, "", 2, FTRACE_NO_TASK, 3, 4171 },
		{ " 2) ! 196.808 us  |    } /* hrtimer_interrupt */", FTRACE_LINE_EXIT,
		  "hrtimer_interrupt", 2, FTRACE_NO_TASK, 2, 196808 },
		{ "12) $ 12345678 us |  } /* schedule */", FTRACE_LINE_EXIT, "schedule", 12,
		  FTRACE_NO_TASK, 1, 12345678000 },
		{ " 0)  kworker/0:1-42  |               |  } /* f [xfs] */", FTRACE_LINE_EXIT, "f",
		  0, 42, 1, 0 },
		{ "       a b-c-7     [003]    27.767690: funcgraph_entry:        2.545 us   |    g();",
		  FTRACE_LINE_LEAF, "g", 3, 7, 2, 2545 },
		{ "   <idle>-0     [001] d.h2. 27.1: funcgraph_exit:  + 16.354 us  |  }",
		  FTRACE_LINE_EXIT, "", 1, 0, 1, 16354 },
		{ " 1)   0.1 us    |  f(bdi=0xffff, x={1}); /* <-g+0x1/0x2 ret=0x0 */",
		  FTRACE_LINE_LEAF, "f", 1, FTRACE_NO_TASK, 1, 100 },
	};

	for (size_t i = 0; i < array_count(ROWS); i++) {
		const struct ftrace_line line = cut(ROWS[i].text);

		if (line.kind != ROWS[i].kind)
			fail_msg("%s: kind %d", ROWS[i].text, line.kind);
		assert_piece(line.name, ROWS[i].name);
		assert_int_equal(line.cpu, ROWS[i].cpu);
		assert_int_equal(line.tid, ROWS[i].tid);
		assert_int_equal(line.depth, ROWS[i].depth);
		assert_int_equal(line.duration_ns, ROWS[i].duration_ns);
	}
}

static void results_are_read_in_each_of_their_forms(void **state)
{
	assert_int_equal(cut(" 0)   1.0 us |  f(); /* = 0x10 */").result, 16);
	assert_int_equal(cut(" 0)   1.0 us |  } /* f = -22 */").result, -22);
	assert_int_equal(cut(" 0)   1.0 us |  } /* f ret=-5 */").result, -5);
	assert_int_equal(cut(" 0)   1.0 us |  } /* = 7 */").result, 7);
	assert_piece(cut(" 0)   1.0 us |  } /* = 7 */").name, "");
	assert_true(cut(" 0)   1.0 us |  f(); /* ret=0 */").has_result);
	assert_false(cut(" 0)   1.0 us |  f();").has_result);
}

static void flags_tell_the_interrupt(void **state)
{
	assert_int_equal(cut(" 0)  a-1  |  d.h1.  |   1.0 us |  f();").level, FGRAPH_HARD_IRQ);
	assert_int_equal(cut(" 0)  a-1  |  ..s1.  |   1.0 us |  f();").level, FGRAPH_SOFT_IRQ);
	assert_true(cut(" 0)  a-1  |  .....  |   1.0 us |  f();").has_level);
	assert_int_equal(cut(" 0)  a-1  |  .....  |   1.0 us |  f();").level, FGRAPH_TASK);
}

static void switches_are_read_as_the_kernel_and_as_trace_cmd_print_them(void **state)
{
	struct ftrace_line line = cut(
		"   41.6 |   0)    mig7-262    |               |    /* sched_switch: prev_comm=mig7 prev_pid=262 prev_prio=120 prev_state=D ==> next_comm=swapper/0 next_pid=0 next_prio=120 */");

	assert_int_equal(line.kind, FTRACE_LINE_SWITCH);
	assert_int_equal(line.tid, 262);
	assert_int_equal(line.next, 0);
	assert_piece(line.next_comm, "swapper/0");
	line = cut(
		"   rcu-15    [003]    27.762215: sched_switch:         rcu a:15 [120] W ==> x:y:17 [120]");
	assert_int_equal(line.kind, FTRACE_LINE_SWITCH);
	assert_int_equal(line.tid, 15);
	assert_int_equal(line.next, 17);
	assert_piece(line.next_comm, "x:y");
}

static void marks_between_the_calls_are_known(void **state)
{
	struct ftrace_line line = cut(" 2)    mig3-258    =>    mig4-259   ");

	assert_int_equal(line.kind, FTRACE_LINE_CHANGE);
	assert_int_equal(line.tid, 258);
	assert_int_equal(line.next, 259);
	line = cut("CPU:3 [LOST 57178 EVENTS]");
	assert_int_equal(line.kind, FTRACE_LINE_LOST);
	assert_int_equal(line.cpu, 3);
	assert_int_equal(line.lost, 57178);
	line = cut("CPU:1 [EVENTS DROPPED]");
	assert_int_equal(line.kind, FTRACE_LINE_LOST);
	assert_int_equal(line.lost, 0);
	assert_int_equal(cut(" 0)   a-1    | ==========> |").kind, FTRACE_LINE_IRQ_ENTRY);
	assert_int_equal(cut(" 0)   a-1    | <========== |").kind, FTRACE_LINE_IRQ_EXIT);
}

static void other_lines_are_of_no_use(void **state)
{
	static const char *const ROWS[] = {
		"",
		"# tracer: function_graph",
		" ------------------------------------------",
		"cpus=4",
		"some words",
		" 0)   a-1   |   |  /* irq_handler_entry: irq=36 name=x */",
		"  a-1 [000] 1.0: irq_handler_exit: irq=36 ret=handled",
	};

	for (size_t i = 0; i < array_count(ROWS); i++)
		assert_int_equal(cut(ROWS[i]).kind, FTRACE_LINE_NONE);
	assert_int_equal(cut(" 0)   1.0 us |  what is this").kind, FTRACE_LINE_BAD);
	assert_int_equal(cut("  a-1 [000] 1.0: funcgraph_entry: x |  f();").kind, FTRACE_LINE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_columns_are_told_apart),
		cmocka_unit_test(the_columns_that_are_off_are_not_missed),
		cmocka_unit_test(results_are_read_in_each_of_their_forms),
		cmocka_unit_test(flags_tell_the_interrupt),
		cmocka_unit_test(switches_are_read_as_the_kernel_and_as_trace_cmd_print_them),
		cmocka_unit_test(marks_between_the_calls_are_known),
		cmocka_unit_test(other_lines_are_of_no_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
