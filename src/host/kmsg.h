/* What does the kernel's log say, and whom is a line about? */
#ifndef HOST_KMSG_H
#define HOST_KMSG_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

struct kmsg_line {
	uint64_t written_ns; /* by local_clock(), which is CLOCK_MONOTONIC but for a drift */
	uint32_t tid;        /* whom it is about; 0: it does not say */
	uint32_t level;      /* as in syslog(3) */
	size_t text_bytes;
	char *text; /* any bytes, NUL-terminated */
};

/* Read one record of /dev/kmsg: "6,339,5140900,-;NET: Registered protocol family 10". *ret's text
 * is the caller's, to free(). -EBADMSG. */
must_check int kmsg_parse(const char *record, size_t bytes, struct kmsg_line *ret);

/* The tid in a line of the kinds in which the kernel names a thread; 0: none. */
uint32_t kmsg_find_tid(const char *text);

/* An open log. */
struct kmsg;

enum {
	KMSG_LINES_MAX = 2000,
};

/* -EPERM: the log is not ours to read; -ENOENT: there is none. End with kmsg_free(). */
must_check int kmsg_open(struct kmsg **ret, struct diag *why);
void kmsg_free(struct kmsg **kmsg);
/* Pass over all lines that are there by now. */
void kmsg_pass_over(struct kmsg *kmsg);

/*
 * Call seen() for each line since the last call, or for the last KMSG_LINES_MAX of them, in order;
 * what it returns other than 0 ends the list and is returned. *ret_dropped: older lines that were
 * passed over.
 */
must_check int kmsg_read(struct kmsg *kmsg, int (*seen)(void *self, const struct kmsg_line *line),
			 void *self, uint64_t *ret_dropped);

#endif
