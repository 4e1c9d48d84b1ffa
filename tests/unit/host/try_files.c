/* Are the files of /proc and /sys judged rightly? On made-up machines. */
#include <errno.h>

#include "host/try.h"
#include "tree.h"

/* A made-up machine on which nothing was tried yet. */
struct machine {
	struct tree tree;
	struct features features;
};

static int begin(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	assert_non_null(machine);
	tree_make(&machine->tree);
	machine->features.root = machine->tree.root;
	*state = machine;
	return 0;
}

static int end(void **state)
{
	struct machine *machine = *state;

	tree_remove(&machine->tree);
	features_free(&machine->features);
	free(machine);
	return 0;
}

/* With these texts in the files, what comes of trying it? Twice may be asked: the first answer is
 * forgotten. */
static const struct feature_answer *answer(struct machine *machine, enum feature_id id)
{
	assert_int_equal(features_forbid(&machine->features, "", NULL), 0);
	return features_answer(&machine->features, id);
}

static enum feature_state with(struct machine *machine, enum feature_id id, const char *path,
			       const char *text)
{
	tree_add(&machine->tree, path, text);
	return answer(machine, id)->state;
}

static void lockdown_is_the_word_in_brackets(void **state)
{
	static const char path[] = "/sys/kernel/security/lockdown";

	assert_int_equal(answer(*state, FEATURE_LOCKDOWN)->state, FEATURE_UNKNOWN);
	assert_int_equal(with(*state, FEATURE_LOCKDOWN, path, "[none] integrity confidentiality\n"),
			 FEATURE_WORKS);
	assert_int_equal(with(*state, FEATURE_LOCKDOWN, path, "none [integrity] confidentiality\n"),
			 FEATURE_PARTLY);
	assert_int_equal(with(*state, FEATURE_LOCKDOWN, path, "none integrity [confidentiality]\n"),
			 FEATURE_ABSENT);
	assert_int_equal(with(*state, FEATURE_LOCKDOWN, path, "odd\n"), FEATURE_UNKNOWN);
}

static void missing_capabilities_are_named(void **state)
{
	static const char path[] = "/proc/self/status";

	assert_int_equal(
		with(*state, FEATURE_CAPABILITIES, path, "Name:\tx\nCapEff:\t000001ffffffffff\n"),
		FEATURE_WORKS);
	assert_int_equal(
		with(*state, FEATURE_CAPABILITIES, path, "Name:\tx\nCapEff:\t0000000000000000\n"),
		FEATURE_ABSENT);
	/* CAP_SYS_ADMIN alone, which stands for CAP_BPF and CAP_PERFMON. */
	assert_int_equal(
		with(*state, FEATURE_CAPABILITIES, path, "Name:\tx\nCapEff:\t0000000000200000\n"),
		FEATURE_PARTLY);
	assert_string_equal(answer(*state, FEATURE_CAPABILITIES)->why,
			    "missing: CAP_SYS_PTRACE CAP_SYSLOG");
}

