/* What did one CPU record? Goes through the pages of the kernel's ring buffer, record by record. */
#ifndef IMPORT_TRACE_PAGES_H
#define IMPORT_TRACE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_formats.h"
#include "import/trace_file.h"

enum {
	TRACE_BLOCK_BYTES_MAX = 1 << 24, /* of a packed block, unpacked */
};

/* Of all CPUs together. */
struct trace_pool {
	size_t packed_bytes;
	unsigned char *packed; /* owned: the block that is being unpacked */
	size_t held_bytes;     /* of all blocks */
	size_t block_bytes;    /* read at once where nothing is packed: a multiple of a page */
};

struct trace_pages {
	const struct trace_file *file;
	const struct perf_page_head *head;
	struct trace_pool *pool;
	uint32_t cpu;
	size_t page_bytes;
	uint64_t next_at; /* of the file: what was not read yet */
	uint64_t left;    /* bytes; packed: blocks */
	bool is_packed;
	bool is_cut; /* the rest could not be read */

	unsigned char *block; /* owned */
	size_t block_room;
	size_t block_bytes;
	size_t page_at; /* in the block: where the next page begins */
	const unsigned char *at;
	const unsigned char *end; /* of the page's records */

	/* The record: its bytes stay until the next one is asked for. */
	const unsigned char *data;
	size_t bytes;
	uint64_t time; /* in ticks of the recording's clock */
	/* Records between the one before and this one were lost: how many, or 1 where it is not
	 * told. */
	uint64_t lost;
};

/* Begin before the first record. -ENOMEM; -EBADMSG: not one block can be found. */
must_check int trace_pages_begin(struct trace_pages *pages, const struct trace_file *file,
				 const struct perf_page_head *head, struct trace_pool *pool,
				 const struct trace_cpu_place *place);
void trace_pages_clear(struct trace_pages *pages);
void trace_pool_clear(struct trace_pool *pool);

/* Go on to the next record. 1; 0: there is none (see is_cut); -ENOMEM. */
must_check int trace_pages_next(struct trace_pages *pages);

#endif
