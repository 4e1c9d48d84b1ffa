/* How is what was counted in the kernel told? Maps of rows change places; the one that is out of
 * use is read and emptied. */
#include "probe/tallies.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/clock.h"

_Static_assert(TALLY_LAST == TALLY_BUCKETS - 1, "the programs know the last bucket");

enum limits {
	BATCH = 256, /* rows read at once */
};

struct batch {
	struct tally_key keys[BATCH];
	struct tally_row rows[BATCH];
};

/* From here to where the next programs find it; the kernel returns when no program uses the map
 * that stood there before. */
static int count_in(const struct tallies *tallies, unsigned int turn)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(tallies->slot_fd, &zero, &tallies->rows_fd[turn], BPF_ANY) < 0
		       ? -errno
		       : 0;
}

static int make_rows(int *ret)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "slowpath_rows", sizeof(struct tally_key),
				sizeof(struct tally_row), TALLY_ROWS, &options);

	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

int tallies_open(struct tallies *tallies, int slot_fd, struct diag *why)
{
	int r;

	*tallies = (struct tallies){ .is_open = true, .slot_fd = slot_fd, .rows_fd = { -1, -1 } };
	r = make_rows(&tallies->rows_fd[0]);
	if (r == 0)
		r = make_rows(&tallies->rows_fd[1]);
	if (r < 0)
		return diag_set(why, r, "cannot make room to count in: %s", strerror(-r));
	r = count_in(tallies, 0);
	return r < 0 ? diag_set(why, r, "cannot begin to count: %s", strerror(-r)) : 0;
}

void tallies_start(struct tallies *tallies, uint64_t begin_ns)
{
	tallies->since_ns = begin_ns;
}

/* The rows in use are cut, and the others, which are empty, are in use. */
static int change_turns(struct tallies *tallies, struct diag *why)
{
	unsigned int next = !tallies->turn;
	int r = count_in(tallies, next);

	if (r < 0)
		return diag_set(why, r, "cannot read what was counted: %s", strerror(-r));
	tallies->turn = next;
	tallies->cut_since_ns = tallies->since_ns;
	return 0;
}

int tallies_cut(struct tallies *tallies, uint64_t now_ns, struct diag *why)
{
	int r;

	if (!tallies->is_open || tallies->cut_ns || now_ns - tallies->since_ns < TALLIES_EVERY_NS)
		return 0;
	r = change_turns(tallies, why);
	if (r < 0)
		return r;
	/* Programs that ran meanwhile may have counted in either. */
	tallies->cut_ns = clock_now_ns();
	tallies->since_ns = now_ns;
	return 0;
}

static uint32_t count_buckets(const struct tally_row *row, uint32_t *ret_first)
{
	uint32_t first = 0, end = TALLY_WINDOW;

	while (first < end && !row->bucket[first])
		first++;
	while (end > first && !row->bucket[end - 1])
		end--;
	*ret_first = first;
	return end - first;
}

int tally_tell_row(const struct tally_key *key, const struct tally_row *row, uint64_t since_ns,
		   uint64_t time_ns, const struct event_sink *sink, struct diag *why)
{
	union {
		struct event_tally tally;
		char bytes[sizeof(struct event_tally) + sizeof(uint64_t) * TALLY_WINDOW];
	} event;
	uint32_t first, buckets = count_buckets(row, &first);

	event.tally = (struct event_tally){
		.head = { .bytes = (uint32_t)(sizeof(event.tally) + sizeof(uint64_t) * buckets),
			  .kind = EVENT_TALLY,
			  .time_ns = time_ns },
		.since_ns = since_ns,
		.inode = key->inode,
		.what = key->what,
		.tid = key->tid,
		.operation = key->operation,
		.dev = key->dev,
		.count = row->count,
		.errors = row->errors,
		.bytes = row->bytes,
		.total_ns = row->total_ns,
		.min_ns = row->min_ns,
		.max_ns = row->max_ns,
		.first = key->window * TALLY_WINDOW + first,
		.buckets = buckets,
	};
	for (uint32_t i = 0; i < buckets; i++) {
		uint64_t count = row->bucket[first + i];

		memcpy(event.bytes + sizeof(event.tally) + i * sizeof(count), &count,
		       sizeof(count));
	}
	return row->count ? event_sink_take(sink, &event.tally.head, why) : 0;
}

struct telling {
	uint64_t since_ns;
	uint64_t time_ns;
	const struct event_sink *sink;
};

static int tell_batch(const struct batch *batch, uint32_t count, const struct telling *telling,
		      struct diag *why)
{
	int r = 0;

	for (uint32_t i = 0; i < count && r == 0; i++)
		r = tally_tell_row(&batch->keys[i], &batch->rows[i], telling->since_ns,
				   telling->time_ns, telling->sink, why);
	return r;
}

/* Tell the rows of a map that no program uses, and empty it. */
static int tell_rows(int fd, const struct telling *telling, struct diag *why)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	owns(own_free) struct batch *batch = malloc(sizeof(*batch));
	uint32_t place, count;
	bool is_first = true;
	int r = 0, error = 0;

	if (!batch)
		return diag_set(why, -ENOMEM, "out of memory");
	while (r == 0 && error == 0) {
		count = BATCH;
		if (bpf_map_lookup_and_delete_batch(fd, is_first ? NULL : &place, &place,
						    batch->keys, batch->rows, &count, &options) < 0)
			error = errno;
		if (error && error != ENOENT)
			return diag_set(why, -error, "cannot read what was counted: %s",
					strerror(error));
		is_first = false;
		r = tell_batch(batch, count, telling, why);
	}
	return r;
}

int tallies_tell(struct tallies *tallies, const struct event_sink *sink, struct diag *why)
{
	const struct telling telling = { tallies->cut_since_ns, tallies->cut_ns, sink };

	if (!tallies->cut_ns)
		return 0;
	tallies->cut_ns = 0;
	return tell_rows(tallies->rows_fd[!tallies->turn], &telling, why);
}

int tallies_tell_last(struct tallies *tallies, uint64_t end_ns, const struct event_sink *sink,
		      struct diag *why)
{
	struct telling telling = { .time_ns = end_ns, .sink = sink };
	int r;

	if (!tallies->is_open)
		return 0;
	if (tallies->cut_ns) {
		tallies->cut_ns = end_ns;
		r = tallies_tell(tallies, sink, why);
		if (r < 0)
			return r;
	}
	telling.since_ns = tallies->since_ns;
	r = change_turns(tallies, why); /* a program may be about to count its last */
	return r < 0 ? r : tell_rows(tallies->rows_fd[!tallies->turn], &telling, why);
}

void tallies_free(struct tallies *tallies)
{
	if (!tallies->is_open)
		return;
	own_close(&tallies->rows_fd[0]);
	own_close(&tallies->rows_fd[1]);
	tallies->is_open = false;
}
