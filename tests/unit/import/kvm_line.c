/* Is a line of KVM's tracepoints cut right, whichever tool printed it? */
#include "import/kvm_line.h"

#include <string.h>

#include "harness/test.h"

static struct kvm_line cut(const char *text)
{
	struct kvm_line line;

	kvm_line_cut(text, strlen(text), &line);
	return line;
}

static void a_line_of_ftrace(void **state)
{
	struct kvm_line line = cut(
		"         kvmtest-153     [001] .....     4.254234: kvm_exit: vcpu 3 reason npf rip "
		"0x1000 info1 0x0000000100000014 info2 0x0 intr_info 0x00000000 error_code 0x0");

	assert_int_equal(line.kind, KVM_LINE_EXIT);
	assert_int_equal(line.moment.time_ns, 4254234000);
	assert_int_equal(line.moment.tid, 153);
	assert_int_equal(line.moment.vcpu, 3);
	assert_int_equal(line.moment.isa, GUEST_ISA_SVM);
	assert_int_equal(line.moment.reason, 0x400);
	assert_string_equal(line.comm, "kvmtest");
}

static void a_line_of_trace_cmd(void **state)
{
	struct kvm_line line = cut(
		"       CPU 0/KVM-4321  [003] 12345.123456789: kvm_entry:            vcpu 1, rip "
		"0xffffffff81000000");

	assert_int_equal(line.kind, KVM_LINE_ENTRY);
	assert_int_equal(line.moment.time_ns, 12345123456789);
	assert_int_equal(line.moment.tid, 4321);
	assert_int_equal(line.moment.vcpu, 1);
	assert_string_equal(line.comm, "CPU 0/KVM");
}

static void a_line_of_perf_script(void **state)
{
	struct kvm_line line = cut("CPU 1/KVM 4320/4322 [000]   100.5: kvm:kvm_userspace_exit: "
				   "reason KVM_EXIT_MMIO (6)");

	assert_int_equal(line.kind, KVM_LINE_USER);
	assert_int_equal(line.moment.time_ns, 100500000000);
	assert_int_equal(line.moment.tid, 4322);
	assert_int_equal(line.moment.reason, 6);
	assert_string_equal(line.comm, "CPU 1/KVM");
}

static void a_line_with_the_process(void **state)
{
	struct kvm_line line =
		cut("  qemu-kvm-77  (     70) [001] d..1.     4.1: kvm_entry: vcpu 0, rip 0x1");

	assert_int_equal(line.kind, KVM_LINE_ENTRY);
	assert_int_equal(line.moment.tid, 77);
	assert_string_equal(line.comm, "qemu-kvm");
}

static void a_name_may_hold_anything(void **state)
{
	struct kvm_line line = cut("  a [b] (c)-d-9 [001] d..1. 4.1: kvm_entry: vcpu 0, rip 0x1");
	struct kvm_line like = cut("  kvm_exit: -9 [001] d..1. 4.1: kvm_entry: vcpu 0, rip 0x1");

	assert_int_equal(line.kind, KVM_LINE_ENTRY);
	assert_string_equal(line.comm, "a [b] (c)-d");
	/* Its own name is that of an event: what cannot be told apart is not guessed. */
	assert_true(like.kind == KVM_LINE_BAD || like.kind == KVM_LINE_ENTRY);
}

static void reasons_by_name_number_and_with_flags(void **state)
{
	static const struct {
		const char *fields;
		uint32_t isa;
		uint32_t reason;
	} CASES[] = {
		{ "vcpu 0 reason EPT_MISCONFIG rip 0x1", GUEST_ISA_VMX, 0x31 },
		{ "vcpu 0 reason 0x1f rip 0x1", GUEST_ISA_UNKNOWN, 0x1f },
		{ "vcpu 0 reason PF excp rip 0x1", GUEST_ISA_SVM, 0x4e },
		{ "vcpu 0 reason INVALID_STATE FAILED_VMENTRY rip 0x1", GUEST_ISA_VMX, 0x21 },
		{ "reason hlt rip 0x1", GUEST_ISA_SVM, 0x78 },
	};

	for (size_t i = 0; i < array_count(CASES); i++) {
		char text[256] = "x-1 [000] 1.0: kvm_exit: ";
		struct kvm_line line;

		strcat(text, CASES[i].fields);
		line = cut(text);
		assert_int_equal(line.kind, KVM_LINE_EXIT);
		assert_int_equal(line.moment.isa, CASES[i].isa);
		assert_int_equal(line.moment.reason, CASES[i].reason);
	}
	assert_int_equal(cut("x-1 [000] 1.0: kvm_exit: reason hlt rip 0x1").moment.vcpu,
			 UINT32_MAX);
}

