/* Which pipes and sockets does a thread poll? Its descriptors stand in its memory, or in an epoll's
 * own list. */
#ifndef HOST_POLLED_H
#define HOST_POLLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "host/guard.h"

enum polled_way {
	POLLED_ARRAY, /* poll, ppoll: struct pollfd at address, count of them */
	POLLED_BITS,  /* select, pselect6: two bit sets, for reading and for writing, of count bits
		       */
	POLLED_EPOLL, /* epoll_wait and its kin: the epoll's descriptor is fd */
};

enum {
	POLLED_MAX = 64,        /* files that are told of one call */
	POLLED_COUNT_MAX = 512, /* descriptors that are looked at */
};

struct polled_call {
	uint32_t tgid;
	uint32_t tid;
	uint32_t way; /* enum polled_way */
	int32_t fd;
	uint64_t address[2];
	uint64_t count;
};

/* A pipe or a socket among them. */
struct polled_file {
	uint64_t inode;
	uint32_t dev;  /* as the kernel has it: major << 20 | minor */
	uint32_t mode; /* S_IFIFO or S_IFSOCK */
	uint32_t is_for_reading;
	uint32_t is_for_writing;
};

struct polled {
	uint32_t count; /* descriptors that it polls */
	uint32_t files; /* of them pipes and sockets, which are told; others are terminals, timers,
			   … */
	struct polled_file file[POLLED_MAX];
};

/* Look at them as they stand now; a helper reads them. -errno. */
must_check int polled_read(struct guard *guard, const struct polled_call *call, struct polled *ret);

/* A line of an epoll's /proc/PID/fdinfo: "tfd: 5 events: 19 data: 5 pos:0 ino:61af sdev:8". false:
 * it is another line. */
bool polled_line_parse(const char *line, int32_t *ret_fd, uint32_t *ret_events);

#endif
