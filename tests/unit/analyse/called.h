/* How does a test tell a story of system calls? The stream of events of stream.h, and what is
 * reported of it. */
#ifndef TESTS_UNIT_ANALYSE_CALLED_H
#define TESTS_UNIT_ANALYSE_CALLED_H

#include "analyse/syscalls.h"
#include "stream.h"

/* x86-64 */
enum {
	CALL_READ = 0,
	CALL_WRITE = 1,
	CALL_GETPPID = 110,
	CALL_FSYNC = 74,
	CALL_NANOSLEEP = 35,
	CALL_EXIT_GROUP = 231,
};

/* A call of a thread, from one time to another; the rest as the caller set it. */
void stream_syscall(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		    struct event_syscall call);

/* So many short calls, as a sum. */
void stream_sum(struct stream *stream, uint32_t tid, int32_t number, uint64_t count,
		uint64_t errors, uint64_t ns);

/* So many calls of so many nanoseconds each, counted where they returned. */
void stream_tally(struct stream *stream, uint32_t tid, int32_t number, uint64_t count, uint64_t ns,
		  uint64_t bytes);

/* So many failed in this way; they are in another tally as well (see stream_failing()). */
void stream_failed(struct stream *stream, uint32_t tid, int32_t number, uint32_t error,
		   uint64_t count);

/* So many calls, as many of which failed. */
void stream_failing(struct stream *stream, uint32_t tid, int32_t number, uint64_t count,
		    uint64_t errors);

/*
 * The report, the caller's; by: "thread,syscall". Asserts what holds for all: the rows sum to the
 * report's sums, and a long call is its waits and the rest.
 */
struct syscall_report *stream_calls(const struct stream *stream, const char *by,
				    struct syscalls_options options);

/* The row of this call and name; NULL: any; it must be there. */
const struct syscall_row *syscall_row_of(const struct syscall_report *report, const char *syscall,
					 const char *name);
bool syscalls_tell(const struct syscall_report *report, const char *words);

#endif
