/* How does a test make a perf.data file of tracepoints, of all CPUs? */
#ifndef TESTS_UNIT_IMPORT_TRACE_H
#define TESTS_UNIT_IMPORT_TRACE_H

#include "harness/test.h"
#include "unit/import/formats.h"
#include "unit/import/image.h"
#include "unit/import/kept.h"

enum trace_point {
	TRACE_SWITCH,
	TRACE_WAKING,
	TRACE_ISSUE,
	TRACE_COMPLETE,
	TRACE_ENTER,
	TRACE_LEAVE,
	TRACE_BEGIN,
	TRACE_END,
	TRACE_POINTS,
};

static const uint64_t SLEEP_CHAIN[] = { (uint64_t)-128, 0xffffffff81000100, 0xffffffff81000200 };

/* The attrs' ids are their tracepoints' places here + 1, as are the formats' ids. */
static inline void trace_attrs(struct attr attrs[TRACE_POINTS])
{
	for (size_t i = 0; i < TRACE_POINTS; i++)
		attrs[i] = (struct attr){ .type = PERF_ATTR_TRACEPOINT,
					  .config = i + 1,
					  .sample_type = USUAL | PERF_SAMPLE_HAS_RAW |
							 PERF_SAMPLE_HAS_IDENTIFIER,
					  .flags = PERF_FLAG_SAMPLE_ID_ALL,
					  .id = i + 1 };
}

/* The raw data is taken and freed. */
static inline void add_point(struct bytes *records, enum trace_point point, uint64_t time_ns,
			     uint32_t tid, struct bytes *raw)
{
	struct attr attrs[TRACE_POINTS];
	struct spot spot = { .pid = tid,
			     .tid = tid,
			     .time_ns = time_ns,
			     .period = 1,
			     .ip = SLEEP_CHAIN[1],
			     .chain = SLEEP_CHAIN,
			     .frames = array_count(SLEEP_CHAIN),
			     .raw = raw->at,
			     .raw_bytes = (uint32_t)raw->count };

	trace_attrs(attrs);
	add_sample(records, &attrs[point], &spot);
	bytes_free(raw);
}

static inline void add_switch_at(struct bytes *records, uint64_t time_ns, uint32_t prev,
				 uint64_t prev_state, uint32_t next)
{
	struct bytes raw = { .swap = records->swap };

	add_switch(&raw, prev, prev_state, next);
	add_point(records, TRACE_SWITCH, time_ns, prev, &raw);
}

static inline void add_waking_at(struct bytes *records, uint64_t time_ns, uint32_t waker,
				 uint8_t irq_flags, uint32_t woken)
{
	struct bytes raw = { .swap = records->swap };

	add_waking(&raw, irq_flags, woken);
	add_point(records, TRACE_WAKING, time_ns, waker, &raw);
}

static inline void add_block_at(struct bytes *records, enum trace_point point, uint64_t time_ns,
				uint64_t sector, const char *rwbs, uint32_t sectors)
{
	struct bytes raw = { .swap = records->swap };
	char padded[8] = {};

	memcpy(padded, rwbs, strlen(rwbs));
	add_block(&raw, sector, sectors, point == TRACE_ISSUE ? sectors * 512 : 0, padded);
	add_point(records, point, time_ns, 20, &raw);
}

static inline void add_call_at(struct bytes *records, enum trace_point point, uint64_t time_ns,
			       uint32_t tid, uint64_t number, uint64_t result)
{
	struct bytes raw = { .swap = records->swap };

	add_call(&raw, number, result);
	add_point(records, point, time_ns, tid, &raw);
}

static inline void add_contention_at(struct bytes *records, enum trace_point point,
				     uint64_t time_ns, uint32_t tid, uint64_t lock, uint32_t flags)
{
	struct bytes raw = { .swap = records->swap };

	add_contention(&raw, 0, lock, flags);
	add_point(records, point, time_ns, tid, &raw);
}

/* The events of a file of these records; they are freed. */
static inline void read_trace(struct bytes *records, struct kept *kept)
{
	struct attr attrs[TRACE_POINTS];
	struct bytes file = {}, formats = { .swap = records->swap };
	const struct feature feature = { PERF_FEAT_TRACING_DATA, &formats };

	trace_attrs(attrs);
	make_formats(&formats);
	make_file(&file, attrs, TRACE_POINTS, records, &feature, 1);
	assert_int_equal(read_image(&file, true, kept), 0);
	bytes_free(&file);
	bytes_free(&formats);
	bytes_free(records);
}

#endif
