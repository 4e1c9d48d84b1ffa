/* What does the kernel itself count of its locks? Its statistics (CONFIG_LOCK_STAT), and the switch
 * that turns them on. */
#ifndef HOST_LOCK_STAT_H
#define HOST_LOCK_STAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"

/* Zero is valid: nothing was turned on. */
struct host_lock_stat {
	const char *root; /* "" is our own; must live as long */
	bool was_off;     /* it is on because of us */
};

/*
 * Let the kernel count, if it does not do so already; what was counted before is left alone.
 * -ENOENT: this kernel has no such statistics. Whoever begins must end: the switch stays where we
 * put it when we are killed (SIGKILL).
 */
must_check int host_lock_stat_begin(const char *root, struct host_lock_stat *stat,
				    struct diag *why);

/* The switch is put back to where it was. */
void host_lock_stat_end(struct host_lock_stat *stat);

/* The text of /proc/lock_stat: *ret_text is the caller's, to free(). */
must_check int host_lock_stat_read(const char *root, char **ret_text, size_t *ret_bytes,
				   struct diag *why);

#endif
