/* Which package brought this file, and how does the distribution call itself? */
#ifndef HOST_PACKAGES_H
#define HOST_PACKAGES_H

#include <stddef.h>

#include "base/own.h"

/* As os-release tells it; "" for what it does not. */
struct distribution {
	char id[32];       /* "debian" */
	char id_like[64];  /* "rhel centos fedora" */
	char codename[32]; /* "bookworm" */
};

/* Of the system below root. One without os-release does not call itself anything. */
void distribution_read(const char *root, struct distribution *ret);

/* One file whose package is asked for. */
struct package_query {
	const char *path; /* absolute, below the root */
	char owner[96];   /* the answer: the package's name; "": none has it, or it is not known */
};

/*
 * Ask dpkg's lists below root for all files at once. A file is found under the names that it had
 * before /bin, /sbin and /lib became /usr's. -ENOENT: dpkg is not used there.
 */
must_check int packages_find(const char *root, struct package_query *queries, size_t count);

#endif
