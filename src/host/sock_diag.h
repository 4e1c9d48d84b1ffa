/* How is the kernel asked for its sockets? One netlink request, and a list of messages. */
#ifndef HOST_SOCK_DIAG_H
#define HOST_SOCK_DIAG_H

#include <linux/netlink.h>
#include <stddef.h>

#include "base/own.h"

/* One message of an answer: 0 or -errno. */
typedef int (*sock_diag_seen)(void *self, const struct nlmsghdr *head);

/*
 * Ask for all sockets that the request (a struct of linux/…_diag.h) names, and call seen() for
 * each, of this network namespace. -errno: it is not to be had, or what seen() returned.
 */
must_check int sock_diag_read(const void *request, size_t bytes, sock_diag_seen seen, void *self);

/* The same from the bytes of one answer. 1: it was the last one. */
must_check int sock_diag_parse(const void *bytes, size_t count, sock_diag_seen seen, void *self);

#endif
