/* Which fields has a record, and of which of perf's events is it? The fields stand in a fixed
 * order, each there when its bit is set. */
#include "import/perf_attrs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import/perf_layout.h"

/* The fields that may stand before a sample's id, and those in a record's trailer, in order. */
static const uint64_t BEFORE_ID[] = {
	PERF_SAMPLE_HAS_IP,
	PERF_SAMPLE_HAS_TID,
	PERF_SAMPLE_HAS_TIME,
	PERF_SAMPLE_HAS_ADDR,
};
static const uint64_t TRAILER[] = {
	PERF_SAMPLE_HAS_TID,       PERF_SAMPLE_HAS_TIME, PERF_SAMPLE_HAS_ID,
	PERF_SAMPLE_HAS_STREAM_ID, PERF_SAMPLE_HAS_CPU,  PERF_SAMPLE_HAS_IDENTIFIER,
};

/* --- the attrs --- */

/* In the other byte order bits are counted from the other end of each byte. */
static uint64_t load_flags(const unsigned char *at, bool swap)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < sizeof(flags); i++) {
		unsigned int byte = at[i];

		if (swap)
			byte = (byte & 0xf0) >> 4 | (byte & 0x0f) << 4;
		if (swap)
			byte = (byte & 0xcc) >> 2 | (byte & 0x33) << 2;
		if (swap)
			byte = (byte & 0xaa) >> 1 | (byte & 0x55) << 1;
		flags |= (uint64_t)byte << 8 * i;
	}
	return flags;
}

int perf_attrs_add(struct perf_attrs *attrs, struct perf_bytes bytes, size_t *ret_index)
{
	struct perf_attr *attr;
	const unsigned char *at;

	if (bytes.left < PERF_ATTR_BYTES_MIN)
		return -EBADMSG;
	if (attrs->items.count >= PERF_ATTRS_MAX)
		return -ENOSPC;
	attr = array_push(&attrs->items);
	if (!attr)
		return -ENOMEM;
	attr->type = perf_u32(&bytes);
	(void)perf_u32(&bytes); /* its size */
	attr->config = perf_u64(&bytes);
	(void)perf_u64(&bytes); /* period or frequency */
	attr->sample_type = perf_u64(&bytes);
	attr->read_format = perf_u64(&bytes);
	at = perf_take(&bytes, sizeof(uint64_t));
	attr->flags = at ? load_flags(at, bytes.swap) : 0;
	attrs->has_times |= (attr->sample_type & PERF_SAMPLE_HAS_TIME) != 0;
	*ret_index = attrs->items.count - 1;
	return 0;
}

int perf_attrs_add_id(struct perf_attrs *attrs, uint64_t id, size_t index)
{
	uint64_t *place;

	if (attrs->by_id.count >= PERF_IDS_MAX)
		return 0;
	place = hash_put(&attrs->by_id, id);
	if (!place)
		return -ENOMEM;
	*place = index;
	return 0;
}

struct perf_attr *perf_attrs_find(struct perf_attrs *attrs, uint64_t id)
{
	const uint64_t *place;

	if (id == attrs->last_id && id != 0)
		return &attrs->items.items[attrs->last_index];
	place = hash_find(&attrs->by_id, id);
	if (!place || *place >= attrs->items.count)
		return NULL;
	attrs->last_id = id;
	attrs->last_index = (size_t)*place;
	return &attrs->items.items[*place];
}

void perf_attrs_free(struct perf_attrs *attrs)
{
	array_free(&attrs->items);
	hash_free(&attrs->by_id);
}

/* --- names --- */

static const char *const SOFTWARE[] = {
	"cpu-clock",        "task-clock",   "page-faults",  "context-switches",
	"cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
	"emulation-faults", "dummy",        "bpf-output",   "cgroup-switches",
};
static const char *const HARDWARE[] = {
	"cycles",
	"instructions",
	"cache-references",
	"cache-misses",
	"branches",
	"branch-misses",
	"bus-cycles",
	"stalled-cycles-frontend",
	"stalled-cycles-backend",
	"ref-cycles",
};

static const char *known_name(const struct perf_attr *attr)
{
	if (attr->type == PERF_ATTR_SOFTWARE && attr->config < array_count(SOFTWARE))
		return SOFTWARE[attr->config];
	if (attr->type == PERF_ATTR_HARDWARE && attr->config < array_count(HARDWARE))
		return HARDWARE[attr->config];
	return NULL;
}

void perf_attr_name(const struct perf_attr *attr, char ret[PERF_NAME_BYTES])
{
	const char *known = attr->name[0] ? attr->name : known_name(attr);

	memset(ret, 0, PERF_NAME_BYTES);
	if (known)
		(void)snprintf(ret, PERF_NAME_BYTES, "%s", known);
	else
		(void)snprintf(ret, PERF_NAME_BYTES, "type %" PRIu32 " config 0x%" PRIx64,
			       attr->type, attr->config);
}

