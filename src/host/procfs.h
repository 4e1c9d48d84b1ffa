/* What does /proc say of threads, of their memory, and of the kernel's symbols? */
#ifndef HOST_PROCFS_H
#define HOST_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/own.h"

/*
 * Read a whole file of unknown size, as those of /proc are. On success *ret_text is the caller's,
 * to free(): ret_bytes bytes, with a NUL behind them.
 */
must_check int host_read_file(const char *path, char **ret_text, size_t *ret_bytes,
			      struct diag *why);

/*
 * The three below have the shape of a source of bytes for the namer; self is not used. The texts
 * are the caller's, to free(). -ESRCH: the process is gone.
 */
must_check int host_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why);
must_check int host_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes);
/*
 * Open, for reading, the regular file that tgid sees at path; where tgid cannot be looked into, the
 * one that we see there: the caller compares inodes. Returns the descriptor, the caller's to close,
 * or -errno.
 */
must_check int host_open_mapped(void *self, uint32_t tgid, const char *path);

/* A thread as /proc shows it. */
struct host_task {
	uint32_t tid;
	uint32_t tgid;
	uint32_t ppid;
	bool is_kernel;
	char state;        /* R, S, D, Z, … as in ps */
	char comm[16];     /* NUL-padded; any bytes */
	uint64_t start_ns; /* CLOCK_MONOTONIC, to a clock tick; 0: before that clock began */
	uint64_t utime_ns;
	uint64_t stime_ns;
};

/* -ESRCH: there is no such thread. */
must_check int host_task_read(uint32_t tgid, uint32_t tid, struct host_task *ret);

/* Call seen() for each entry of a folder that is a number; as below. */
must_check int host_number_list(const char *path, int (*seen)(void *self, uint32_t number),
				void *self);

/*
 * Call seen() for each thread of tgid, or each process; what seen() returns other than 0 ends the
 * list and is returned. -ESRCH: there is no such process. Threads that come and go meanwhile may be
 * missed.
 */
must_check int host_task_list(uint32_t tgid, int (*seen)(void *self, uint32_t tid), void *self);
must_check int host_process_list(int (*seen)(void *self, uint32_t tgid), void *self);

#endif
