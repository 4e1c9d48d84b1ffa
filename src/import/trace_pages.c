/* What did one CPU record? A page begins with a time, and each record says how much later it came
 * than the one before. */
#include "import/trace_pages.h"

#include <errno.h>
#include <stdlib.h>

/* kernel/trace/ring_buffer.c */
enum {
	TYPE_LONG = 0, /* a word with the length follows */
	TYPE_WORDS_MAX = 28,
	TYPE_PADDING = 29,
	TYPE_TIME_EXTEND = 30,
	TYPE_TIME_STAMP = 31,
	DELTA_BITS = 27,
	STAMP_BITS = 59,
};

#define COMMIT_MASK    ((1u << DELTA_BITS) - 1)
#define MISSED         (1u << 31)
#define MISSED_STORED  (1u << 30)
#define POOL_BYTES_MAX ((size_t)1 << 30)

/* --- blocks --- */

static int make_room(struct trace_pages *pages, size_t bytes)
{
	struct trace_pool *pool = pages->pool;
	unsigned char *grown;

	if (bytes <= pages->block_room)
		return 0;
	if (pool->held_bytes + bytes - pages->block_room > POOL_BYTES_MAX)
		return -ENOMEM;
	grown = realloc(pages->block, bytes);
	if (!grown)
		return -ENOMEM;
	pool->held_bytes += bytes - pages->block_room;
	pages->block = grown;
	pages->block_room = bytes;
	return 0;
}

static int read_plain(struct trace_pages *pages)
{
	size_t bytes = pages->pool->block_bytes;
	int r;

	if (bytes > pages->left)
		bytes = (size_t)pages->left;
	r = make_room(pages, bytes);
	if (r == 0)
		r = trace_file_copy(pages->file, pages->next_at, pages->block, bytes);
	if (r < 0)
		return r;
	pages->next_at += bytes;
	pages->left -= bytes;
	pages->block_bytes = bytes;
	return 0;
}

static int make_packed_room(struct trace_pool *pool, size_t bytes)
{
	unsigned char *grown;

	if (bytes <= pool->packed_bytes)
		return 0;
	grown = realloc(pool->packed, bytes);
	if (!grown)
		return -ENOMEM;
	pool->packed = grown;
	pool->packed_bytes = bytes;
	return 0;
}

/* Before each block stand its sizes, packed and unpacked. */
static int read_packed(struct trace_pages *pages)
{
	const struct trace_file *file = pages->file;
	uint32_t sizes[2];
	int r = trace_file_copy(file, pages->next_at, sizes, sizeof(sizes));

	if (r < 0)
		return r;
	sizes[0] = perf_load_u32(&sizes[0], file->swap);
	sizes[1] = perf_load_u32(&sizes[1], file->swap);
	if (sizes[0] > TRACE_BLOCK_BYTES_MAX || sizes[1] > TRACE_BLOCK_BYTES_MAX)
		return -EBADMSG;
	r = make_packed_room(pages->pool, sizes[0]);
	if (r == 0)
		r = make_room(pages, sizes[1]);
	if (r == 0)
		r = trace_file_copy(file, pages->next_at + sizeof(sizes), pages->pool->packed,
				    sizes[0]);
	if (r == 0)
		r = trace_unpack(file->packing, pages->pool->packed, sizes[0], pages->block,
				 sizes[1]);
	if (r < 0)
		return r;
	pages->next_at += sizeof(sizes) + sizes[0];
	pages->left--;
	pages->block_bytes = sizes[1];
	return 0;
}

/* 1; 0: that was the last one, or it cannot be read. */
static int next_block(struct trace_pages *pages)
{
	int r;

	pages->page_at = pages->block_bytes = 0;
	if (!pages->left)
		return 0;
	r = pages->is_packed ? read_packed(pages) : read_plain(pages);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		pages->is_cut = true;
		pages->left = pages->block_bytes = 0;
		return 0;
	}
	return 1;
}

/* --- pages --- */

static uint64_t load_long(const struct trace_pages *pages, const unsigned char *at)
{
	bool swap = pages->file->swap;

	return pages->head->commit.size == sizeof(uint64_t) ? perf_load_u64(at, swap)
							    : perf_load_u32(at, swap);
}

static void begin_page(struct trace_pages *pages, const unsigned char *page)
{
	const struct perf_page_head *head = pages->head;
	uint64_t commit = load_long(pages, page + head->commit.offset);
	size_t bytes = commit & COMMIT_MASK;

	if (bytes > head->data.size) {
		pages->is_cut = true;
		bytes = 0;
	}
	pages->time = perf_load_u64(page, pages->file->swap);
	pages->at = page + head->data.offset;
	pages->end = pages->at + bytes;
	if (!(commit & MISSED))
		return;
	pages->lost++;
	if (commit & MISSED_STORED && bytes + head->commit.size <= head->data.size)
		pages->lost += load_long(pages, pages->end) - 1;
	if (!pages->lost)
		pages->lost = 1;
}

