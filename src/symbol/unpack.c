/* What did these bytes say before they were compressed? */
#include "symbol/unpack.h"

#include <errno.h>
#include <limits.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/array.h"

/* What "xz -9" needs to be read, and a little more. */
#define XZ_MEMORY_MAX  (80ULL << 20)
#define FIRST_CAPACITY (64UL << 10)

struct packed {
	const unsigned char *bytes;
	size_t count;
};

/* What has come out so far. One byte more than the limit fits, so that too much can be seen. */
struct room {
	unsigned char *bytes;
	size_t used;
	size_t capacity;
	size_t limit;
};

struct format {
	unsigned char magic[UNPACK_MAGIC_BYTES];
	size_t magic_bytes;
	int (*unpack)(const struct packed *packed, struct room *room);
};

static void free_room(struct room *room)
{
	free(room->bytes);
	room->bytes = NULL;
}

/* At least one byte of free room. */
static int make_room(struct room *room)
{
	size_t capacity = room->capacity ? room->capacity * 2 : FIRST_CAPACITY;
	unsigned char *grown;

	if (room->used < room->capacity)
		return 0;
	if (room->used > room->limit)
		return -EFBIG;
	if (capacity > room->limit + 1)
		capacity = room->limit + 1;
	grown = realloc(room->bytes, capacity);
	if (!grown)
		return -ENOMEM;
	room->bytes = grown;
	room->capacity = capacity;
	return 0;
}

static void free_zstd(ZSTD_DStream **stream)
{
	ZSTD_freeDStream(*stream);
	*stream = NULL;
}

static int unpack_zstd(const struct packed *packed, struct room *room)
{
	owns(free_zstd) ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { .src = packed->bytes, .size = packed->count };

	if (!stream)
		return -ENOMEM;
	for (;;) {
		ZSTD_outBuffer out;
		size_t left;
		int r = make_room(room);

		if (r < 0)
			return r;
		out = (ZSTD_outBuffer){ .dst = room->bytes,
					.size = room->capacity,
					.pos = room->used };
		left = ZSTD_decompressStream(stream, &out, &in);
		room->used = out.pos;
		if (ZSTD_isError(left))
			return -EBADMSG;
		if (left == 0)
			return 0;
		/* All was eaten, there is room, and still it has not ended: it was cut. */
		if (in.pos == in.size && out.pos < out.size)
			return -EBADMSG;
	}
}

static void end_xz(lzma_stream *stream)
{
	lzma_end(stream);
}

static int unpack_xz(const struct packed *packed, struct room *room)
{
	owns(end_xz) lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret told = lzma_stream_decoder(&stream, XZ_MEMORY_MAX, 0);

	stream.next_in = packed->bytes;
	stream.avail_in = packed->count;
	while (told == LZMA_OK) {
		int r = make_room(room);

		if (r < 0)
			return r;
		stream.next_out = room->bytes + room->used;
		stream.avail_out = room->capacity - room->used;
		told = lzma_code(&stream, LZMA_FINISH);
		room->used = room->capacity - stream.avail_out;
	}
	if (told == LZMA_MEM_ERROR)
		return -ENOMEM;
	return told == LZMA_STREAM_END ? 0 : -EBADMSG;
}

static void end_gzip(z_stream *stream)
{
	(void)inflateEnd(stream);
}

static int unpack_gzip(const struct packed *packed, struct room *room)
{
	owns(end_gzip) z_stream stream = {};
	int told;

	if (packed->count > UINT_MAX || room->limit >= UINT_MAX)
		return -EFBIG;
	/* 16: with gzip's header. zlib's interface is older than const. */
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return -ENOMEM;
	stream.next_in = (unsigned char *)(uintptr_t)packed->bytes;
	stream.avail_in = (unsigned int)packed->count;
	do {
		int r = make_room(room);

		if (r < 0)
			return r;
		stream.next_out = room->bytes + room->used;
		stream.avail_out = (unsigned int)(room->capacity - room->used);
		told = inflate(&stream, Z_NO_FLUSH);
		room->used = room->capacity - stream.avail_out;
	} while (told == Z_OK);
	if (told == Z_MEM_ERROR)
		return -ENOMEM;
	return told == Z_STREAM_END ? 0 : -EBADMSG;
}

static const struct format FORMATS[] = {
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ { 0x1f, 0x8b, 8 }, 3, unpack_gzip },
};

static const struct format *find_format(const void *bytes, size_t count)
{
	for (size_t i = 0; i < array_count(FORMATS); i++) {
		if (count >= FORMATS[i].magic_bytes &&
		    memcmp(bytes, FORMATS[i].magic, FORMATS[i].magic_bytes) == 0)
			return &FORMATS[i];
	}
	return NULL;
}

bool unpack_can(const void *bytes, size_t count)
{
	return find_format(bytes, count) != NULL;
}

int unpack(const void *bytes, size_t count, size_t limit, void **ret, size_t *ret_bytes)
{
	owns(free_room) struct room room = { .limit = limit };
	const struct packed packed = { .bytes = bytes, .count = count };
	const struct format *format = find_format(bytes, count);
	int r;

	if (!format)
		return -EBADMSG;
	if (limit == SIZE_MAX)
		room.limit--;
	r = format->unpack(&packed, &room);
	if (r < 0)
		return r;
	if (room.used > room.limit)
		return -EFBIG;
	if (room.used == 0)
		return -EBADMSG;
	*ret_bytes = room.used;
	*ret = give(room.bytes);
	return 0;
}
