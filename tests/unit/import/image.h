/* How does a test make a perf.data file, byte by byte? In either byte order, as a file or a pipe.
 */
#ifndef TESTS_UNIT_IMPORT_IMAGE_H
#define TESTS_UNIT_IMPORT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "import/perf_layout.h"

/* Bytes in the order of their writer. Without memory a piece is left out. */
struct bytes {
	unsigned char *at;
	size_t count;
	size_t capacity;
	bool swap;
};

static inline void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){};
}

/* Kept out of line: gcc 12 does not see that a fresh block is large enough. */
static __attribute__((noinline, unused)) void add(struct bytes *bytes, const void *what,
						  size_t count)
{
	if (bytes->count + count > bytes->capacity) {
		size_t capacity = (bytes->count + count) * 2;
		unsigned char *grown = realloc(bytes->at, capacity);

		if (!grown)
			return;
		bytes->at = grown;
		bytes->capacity = capacity;
	}
	if (count)
		memcpy(bytes->at + bytes->count, what, count);
	bytes->count += count;
}

static inline void add_u64(struct bytes *bytes, uint64_t value)
{
	value = bytes->swap ? __builtin_bswap64(value) : value;
	add(bytes, &value, sizeof(value));
}

static inline void add_u32(struct bytes *bytes, uint32_t value)
{
	value = bytes->swap ? __builtin_bswap32(value) : value;
	add(bytes, &value, sizeof(value));
}

static inline void add_u16(struct bytes *bytes, uint16_t value)
{
	value = bytes->swap ? __builtin_bswap16(value) : value;
	add(bytes, &value, sizeof(value));
}

/* A text with its NUL, padded to 8 bytes. */
static inline void add_text(struct bytes *bytes, const char *text)
{
	static const char ZEROS[8] = {};
	size_t count = strlen(text) + 1;

	add(bytes, text, count);
	add(bytes, ZEROS, (8 - count % 8) % 8);
}

/* A text with its length before it, as in the features. */
static inline void add_string(struct bytes *bytes, const char *text)
{
	add_u32(bytes, (uint32_t)strlen(text) + 1);
	add(bytes, text, strlen(text) + 1);
}

/* A record's head; end_record() writes its size. */
static inline size_t begin_record(struct bytes *bytes, uint32_t type, uint16_t misc)
{
	size_t begin = bytes->count;

	add_u32(bytes, type);
	add_u16(bytes, misc);
	add_u16(bytes, 0);
	return begin;
}

static inline void end_record(struct bytes *bytes, size_t begin)
{
	uint16_t size = (uint16_t)(bytes->count - begin);

	size = bytes->swap ? __builtin_bswap16(size) : size;
	memcpy(bytes->at + begin + 6, &size, sizeof(size));
}

/* --- attrs --- */

struct attr {
	uint32_t type;
	uint64_t config;
	uint64_t sample_type;
	uint64_t read_format;
	uint64_t flags; /* counted from the lowest bit */
	uint64_t branch_type;
	uint64_t id;
};

/* Most samples here have these. */
#define USUAL                                                                                    \
	(PERF_SAMPLE_HAS_IP | PERF_SAMPLE_HAS_TID | PERF_SAMPLE_HAS_TIME | PERF_SAMPLE_HAS_CPU | \
	 PERF_SAMPLE_HAS_PERIOD | PERF_SAMPLE_HAS_CALLCHAIN)

#define ATTR_BYTES 136u

static const struct attr CPU_CLOCK = { .type = PERF_ATTR_SOFTWARE,
				       .sample_type = USUAL,
				       .flags = PERF_FLAG_SAMPLE_ID_ALL };

static inline uint64_t mirror_bits(uint64_t flags)
{
	uint64_t mirrored = 0;

	for (int bit = 0; bit < 64; bit++)
		mirrored |= (flags >> bit & 1) << (63 - bit);
	return mirrored;
}

