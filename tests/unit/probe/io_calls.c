/* Are the calls known that work on files, and what their flags mean? */
#include "probe/io_calls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>

#include "event/event.h"
#include "harness/test.h"

static void each_call_has_its_operation_and_form(void **state)
{
	uint32_t calls[WIRE_SYSCALLS] = {};

	io_calls_fill(calls);
	assert_int_equal(calls[SYS_pread64] & 0xff, IO_READ);
	assert_int_equal(calls[SYS_pread64] >> 8 & 0xff, WIRE_IO_PREAD);
	assert_int_equal(calls[SYS_pread64] >> 16, IO_POSITIONED);
	assert_int_equal(calls[SYS_writev] & 0xff, IO_WRITE);
	assert_int_equal(calls[SYS_writev] >> 8 & 0xff, WIRE_IO_READV);
	assert_int_equal(calls[SYS_writev] >> 16, IO_VECTORED);
	assert_int_equal(calls[SYS_fdatasync] & 0xff, IO_FDATASYNC);
	assert_int_equal(calls[SYS_io_submit] >> 8 & 0xff, WIRE_IO_SUBMIT);
	assert_int_equal(calls[SYS_getpid] >> 8 & 0xff, WIRE_IO_NONE);
}

static void operations_of_libaio_are_known_by_their_numbers(void **state)
{
	uint32_t operations[WIRE_AIO_OPERATIONS] = {};

	aio_operations_fill(operations);
	assert_int_equal(operations[0] & 0xff, IO_READ);
	assert_int_equal(operations[8] & 0xff, IO_WRITE);
	assert_int_equal(operations[8] >> 16, IO_VECTORED | IO_POSITIONED);
	assert_int_equal(operations[5] >> 8 & 0xff, WIRE_IO_NONE); /* poll */
}

static void entries_of_io_uring_are_known_by_their_numbers(void **state)
{
	uint32_t opcodes[WIRE_OPCODES] = {};

	io_opcodes_fill(opcodes);
	assert_int_equal(opcodes[IORING_OP_READ] & 0xff, IO_READ);
	assert_int_equal(opcodes[IORING_OP_WRITE_FIXED] & 0xff, IO_WRITE);
	assert_int_equal(opcodes[IORING_OP_WRITE_FIXED] >> 16, IO_FIXED | IO_POSITIONED);
	assert_int_equal(opcodes[IORING_OP_FSYNC] >> 8 & 0xff, WIRE_IO_URING_SYNC);
	assert_int_equal(opcodes[IORING_OP_NOP] >> 8 & 0xff, WIRE_IO_NONE);
	assert_int_equal(opcodes[IORING_OP_RECV] >> 8 & 0xff, WIRE_IO_NONE);
}

static void flags_of_the_open_file_and_of_the_call_are_one(void **state)
{
	struct wire_io wire = { .flags = IO_PUNTED };

	wire.open_flags = O_DIRECT | O_NONBLOCK;
	wire.rw_flags = RWF_APPEND;
	assert_int_equal(io_flags_of(&wire), IO_PUNTED | IO_DIRECT | IO_NOWAIT | IO_APPEND);
}

static void sync_is_more_than_dsync(void **state)
{
	struct wire_io wire = { .open_flags = O_DSYNC };

	assert_int_equal(io_flags_of(&wire), IO_FILE_DSYNC);
	wire.open_flags = O_SYNC;
	assert_int_equal(io_flags_of(&wire), IO_FILE_SYNC);
	wire = (struct wire_io){ .open_flags = O_DSYNC, .rw_flags = RWF_SYNC };
	assert_int_equal(io_flags_of(&wire), IO_FILE_SYNC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_has_its_operation_and_form),
		cmocka_unit_test(operations_of_libaio_are_known_by_their_numbers),
		cmocka_unit_test(entries_of_io_uring_are_known_by_their_numbers),
		cmocka_unit_test(flags_of_the_open_file_and_of_the_call_are_one),
		cmocka_unit_test(sync_is_more_than_dsync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
