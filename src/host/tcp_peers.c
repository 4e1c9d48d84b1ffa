/* Which ends of TCP connections within this machine belong together? Those whose addresses and
 * ports are each other's. */
#include "host/tcp_peers.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <xxhash.h>

#include "host/sock_diag.h"

/* include/net/tcp_states.h: all that have a connection, or had it until the other end closed it. */
enum {
	STATES = 1 << 1 /* established */ | 1 << 4 /* fin_wait1 */ | 1 << 5 /* fin_wait2 */ |
		 1 << 8 /* close_wait */ | 1 << 9 /* last_ack */,
	SOCKETS_MAX = 1 << 18,
};

static void fill_address(uint8_t *to, uint8_t family, const uint32_t *from)
{
	static const uint8_t MAPPED[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (family == AF_INET6) {
		memcpy(to, from, 16);
		return;
	}
	memcpy(to, MAPPED, sizeof(MAPPED));
	memcpy(to + sizeof(MAPPED), from, 4);
}

static int see_socket(void *self, const struct nlmsghdr *head)
{
	const struct inet_diag_msg *message = NLMSG_DATA(head);
	struct tcp_sockets *sockets = self;
	struct tcp_socket *socket;

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*message)))
		return -EBADMSG;
	if (!message->idiag_inode || sockets->list.count >= SOCKETS_MAX)
		return 0;
	socket = array_push(&sockets->list);
	if (!socket)
		return -ENOMEM;
	fill_address(socket->end.address, message->idiag_family, message->id.idiag_src);
	fill_address(socket->end.peer_address, message->idiag_family, message->id.idiag_dst);
	socket->end.port = message->id.idiag_sport;
	socket->end.peer_port = message->id.idiag_dport;
	socket->inode = message->idiag_inode;
	return 0;
}

int tcp_sockets_parse(const void *bytes, size_t count, struct tcp_sockets *ret)
{
	return sock_diag_parse(bytes, count, see_socket, ret);
}

static struct tcp_end turn(const struct tcp_end *end)
{
	struct tcp_end turned = { .port = end->peer_port, .peer_port = end->port };

	memcpy(turned.address, end->peer_address, sizeof(turned.address));
	memcpy(turned.peer_address, end->address, sizeof(turned.peer_address));
	return turned;
}

static int pair_all(const struct tcp_sockets *sockets, struct hash_map *by_end,
		    struct hash_map *ret)
{
	for (size_t i = 0; i < sockets->list.count; i++) {
		const struct tcp_socket *socket = &sockets->list.items[i];
		uint64_t *place = hash_put(by_end, XXH3_64bits(&socket->end, sizeof(socket->end)));

		if (!place)
			return -ENOMEM;
		*place = socket->inode;
	}
	for (size_t i = 0; i < sockets->list.count; i++) {
		const struct tcp_end turned = turn(&sockets->list.items[i].end);
		const uint64_t *peer = hash_find(by_end, XXH3_64bits(&turned, sizeof(turned)));
		uint64_t *place = peer ? hash_put(ret, sockets->list.items[i].inode) : NULL;

		if (peer && !place)
			return -ENOMEM;
		if (peer)
			*place = *peer;
	}
	return 0;
}

int tcp_sockets_pair(const struct tcp_sockets *sockets, struct hash_map *ret)
{
	struct hash_map by_end = {};
	int r = pair_all(sockets, &by_end, ret);

	hash_free(&by_end);
	return r;
}

void tcp_sockets_free(struct tcp_sockets *sockets)
{
	array_free(&sockets->list);
}

int tcp_peers_read(struct hash_map *ret)
{
	static const uint8_t FAMILIES[] = { AF_INET, AF_INET6 };
	owns(tcp_sockets_free) struct tcp_sockets sockets = {};
	int r = 0;

	/* A machine without IPv6 has only the others. */
	for (size_t i = 0; i < array_count(FAMILIES) && r != -ENOMEM; i++) {
		const struct inet_diag_req_v2 request = {
			.sdiag_family = FAMILIES[i],
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = STATES,
		};

		r = sock_diag_read(&request, sizeof(request), see_socket, &sockets);
	}
	if (r == -ENOMEM || (r < 0 && !sockets.list.count))
		return r;
	return tcp_sockets_pair(&sockets, ret);
}
