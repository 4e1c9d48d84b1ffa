/* How does a test pack bytes? With the library of each format. */
#ifndef TESTS_UNIT_SYMBOL_PACKERS_H
#define TESTS_UNIT_SYMBOL_PACKERS_H

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "harness/test.h"

struct packed_bytes {
	unsigned char *bytes; /* the caller's, to free() */
	size_t count;
};

static inline struct packed_bytes pack_zstd(const void *bytes, size_t count)
{
	size_t room = ZSTD_compressBound(count);
	struct packed_bytes packed = { .bytes = malloc(room) };

	assert_non_null(packed.bytes);
	packed.count = ZSTD_compress(packed.bytes, room, bytes, count, 3);
	assert_false(ZSTD_isError(packed.count));
	return packed;
}

static inline struct packed_bytes pack_xz(const void *bytes, size_t count)
{
	size_t room = lzma_stream_buffer_bound(count);
	struct packed_bytes packed = { .bytes = malloc(room) };

	assert_non_null(packed.bytes);
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, bytes, count,
						 packed.bytes, &packed.count, room),
			 LZMA_OK);
	return packed;
}

static inline struct packed_bytes pack_gzip(const void *bytes, size_t count)
{
	z_stream stream = {};
	struct packed_bytes packed = {};
	size_t room;

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	room = deflateBound(&stream, count);
	packed.bytes = malloc(room);
	assert_non_null(packed.bytes);
	stream.next_in = (unsigned char *)bytes;
	stream.avail_in = (uInt)count;
	stream.next_out = packed.bytes;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed.count = stream.total_out;
	assert_int_equal(deflateEnd(&stream), Z_OK);
	return packed;
}

static struct packed_bytes (*const PACKERS[])(const void *bytes, size_t count) = {
	pack_gzip,
	pack_xz,
	pack_zstd,
};

enum {
	PACKER_COUNT = 3, /* in the order of enum packing, from 1 on */
};

#endif