bool perf_attr_is_clock(const struct perf_attr *attr)
{
	return attr->type == PERF_ATTR_SOFTWARE && (attr->config == PERF_SOFTWARE_CPU_CLOCK ||
						    attr->config == PERF_SOFTWARE_TASK_CLOCK);
}

bool perf_attr_is_silent(const struct perf_attr *attr)
{
	return attr->type == PERF_ATTR_SOFTWARE &&
	       (attr->config == PERF_SOFTWARE_DUMMY || attr->config == PERF_SOFTWARE_BPF_OUTPUT);
}

/* --- where things stand in a record --- */

/* Of which attr a record with this id is; without ids all are alike. */
static struct perf_attr *attr_or_first(struct perf_attrs *attrs, bool has_id, uint64_t id)
{
	if (!attrs->items.count)
		return NULL;
	if (!has_id || attrs->items.count == 1)
		return &attrs->items.items[0];
	return perf_attrs_find(attrs, id);
}

struct perf_attr *perf_attrs_of_sample(struct perf_attrs *attrs, struct perf_bytes sample)
{
	uint64_t type = attrs->items.count ? attrs->items.items[0].sample_type : 0;
	bool has_id = type & (PERF_SAMPLE_HAS_IDENTIFIER | PERF_SAMPLE_HAS_ID);

	if (attrs->items.count == 1)
		return &attrs->items.items[0];
	if (!(type & PERF_SAMPLE_HAS_IDENTIFIER)) {
		for (size_t i = 0; i < array_count(BEFORE_ID); i++)
			(void)perf_take(&sample, type & BEFORE_ID[i] ? sizeof(uint64_t) : 0);
	}
	return attr_or_first(attrs, has_id, has_id ? perf_u64(&sample) : 0);
}

static size_t trailer_bytes(uint64_t type)
{
	size_t bytes = 0;

	for (size_t i = 0; i < array_count(TRAILER); i++)
		bytes += type & TRAILER[i] ? sizeof(uint64_t) : 0;
	return bytes;
}

/* Of which attr is a record that is no sample? Its id stands at its end, if it has one. */
static struct perf_attr *attr_of_other(struct perf_attrs *attrs, const struct perf_record *record,
				       bool swap)
{
	struct perf_attr *first = attrs->items.count ? attrs->items.items : NULL, *found;
	const unsigned char *end = record->bytes + record->size;

	if (!first || !(first->flags & PERF_FLAG_SAMPLE_ID_ALL) ||
	    record->type >= PERF_REC_USER_FIRST)
		return NULL;
	if (!(first->sample_type & PERF_SAMPLE_HAS_IDENTIFIER) || attrs->items.count == 1 ||
	    record->size < PERF_RECORD_HEAD_BYTES + sizeof(uint64_t))
		return first;
	found = perf_attrs_find(attrs, perf_load_u64(end - sizeof(uint64_t), swap));
	return found ? found : first; /* those that perf itself made up have none */
}

size_t perf_attrs_trailer_bytes(struct perf_attrs *attrs, const struct perf_record *record,
				bool swap)
{
	const struct perf_attr *attr = attr_of_other(attrs, record, swap);
	size_t bytes = attr ? trailer_bytes(attr->sample_type) : 0;

	return bytes <= (size_t)(record->size - PERF_RECORD_HEAD_BYTES) ? bytes : 0;
}

/* A field of the trailer, or NULL. */
static const unsigned char *trailer_field(struct perf_attrs *attrs,
					  const struct perf_record *record, bool swap,
					  uint64_t wanted)
{
	const struct perf_attr *attr = attr_of_other(attrs, record, swap);
	size_t bytes = attr ? trailer_bytes(attr->sample_type) : 0;
	const unsigned char *at;

	if (!bytes || bytes > (size_t)(record->size - PERF_RECORD_HEAD_BYTES) ||
	    !(attr->sample_type & wanted))
		return NULL;
	at = record->bytes + record->size - bytes;
	for (size_t i = 0; TRAILER[i] != wanted; i++)
		at += attr->sample_type & TRAILER[i] ? sizeof(uint64_t) : 0;
	return at;
}

static uint64_t time_of_other(struct perf_attrs *attrs, const struct perf_record *record, bool swap)
{
	const unsigned char *at = trailer_field(attrs, record, swap, PERF_SAMPLE_HAS_TIME);

	return at ? perf_load_u64(at, swap) : 0;
}

uint32_t perf_attrs_cpu(struct perf_attrs *attrs, const struct perf_record *record, bool swap)
{
	const unsigned char *at = trailer_field(attrs, record, swap, PERF_SAMPLE_HAS_CPU);

	return at ? perf_load_u32(at, swap) : UINT32_MAX;
}

