/* Which is the next record? Two streams of equal kind: the file's bytes, and what packed records
 * unpack to. */
#include "import/perf_input.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "import/perf_bytes.h"
#include "import/perf_layout.h"

/* A chunk begins at a multiple of its size: so the records in it know where it begins. */
#define CHUNK_BYTES ((size_t)1 << 20)

/* So much is read at once: what was read should still be in the cache when it is looked at. */
#define READ_BYTES ((size_t)128 << 10)

/* More memory than this for unpacking is asked for only by those who mean harm. */
#define WINDOW_LOG_MAX 27

struct perf_chunk {
	struct perf_chunk *next; /* in the list of free ones */
	size_t holders;
	unsigned char bytes[];
};

#define CHUNK_ROOM (CHUNK_BYTES - sizeof(struct perf_chunk))

/* Bytes on their way: those from `at` to `end` are there and not yet used. */
struct stream {
	struct perf_chunk *chunk;
	size_t at;
	size_t end;
};

struct perf_input {
	int fd;
	bool swap;
	bool is_over;
	uint64_t left;   /* that may still be read from fd */
	uint64_t offset; /* in the file, of what is used next */
	struct stream file;
	struct stream unpacked;
	ZSTD_DStream *zstd;
	ZSTD_inBuffer packed; /* lies in the file's chunk */
	struct perf_chunk *free;
	size_t chunks; /* in use */
	char damage[256];
};

static struct perf_chunk *chunk_of(const unsigned char *record)
{
	return (struct perf_chunk *)((uintptr_t)record & ~(uintptr_t)(CHUNK_BYTES - 1));
}

static struct perf_chunk *chunk_get(struct perf_input *input)
{
	struct perf_chunk *chunk = input->free;

	if (chunk)
		input->free = chunk->next;
	else
		chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
	if (!chunk)
		return NULL;
	chunk->next = NULL;
	chunk->holders = 1;
	input->chunks++;
	return chunk;
}

static void chunk_drop(struct perf_input *input, struct perf_chunk *chunk)
{
	if (!chunk || --chunk->holders)
		return;
	input->chunks--;
	chunk->next = input->free;
	input->free = chunk;
}

void perf_input_hold(const unsigned char *record)
{
	chunk_of(record)->holders++;
}

void perf_input_drop(struct perf_input *input, const unsigned char *record)
{
	chunk_drop(input, chunk_of(record));
}

size_t perf_input_bytes(const struct perf_input *input)
{
	return input->chunks * CHUNK_BYTES;
}

const char *perf_input_damage(const struct perf_input *input)
{
	return input->damage[0] ? input->damage : NULL;
}

void perf_input_end_early(struct perf_input *input, const char *reason)
{
	input->is_over = true;
	if (!input->damage[0])
		(void)snprintf(input->damage, sizeof(input->damage),
			       "%s at byte %" PRIu64 ": what comes after is not read", reason,
			       input->offset);
}

/* The unused bytes move to a new chunk: what is held of the old one stays where it is. */
static int turn(struct perf_input *input, struct stream *stream)
{
	struct perf_chunk *fresh = chunk_get(input);
	size_t count = stream->end - stream->at;

	if (!fresh)
		return -ENOMEM;
	if (stream->chunk)
		memcpy(fresh->bytes, stream->chunk->bytes + stream->at, count);
	chunk_drop(input, stream->chunk);
	*stream = (struct stream){ .chunk = fresh, .end = count };
	return 0;
}

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory to read the records of perf");
}

/* Room for at least one byte behind the stream's end. */
static int make_room(struct perf_input *input, struct stream *stream, struct diag *why)
{
	if (stream->chunk && stream->at == stream->end && stream->chunk->holders == 1)
		stream->at = stream->end = 0;
	if (stream->chunk && stream->end < CHUNK_ROOM)
		return 0;
	return turn(input, stream) < 0 ? no_memory(why) : 0;
}