static inline void add_attr(struct bytes *bytes, const struct attr *attr)
{
	size_t begin = bytes->count;

	add_u32(bytes, attr->type);
	add_u32(bytes, ATTR_BYTES);
	add_u64(bytes, attr->config);
	add_u64(bytes, 1);
	add_u64(bytes, attr->sample_type);
	add_u64(bytes, attr->read_format);
	/* A writer of the other order counts bits from the other end. */
	add_u64(bytes, bytes->swap ? mirror_bits(attr->flags) : attr->flags);
	while (bytes->count - begin < 72)
		add_u64(bytes, 0);
	add_u64(bytes, attr->branch_type);
	while (bytes->count - begin < ATTR_BYTES)
		add_u64(bytes, 0);
}

/* --- whole files --- */

struct feature {
	unsigned int number;
	const struct bytes *content;
};

static inline void add_section(struct bytes *bytes, uint64_t offset, uint64_t count)
{
	add_u64(bytes, offset);
	add_u64(bytes, count);
}

static inline void add_features(struct bytes *file, const struct feature *features, size_t count)
{
	uint64_t offset = file->count + count * PERF_SECTION_BYTES;

	for (size_t i = 0; i < count; i++) {
		add_section(file, offset, features[i].content->count);
		offset += features[i].content->count;
	}
	for (size_t i = 0; i < count; i++)
		add(file, features[i].content->at, features[i].content->count);
}

/* A file of these attrs and records; features in the order of their numbers. */
static inline void make_file(struct bytes *file, const struct attr *attrs, size_t attr_count,
			     const struct bytes *records, const struct feature *features,
			     size_t feature_count)
{
	uint64_t ids_at = PERF_FILE_HEAD_BYTES, attrs_at = ids_at + attr_count * sizeof(uint64_t);
	uint64_t data_at = attrs_at + attr_count * (ATTR_BYTES + PERF_SECTION_BYTES);
	uint64_t bits[4] = {};

	file->swap = records->swap;
	add(file, file->swap ? "2ELIFREP" : "PERFILE2", 8);
	add_u64(file, PERF_FILE_HEAD_BYTES);
	add_u64(file, ATTR_BYTES + PERF_SECTION_BYTES);
	add_section(file, attrs_at, attr_count * (ATTR_BYTES + PERF_SECTION_BYTES));
	add_section(file, data_at, records->count);
	add_section(file, 0, 0);
	for (size_t i = 0; i < feature_count; i++)
		bits[features[i].number / 64] |= UINT64_C(1) << features[i].number % 64;
	for (size_t i = 0; i < 4; i++)
		add_u64(file, bits[i]);
	for (size_t i = 0; i < attr_count; i++)
		add_u64(file, attrs[i].id);
	for (size_t i = 0; i < attr_count; i++) {
		add_attr(file, &attrs[i]);
		add_section(file, ids_at + i * sizeof(uint64_t), sizeof(uint64_t));
	}
	add(file, records->at, records->count);
	add_features(file, features, feature_count);
}

static inline void make_pipe(struct bytes *file, const struct attr *attrs, size_t attr_count,
			     const struct bytes *records)
{
	file->swap = records->swap;
	add(file, file->swap ? "2ELIFREP" : "PERFILE2", 8);
	add_u64(file, PERF_PIPE_HEAD_BYTES);
	for (size_t i = 0; i < attr_count; i++) {
		size_t begin = begin_record(file, PERF_REC_ATTR, 0);

		add_attr(file, &attrs[i]);
		add_u64(file, attrs[i].id);
		end_record(file, begin);
	}
	add(file, records->at, records->count);
}

/* --- records --- */

/* What is said at the end of each record that is no sample. */
static inline void add_trailer(struct bytes *bytes, const struct attr *attr, uint32_t tid,
			       uint64_t time_ns)
{
	uint64_t type = attr->flags & PERF_FLAG_SAMPLE_ID_ALL ? attr->sample_type : 0;

	if (type & PERF_SAMPLE_HAS_TID) {
		add_u32(bytes, tid);
		add_u32(bytes, tid);
	}
	if (type & PERF_SAMPLE_HAS_TIME)
		add_u64(bytes, time_ns);
	if (type & PERF_SAMPLE_HAS_ID)
		add_u64(bytes, attr->id);
	if (type & PERF_SAMPLE_HAS_STREAM_ID)
		add_u64(bytes, 0);
	if (type & PERF_SAMPLE_HAS_CPU)
		add_u64(bytes, 0);
	if (type & PERF_SAMPLE_HAS_IDENTIFIER)
		add_u64(bytes, attr->id);
}

