/* Which local socket is connected to which? One netlink request, and a list of messages. */
#include "host/unix_peers.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	ANSWER_BYTES = 32768,
	WAIT_S = 2, /* the kernel answers at once */
};

static int ask(int fd)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req request;
	} message = {
		.head = { .nlmsg_len = sizeof(message),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .sdiag_family = AF_UNIX,
			     .udiag_states = ~0U,
			     .udiag_show = UDIAG_SHOW_PEER },
	};

	return send(fd, &message, sizeof(message), 0) == sizeof(message) ? 0 : -errno;
}

static uint32_t find_peer(const struct nlmsghdr *head)
{
	const struct unix_diag_msg *socket = NLMSG_DATA(head);
	const struct rtattr *attribute = (const void *)(socket + 1);
	long left = (long)head->nlmsg_len - (long)NLMSG_LENGTH(sizeof(*socket));
	uint32_t peer = 0;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(attribute) >= sizeof(peer))
			memcpy(&peer, RTA_DATA(attribute), sizeof(peer));
	}
	return peer;
}

int unix_peers_parse(const void *bytes, size_t count, struct hash_map *ret)
{
	const struct nlmsghdr *head = bytes;

	for (; NLMSG_OK(head, count); head = NLMSG_NEXT(head, count)) {
		const struct unix_diag_msg *socket = NLMSG_DATA(head);
		uint64_t *place;

		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR)
			return -ENOTSUP;
		if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)))
			return -EBADMSG;
		place = hash_put(ret, socket->udiag_ino);
		if (!place)
			return -ENOMEM;
		*place = find_peer(head);
	}
	return 0;
}

int unix_peers_read(struct hash_map *ret)
{
	owns(own_close) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct timeval wait = { .tv_sec = WAIT_S };
	_Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
	int r;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	r = ask(fd);
	while (r == 0) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		r = unix_peers_parse(answer, (size_t)got, ret);
	}
	return r < 0 ? r : 0;
}