/* A pipe that was opened without waiting is waited for here. */
static ssize_t read_some(int fd, void *to, size_t count)
{
	for (;;) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };
		ssize_t n = read(fd, to, count);

		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
		if (errno == EAGAIN)
			(void)poll(&wanted, 1, -1);
	}
}

/* 1 when there are more bytes of the file, 0 at its end, or -errno. */
static int read_more(struct perf_input *input, struct diag *why)
{
	struct stream *file = &input->file;
	size_t count;
	ssize_t n;
	int r = make_room(input, file, why);

	if (r < 0)
		return r;
	count = CHUNK_ROOM - file->end;
	if (count > READ_BYTES)
		count = READ_BYTES;
	if (count > input->left)
		count = (size_t)input->left;
	if (!count)
		return 0;
	n = read_some(input->fd, file->chunk->bytes + file->end, count);
	if (n < 0)
		return diag_set(why, -errno, "cannot read the perf.data file: %s", strerror(errno));
	file->end += (size_t)n;
	if (input->left != UINT64_MAX)
		input->left -= (uint64_t)n;
	return n > 0;
}

static void use_file(struct perf_input *input, size_t count)
{
	input->file.at += count;
	input->offset += count;
}

int perf_input_copy(struct perf_input *input, void *ret, size_t count, struct diag *why)
{
	unsigned char *to = ret;

	while (count > 0) {
		size_t there = input->file.end - input->file.at;
		int r;

		if (there > count)
			there = count;
		if (there && input->file.chunk) {
			memcpy(to, input->file.chunk->bytes + input->file.at, there);
			use_file(input, there);
			to += there;
			count -= there;
			continue;
		}
		r = read_more(input, why);
		if (r <= 0)
			return r;
	}
	return 1;
}

int perf_input_skip(struct perf_input *input, uint64_t count, struct diag *why)
{
	while (count > 0) {
		size_t there = input->file.end - input->file.at;
		int r;

		if (there > count)
			there = (size_t)count;
		use_file(input, there);
		count -= there;
		r = count ? read_more(input, why) : 1;
		if (r <= 0)
			return r;
	}
	return 1;
}

/* 1 when a whole record is there, 0 when more bytes are needed, -EBADMSG when it cannot be one. */
static int peek(const struct perf_input *input, const struct stream *stream,
		struct perf_record *ret)
{
	const unsigned char *at;
	uint16_t size;

	if (stream->end - stream->at < PERF_RECORD_HEAD_BYTES)
		return 0;
	at = stream->chunk->bytes + stream->at;
	size = perf_load_u16(at + 6, input->swap);
	if (size < PERF_RECORD_HEAD_BYTES)
		return -EBADMSG;
	if (stream->end - stream->at < size)
		return 0;
	*ret = (struct perf_record){
		.bytes = at,
		.type = perf_load_u32(at, input->swap),
		.misc = perf_load_u16(at + 4, input->swap),
		.size = size,
	};
	return 1;
}

static bool is_packed(const struct perf_record *record)
{
	return record->type == PERF_REC_COMPRESSED || record->type == PERF_REC_COMPRESSED2;
}

