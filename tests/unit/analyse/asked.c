/* How does a test make up a workload? In events, told when they end. */
#include "asked.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

enum {
	BLOCK = 4096,
	CALL_NS = 1000, /* a call that hands over */
	DEPTH_MAX = 64,
};

struct asker asker_of(struct stream *stream, uint32_t tid)
{
	return (struct asker){
		.stream = stream,
		.tid = tid,
		.inode = 100 + tid,
		.now_ns = BEGIN_NS + 1000000 + tid,
		.latency_ns = 100000,
		.gap_ns = 1500,
		.engine = IO_SYNC,
		.syscall = CALL_PREAD,
		.random = tid * 7919 + 1,
	};
}

uint64_t asker_dice(struct asker *asker, uint64_t limit)
{
	/* xorshift64 (Marsaglia, 2003) */
	asker->random ^= asker->random << 13;
	asker->random ^= asker->random >> 7;
	asker->random ^= asker->random << 17;
	return (asker->random >> 11) % limit;
}

static struct event_io event_of(struct asker *asker, enum io_operation operation, uint64_t offset,
				uint64_t bytes)
{
	return (struct event_io){
		.id = ++asker->asked,
		.result = operation == IO_READ || operation == IO_WRITE ? (int64_t)bytes : 0,
		.offset = offset,
		.wanted = bytes,
		.inode = asker->inode,
		.dev = ASKED_DEV,
		.tid = asker->tid,
		.fd = 3,
		.flags = asker->flags,
		.engine = (uint16_t)asker->engine,
		.operation = (uint16_t)operation,
		.syscall = asker->syscall,
		.batch = 1,
		.depth = 1,
		.requests = 1,
	};
}

void ask(struct asker *asker, enum io_operation operation, uint64_t offset, uint64_t bytes)
{
	struct event_io io = event_of(asker, operation, offset, bytes);

	if (operation == IO_FSYNC)
		io.syscall = CALL_FSYNC;
	if (operation == IO_FDATASYNC)
		io.syscall = CALL_FDATASYNC;
	io.submit_ns = io.start_ns = asker->now_ns;
	io.head.time_ns = asker->now_ns + asker->latency_ns;
	stream_add(asker->stream, EVENT_IO, &io, sizeof(io));
	asker->now_ns = io.head.time_ns + asker->gap_ns;
}

/* Hand over one more; when it will be done is noted. */
static void hand_over(struct asker *asker, uint64_t places, uint64_t submit_ns, uint64_t *ret_done)
{
	struct event_io io = event_of(asker, IO_READ, asker_dice(asker, places) * BLOCK, BLOCK);

	io.submit_ns = submit_ns;
	io.start_ns = asker->now_ns++;
	io.handed_ns = submit_ns + CALL_NS;
	io.head.time_ns = *ret_done =
		io.handed_ns + asker->latency_ns + asker_dice(asker, asker->latency_ns / 10);
	if (asker->engine == IO_URING)
		io.reaped_ns = *ret_done;
	stream_add(asker->stream, EVENT_IO, &io, sizeof(io));
}

static uint64_t earliest(const uint64_t *done, unsigned int depth, unsigned int rank)
{
	uint64_t sorted[DEPTH_MAX];

	memcpy(sorted, done, depth * sizeof(*done));
	for (unsigned int i = 0; i < depth; i++) {
		for (unsigned int k = i + 1; k < depth; k++) {
			if (sorted[k] < sorted[i]) {
				uint64_t old = sorted[i];

				sorted[i] = sorted[k];
				sorted[k] = old;
			}
		}
	}
	return sorted[rank];
}

void ask_many(struct asker *asker, unsigned int count, unsigned int depth, unsigned int batch,
	      uint64_t places)
{
	uint64_t done[DEPTH_MAX] = {};

	assert_true(depth <= DEPTH_MAX && batch <= depth);
	while (count) {
		/* So many slots are free once as many are back. */
		uint64_t free_ns = earliest(done, depth, batch - 1), submit_ns;
		unsigned int left = count < batch ? count : batch;

		if (asker->now_ns < free_ns + asker->gap_ns)
			asker->now_ns = free_ns + asker->gap_ns;
		submit_ns = asker->now_ns;
		for (unsigned int i = 0; i < depth && left; i++) {
			if (done[i] > free_ns)
				continue;
			hand_over(asker, places, submit_ns, &done[i]);
			left--;
			count--;
		}
		asker->now_ns = submit_ns + CALL_NS;
	}
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static struct workload *model(struct stream *stream, bool is_run)
{
	const struct modeller_options options = { .is_run = is_run };
	owns(modeller_free) struct modeller *modeller = NULL;
	struct workload *workload = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(modeller_new(&options, &modeller), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(modeller_take(modeller, stream->items.items[i].event, &why), 0);
	assert_int_equal(modeller_model(modeller, &workload, &why), 0);
	return workload;
}

struct workload *asked_model(struct stream *stream)
{
	return model(stream, false);
}

struct workload *asked_model_of_run(struct stream *stream)
{
	return model(stream, true);
}

void asked_begin(struct stream *stream, uint32_t tid, const char *comm)
{
	stream_watch(stream, WATCH_MACHINE, 0);
	stream_task(stream, tid, comm, 0);
}

bool asked_tells(const struct workload *workload, const char *words)
{
	for (size_t i = 0; i < workload->notes.count; i++) {
		if (strstr(workload->notes.items[i].words, words))
			return true;
	}
	return false;
}
