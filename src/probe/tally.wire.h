/*
 * How are things counted in the kernel? The rows that the programs keep and user space reads. Both
 * compilers read this file.
 */
#ifndef PROBE_TALLY_WIRE_H
#define PROBE_TALLY_WIRE_H

#include <linux/types.h>

enum tally_size {
	/*
	 * Rows at a time. One takes 512 bytes, and memory only while it is there: what is counted
	 * in the kernel never takes more than 16 MiB, and as much again while the rows of the
	 * second before are read.
	 */
	TALLY_ROWS = 32768,
	/*
	 * A row has the buckets of six doublings. Times that lie further apart are in rows of their
	 * own: most things need one or two, where a row of all buckets would be five times as
	 * large.
	 */
	TALLY_WINDOW = 6 * 16,
	/* The last bucket: TALLY_BUCKETS − 1 of event.h; src/probe/tallies.c asserts it. */
	TALLY_LAST = (39 << 4) - 1,
};

/* What is counted in a row: as struct event_tally has it. Compared byte for byte. */
struct tally_key {
	__u64 inode;
	__u32 what; /* enum tally_what */
	__u32 tid;
	__u32 operation;
	__u32 dev;
	__u32 window; /* number of the row's first bucket, in TALLY_WINDOWs; set by the tally itself
		       */
	__u32 spare;  /* 0 */
};

struct tally_row {
	__u64 count;
	__u64 errors;
	__u64 bytes;
	__u64 total_ns;
	__u64 min_ns;
	__u64 max_ns;
	__u32 bucket[TALLY_WINDOW];
};

_Static_assert(sizeof(struct tally_key) == 32, "tally_key");
_Static_assert(sizeof(struct tally_row) == 432, "tally_row");

/* tally_bucket() of event.h, in steps that a BPF program can do: it cannot count leading zeros. */
static inline __attribute__((always_inline)) __u32 tally_place(__u64 ns)
{
	__u64 rest = ns >> 4;
	__u32 shift = 0;

	if (!rest)
		return (__u32)ns;
	for (__u32 step = 32; step; step >>= 1) {
		if (rest >> step) {
			rest >>= step;
			shift += step;
		}
	}
	/* The highest bit of ns is number shift + 4; its four next lower bits tell the bucket. */
	if (shift >= (TALLY_LAST >> 4))
		return TALLY_LAST;
	return ((shift + 1) << 4) + ((__u32)(ns >> shift) & 15);
}

/* The window that a bucket lies in: bucket / TALLY_WINDOW, without a division. */
static inline __attribute__((always_inline)) __u32 tally_window(__u32 bucket)
{
	return ((bucket >> 4) * 43) >> 8;
}

#endif