/* What packed bytes the record holds are unpacked by the next calls. */
static int open_packed(struct perf_input *input, const struct perf_record *record, struct diag *why)
{
	size_t head = PERF_RECORD_HEAD_BYTES;
	uint64_t count = record->size - head;

	if (record->type == PERF_REC_COMPRESSED2) {
		if (record->size < head + sizeof(uint64_t))
			return 0;
		head += sizeof(uint64_t);
		count = perf_load_u64(record->bytes + PERF_RECORD_HEAD_BYTES, input->swap);
		if (count > record->size - head)
			count = record->size - head;
	}
	if (!input->zstd) {
		input->zstd = ZSTD_createDStream();
		if (!input->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(
					    input->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
			return no_memory(why);
	}
	input->packed = (ZSTD_inBuffer){ .src = record->bytes + head, .size = (size_t)count };
	return 0;
}

/* 1 when there are more unpacked bytes, 0 when the packed ones are used up, or -errno. */
static int unpack_more(struct perf_input *input, struct diag *why)
{
	struct stream *stream = &input->unpacked;
	ZSTD_outBuffer out = {};
	size_t before = input->packed.pos, left;
	int r;

	if (!input->zstd || !input->packed.src)
		return 0;
	r = make_room(input, stream, why);
	if (r < 0)
		return r;
	out = (ZSTD_outBuffer){ .dst = stream->chunk->bytes + stream->end,
				.size = CHUNK_ROOM - stream->end };
	left = ZSTD_decompressStream(input->zstd, &out, &input->packed);
	if (ZSTD_isError(left)) {
		perf_input_end_early(input, "compressed records are damaged");
		return 0;
	}
	stream->end += out.pos;
	/* Full output may mean that more of it waits inside; without any progress it is over. */
	if (out.pos == 0 && input->packed.pos == before)
		input->packed = (ZSTD_inBuffer){};
	return input->packed.src != NULL;
}

/* The next record of a stream that more() fills. 1, 0, or -errno. */
static int next_in(struct perf_input *input, struct stream *stream,
		   int (*more)(struct perf_input *input, struct diag *why), struct perf_record *ret,
		   struct diag *why)
{
	for (;;) {
		int r = peek(input, stream, ret);

		if (r == -EBADMSG) {
			perf_input_end_early(input, "damaged: a record has an impossible size");
			return 0;
		}
		if (r == 0)
			r = more(input, why);
		else
			return r;
		if (r <= 0)
			return r;
	}
}

static int next_of_file(struct perf_input *input, struct perf_record *ret, struct diag *why)
{
	int r = next_in(input, &input->file, read_more, ret, why);

	if (r == 0 && input->file.end > input->file.at)
		perf_input_end_early(input, "cut inside a record");
	if (r == 0 && input->unpacked.end > input->unpacked.at)
		perf_input_end_early(input, "cut inside compressed records");
	if (r == 0 && input->left && input->left != UINT64_MAX)
		perf_input_end_early(input, "cut between two records");
	if (r > 0)
		use_file(input, ret->size);
	return r;
}

int perf_input_next(struct perf_input *input, struct perf_record *ret, struct diag *why)
{
	while (!input->is_over) {
		int r = next_in(input, &input->unpacked, unpack_more, ret, why);

		if (r > 0) {
			input->unpacked.at += ret->size;
			/* Nobody packs twice. */
			if (is_packed(ret))
				continue;
			return r;
		}
		if (r == 0 && !input->is_over)
			r = next_of_file(input, ret, why);
		if (r <= 0)
			return r;
		if (!is_packed(ret))
			return r;
		r = open_packed(input, ret, why);
		if (r < 0)
			return r;
	}
	return 0;
}

int perf_input_new(int fd, struct perf_input **ret)
{
	struct perf_input *input = calloc(1, sizeof(*input));

	if (!input)
		return -ENOMEM;
	input->fd = fd;
	input->left = UINT64_MAX;
	*ret = input;
	return 0;
}

void perf_input_begin(struct perf_input *input, bool swap, uint64_t left)
{
	size_t there = input->file.end - input->file.at;

	input->swap = swap;
	if (left < there) {
		input->file.end = input->file.at + (size_t)left;
		there = (size_t)left;
	}
	input->left = left == UINT64_MAX ? left : left - there;
}

void perf_input_free(struct perf_input **input)
{
	struct perf_input *old = give(*input);

	if (!old)
		return;
	chunk_drop(old, old->file.chunk);
	chunk_drop(old, old->unpacked.chunk);
	while (old->free) {
		struct perf_chunk *chunk = old->free;

		old->free = chunk->next;
		free(chunk);
	}
	ZSTD_freeDStream(old->zstd);
	free(old);
}
