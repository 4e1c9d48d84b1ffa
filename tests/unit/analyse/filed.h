/* How does a test tell a story of files? In events, told in their order, to a report. */
#ifndef TESTS_UNIT_ANALYSE_FILED_H
#define TESTS_UNIT_ANALYSE_FILED_H

#include "analyse/files_state.h"
#include "unit/analyse/stream.h"

#define US(n) ((uint64_t)(n)*1000u)

enum {
	DISK = 254 << 20,
	FS = 7 << 20,
};

/* An operation that began so many microseconds after the watch and took so long; what is 0 of the
 * rest is filled in: a read of 4 KiB by a system call of thread 10 on file 12. */
void filed_io(struct stream *stream, uint64_t at_us, uint64_t us, struct event_io io);

/* A block request: queued, issued, completed, in microseconds. */
void filed_request(struct stream *stream, uint64_t io, const uint64_t us[3]);

/* A watch of the command 10 ("db"), whose file 12 is /mnt/data/a/b. */
void filed_begin(struct stream *stream);

/* The report by these keys; operations of over_us and longer one by one. Checks that its sums hold.
 * The caller's. */
struct files_report *filed_report(const struct stream *stream, const char *keys, uint64_t over_us);

#endif
