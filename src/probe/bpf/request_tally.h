/* How many requests were there, and how long did they take? Counted when they end, whether or not
 * they are told one by one. */
#ifndef PROBE_BPF_REQUEST_TALLY_H
#define PROBE_BPF_REQUEST_TALLY_H

#include "probe/bpf/tally.h"

/* The values of enum tally_what in event.h; src/probe/translate.c asserts that they agree. */
enum wire_request_tally {
	WIRE_TALLY_SERVICE = 3,
	WIRE_TALLY_ISSUERS = 4,
	WIRE_TALLY_MERGES = 7,
};

static __always_inline void count_request(const struct pending *pending, __u32 what, __u32 tid,
					  __u64 ns)
{
	struct tally_key key = {
		.what = what,
		.tid = tid,
		.operation = pending->flags,
		.dev = pending->dev,
	};

	tally_shared(&key, ns, pending->bytes, pending->error);
}

/* Those that only wait for a flush are given to no driver. How long all of a device took is the sum
 * over who queued them: each row more is felt. */
static __always_inline void tally_request(const struct pending *pending, __u64 now)
{
	count_request(pending, WIRE_TALLY_ISSUERS, pending->tid, now - pending->start_ns);
	if (pending->issue_ns)
		count_request(pending, WIRE_TALLY_SERVICE, 0, now - pending->issue_ns);
}

/* A bio or request became part of another one. */
static __always_inline void tally_merge(__u32 dev, __u32 flags, __u64 bytes)
{
	struct tally_key key = { .what = WIRE_TALLY_MERGES, .operation = flags, .dev = dev };

	tally_shared(&key, 0, bytes, false);
}

#endif
