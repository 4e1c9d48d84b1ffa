/* Which ends of TCP connections within this machine belong together? As the kernel's socket
 * diagnosis tells it. */
#ifndef HOST_TCP_PEERS_H
#define HOST_TCP_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

/* One end. IPv4 addresses are kept as IPv6 has them (::ffff:127.0.0.1): sockets of both kinds may
 * be connected with each other. All of it is compared, byte for byte. */
struct tcp_end {
	uint8_t address[16];
	uint8_t peer_address[16];
	uint16_t port;
	uint16_t peer_port;
	uint32_t spare;
};

struct tcp_socket {
	struct tcp_end end;
	uint64_t inode;
};

/* Zero is a valid empty list. */
struct tcp_sockets {
	ARRAY(struct tcp_socket) list;
};

/* Put the inode of each end whose other end is here, too → that one's, into *ret; those of this
 * network namespace. -errno: they are not to be had. End with hash_free(), whatever came of it. */
must_check int tcp_peers_read(struct hash_map *ret);

/* The two steps: sockets from the bytes of one answer (1: it was the last one), and their pairs. */
must_check int tcp_sockets_parse(const void *bytes, size_t count, struct tcp_sockets *ret);
must_check int tcp_sockets_pair(const struct tcp_sockets *sockets, struct hash_map *ret);
void tcp_sockets_free(struct tcp_sockets *sockets);

#endif
