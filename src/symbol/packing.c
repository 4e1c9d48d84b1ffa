/* What is inside of a compressed file? The library of each format fills one growing block of
 * memory. */
/* zlib.h: the input is not written to. */
#define ZLIB_CONST

#include "symbol/packing.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
	FIRST_BYTES = 1 << 20,
	/* What the formats' own tables may take: several times what the packers of modules use. */
	XZ_MEMORY_BYTES = 256 << 20,
};

struct packed {
	const unsigned char *bytes;
	size_t count;
};

struct unpacked {
	char *bytes;
	size_t used;
	size_t capacity;
	size_t most;
};

enum packing packing_of(const void *bytes, size_t count)
{
	static const struct {
		enum packing packing;
		size_t bytes;
		unsigned char magic[PACKING_BYTES];
	} FORMATS[] = {
		{ PACKING_GZIP, 2, { 0x1f, 0x8b } },
		{ PACKING_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
		{ PACKING_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	};

	for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
		if (count >= FORMATS[i].bytes &&
		    memcmp(bytes, FORMATS[i].magic, FORMATS[i].bytes) == 0)
			return FORMATS[i].packing;
	}
	return PACKING_NONE;
}

const char *packing_name(enum packing packing)
{
	switch (packing) {
	case PACKING_NONE:
		return "";
	case PACKING_GZIP:
		return "gzip";
	case PACKING_XZ:
		return "xz";
	case PACKING_ZSTD:
		return "zstd";
	}
	return "";
}

/* Room for at least one more byte. */
static int make_room(struct unpacked *out)
{
	size_t capacity = out->capacity ? out->capacity * 2 : FIRST_BYTES;
	char *grown;

	if (out->used < out->capacity)
		return 0;
	if (out->capacity == out->most)
		return -EFBIG;
	if (capacity > out->most)
		capacity = out->most;
	grown = realloc(out->bytes, capacity);
	if (!grown)
		return -ENOMEM;
	out->bytes = grown;
	out->capacity = capacity;
	return 0;
}

static int run_gzip(z_stream *stream, struct unpacked *out)
{
	for (;;) {
		int r = make_room(out);
		size_t room = out->capacity - out->used;

		if (r < 0)
			return r;
		stream->next_out = (unsigned char *)out->bytes + out->used;
		stream->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
		room = stream->avail_out;
		r = inflate(stream, Z_NO_FLUSH);
		out->used += room - stream->avail_out;
		if (r == Z_STREAM_END)
			return 0;
		/* Not even one step further: the rest is missing. */
		if (r != Z_OK || (stream->avail_in == 0 && stream->avail_out > 0))
			return r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
}

static int unpack_gzip(struct packed in, struct unpacked *out)
{
	/* 16: a gzip header is wanted; 15: the largest window there is. */
	z_stream stream = { .next_in = in.bytes, .avail_in = (uInt)in.count };
	int r;

	if (in.count > UINT32_MAX)
		return -EFBIG;
	if (inflateInit2(&stream, 16 + 15) != Z_OK)
		return -ENOMEM;
	r = run_gzip(&stream, out);
	(void)inflateEnd(&stream);
	return r;
}

static int run_xz(lzma_stream *stream, struct unpacked *out)
{
	for (;;) {
		int r = make_room(out);
		lzma_ret result;

		if (r < 0)
			return r;
		stream->next_out = (unsigned char *)out->bytes + out->used;
		stream->avail_out = out->capacity - out->used;
		result = lzma_code(stream, LZMA_FINISH);
		out->used = out->capacity - stream->avail_out;
		if (result == LZMA_STREAM_END)
			return 0;
		if (result != LZMA_OK)
			return result == LZMA_MEM_ERROR        ? -ENOMEM
			       : result == LZMA_MEMLIMIT_ERROR ? -EFBIG
							       : -EBADMSG;
	}
}

static int unpack_xz(struct packed in, struct unpacked *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int r;

	if (lzma_stream_decoder(&stream, XZ_MEMORY_BYTES, LZMA_CONCATENATED) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = in.bytes;
	stream.avail_in = in.count;
	r = run_xz(&stream, out);
	lzma_end(&stream);
	return r;
}

static int run_zstd(ZSTD_DCtx *context, struct packed packed, struct unpacked *out)
{
	ZSTD_inBuffer in = { .src = packed.bytes, .size = packed.count };
	size_t left = 1;

	while (in.pos < in.size || left > 0) {
		int r = make_room(out);
		ZSTD_outBuffer buffer = {};
		size_t was_at = in.pos;

		if (r < 0)
			return r;
		buffer = (ZSTD_outBuffer){
			.dst = out->bytes + out->used,
			.size = out->capacity - out->used,
		};
		left = ZSTD_decompressStream(context, &buffer, &in);
		if (ZSTD_isError(left))
			return -EBADMSG;
		out->used += buffer.pos;
		if (in.pos == was_at && buffer.pos == 0 && left > 0)
			return -EBADMSG;
	}
	return 0;
}

static int unpack_zstd(struct packed in, struct unpacked *out)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	int r;

	if (!context)
		return -ENOMEM;
	r = run_zstd(context, in, out);
	(void)ZSTD_freeDCtx(context);
	return r;
}

static int unpack_as(enum packing packing, struct packed in, struct unpacked *out)
{
	switch (packing) {
	case PACKING_NONE:
		return -EINVAL;
	case PACKING_GZIP:
		return unpack_gzip(in, out);
	case PACKING_XZ:
		return unpack_xz(in, out);
	case PACKING_ZSTD:
		return unpack_zstd(in, out);
	}
	return -EINVAL;
}

int packing_undo(const void *bytes, size_t count, size_t most, char **ret, size_t *ret_bytes,
		 struct diag *why)
{
	enum packing packing = packing_of(bytes, count);
	struct unpacked out = { .most = most };
	int r = unpack_as(packing, (struct packed){ bytes, count }, &out);

	if (r == 0) {
		*ret = out.bytes;
		*ret_bytes = out.used;
		return 0;
	}
	free(out.bytes);
	if (r == -ENOMEM)
		return diag_set(why, r, "no memory to unpack a file");
	if (r == -EFBIG)
		return diag_set(why, r, "unpacked it is larger than %zu MiB", most >> 20);
	return diag_set(why, r, "the %s data are damaged or cut short", packing_name(packing));
}
