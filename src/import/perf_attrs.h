/* Which fields has a record, and of which of perf's events is it? Each event has an attr, which
 * says so. */
#ifndef IMPORT_PERF_ATTRS_H
#define IMPORT_PERF_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "import/perf_bytes.h"
#include "import/perf_input.h"

struct perf_format;

#define PERF_NAME_BYTES 64

/* One of perf's events. */
struct perf_attr {
	uint32_t type;
	uint64_t config;
	uint64_t sample_type;
	uint64_t read_format;
	uint64_t flags;
	char name[PERF_NAME_BYTES];       /* as perf told it; "": it did not */
	const struct perf_format *format; /* of a tracepoint that means something here; or NULL */
	uint64_t samples;
};

/* Zero is a valid empty set. */
struct perf_attrs {
	ARRAY(struct perf_attr) items;
	struct hash_map by_id; /* id → index */
	uint64_t last_id;      /* found last, and its index */
	size_t last_index;
	bool has_times; /* some records have */
};

enum {
	PERF_ATTRS_MAX = 4096,
	PERF_IDS_MAX = 1 << 20,
};

/* Take an attr. -EBADMSG: it is none; -ENOSPC: there are too many; -ENOMEM. */
must_check int perf_attrs_add(struct perf_attrs *attrs, struct perf_bytes bytes, size_t *ret_index);
/* The records with this id are of that attr. -ENOMEM. */
must_check int perf_attrs_add_id(struct perf_attrs *attrs, uint64_t id, size_t index);

/* Does a record with this id belong to a known attr? NULL: it does not. */
struct perf_attr *perf_attrs_find(struct perf_attrs *attrs, uint64_t id);

/* Of which attr is this sample? NULL: not known. */
struct perf_attr *perf_attrs_of_sample(struct perf_attrs *attrs, struct perf_bytes sample);

/* When was the record made? 0: it does not say. */
uint64_t perf_attrs_time(struct perf_attrs *attrs, const struct perf_record *record, bool swap);

/* On which CPU was a record made that is no sample? UINT32_MAX: it does not say. */
uint32_t perf_attrs_cpu(struct perf_attrs *attrs, const struct perf_record *record, bool swap);

/* How many bytes at the record's end tell its thread, time and so on. */
size_t perf_attrs_trailer_bytes(struct perf_attrs *attrs, const struct perf_record *record,
				bool swap);

/* The event's name for people. */
void perf_attr_name(const struct perf_attr *attr, char ret[PERF_NAME_BYTES]);

/* Its period is in nanoseconds. */
bool perf_attr_is_clock(const struct perf_attr *attr);

/* It has no samples of its own: it only makes perf tell of tasks and mappings. */
bool perf_attr_is_silent(const struct perf_attr *attr);

void perf_attrs_free(struct perf_attrs *attrs);

/* What is read of a sample; what it does not have is 0. */
struct perf_sample {
	uint64_t ip;
	uint64_t time_ns;
	uint64_t id;
	uint64_t period;
	uint32_t pid;
	uint32_t tid;
	uint32_t cpu;
	uint32_t raw_bytes;
	uint64_t frames;            /* in the callchain, its marks included */
	const unsigned char *chain; /* 8 bytes each; NULL: it has none */
	const unsigned char *raw;
	struct perf_bytes read; /* the counters' values */
};

/* False: the record is too short for what its attr says. */
must_check bool perf_sample_read(const struct perf_attr *attr, struct perf_bytes bytes,
				 struct perf_sample *ret);

/* One counter in a sample's read part. */
struct perf_reading {
	uint64_t id;
	uint64_t value;
};

/* How many counters a sample's read part holds, and the next of them. */
uint64_t perf_readings_begin(const struct perf_attr *attr, struct perf_bytes *read);
struct perf_reading perf_readings_next(const struct perf_attr *attr, struct perf_bytes *read);

#endif
