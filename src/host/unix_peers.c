/* Which local socket is connected to which? */
#include "host/unix_peers.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "host/sock_diag.h"

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

static int see_socket(void *self, const struct nlmsghdr *head)
{
	const struct unix_diag_msg *socket = NLMSG_DATA(head);
	uint64_t *place;

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)))
		return -EBADMSG;
	place = hash_put(self, socket->udiag_ino);
	if (!place)
		return -ENOMEM;
	*place = find_peer(head);
	return 0;
}

int unix_peers_parse(const void *bytes, size_t count, struct hash_map *ret)
{
	return sock_diag_parse(bytes, count, see_socket, ret);
}

int unix_peers_read(struct hash_map *ret)
{
	const struct unix_diag_req request = {
		.sdiag_family = AF_UNIX,
		.udiag_states = ~0U,
		.udiag_show = UDIAG_SHOW_PEER,
	};

	return sock_diag_read(&request, sizeof(request), see_socket, ret);
}
