/* What do the bytes of a recording mean? In words: docs/recording-format.md. */
#ifndef RECORDING_FORMAT_H
#define RECORDING_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/*
 * Sizes in this room come from files: a silent narrowing is how a hostile length gets past a check.
 * The pragma rather than a compiler flag, because all rooms are built as one library.
 */
#pragma GCC diagnostic warning "-Wconversion"
#pragma GCC diagnostic warning "-Wsign-conversion"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "recordings are little-endian and are read in place"
#endif

/* Not text (the high bit), and broken by a transfer that rewrites line ends. */
#define RECORDING_MAGIC "\x89slow\r\n\x1a"

enum {
	RECORDING_MAGIC_BYTES = 8,
	RECORDING_VERSION = 1,
	RECORDING_HEAD_BYTES_MAX = 4096,

	/* What a reader accepts, so that no file can make it take more memory than this. */
	CHUNK_RAW_BYTES_MAX = 1 << 20,
	CHUNK_STORED_BYTES_MAX = CHUNK_RAW_BYTES_MAX + (16 << 10),
};

/* The file's first bytes. In all versions: magic to head_bytes, and the checksum at the end. */
struct recording_head {
	char magic[RECORDING_MAGIC_BYTES];
	uint32_t version;
	uint32_t head_bytes; /* of this struct in the version that wrote it */
	uint32_t flags;      /* none is defined; a reader refuses those that it does not know */
	uint32_t spare;
	uint64_t checksum; /* XXH3-64 of the head_bytes - 8 bytes before it */
};

enum chunk_kind {
	CHUNK_EVENTS = 1, /* a zstd frame of events, one after another */
	CHUNK_INDEX =
		2, /* a zstd frame of struct recording_index_entry, one for each chunk of events */
	CHUNK_END = 3, /* a struct recording_end as it is; the file's last bytes */
};

/* Stands before the stored bytes of every chunk. */
struct recording_chunk {
	uint64_t checksum;     /* XXH3-64 of the rest of this struct and of the stored bytes */
	uint32_t stored_bytes; /* that follow this struct */
	uint32_t raw_bytes;    /* when unpacked */
	uint32_t kind;         /* enum chunk_kind; unknown kinds are skipped by stored_bytes */
	uint32_t items;        /* events or index entries in it */
	uint64_t first_ns; /* the smallest event time in it but 0, and the largest; 0 when there is
			      none */
	uint64_t last_ns;
};

/* Where a chunk of events lies. */
struct recording_index_entry {
	uint64_t offset; /* of its struct recording_chunk, from the begin of the file */
	uint64_t first_ns;
	uint64_t last_ns;
	uint32_t items;
	uint32_t spare;
};

struct recording_end {
	uint64_t index_offset; /* of the first index chunk; of the end chunk itself when there is no
				  index */
	uint64_t events;       /* in the whole file */
};

_Static_assert(sizeof(struct recording_head) == 32, "the head is on disk");
_Static_assert(sizeof(struct recording_chunk) == 40, "the chunk is on disk");
_Static_assert(sizeof(struct recording_index_entry) == 32, "the index is on disk");
_Static_assert(sizeof(struct recording_end) == 16, "the end is on disk");

/* The checksum that belongs into a head of head_bytes, its own field apart. */
static inline uint64_t head_checksum(const void *head, size_t head_bytes)
{
	return XXH3_64bits(head, head_bytes - sizeof(uint64_t));
}

/* The checksum that belongs into a chunk, with its stored bytes standing right behind it. */
static inline uint64_t chunk_checksum(const struct recording_chunk *chunk)
{
	return XXH3_64bits((const char *)chunk + sizeof(chunk->checksum),
			   sizeof(*chunk) - sizeof(chunk->checksum) + chunk->stored_bytes);
}

#endif