/* 1; 0: that was the last one. */
static int next_page(struct trace_pages *pages)
{
	int r = 1;

	while (pages->block_bytes - pages->page_at < pages->page_bytes) {
		pages->is_cut |= pages->page_at < pages->block_bytes;
		r = next_block(pages);
		if (r <= 0)
			return r;
	}
	begin_page(pages, pages->block + pages->page_at);
	pages->page_at += pages->page_bytes;
	return 1;
}

/* --- records --- */

/* A time of 59 bits; the others are those of the time before. */
static uint64_t whole_stamp(uint64_t stamp, uint64_t before)
{
	stamp |= before & ~((UINT64_C(1) << STAMP_BITS) - 1);
	return stamp < before ? stamp + (UINT64_C(1) << STAMP_BITS) : stamp;
}

/* What the record's head says: its length, and where its data begins. False: it does not fit, or
 * the page ends here. */
static bool take_head(struct trace_pages *pages, bool *ret_has_data)
{
	bool swap = pages->file->swap;
	/* The writer's compiler put the bits from its own end. */
	bool is_big = swap != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	uint32_t head, word = 0, delta;
	unsigned int type;
	size_t left = (size_t)(pages->end - pages->at);

	if (left < sizeof(head))
		return false;
	head = perf_load_u32(pages->at, swap);
	type = is_big ? head >> DELTA_BITS : head & 31;
	delta = is_big ? head & COMMIT_MASK : head >> 5;
	if (type == TYPE_LONG || type > TYPE_WORDS_MAX) {
		if (left < 2 * sizeof(head) || (type == TYPE_PADDING && !delta))
			return false;
		word = perf_load_u32(pages->at + sizeof(head), swap);
	}
	*ret_has_data = type <= TYPE_WORDS_MAX;
	pages->data = pages->at + sizeof(head);
	switch (type) {
	case TYPE_TIME_EXTEND:
		pages->time += delta + ((uint64_t)word << DELTA_BITS);
		pages->bytes = sizeof(word);
		break;
	case TYPE_TIME_STAMP:
		pages->time = whole_stamp(delta + ((uint64_t)word << DELTA_BITS), pages->time);
		pages->bytes = sizeof(word);
		break;
	case TYPE_PADDING:
		pages->time += delta;
		pages->bytes = word;
		break;
	case TYPE_LONG:
		pages->time += delta;
		pages->bytes = word;
		pages->data += sizeof(word);
		if (word < sizeof(word))
			return false;
		pages->bytes -= sizeof(word);
		break;
	default:
		pages->time += delta;
		pages->bytes = type * sizeof(word);
		break;
	}
	return pages->bytes <= (size_t)(pages->end - pages->data);
}

int trace_pages_next(struct trace_pages *pages)
{
	bool has_data = false;
	int r;

	pages->lost = 0;
	for (;;) {
		if (pages->at == pages->end) {
			r = next_page(pages);
			if (r <= 0)
				return r;
			continue;
		}
		if (!take_head(pages, &has_data)) {
			pages->at = pages->end;
			continue;
		}
		/* Lengths are padded to words. */
		pages->at = pages->data + ((pages->bytes + 3) & ~(size_t)3);
		if (pages->at > pages->end)
			pages->at = pages->end;
		if (has_data)
			return 1;
	}
}

/* --- begin and end --- */

int trace_pages_begin(struct trace_pages *pages, const struct trace_file *file,
		      const struct perf_page_head *head, struct trace_pool *pool,
		      const struct trace_cpu_place *place)
{
	uint32_t blocks = 0;
	int r = 0;

	*pages = (struct trace_pages){
		.file = file,
		.head = head,
		.pool = pool,
		.cpu = place->cpu,
		.page_bytes = head->data.offset + head->data.size,
		.next_at = place->place.offset,
		.left = place->place.bytes,
		.is_packed = place->place.is_packed,
	};
	if (!pages->is_packed || !pages->left)
		return 0;
	r = trace_file_copy(file, pages->next_at, &blocks, sizeof(blocks));
	pages->next_at += sizeof(blocks);
	pages->left = r == 0 ? perf_load_u32(&blocks, file->swap) : 0;
	pages->is_cut = r < 0;
	return 0;
}

void trace_pages_clear(struct trace_pages *pages)
{
	free(pages->block);
	pages->block = NULL;
	pages->block_room = pages->block_bytes = 0;
}

void trace_pool_clear(struct trace_pool *pool)
{
	free(pool->packed);
	*pool = (struct trace_pool){};
}
