/* How do the tests make compressed bytes? */
#ifndef TESTS_UNIT_SYMBOL_PACK_H
#define TESTS_UNIT_SYMBOL_PACK_H

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "harness/test.h"

enum pack_format {
	PACK_ZSTD,
	PACK_XZ,
	PACK_GZIP,
	PACK_FORMATS,
};

static inline size_t pack_gzip(const void *bytes, size_t count, void *packed, size_t capacity)
{
	z_stream stream = { .next_in = (unsigned char *)(uintptr_t)bytes,
			    .avail_in = (unsigned int)count,
			    .next_out = packed,
			    .avail_out = (unsigned int)capacity };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&stream), Z_OK);
	return stream.total_out;
}

/* The caller frees it. */
static inline void *pack(enum pack_format format, const void *bytes, size_t count,
			 size_t *ret_bytes)
{
	size_t capacity = 2 * count + 4096, used = 0;
	unsigned char *packed = malloc(capacity);

	assert_non_null(packed);
	switch (format) {
	case PACK_ZSTD:
		used = ZSTD_compress(packed, capacity, bytes, count, 3);
		assert_false(ZSTD_isError(used));
		break;
	case PACK_XZ:
		assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, bytes, count,
							 packed, &used, capacity),
				 LZMA_OK);
		break;
	case PACK_GZIP:
		used = pack_gzip(bytes, count, packed, capacity);
		break;
	case PACK_FORMATS:
		fail();
	}
	*ret_bytes = used;
	return packed;
}

#endif
