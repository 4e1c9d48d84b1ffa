/* Is what /proc says of a thread read as the kernel meant it? */
#include "host/threads.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/test.h"

static void a_status_tells_the_tracer_and_pending_signals(void **state)
{
	static const char TEXT[] = "Name:\tTracerPid:\t5\nState:\tS (sleeping)\nTracerPid:\t77\n"
				   "NSpid:\t4711\t12\t3\nCoreDumping:\t1\n"
				   "SigPnd:\t0000000000000100\nShdPnd:\t0000000000000000\n"
				   "voluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n";
	struct thread_status status;

	thread_status_parse(TEXT, &status);
	assert_int_equal(status.tracer, 77);
	assert_int_equal(status.local_tid, 3);
	assert_int_equal(status.switches, 42);
	assert_true(status.is_killed);
	assert_true(status.is_dumping);
}

static void a_status_without_these_tells_nothing(void **state)
{
	struct thread_status status;

	thread_status_parse("Name:\tx\nSigPnd:\t0000000000004000\n", &status);
	assert_int_equal(status.tracer, 0);
	assert_int_equal(status.local_tid, 0);
	assert_int_equal(status.switches, 0);
	assert_false(status.is_killed);
	assert_false(status.is_dumping);
}

static void a_system_call_has_a_number_and_arguments(void **state)
{
	struct thread_call call;

	assert_int_equal(thread_call_parse("202 0x7f01 0x80 0x2 0x0 0x1 0xffffffffffffffff "
					   "0x7ffd10 0x7f55\n",
					   &call),
			 0);
	assert_int_equal(call.number, 202);
	assert_int_equal(call.arguments[0], 0x7f01);
	assert_int_equal(call.arguments[2], 2);
	assert_true(call.arguments[5] == UINT64_MAX);
	assert_int_equal(call.sp, 0x7ffd10);
	assert_int_equal(call.ip, 0x7f55);
}

static void a_thread_may_be_in_none_or_run(void **state)
{
	struct thread_call call;

	assert_int_equal(thread_call_parse("running\n", &call), 0);
	assert_int_equal(call.number, THREAD_CALL_RUNS);
	assert_int_equal(thread_call_parse("-1 0x7ffd10 0x7f55\n", &call), 0);
	assert_int_equal(call.number, THREAD_CALL_NONE);
	assert_int_equal(call.ip, 0x7f55);
	assert_int_equal(thread_call_parse("", &call), -EBADMSG);
	assert_int_equal(thread_call_parse("0 0x1\n", &call), -EBADMSG);
}

static void reads_and_writes_are_summed_up(void **state)
{
	struct thread_io io;

	thread_io_parse("rchar: 100\nwchar: 20\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\n", &io);
	assert_int_equal(io.calls, 7);
	assert_int_equal(io.bytes, 120);
}

static void states_have_the_kernels_bits(void **state)
{
	assert_int_equal(thread_state_bits('R'), 0);
	assert_int_equal(thread_state_bits('S'), 1);
	assert_int_equal(thread_state_bits('D'), 2);
	assert_int_equal(thread_state_bits('I'), 0x402);
	assert_int_equal(thread_state_bits('T'), 4);
	assert_int_equal(thread_state_bits('Z'), 32);
	assert_int_equal(thread_state_bits('?'), 0);
}

static void pipes_and_sockets_are_known_by_their_inodes(void **state)
{
	uint32_t mode = 0;

	assert_int_equal(thread_link_inode("pipe:[4711]", &mode), 4711);
	assert_true(S_ISFIFO(mode));
	assert_int_equal(thread_link_inode("socket:[12]", &mode), 12);
	assert_true(S_ISSOCK(mode));
	assert_int_equal(thread_link_inode("/tmp/pipe:[1]", &mode), 0);
	assert_int_equal(thread_link_inode("anon_inode:[eventpoll]", &mode), 0);
}

static void a_descriptor_tells_where_its_file_lies(void **state)
{
	struct thread_fdinfo info;

	thread_fdinfo_parse("pos:\t412\nflags:\t0100001\nmnt_id:\t27\nino:\t11329545\n", &info);
	assert_int_equal(info.mount_id, 27);
	assert_int_equal(info.inode, 11329545);
	assert_int_equal(info.connection, 0);
	thread_fdinfo_parse("pos:\t0\nflags:\t02\nmnt_id:\t9\nfuse_connection:\t44\n", &info);
	assert_int_equal(info.connection, 44);
	assert_int_equal(info.inode, 0);
}

static void a_stack_is_read_frame_by_frame(void **state)
{
	static const char TEXT[] = "[<0>] hrtimer_nanosleep+0xb0/0x160\n"
				   "[<ffffffff81>] cv_wait_common+0x10/0x20 [spl]\n"
				   "nonsense\n[<0>] no_offset\n[<0>] last+0x1/0x2";
	static const char *const NAMES[] = { "hrtimer_nanosleep", "cv_wait_common", "last" };
	static const uint64_t OFFSETS[] = { 0xb0, 0x10, 1 };
	const char *text = TEXT;
	struct thread_frame frame;
	size_t count = 0;

	while (thread_frame_next(&text, &frame)) {
		assert_int_equal(frame.name_bytes, strlen(NAMES[count]));
		assert_memory_equal(frame.name, NAMES[count], frame.name_bytes);
		assert_int_equal(frame.offset, OFFSETS[count++]);
	}
	assert_int_equal(count, 3);
	assert_false(thread_frame_next(&text, &frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_tells_the_tracer_and_pending_signals),
		cmocka_unit_test(a_status_without_these_tells_nothing),
		cmocka_unit_test(a_system_call_has_a_number_and_arguments),
		cmocka_unit_test(a_thread_may_be_in_none_or_run),
		cmocka_unit_test(reads_and_writes_are_summed_up),
		cmocka_unit_test(states_have_the_kernels_bits),
		cmocka_unit_test(pipes_and_sockets_are_known_by_their_inodes),
		cmocka_unit_test(a_descriptor_tells_where_its_file_lies),
		cmocka_unit_test(a_stack_is_read_frame_by_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
