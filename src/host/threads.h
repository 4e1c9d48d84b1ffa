/* What does /proc say of how a thread stands? The texts of one thread's files, read. */
#ifndef HOST_THREADS_H
#define HOST_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/* /proc/PID/task/TID/status */
struct thread_status {
	uint32_t tracer;
	uint32_t local_tid; /* in its own pid namespace; 0: not told */
	uint64_t switches;
	bool is_killed;  /* SIGKILL is pending */
	bool is_dumping; /* its process writes a core file */
};

void thread_status_parse(const char *text, struct thread_status *ret);

enum {
	THREAD_CALL_NONE = -1, /* in no system call */
	THREAD_CALL_RUNS = -2, /* it runs: nothing is told */
};

/* /proc/PID/task/TID/syscall: "0 0x3 0x7ffd… … SP IP", "-1 SP IP", or "running". */
struct thread_call {
	int32_t number; /* or THREAD_CALL_… */
	uint64_t arguments[6];
	uint64_t sp;
	uint64_t ip;
};

/* -EBADMSG */
must_check int thread_call_parse(const char *text, struct thread_call *ret);

/* /proc/PID/task/TID/io */
struct thread_io {
	uint64_t calls;
	uint64_t bytes;
};

void thread_io_parse(const char *text, struct thread_io *ret);

/* The kernel's state bits for a letter of /proc/PID/stat; unknown ones are 0, as of one that runs.
 */
uint32_t thread_state_bits(char letter);

/* What a link of /proc/PID/fd says: the inode in "pipe:[4711]" or "socket:[4711]", with the type as
 * its mode; 0: it is another file. */
uint64_t thread_link_inode(const char *text, uint32_t *ret_mode);

/* /proc/PID/fdinfo/N */
struct thread_fdinfo {
	uint32_t mount_id;   /* where the file lies; 0: not told */
	uint64_t inode;      /* 0: not told (before 5.14) */
	uint32_t connection; /* of a FUSE daemon; 0: it is none, or not told */
};

void thread_fdinfo_parse(const char *text, struct thread_fdinfo *ret);

/* A frame of /proc/PID/task/TID/stack: "[<0>] do_nanosleep+0x6c/0x1a0 [module]". */
struct thread_frame {
	const char *name;
	size_t name_bytes;
	uint64_t offset;
};

/* The next frame of the text at *text, which is moved on; false: there are no more. */
bool thread_frame_next(const char **text, struct thread_frame *ret);

#endif
