/*
 * How often did it happen, and how long did it take? Counted here, row by row, so that nothing has
 * to be sent for each.
 *
 * Memory is bounded: see TALLY_ROWS. What finds no room there is counted as lost. The rows of one
 * stretch of time are in one map; user space puts an empty one in its place, and the kernel itself
 * sees to it that no program uses the old one any more (maybe_wait_bpf_programs()). So the rows of
 * a thread that died stay until they are told, and no count is ever read while it changes.
 */
#ifndef PROBE_BPF_TALLY_H
#define PROBE_BPF_TALLY_H

#include "probe/bpf/state.h"
#include "probe/tally.wire.h"

/* Made by user space, two of them: see src/probe/tallies.c. */
struct tally_rows {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TALLY_ROWS);
	__uint(key_size, sizeof(struct tally_key));
	__uint(value_size, sizeof(struct tally_row));
};

/* The rows in use. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct tally_rows);
} tallies SEC(".maps");

static const struct tally_row EMPTY_ROW = { .min_ns = -1ULL };

/*
 * Neither in place nor static: the verifier looks at it once, by itself, and knows nothing of what
 * it returns. Else it would follow all that comes behind for each bucket, and take seconds.
 */
__noinline __u32 tally_place_of(__u64 ns)
{
	return tally_place(ns);
}

/* NULL when there is no room. */
static __noinline struct tally_row *tally_new_row(void *rows, const struct tally_key *key)
{
	/* Another CPU may be as quick: then its row is found. */
	bpf_map_update_elem(rows, key, &EMPTY_ROW, BPF_NOEXIST);
	return bpf_map_lookup_elem(rows, key);
}

static __always_inline struct tally_row *tally_find_row(struct tally_key *key, __u32 place)
{
	struct tally_row *row;
	__u32 zero = 0;
	void *rows = bpf_map_lookup_elem(&tallies, &zero);

	if (!rows)
		return NULL;
	key->window = tally_window(place);
	row = bpf_map_lookup_elem(rows, key);
	return row ?: tally_new_row(rows, key);
}

/* As tally_own(), for what is only a part of something counted: false when there is no room, which
 * is no loss. */
static __always_inline bool tally_part(struct tally_key *key, __u64 ns, __u64 bytes, bool failed)
{
	__u32 place = tally_place_of(ns);
	struct tally_row *row = tally_find_row(key, place);

	if (!row)
		return false;
	row->count++;
	row->errors += failed;
	row->bytes += bytes;
	row->total_ns += ns;
	if (ns < row->min_ns)
		row->min_ns = ns;
	if (ns > row->max_ns)
		row->max_ns = ns;
	place -= key->window * TALLY_WINDOW;
	if (place < TALLY_WINDOW)
		row->bucket[place]++;
	return true;
}

/* Count one in a row that only the thread that runs counts in: its key has that thread's number.
 * False when there is no room: it is counted as lost. */
static __always_inline bool tally_own(struct tally_key *key, __u64 ns, __u64 bytes, bool failed)
{
	if (tally_part(key, ns, bytes, failed))
		return true;
	lose(WIRE_LOST_TALLY);
	return false;
}

enum {
	TALLY_TRIES = 16
};

/* Others may set an extreme at the same moment: those only come nearer to it, and soon nobody is
 * better any more. */
static __always_inline void tally_lower(__u64 *extreme, __u64 ns)
{
	for (int i = 0; i < TALLY_TRIES; i++) {
		__u64 old = *(volatile __u64 *)extreme;

		if (ns >= old || __sync_val_compare_and_swap(extreme, old, ns) == old)
			return;
	}
}

static __always_inline void tally_raise(__u64 *extreme, __u64 ns)
{
	for (int i = 0; i < TALLY_TRIES; i++) {
		__u64 old = *(volatile __u64 *)extreme;

		if (ns <= old || __sync_val_compare_and_swap(extreme, old, ns) == old)
			return;
	}
}

/* Count one in a row that several CPUs may count in at the same time. */
static __always_inline void tally_shared(struct tally_key *key, __u64 ns, __u64 bytes, bool failed)
{
	__u32 place = tally_place_of(ns);
	struct tally_row *row = tally_find_row(key, place);

	if (!row) {
		lose(WIRE_LOST_TALLY);
		return;
	}
	__sync_fetch_and_add(&row->count, 1);
	if (failed)
		__sync_fetch_and_add(&row->errors, 1);
	if (bytes)
		__sync_fetch_and_add(&row->bytes, bytes);
	__sync_fetch_and_add(&row->total_ns, ns);
	tally_lower(&row->min_ns, ns);
	tally_raise(&row->max_ns, ns);
	place -= key->window * TALLY_WINDOW;
	if (place < TALLY_WINDOW)
		__sync_fetch_and_add(&row->bucket[place], 1);
}

#endif