static void a_call_that_failed_is_told_by_its_error(void **state)
{
	assert_int_equal(cut("x-1 [000] 1.0: kvm_userspace_exit: reason restart (4)").moment.reason,
			 10);
	assert_int_equal(cut("x-1 [000] 1.0: kvm_userspace_exit: reason error (5)").moment.reason,
			 0);
}

static void idle_time_is_read(void **state)
{
	struct kvm_line line =
		cut("x-1 [000] 1.0: kvm_vcpu_wakeup: wait time 123456 ns, polling valid");

	assert_int_equal(line.kind, KVM_LINE_HALTED);
	assert_int_equal(line.halted_ns, 123456);
}

static void losses_are_read(void **state)
{
	assert_int_equal(cut("CPU:1 [LOST 12 EVENTS]").kind, KVM_LINE_LOST);
	assert_int_equal(cut("CPU:1 [LOST 12 EVENTS]").lost, 12);
	assert_int_equal(cut("CPU:1 [34 EVENTS DROPPED]").lost, 34);
	assert_int_equal(cut("CPU:1 [EVENTS DROPPED]").kind, KVM_LINE_NONE);
}

static void other_lines_are_of_no_use(void **state)
{
	static const char *const LINES[] = {
		"",
		"# tracer: nop",
		"# kvm_exit: heading",
		"x-1 [000] 1.0: kvm_pio: pio_write at 0x10 size 1 count 1 val 0x41",
		"x-1 [000] 1.0: sched_switch: prev_comm=a",
		"kvm_exit: at the begin of a line",
	};

	for (size_t i = 0; i < array_count(LINES); i++)
		assert_int_equal(cut(LINES[i]).kind, KVM_LINE_NONE);
}

static void what_cannot_be_read_is_bad(void **state)
{
	static const char *const LINES[] = {
		"x-1 [000] 1.0: kvm_exit: vcpu 0 reason nothing_known rip 0x1",
		"x-1 [000] 1.0: kvm_exit: vcpu 0 reason npf",
		"x-1 [000] 1.0: kvm_exit: vcpu 0 reason 0x rip 0x1",
		"x-1 [000] 1.0: kvm_exit: vcpu 0 reason 0x123456789 rip 0x1",
		"x-1 [000] time: kvm_entry: vcpu 0, rip 0x1",
		"x-1 [000] 99999999999999999999.0: kvm_entry: vcpu 0, rip 0x1",
		"x-1 1.0: kvm_entry: vcpu 0, rip 0x1",
		"x-99999999999 [000] 1.0: kvm_entry: vcpu 0, rip 0x1",
		"x [000] 1.0: kvm_entry: vcpu 0, rip 0x1",
		"x-1 [000] 1.0: kvm_userspace_exit: reason",
		"x-1 [000] 1.0: kvm_vcpu_wakeup: wait",
		" [000] 1.0: kvm_entry: vcpu 0, rip 0x1",
	};

	for (size_t i = 0; i < array_count(LINES); i++)
		assert_int_equal(cut(LINES[i]).kind, KVM_LINE_BAD);
}

static void a_long_line_is_cut(void **state)
{
	char text[4096];
	struct kvm_line line;

	memset(text, ' ', sizeof(text));
	memcpy(text, "x-1 [000] 1.0: kvm_exit: vcpu 0 reason npf rip 0x1", 50);
	kvm_line_cut(text, sizeof(text), &line);
	assert_int_equal(line.kind, KVM_LINE_EXIT);
	/* Nothing behind the given bytes is read. */
	kvm_line_cut(text, 20, &line);
	assert_int_equal(line.kind, KVM_LINE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_ftrace),
		cmocka_unit_test(a_line_of_trace_cmd),
		cmocka_unit_test(a_line_of_perf_script),
		cmocka_unit_test(a_line_with_the_process),
		cmocka_unit_test(a_name_may_hold_anything),
		cmocka_unit_test(reasons_by_name_number_and_with_flags),
		cmocka_unit_test(a_call_that_failed_is_told_by_its_error),
		cmocka_unit_test(idle_time_is_read),
		cmocka_unit_test(losses_are_read),
		cmocka_unit_test(other_lines_are_of_no_use),
		cmocka_unit_test(what_cannot_be_read_is_bad),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