static uint64_t time_of_sample(struct perf_attrs *attrs, const struct perf_record *record,
			       bool swap)
{
	struct perf_bytes bytes = { .at = record->bytes + PERF_RECORD_HEAD_BYTES,
				    .left = record->size - (size_t)PERF_RECORD_HEAD_BYTES,
				    .swap = swap };
	const struct perf_attr *attr = perf_attrs_of_sample(attrs, bytes);
	uint64_t type = attr ? attr->sample_type : 0;

	if (!(type & PERF_SAMPLE_HAS_TIME))
		return 0;
	if (type & PERF_SAMPLE_HAS_IDENTIFIER)
		(void)perf_u64(&bytes);
	if (type & PERF_SAMPLE_HAS_IP)
		(void)perf_u64(&bytes);
	if (type & PERF_SAMPLE_HAS_TID)
		(void)perf_u64(&bytes);
	return perf_u64(&bytes);
}

uint64_t perf_attrs_time(struct perf_attrs *attrs, const struct perf_record *record, bool swap)
{
	uint64_t time_ns;

	if (record->type == PERF_REC_SAMPLE)
		time_ns = time_of_sample(attrs, record, swap);
	else
		time_ns = time_of_other(attrs, record, swap);
	return time_ns == UINT64_MAX ? 0 : time_ns;
}

/* --- a sample --- */

static bool has_counter_ids(const struct perf_attr *attr)
{
	return attr->read_format & PERF_READ_ID;
}

uint64_t perf_readings_begin(const struct perf_attr *attr, struct perf_bytes *read)
{
	uint64_t count = 1;

	if (!(attr->read_format & PERF_READ_GROUP))
		return 1;
	count = perf_u64(read);
	if (attr->read_format & PERF_READ_TIME_ENABLED)
		(void)perf_u64(read);
	if (attr->read_format & PERF_READ_TIME_RUNNING)
		(void)perf_u64(read);
	return count;
}

struct perf_reading perf_readings_next(const struct perf_attr *attr, struct perf_bytes *read)
{
	struct perf_reading reading = { .value = perf_u64(read) };

	if (!(attr->read_format & PERF_READ_GROUP)) {
		if (attr->read_format & PERF_READ_TIME_ENABLED)
			(void)perf_u64(read);
		if (attr->read_format & PERF_READ_TIME_RUNNING)
			(void)perf_u64(read);
	}
	if (has_counter_ids(attr))
		reading.id = perf_u64(read);
	if (attr->read_format & PERF_READ_LOST)
		(void)perf_u64(read);
	return reading;
}

/* Pass over the counters' values. */
static void skip_read(const struct perf_attr *attr, struct perf_bytes *bytes)
{
	uint64_t count = perf_readings_begin(attr, bytes);

	for (uint64_t i = 0; i < count && !bytes->is_short; i++)
		(void)perf_readings_next(attr, bytes);
}

static void read_chain(struct perf_bytes *bytes, struct perf_sample *sample)
{
	uint64_t frames = perf_u64(bytes);

	if (frames > bytes->left / sizeof(uint64_t)) {
		bytes->is_short = true;
		return;
	}
	sample->frames = frames;
	sample->chain = perf_take(bytes, frames * sizeof(uint64_t));
}

static void read_thread(struct perf_bytes *bytes, uint64_t type, struct perf_sample *sample)
{
	if (type & PERF_SAMPLE_HAS_TID) {
		sample->pid = perf_u32(bytes);
		sample->tid = perf_u32(bytes);
	}
	if (type & PERF_SAMPLE_HAS_TIME)
		sample->time_ns = perf_u64(bytes);
	if (type & PERF_SAMPLE_HAS_ADDR)
		(void)perf_u64(bytes);
	if (type & PERF_SAMPLE_HAS_ID)
		sample->id = perf_u64(bytes);
	if (type & PERF_SAMPLE_HAS_STREAM_ID)
		(void)perf_u64(bytes);
	if (type & PERF_SAMPLE_HAS_CPU) {
		sample->cpu = perf_u32(bytes);
		(void)perf_u32(bytes);
	}
}

/* Nothing of what follows the raw data is told: branches, registers, the stack's bytes, weights. */
bool perf_sample_read(const struct perf_attr *attr, struct perf_bytes bytes,
		      struct perf_sample *ret)
{
	uint64_t type = attr->sample_type;
	struct perf_sample sample = { .period = 1 };

	if (type & PERF_SAMPLE_HAS_IDENTIFIER)
		sample.id = perf_u64(&bytes);
	if (type & PERF_SAMPLE_HAS_IP)
		sample.ip = perf_u64(&bytes);
	read_thread(&bytes, type, &sample);
	if (type & PERF_SAMPLE_HAS_PERIOD)
		sample.period = perf_u64(&bytes);
	if (type & PERF_SAMPLE_HAS_READ) {
		sample.read = bytes;
		skip_read(attr, &bytes);
	}
	if (type & PERF_SAMPLE_HAS_CALLCHAIN)
		read_chain(&bytes, &sample);
	if (type & PERF_SAMPLE_HAS_RAW) {
		sample.raw_bytes = perf_u32(&bytes);
		sample.raw = perf_take(&bytes, sample.raw_bytes);
	}
	if (bytes.is_short)
		return false;
	*ret = sample;
	return true;
}
