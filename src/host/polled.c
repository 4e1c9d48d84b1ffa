/* Which pipes and sockets does a thread poll? A helper reads its memory and its descriptors. */
#include "host/polled.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/procfs.h"
#include "host/threads.h"

#define MINOR_BITS 20

enum sizes {
	PATH_BYTES = 96,
	LINK_BYTES = 64,
	BITS_BYTES = POLLED_COUNT_MAX / 8,
};

/* --- what the helper does --- */

/* Only what the link itself says is a pipe or a socket is looked at: asking after any other file
 * may hang. */
static bool read_file(const struct polled_call *call, int32_t fd, struct polled_file *ret)
{
	char path[PATH_BYTES], text[LINK_BYTES];
	struct stat status;
	ssize_t bytes;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/fd/%" PRId32,
		       call->tgid, call->tid, fd);
	bytes = readlink(path, text, sizeof(text) - 1);
	if (bytes < 0)
		return false;
	text[bytes] = '\0';
	*ret = (struct polled_file){};
	ret->inode = thread_link_inode(text, &ret->mode);
	if (!ret->inode || stat(path, &status) < 0 || status.st_ino != ret->inode)
		return false;
	ret->dev = major(status.st_dev) << MINOR_BITS | minor(status.st_dev);
	return true;
}

static void add_descriptor(const struct polled_call *call, struct polled *polled, int32_t fd,
			   bool is_for_reading, bool is_for_writing)
{
	struct polled_file *file = &polled->file[polled->files];

	polled->count++;
	if (polled->files == POLLED_MAX || !read_file(call, fd, file))
		return;
	file->is_for_reading = is_for_reading;
	file->is_for_writing = is_for_writing;
	polled->files++;
}

static int open_memory(uint32_t tgid)
{
	char path[PATH_BYTES];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/mem", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool read_memory(int memory, uint64_t address, void *to, size_t bytes)
{
	return address <= INT64_MAX && pread(memory, to, bytes, (off_t)address) == (ssize_t)bytes;
}

/* Descriptors below zero are left out, as the kernel does. */
static int read_array(const struct polled_call *call, struct polled *polled)
{
	owns(own_close) int memory = open_memory(call->tgid);
	struct pollfd fds[POLLED_COUNT_MAX];
	size_t count = MIN(call->count, (uint64_t)POLLED_COUNT_MAX);

	if (memory < 0 || !read_memory(memory, call->address[0], fds, count * sizeof(fds[0])))
		return memory < 0 ? memory : -EFAULT;
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd >= 0)
			add_descriptor(call, polled, fds[i].fd, fds[i].events & POLLIN,
				       fds[i].events & POLLOUT);
	}
	polled->count += (uint32_t)MIN(call->count - count, (uint64_t)INT32_MAX);
	return 0;
}

static bool has_bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* The kernel reads whole words. */
static int read_bits(const struct polled_call *call, struct polled *polled)
{
	owns(own_close) int memory = open_memory(call->tgid);
	size_t count = MIN(call->count, (uint64_t)POLLED_COUNT_MAX);
	uint8_t bits[2][BITS_BYTES] = {};

	if (memory < 0)
		return memory;
	for (size_t i = 0; i < 2; i++) {
		if (call->address[i] &&
		    !read_memory(memory, call->address[i], bits[i], (count + 63) / 64 * 8))
			return -EFAULT;
	}
	for (size_t i = 0; i < count; i++) {
		if (has_bit(bits[0], i) || has_bit(bits[1], i))
			add_descriptor(call, polled, (int32_t)i, has_bit(bits[0], i),
				       has_bit(bits[1], i));
	}
	/* What is set behind those is not known: that there is something is. */
	polled->count += call->count > count;
	return 0;
}

bool polled_line_parse(const char *line, int32_t *ret_fd, uint32_t *ret_events)
{
	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers, and they fit. */
	return sscanf(line, "tfd: %" SCNd32 " events: %" SCNx32, ret_fd, ret_events) == 2;
}

static int read_epoll(const struct polled_call *call, struct polled *polled)
{
	owns(own_free) char *text = NULL;
	char path[PATH_BYTES], *rest = NULL;
	size_t bytes = 0;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/fdinfo/%" PRId32,
		       call->tgid, call->tid, call->fd);
	r = host_read_file(path, &text, &bytes, NULL);
	if (r < 0)
		return r;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		uint32_t events;
		int32_t fd;

		if (!polled_line_parse(line, &fd, &events))
			continue;
		if (polled->count < POLLED_COUNT_MAX)
			add_descriptor(call, polled, fd, events & POLLIN, events & POLLOUT);
		else
			polled->count++;
	}
	return 0;
}

static int do_read(const void *question, size_t bytes, struct guard_reply *reply)
{
	static int (*const WAYS[])(const struct polled_call *, struct polled *) = {
		[POLLED_ARRAY] = read_array,
		[POLLED_BITS] = read_bits,
		[POLLED_EPOLL] = read_epoll,
	};
	struct polled polled = {};
	struct polled_call call;
	int r;

	if (bytes != sizeof(call))
		return -EINVAL;
	memcpy(&call, question, sizeof(call));
	r = WAYS[call.way](&call, &polled);
	return r < 0 ? r : guard_reply_add(reply, &polled, sizeof(polled));
}

/* --- our side --- */

int polled_read(struct guard *guard, const struct polled_call *call, struct polled *ret)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	int r = guard_ask(guard, call->tgid, do_read, call, sizeof(*call), &answer);

	if (r < 0)
		return r;
	if (answer.count != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, answer.bytes, sizeof(*ret));
	return 0;
}
