/* Is a wait without a stack told by its system call, and each system call by its number? */
#include <string.h>

#include "analyse/waits.h"
#include "event/event.h"
#include "harness/test.h"

#define INTERRUPTIBLE   1u
#define UNINTERRUPTIBLE 2u
#define IDLE            0x402u

static void expect(int32_t syscall, uint32_t state, uint32_t flags, enum cause cause,
		   enum wait_way way)
{
	struct wait_class class = wait_classify_bare(syscall, state, flags);

	assert_string_equal(cause_id(class.wait->cause), cause_id(cause));
	assert_int_equal(class.wait->way, way);
	assert_string_equal(class.function, "");
}

static int32_t number_of(const char *name)
{
	for (int32_t number = 0; number < 1000; number++) {
		if (syscall_name(number) && strcmp(syscall_name(number), name) == 0)
			return number;
	}
	fail_msg("no system call is called %s", name);
	return -1;
}

static void system_calls_have_names(void **state)
{
	assert_string_equal(syscall_name(0), "read");
	assert_string_equal(syscall_name(74), "fsync");
	assert_string_equal(syscall_name(232), "epoll_wait");
	assert_string_equal(syscall_name(426), "io_uring_enter");
	assert_string_equal(syscall_name(469), "file_setattr");
}

static void numbers_without_a_call_have_no_name(void **state)
{
	assert_null(syscall_name(-1));
	assert_null(syscall_name(400));
	assert_null(syscall_name(100000));
	assert_null(syscall_name(INT32_MAX));
	assert_null(syscall_name(INT32_MIN));
}

static void every_call_has_a_name_of_its_own(void **state)
{
	size_t count = 0;

	for (int32_t number = 0; number < 1000; number++) {
		if (!syscall_name(number))
			continue;
		count++;
		assert_int_equal(number_of(syscall_name(number)), number);
	}
	assert_in_range(count, 380, 500);
}

static void sleeps_and_event_loops_are_told_by_their_call(void **state)
{
	expect(number_of("clock_nanosleep"), INTERRUPTIBLE, 0, CAUSE_WAIT_SLEEP, WAIT_LEAF);
	expect(number_of("epoll_wait"), INTERRUPTIBLE, SPAN_WOKEN_SOFTIRQ, CAUSE_WAIT_IDLE,
	       WAIT_LEAF);
	expect(number_of("futex"), INTERRUPTIBLE, 0, CAUSE_LOCK_USER, WAIT_FOLLOW);
	expect(number_of("flock"), INTERRUPTIBLE, 0, CAUSE_LOCK_FILE, WAIT_FOLLOW);
	expect(number_of("wait4"), INTERRUPTIBLE, 0, CAUSE_WAIT_PROCESS, WAIT_FOLLOW);
	expect(number_of("io_uring_enter"), INTERRUPTIBLE, SPAN_IOWAIT, CAUSE_WAIT_IDLE,
	       WAIT_REQUEST);
}

static void a_sync_colours_its_requests(void **state)
{
	struct wait_class class = wait_classify_bare(number_of("fdatasync"), UNINTERRUPTIBLE,
						     SPAN_IOWAIT | SPAN_REQUEST);

	assert_int_equal(class.wait->cause, CAUSE_FS_SYNC);
	assert_int_equal(class.wait->way, WAIT_REQUEST);
	assert_non_null(class.context);
	assert_int_equal(class.context->cause, CAUSE_FS_SYNC);
	assert_int_equal(class.context->way, WAIT_CONTEXT);
	assert_null(wait_classify_bare(number_of("read"), UNINTERRUPTIBLE, SPAN_IOWAIT).context);
}

static void io_inside_another_call_is_io(void **state)
{
	expect(number_of("read"), UNINTERRUPTIBLE, SPAN_IOWAIT, CAUSE_DISK_DEVICE, WAIT_REQUEST);
	expect(number_of("pwrite64"), UNINTERRUPTIBLE, SPAN_REQUEST, CAUSE_DISK_DEVICE,
	       WAIT_REQUEST);
	expect(number_of("futex"), UNINTERRUPTIBLE, SPAN_IOWAIT, CAUSE_DISK_DEVICE, WAIT_REQUEST);
	expect(number_of("epoll_wait"), INTERRUPTIBLE, SPAN_REQUEST, CAUSE_WAIT_IDLE, WAIT_LEAF);
}

static void a_socket_is_told_by_who_woke_it(void **state)
{
	expect(number_of("recvmsg"), INTERRUPTIBLE, SPAN_WOKEN_SOFTIRQ, CAUSE_WAIT_NETWORK,
	       WAIT_FOLLOW);
	expect(number_of("recvmsg"), INTERRUPTIBLE, 0, CAUSE_WAIT_PROCESS, WAIT_FOLLOW);
}

static void a_fault_with_io_is_a_refault(void **state)
{
	expect(-1, UNINTERRUPTIBLE, SPAN_FAULT | SPAN_IOWAIT, CAUSE_MEM_REFAULT, WAIT_REQUEST);
	assert_int_equal(
		wait_classify_bare(-1, UNINTERRUPTIBLE, SPAN_FAULT | SPAN_IOWAIT).context->cause,
		CAUSE_MEM_REFAULT);
	expect(-1, UNINTERRUPTIBLE, SPAN_FAULT, CAUSE_UNKNOWN, WAIT_FOLLOW);
}

static void a_kernel_thread_is_told_by_its_state(void **state)
{
	expect(-1, IDLE, 0, CAUSE_WAIT_IDLE, WAIT_LEAF);
	expect(-1, INTERRUPTIBLE, 0, CAUSE_WAIT_IDLE, WAIT_LEAF);
	expect(-1, UNINTERRUPTIBLE, 0, CAUSE_UNKNOWN, WAIT_FOLLOW);
	expect(-1, UNINTERRUPTIBLE, SPAN_REQUEST, CAUSE_DISK_DEVICE, WAIT_REQUEST);
	expect(-1, 4, 0, CAUSE_WAIT_PROCESS, WAIT_FOLLOW);
}

static void calls_that_wait_for_many_things_stay_unknown(void **state)
{
	expect(number_of("read"), INTERRUPTIBLE, 0, CAUSE_UNKNOWN, WAIT_FOLLOW);
	expect(number_of("ioctl"), INTERRUPTIBLE, 0, CAUSE_UNKNOWN, WAIT_FOLLOW);
	expect(12345, INTERRUPTIBLE, 0, CAUSE_UNKNOWN, WAIT_FOLLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_calls_have_names),
		cmocka_unit_test(numbers_without_a_call_have_no_name),
		cmocka_unit_test(every_call_has_a_name_of_its_own),
		cmocka_unit_test(sleeps_and_event_loops_are_told_by_their_call),
		cmocka_unit_test(a_sync_colours_its_requests),
		cmocka_unit_test(io_inside_another_call_is_io),
		cmocka_unit_test(a_socket_is_told_by_who_woke_it),
		cmocka_unit_test(a_fault_with_io_is_a_refault),
		cmocka_unit_test(a_kernel_thread_is_told_by_its_state),
		cmocka_unit_test(calls_that_wait_for_many_things_stay_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
