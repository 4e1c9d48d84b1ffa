/* How does a test make a recording, byte by byte? Also those that the writer never writes. */
#ifndef TESTS_UNIT_RECORDING_IMAGE_H
#define TESTS_UNIT_RECORDING_IMAGE_H

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "recording/format.h"

/* The bytes of a file. Without room for a piece, the piece is left out. */
struct image {
	char *bytes;
	size_t count;
	size_t capacity;
};

static inline void image_free(struct image *image)
{
	free(image->bytes);
	*image = (struct image){};
}

/* The begin of count new bytes at the end, or NULL. */
static inline char *image_grow(struct image *image, size_t count)
{
	size_t capacity = (image->count + count) * 2;

	if (image->count + count > image->capacity) {
		char *bytes = realloc(image->bytes, capacity);

		if (!bytes)
			return NULL;
		image->bytes = bytes;
		image->capacity = capacity;
	}
	image->count += count;
	return image->bytes + image->count - count;
}

static inline void image_add(struct image *image, const void *bytes, size_t count)
{
	char *place = image_grow(image, count);

	if (place && count > 0)
		memcpy(place, bytes, count);
}

/* A head with a right checksum, whatever it says. */
static inline void image_add_head(struct image *image, uint32_t version, uint32_t flags)
{
	struct recording_head head = { .version = version,
				       .head_bytes = sizeof(head),
				       .flags = flags };

	memcpy(head.magic, RECORDING_MAGIC, sizeof(head.magic));
	head.checksum = head_checksum(&head, sizeof(head));
	image_add(image, &head, sizeof(head));
}

/* A chunk with a right checksum; stored_bytes is set, the other fields are the caller's lies. */
static inline void image_add_chunk(struct image *image, struct recording_chunk chunk,
				   const void *stored, size_t stored_bytes)
{
	struct recording_chunk *whole = malloc(sizeof(chunk) + stored_bytes);

	if (!whole)
		return;
	chunk.stored_bytes = (uint32_t)stored_bytes;
	*whole = chunk;
	if (stored_bytes > 0)
		memcpy(whole + 1, stored, stored_bytes);
	whole->checksum = chunk_checksum(whole);
	image_add(image, whole, sizeof(chunk) + stored_bytes);
	free(whole);
}

/* A chunk of these raw bytes, packed. */
static inline void image_add_raw(struct image *image, uint32_t kind, const void *raw,
				 size_t raw_bytes, uint32_t items)
{
	size_t room = ZSTD_compressBound(raw_bytes);
	char *stored = malloc(room);
	size_t stored_bytes = stored ? ZSTD_compress(stored, room, raw, raw_bytes, 1) : 0;

	if (stored && !ZSTD_isError(stored_bytes)) {
		struct recording_chunk chunk = { .kind = kind,
						 .raw_bytes = (uint32_t)raw_bytes,
						 .items = items };

		image_add_chunk(image, chunk, stored, stored_bytes);
	}
	free(stored);
}

static inline void image_add_end(struct image *image, uint64_t events)
{
	struct recording_end end = { .index_offset = image->count, .events = events };
	struct recording_chunk chunk = { .kind = CHUNK_END, .raw_bytes = sizeof(end) };

	image_add_chunk(image, chunk, &end, sizeof(end));
}

#endif