static void the_perf_level_binds_only_those_without_the_right(void **state)
{
	static const char path[] = "/proc/sys/kernel/perf_event_paranoid";
	struct machine *machine = *state;

	tree_add(&machine->tree, "/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
	assert_int_equal(with(machine, FEATURE_PARANOID, path, "-1\n"), FEATURE_WORKS);
	assert_int_equal(with(machine, FEATURE_PARANOID, path, "1\n"), FEATURE_PARTLY);
	assert_int_equal(with(machine, FEATURE_PARANOID, path, "3\n"), FEATURE_ABSENT);
	tree_add(&machine->tree, "/proc/self/status", "Name:\tx\nCapEff:\t0000004000000000\n");
	assert_int_equal(with(machine, FEATURE_PARANOID, path, "3\n"), FEATURE_WORKS);
}

#define MOUNTED \
	"20 1 0:5 / /proc rw - proc proc rw\n21 1 0:10 / /sys/kernel/tracing rw - tracefs t rw\n"

static void tracefs_is_found_only_where_it_is_mounted(void **state)
{
	struct machine *machine = *state;

	/* The folder is there, but what lies in it is no tracefs. */
	tree_add(&machine->tree, "/sys/kernel/tracing/events/sched/sched_switch/id", "300\n");
	assert_int_equal(with(machine, FEATURE_TRACEFS, "/proc/self/mountinfo",
			      "20 1 0:5 / /proc rw - proc proc rw\n"),
			 FEATURE_ABSENT);
	assert_string_equal(answer(machine, FEATURE_TRACEFS)->why, "it is not mounted");
	assert_int_equal(with(machine, FEATURE_TRACEFS, "/proc/self/mountinfo", MOUNTED),
			 FEATURE_WORKS);
	assert_string_equal(answer(machine, FEATURE_TRACEFS)->rung, "/sys/kernel/tracing");
	assert_int_equal(read_tracepoint_id(&machine->features, "sched/sched_switch"), 300);
	assert_int_equal(read_tracepoint_id(&machine->features, "sched/bogus"), -ENOENT);
}

static void without_btf_tracepoints_are_looked_up_in_tracefs(void **state)
{
	struct machine *machine = *state;

	assert_int_equal(answer(machine, FEATURE_TP_LOCK)->state, FEATURE_UNKNOWN);
	assert_int_equal(features_tracepoint(&machine->features, "contention_begin"), -ENODATA);
	tree_add(&machine->tree, "/proc/self/mountinfo", MOUNTED);
	tree_add(&machine->tree, "/sys/kernel/tracing/events/sched/sched_switch/id", "300\n");
	assert_int_equal(answer(machine, FEATURE_TP_LOCK)->state, FEATURE_ABSENT);
	tree_add(&machine->tree, "/sys/kernel/tracing/events/lock/contention_begin/id", "7\n");
	assert_int_equal(answer(machine, FEATURE_TP_LOCK)->state, FEATURE_PARTLY);
	assert_string_equal(answer(machine, FEATURE_TP_LOCK)->why,
			    "1 of 2: the kernel has not contention_end");
	tree_add(&machine->tree, "/sys/kernel/tracing/events/lock/contention_end/id", "8\n");
	assert_int_equal(answer(machine, FEATURE_TP_LOCK)->state, FEATURE_WORKS);
	assert_int_equal(features_tracepoint(&machine->features, "contention_begin"), 1);
	assert_int_equal(features_tracepoint(&machine->features, "contention"), 0);
}

static void an_older_name_of_a_tracepoint_will_do(void **state)
{
	struct machine *machine = *state;

	tree_add(&machine->tree, "/proc/self/mountinfo", MOUNTED);
	tree_add(&machine->tree, "/sys/kernel/tracing/events/io_uring/io_uring_submit_sqe/id",
		 "1\n");
	tree_add(&machine->tree, "/sys/kernel/tracing/events/io_uring/io_uring_complete/id", "2\n");
	tree_add(&machine->tree, "/sys/kernel/tracing/events/io_uring/io_uring_queue_async_work/id",
		 "3\n");
	assert_int_equal(answer(machine, FEATURE_TP_IO_URING)->state, FEATURE_WORKS);
}

static void a_tracer_must_be_listed_by_its_whole_name(void **state)
{
	struct machine *machine = *state;
	static const char path[] = "/sys/kernel/tracing/available_tracers";

	tree_add(&machine->tree, "/proc/self/mountinfo", MOUNTED);
	tree_add(&machine->tree, "/sys/kernel/tracing/events/enable", "0\n");
	tree_add(&machine->tree, "/sys/kernel/tracing/current_tracer", "nop\n");
	assert_int_equal(with(machine, FEATURE_FUNCTION_GRAPH, path, "blk function nop\n"),
			 FEATURE_ABSENT);
	assert_int_equal(with(machine, FEATURE_FUNCTION_GRAPH, path, "function_graph_x nop\n"),
			 FEATURE_ABSENT);
	assert_int_equal(with(machine, FEATURE_FUNCTION_GRAPH, path, "blk function_graph nop\n"),
			 FEATURE_WORKS);
}

static void addresses_of_zero_are_no_addresses(void **state)
{
	struct machine *machine = *state;

	tree_add(&machine->tree, "/proc/sys/kernel/kptr_restrict", "2\n");
	assert_int_equal(with(machine, FEATURE_KALLSYMS, "/proc/kallsyms",
			      "0000000000000000 A first\n0000000000000000 T second\n"),
			 FEATURE_ABSENT);
	assert_string_equal(answer(machine, FEATURE_KALLSYMS)->why,
			    "all addresses read as zero (kernel.kptr_restrict=2)");
	assert_int_equal(with(machine, FEATURE_KALLSYMS, "/proc/kallsyms",
			      "0000000000000000 A first\nffffffff81000000 T second\n"),
			 FEATURE_WORKS);
}

static void a_switched_off_sysctl_is_absent(void **state)
{
	static const char path[] = "/proc/sys/kernel/task_delayacct";

	assert_int_equal(answer(*state, FEATURE_DELAY_ACCOUNTING)->state, FEATURE_ABSENT);
	assert_int_equal(with(*state, FEATURE_DELAY_ACCOUNTING, path, "0\n"), FEATURE_ABSENT);
	assert_string_equal(answer(*state, FEATURE_DELAY_ACCOUNTING)->why, "it is off");
	assert_int_equal(with(*state, FEATURE_DELAY_ACCOUNTING, path, "odd\n"), FEATURE_ABSENT);
	assert_int_equal(with(*state, FEATURE_DELAY_ACCOUNTING, path, "1\n"), FEATURE_WORKS);
}

static void run_queue_delay_is_what_remains_of_schedstats(void **state)
{
	struct machine *machine = *state;

	assert_int_equal(with(machine, FEATURE_SCHEDSTATS, "/proc/self/schedstat", "0 0 0\n"),
			 FEATURE_ABSENT);
	assert_int_equal(with(machine, FEATURE_SCHEDSTATS, "/proc/self/schedstat", "5 0 1\n"),
			 FEATURE_PARTLY);
	assert_int_equal(
		with(machine, FEATURE_SCHEDSTATS, "/proc/sys/kernel/sched_schedstats", "1\n"),
		FEATURE_WORKS);
	assert_string_equal(answer(machine, FEATURE_SCHEDSTATS)->why, "");
}

static void a_cgroup_controller_is_found_in_either_version(void **state)
{
	struct machine *machine = *state;

	assert_int_equal(with(machine, FEATURE_CGROUP_IO, "/proc/self/mountinfo",
			      "30 1 0:30 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
			      "31 1 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
			      "32 1 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"),
			 FEATURE_WORKS);
	assert_string_equal(answer(machine, FEATURE_CGROUP_IO)->rung, "v1 at /sys/fs/cgroup/blkio");
	assert_int_equal(answer(machine, FEATURE_CGROUP_CPU)->state, FEATURE_ABSENT);
	tree_add(&machine->tree, "/sys/fs/cgroup/unified/cgroup.controllers", "cpuset cpu io\n");
	assert_string_equal(answer(machine, FEATURE_CGROUP_IO)->rung,
			    "v2 at /sys/fs/cgroup/unified");
	assert_string_equal(answer(machine, FEATURE_CGROUP_CPU)->rung,
			    "v2 at /sys/fs/cgroup/unified");
}

static void the_environment_names_the_debuginfod_server_first(void **state)
{
	unsetenv("DEBUGINFOD_URLS");
	assert_int_equal(answer(*state, FEATURE_DEBUGINFOD)->state, FEATURE_ABSENT);
	assert_int_equal(with(*state, FEATURE_DEBUGINFOD, "/etc/debuginfod/readme", "https://no\n"),
			 FEATURE_ABSENT);
	assert_int_equal(
		with(*state, FEATURE_DEBUGINFOD, "/etc/debuginfod/a.urls", "https://file\n"),
		FEATURE_WORKS);
	assert_string_equal(answer(*state, FEATURE_DEBUGINFOD)->rung, "https://file");
	setenv("DEBUGINFOD_URLS", "https://one https://two", 1);
	assert_string_equal(answer(*state, FEATURE_DEBUGINFOD)->rung, "https://one");
	unsetenv("DEBUGINFOD_URLS");
}

static void pressure_that_the_kernel_will_not_tell_is_absent(void **state)
{
	assert_int_equal(answer(*state, FEATURE_PSI)->state, FEATURE_ABSENT);
	assert_int_equal(with(*state, FEATURE_PSI, "/proc/pressure/cpu", ""), FEATURE_ABSENT);
	assert_int_equal(
		with(*state, FEATURE_PSI, "/proc/pressure/cpu", "some avg10=0.00 total=0\n"),
		FEATURE_WORKS);
}

static void an_empty_stack_is_no_stack(void **state)
{
	assert_int_equal(with(*state, FEATURE_PROC_STACK, "/proc/self/stack", ""), FEATURE_ABSENT);
	assert_int_equal(
		with(*state, FEATURE_PROC_STACK, "/proc/self/stack", "[<0>] do_wait+0x1/0x2\n"),
		FEATURE_WORKS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lockdown_is_the_word_in_brackets),
		TEST(missing_capabilities_are_named),
		TEST(the_perf_level_binds_only_those_without_the_right),
		TEST(tracefs_is_found_only_where_it_is_mounted),
		TEST(without_btf_tracepoints_are_looked_up_in_tracefs),
		TEST(an_older_name_of_a_tracepoint_will_do),
		TEST(a_tracer_must_be_listed_by_its_whole_name),
		TEST(addresses_of_zero_are_no_addresses),
		TEST(a_switched_off_sysctl_is_absent),
		TEST(run_queue_delay_is_what_remains_of_schedstats),
		TEST(a_cgroup_controller_is_found_in_either_version),
		TEST(the_environment_names_the_debuginfod_server_first),
		TEST(pressure_that_the_kernel_will_not_tell_is_absent),
		TEST(an_empty_stack_is_no_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