static inline void add_comm(struct bytes *bytes, const struct attr *attr, uint16_t misc,
			    uint32_t pid, uint32_t tid, const char *comm, uint64_t time_ns)
{
	size_t begin = begin_record(bytes, PERF_REC_COMM, misc);

	add_u32(bytes, pid);
	add_u32(bytes, tid);
	add_text(bytes, comm);
	add_trailer(bytes, attr, tid, time_ns);
	end_record(bytes, begin);
}

/* A birth or a death. */
static inline void add_life(struct bytes *bytes, const struct attr *attr, uint32_t type,
			    uint32_t pid, uint32_t tid, uint32_t parent, uint64_t time_ns)
{
	size_t begin = begin_record(bytes, type, 0);

	add_u32(bytes, pid);
	add_u32(bytes, parent);
	add_u32(bytes, tid);
	add_u32(bytes, parent);
	add_u64(bytes, time_ns);
	add_trailer(bytes, attr, tid, time_ns);
	end_record(bytes, begin);
}

struct mmap {
	uint16_t misc;
	uint32_t pid;
	uint64_t start;
	uint64_t count;
	uint64_t offset;
	const char *path;
	uint64_t time_ns;
};

static inline void add_mmap(struct bytes *bytes, const struct attr *attr, const struct mmap *map)
{
	size_t begin = begin_record(bytes, PERF_REC_MMAP, map->misc);

	add_u32(bytes, map->pid);
	add_u32(bytes, map->pid);
	add_u64(bytes, map->start);
	add_u64(bytes, map->count);
	add_u64(bytes, map->offset);
	add_text(bytes, map->path);
	add_trailer(bytes, attr, map->pid, map->time_ns);
	end_record(bytes, begin);
}

/* With a build-id of 20 times its pid. */
static inline void add_mmap2(struct bytes *bytes, const struct attr *attr, const struct mmap *map)
{
	size_t begin = begin_record(bytes, PERF_REC_MMAP2, map->misc | PERF_MISC_MMAP_BUILD_ID);
	unsigned char identity[24] = { 20 };

	memset(identity + 4, (int)map->pid, 20);
	add_u32(bytes, map->pid);
	add_u32(bytes, map->pid);
	add_u64(bytes, map->start);
	add_u64(bytes, map->count);
	add_u64(bytes, map->offset);
	add(bytes, identity, sizeof(identity));
	add_u32(bytes, 5); /* readable, code */
	add_u32(bytes, 2);
	add_text(bytes, map->path);
	add_trailer(bytes, attr, map->pid, map->time_ns);
	end_record(bytes, begin);
}

static inline void add_round(struct bytes *bytes)
{
	end_record(bytes, begin_record(bytes, PERF_REC_FINISHED_ROUND, 0));
}

struct spot {
	uint16_t misc; /* the mode; 0: kernel */
	uint32_t pid;
	uint32_t tid;
	uint32_t cpu;
	uint64_t time_ns;
	uint64_t period;
	uint64_t ip;
	const uint64_t *chain;
	size_t frames;
	const void *raw;
	uint32_t raw_bytes; /* with its 4 bytes of length a multiple of 8 */
	uint64_t values[4]; /* of the counters */
	uint64_t value_ids[4];
	size_t value_count;
};

static inline void add_readings(struct bytes *bytes, const struct attr *attr,
				const struct spot *spot)
{
	uint64_t format = attr->read_format;
	bool is_group = format & PERF_READ_GROUP;

	if (is_group)
		add_u64(bytes, spot->value_count);
	if (is_group && format & PERF_READ_TIME_ENABLED)
		add_u64(bytes, 1);
	if (is_group && format & PERF_READ_TIME_RUNNING)
		add_u64(bytes, 1);
	for (size_t i = 0; i < (is_group ? spot->value_count : 1); i++) {
		add_u64(bytes, spot->values[i]);
		if (!is_group && format & PERF_READ_TIME_ENABLED)
			add_u64(bytes, 1);
		if (!is_group && format & PERF_READ_TIME_RUNNING)
			add_u64(bytes, 1);
		if (format & PERF_READ_ID)
			add_u64(bytes, spot->value_ids[i]);
		if (format & PERF_READ_LOST)
			add_u64(bytes, 0);
	}
}

