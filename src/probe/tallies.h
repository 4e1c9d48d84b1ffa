/* How is what was counted in the kernel told? The rows of the programs (bpf/tally.h) become TALLY
 * events, once a second and at the end. Inner to the watch. */
#ifndef PROBE_TALLIES_H
#define PROBE_TALLIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/tally.wire.h"

/* How often rows are told. */
#define TALLIES_EVERY_NS 1000000000ULL

/*
 * Two maps of rows in turn: one is counted in while the other is told and emptied. Zero is that of
 * a watch which counts nothing: there is never anything to tell of it.
 */
struct tallies {
	bool is_open;
	int slot_fd;           /* the programs' map "tallies": who stands there is counted in */
	int rows_fd[2];        /* -1: none */
	unsigned int turn;     /* which of them is counted in */
	uint64_t since_ns;     /* when that began */
	uint64_t cut_since_ns; /* the same of the other one */
	uint64_t cut_ns;       /* when the other one's time was over; 0: it was told */
};

/* Make the maps, and have the programs count in one of them. slot_fd is the map "tallies", and
 * stays the caller's. End with tallies_free(), whatever came of it. */
must_check int tallies_open(struct tallies *tallies, int slot_fd, struct diag *why);

/* What is counted from now on belongs to the watch. */
void tallies_start(struct tallies *tallies, uint64_t begin_ns);

/*
 * When a second has passed: cut. What has ended up to now is in rows of their own, which no program
 * changes any more; cut_ns is the time. They are to be told with tallies_tell() when all events up
 * to that time were; until then there is no other cut. Waits for the programs that run just now:
 * some 20 ms.
 */
must_check int tallies_cut(struct tallies *tallies, uint64_t now_ns, struct diag *why);

/* Tell the rows that were cut, as of cut_ns, and forget them. */
must_check int tallies_tell(struct tallies *tallies, const struct event_sink *sink,
			    struct diag *why);

/* Tell all rows, as of end_ns: the programs count nothing any more. */
must_check int tallies_tell_last(struct tallies *tallies, uint64_t end_ns,
				 const struct event_sink *sink, struct diag *why);

void tallies_free(struct tallies *tallies);

/* Tell one row of things that ended between since_ns and time_ns. Its buckets are told from the
 * first to the last that is not empty. */
must_check int tally_tell_row(const struct tally_key *key, const struct tally_row *row,
			      uint64_t since_ns, uint64_t time_ns, const struct event_sink *sink,
			      struct diag *why);

#endif
