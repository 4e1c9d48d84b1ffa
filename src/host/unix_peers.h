/* Which local socket is connected to which? As the kernel's socket diagnosis tells it. */
#ifndef HOST_UNIX_PEERS_H
#define HOST_UNIX_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/own.h"

/*
 * Put each connected socket's inode → its peer's into *ret, of this network namespace; 0 as peer:
 * it has none. -errno: it is not to be had. End with hash_free(), whatever came of it.
 */
must_check int unix_peers_read(struct hash_map *ret);

/* The same from the bytes of one answer. 1: it was the last one. */
must_check int unix_peers_parse(const void *bytes, size_t count, struct hash_map *ret);

#endif