/* What may follow the raw data. */
static inline void add_sample_tail(struct bytes *bytes, const struct attr *attr)
{
	uint64_t type = attr->sample_type;

	if (type & PERF_SAMPLE_HAS_BRANCH_STACK) {
		add_u64(bytes, 1);
		if (attr->branch_type & PERF_BIT(17))
			add_u64(bytes, 0);
		for (int i = 0; i < 3; i++)
			add_u64(bytes, 0x1000);
	}
	for (unsigned int bit = 12; bit <= 24; bit++) {
		if (!(type & PERF_BIT(bit)) || bit == 16)
			continue;
		/* Sizes and masks of 0, or one word. */
		add_u64(bytes, 0);
	}
}

static inline void add_sample(struct bytes *bytes, const struct attr *attr, const struct spot *spot)
{
	size_t begin = begin_record(bytes, PERF_REC_SAMPLE,
				    spot->misc ? spot->misc : (uint16_t)PERF_MODE_KERNEL);
	uint64_t type = attr->sample_type;

	if (type & PERF_SAMPLE_HAS_IDENTIFIER)
		add_u64(bytes, attr->id);
	if (type & PERF_SAMPLE_HAS_IP)
		add_u64(bytes, spot->ip);
	if (type & PERF_SAMPLE_HAS_TID) {
		add_u32(bytes, spot->pid);
		add_u32(bytes, spot->tid);
	}
	if (type & PERF_SAMPLE_HAS_TIME)
		add_u64(bytes, spot->time_ns);
	if (type & PERF_SAMPLE_HAS_ADDR)
		add_u64(bytes, 0xadd);
	if (type & PERF_SAMPLE_HAS_ID)
		add_u64(bytes, attr->id);
	if (type & PERF_SAMPLE_HAS_STREAM_ID)
		add_u64(bytes, 7);
	if (type & PERF_SAMPLE_HAS_CPU) {
		add_u32(bytes, spot->cpu);
		add_u32(bytes, 0);
	}
	if (type & PERF_SAMPLE_HAS_PERIOD)
		add_u64(bytes, spot->period);
	if (type & PERF_SAMPLE_HAS_READ)
		add_readings(bytes, attr, spot);
	if (type & PERF_SAMPLE_HAS_CALLCHAIN) {
		add_u64(bytes, spot->frames);
		for (size_t i = 0; i < spot->frames; i++)
			add_u64(bytes, spot->chain[i]);
	}
	if (type & PERF_SAMPLE_HAS_RAW) {
		uint32_t raw_bytes = spot->raw ? spot->raw_bytes : 4;
		uint32_t nothing = 0;

		add_u32(bytes, raw_bytes);
		add(bytes, spot->raw ? spot->raw : &nothing, raw_bytes);
	}
	add_sample_tail(bytes, attr);
	end_record(bytes, begin);
}

/* Records packed as perf packs them, in pieces that do not end where records do. */
static inline void add_packed(struct bytes *bytes, const struct bytes *records, size_t piece,
			      uint32_t type)
{
	size_t room = ZSTD_compressBound(records->count);
	unsigned char *packed = malloc(room);
	size_t count = packed ? ZSTD_compress(packed, room, records->at, records->count, 1) : 0;

	if (ZSTD_isError(count))
		count = 0;
	for (size_t at = 0; at < count; at += piece) {
		size_t now = count - at < piece ? count - at : piece;
		size_t begin = begin_record(bytes, type, 0);
		static const char ZEROS[8] = {};

		if (type == PERF_REC_COMPRESSED2)
			add_u64(bytes, now);
		add(bytes, packed + at, now);
		if (type == PERF_REC_COMPRESSED2)
			add(bytes, ZEROS, (8 - now % 8) % 8);
		end_record(bytes, begin);
	}
	free(packed);
}

#endif
