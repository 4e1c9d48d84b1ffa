/* Is it seen which pipes and sockets a thread polls? */
#include "host/polled.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/test.h"

struct ends {
	int pipe[2];
	int socket[2];
	int event;
};

static void ends_make(struct ends *ends)
{
	assert_int_equal(pipe2(ends->pipe, O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->socket), 0);
	ends->event = eventfd(0, EFD_CLOEXEC);
	assert_true(ends->event >= 0);
}

static void ends_close(struct ends *ends)
{
	for (size_t i = 0; i < 2; i++) {
		close(ends->pipe[i]);
		close(ends->socket[i]);
	}
	close(ends->event);
}

static struct polled_call call_of(enum polled_way way)
{
	return (struct polled_call){
		.tgid = (uint32_t)getpid(),
		.tid = (uint32_t)syscall(SYS_gettid),
		.way = way,
		.fd = -1,
	};
}

static void read_polled(const struct polled_call *call, struct polled *ret)
{
	owns(guard_free) struct guard *guard = NULL;

	/* Nobody else may look into a process. */
	if (geteuid() != 0)
		skip();
	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(polled_read(guard, call, ret), 0);
}

/* The one that this descriptor of ours stands for, in whatever order they are told. */
static const struct polled_file *find_file(const struct polled *polled, int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	for (uint32_t i = 0; i < polled->files; i++) {
		if (polled->file[i].inode == status.st_ino)
			return &polled->file[i];
	}
	fail_msg("descriptor %d is not told", fd);
	return NULL;
}

static void assert_pipe_and_socket(const struct polled *polled, const struct ends *ends)
{
	const struct polled_file *file;

	assert_int_equal(polled->count, 3);
	assert_int_equal(polled->files, 2);
	file = find_file(polled, ends->pipe[0]);
	assert_true(S_ISFIFO(file->mode));
	assert_true(file->is_for_reading);
	assert_false(file->is_for_writing);
	assert_true(file->dev != 0);
	file = find_file(polled, ends->socket[0]);
	assert_true(S_ISSOCK(file->mode));
	assert_true(file->is_for_writing);
}

static void the_array_of_poll_is_read(void **state)
{
	owns(ends_close) struct ends ends;
	struct polled_call call = call_of(POLLED_ARRAY);
	struct pollfd fds[4];
	struct polled polled;

	ends_make(&ends);
	fds[0] = (struct pollfd){ .fd = ends.pipe[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = ends.socket[0], .events = POLLIN | POLLOUT };
	fds[3] = (struct pollfd){ .fd = ends.event, .events = POLLIN };
	call.address[0] = (uint64_t)(uintptr_t)fds;
	call.count = 4;
	read_polled(&call, &polled);
	assert_pipe_and_socket(&polled, &ends);
}

static void the_sets_of_select_are_read(void **state)
{
	owns(ends_close) struct ends ends;
	struct polled_call call = call_of(POLLED_BITS);
	fd_set reads, writes;
	struct polled polled;

	ends_make(&ends);
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_SET(ends.pipe[0], &reads);
	FD_SET(ends.socket[0], &writes);
	FD_SET(ends.event, &reads);
	call.address[0] = (uint64_t)(uintptr_t)&reads;
	call.address[1] = (uint64_t)(uintptr_t)&writes;
	call.count = (uint64_t)ends.event + 1;
	read_polled(&call, &polled);
	assert_pipe_and_socket(&polled, &ends);
}

static void the_list_of_an_epoll_is_read(void **state)
{
	owns(ends_close) struct ends ends;
	struct polled_call call = call_of(POLLED_EPOLL);
	struct epoll_event event = { .events = EPOLLIN };
	struct polled polled;

	ends_make(&ends);
	call.fd = epoll_create1(EPOLL_CLOEXEC);
	assert_true(call.fd >= 0);
	assert_int_equal(epoll_ctl(call.fd, EPOLL_CTL_ADD, ends.pipe[0], &event), 0);
	assert_int_equal(epoll_ctl(call.fd, EPOLL_CTL_ADD, ends.event, &event), 0);
	event.events = EPOLLIN | EPOLLOUT;
	assert_int_equal(epoll_ctl(call.fd, EPOLL_CTL_ADD, ends.socket[0], &event), 0);
	read_polled(&call, &polled);
	close(call.fd);
	assert_pipe_and_socket(&polled, &ends);
}

static void what_is_not_there_is_refused(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	struct polled_call call = call_of(POLLED_ARRAY);
	struct polled polled;

	call.address[0] = 16;
	call.count = 3;
	assert_int_equal(guard_new(&guard), 0);
	assert_true(polled_read(guard, &call, &polled) < 0);
	call = call_of(POLLED_EPOLL);
	assert_true(polled_read(guard, &call, &polled) < 0);
	call.tgid = 0x7ffffff0;
	assert_true(polled_read(guard, &call, &polled) < 0);
}

static void a_line_of_an_epoll_names_a_descriptor(void **state)
{
	uint32_t events;
	int32_t fd;

	assert_true(polled_line_parse("tfd:        5 events:       19 data:                5  "
				      "pos:0 ino:61af sdev:8",
				      &fd, &events));
	assert_int_equal(fd, 5);
	assert_int_equal(events, 0x19);
	assert_false(polled_line_parse("pos:	0", &fd, &events));
	assert_false(polled_line_parse("tfd:", &fd, &events));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_array_of_poll_is_read),
		cmocka_unit_test(the_sets_of_select_are_read),
		cmocka_unit_test(the_list_of_an_epoll_is_read),
		cmocka_unit_test(what_is_not_there_is_refused),
		cmocka_unit_test(a_line_of_an_epoll_names_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
