/* How is the kernel asked for its sockets? */
#include "host/sock_diag.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	ANSWER_BYTES = 32768,
	REQUEST_BYTES = 128,
	WAIT_S = 2, /* the kernel answers at once */
};

static int ask(int fd, const void *request, size_t bytes)
{
	struct {
		struct nlmsghdr head;
		char request[REQUEST_BYTES];
	} message = {
		.head = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(bytes),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};

	if (bytes > sizeof(message.request))
		return -EINVAL;
	memcpy(message.request, request, bytes);
	return send(fd, &message, message.head.nlmsg_len, 0) == (ssize_t)message.head.nlmsg_len
		       ? 0
		       : -errno;
}

int sock_diag_parse(const void *bytes, size_t count, sock_diag_seen seen, void *self)
{
	const struct nlmsghdr *head = bytes;

	for (; NLMSG_OK(head, count); head = NLMSG_NEXT(head, count)) {
		int r;

		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR)
			return -ENOTSUP;
		r = seen(self, head);
		if (r < 0)
			return r;
	}
	return 0;
}

int sock_diag_read(const void *request, size_t bytes, sock_diag_seen seen, void *self)
{
	owns(own_close) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct timeval wait = { .tv_sec = WAIT_S };
	_Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
	int r;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	r = ask(fd, request, bytes);
	while (r == 0) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		r = sock_diag_parse(answer, (size_t)got, seen, self);
	}
	return r < 0 ? r : 0;
}
