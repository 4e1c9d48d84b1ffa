/* How do events get to disk? In chunks, each written whole, so that a kill costs only the last. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/array.h"
#include "recording/format.h"
#include "recording/place.h"
#include "recording/recording.h"

enum {
	/* Larger packs little better, and is what a kill loses. */
	BUFFER_BYTES = 256 << 10,
	ENTRIES_PER_CHUNK = BUFFER_BYTES / sizeof(struct recording_index_entry),
	/* The recorder runs on a sick machine: its own time counts more than the disk's. */
	PACK_LEVEL = 1,
};

_Static_assert(ZSTD_COMPRESSBOUND(BUFFER_BYTES) <= CHUNK_STORED_BYTES_MAX,
	       "a reader takes every chunk");

struct recording_writer {
	int fd;
	int failed; /* the first failed write's -errno: nothing is written after it */
	char *path;
	ZSTD_CCtx *zstd;
	char *raw;                      /* BUFFER_BYTES for the events of the next chunk */
	struct recording_chunk *packed; /* the chunk as written, with room for its stored bytes */
	struct recording_index_entry next; /* of the chunk that raw will be */
	size_t raw_bytes;
	uint64_t file_bytes; /* up to the last whole chunk */
	uint64_t events;     /* in the chunks written */
	ARRAY(struct recording_index_entry) index;
};

/* Leave a file that ends with a whole chunk. Should the cut fail too, the reader will see it. */
static int fail(struct recording_writer *writer, int code, struct diag *why)
{
	/* Nothing more can be done about it. */
	(void)!ftruncate(writer->fd, (off_t)writer->file_bytes);

	writer->failed = code;
	return diag_set(why, code,
			"cannot write %s: %s: %s (%zu whole chunk%s can be read from it)",
			writer->path, strerror(-code), place_remedy(code), writer->index.count,
			writer->index.count == 1 ? "" : "s");
}

/* One write(2) when the kernel takes it all, as it does for regular files with room. */
static int append(struct recording_writer *writer, const void *bytes, size_t count,
		  struct diag *why)
{
	const char *from = bytes;
	size_t done = 0;

	while (done < count) {
		ssize_t n = pwrite(writer->fd, from + done, count - done,
				   (off_t)(writer->file_bytes + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(writer, -errno, why);
		/* POSIX lets it; a loop would not end. */
		if (n == 0)
			return fail(writer, -EIO, why);
		done += (size_t)n;
	}
	writer->file_bytes += count;
	return 0;
}

static int check_failed(const struct recording_writer *writer, struct diag *why)
{
	if (writer->failed == 0)
		return 0;
	return diag_set(why, writer->failed, "%s is no longer written: %s: %s", writer->path,
			strerror(-writer->failed), place_remedy(writer->failed));
}

static int write_head(struct recording_writer *writer, struct diag *why)
{
	struct recording_head head = {
		.version = RECORDING_VERSION,
		.head_bytes = sizeof(head),
	};

	memcpy(head.magic, RECORDING_MAGIC, sizeof(head.magic));
	head.checksum = head_checksum(&head, sizeof(head));
	return append(writer, &head, sizeof(head), why);
}

/* Write the chunk whose stored bytes already stand behind writer->packed. */
static int write_chunk(struct recording_writer *writer, struct recording_chunk chunk,
		       struct diag *why)
{
	*writer->packed = chunk;
	writer->packed->checksum = chunk_checksum(writer->packed);
	return append(writer, writer->packed, sizeof(chunk) + chunk.stored_bytes, why);
}

static int write_packed(struct recording_writer *writer, struct recording_chunk chunk,
			const void *raw, struct diag *why)
{
	size_t stored_bytes =
		ZSTD_compress2(writer->zstd, writer->packed + 1, ZSTD_compressBound(BUFFER_BYTES),
			       raw, chunk.raw_bytes);

	if (ZSTD_isError(stored_bytes)) {
		writer->failed = -EIO;
		return diag_set(why, -EIO, "cannot pack events for %s: %s", writer->path,
				ZSTD_getErrorName(stored_bytes));
	}
	chunk.stored_bytes = (uint32_t)stored_bytes;
	return write_chunk(writer, chunk, why);
}

static int write_index(struct recording_writer *writer, struct diag *why)
{
	for (size_t from = 0; from < writer->index.count; from += ENTRIES_PER_CHUNK) {
		size_t left = writer->index.count - from;
		uint32_t items = (uint32_t)(left < ENTRIES_PER_CHUNK ? left : ENTRIES_PER_CHUNK);
		const struct recording_chunk chunk = {
			.kind = CHUNK_INDEX,
			.items = items,
			.raw_bytes = items * (uint32_t)sizeof(struct recording_index_entry),
		};
		int r = write_packed(writer, chunk, &writer->index.items[from], why);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_end(struct recording_writer *writer, struct diag *why)
{
	struct recording_end end = { .index_offset = writer->file_bytes, .events = writer->events };
	const struct recording_chunk chunk = {
		.kind = CHUNK_END,
		.raw_bytes = sizeof(end),
		.stored_bytes = sizeof(end),
	};
	int r = write_index(writer, why);

	if (r < 0)
		return r;
	memcpy(writer->packed + 1, &end, sizeof(end));
	return write_chunk(writer, chunk, why);
}

static void note_time(struct recording_index_entry *entry, uint64_t time_ns)
{
	if (time_ns == 0)
		return;
	if (entry->first_ns == 0 || time_ns < entry->first_ns)
		entry->first_ns = time_ns;
	if (time_ns > entry->last_ns)
		entry->last_ns = time_ns;
}

static int make_buffers(struct recording_writer *writer)
{
	writer->raw = malloc(BUFFER_BYTES);
	writer->packed = malloc(sizeof(*writer->packed) + ZSTD_compressBound(BUFFER_BYTES));
	writer->zstd = ZSTD_createCCtx();
	if (!writer->raw || !writer->packed || !writer->zstd)
		return -ENOMEM;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, PACK_LEVEL)))
		return -EINVAL;
	return 0;
}

int recording_create(const char *path, struct recording_writer **ret, struct diag *why)
{
	owns(recording_writer_free) struct recording_writer *writer = calloc(1, sizeof(*writer));
	int r;

	if (!writer)
		return diag_set(why, -ENOMEM, "no memory to write %s", path);
	writer->fd = -1;
	writer->path = strdup(path);
	if (!writer->path || make_buffers(writer) < 0)
		return diag_set(why, -ENOMEM, "no memory to write %s", path);

	/* Last of what can fail, so that an old recording is not lost to a want of memory. */
	r = place_create(path, &writer->fd, why);
	if (r < 0)
		return r;
	r = write_head(writer, why);
	if (r < 0)
		return r;

	*ret = give(writer);
	return 0;
}

int recording_take(void *self, const struct event *event, struct diag *why)
{
	struct recording_writer *writer = self;
	int r = check_failed(writer, why);

	if (r < 0)
		return r;
	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EINVAL,
				"an event of kind %u and %" PRIu32 " bytes does not hold together",
				event->kind, event->bytes);
	if (event->bytes > BUFFER_BYTES)
		return diag_set(why, -EMSGSIZE,
				"an event of kind %u and %" PRIu32 " bytes is too large to be kept",
				event->kind, event->bytes);

	if (event->bytes > BUFFER_BYTES - writer->raw_bytes) {
		r = recording_flush(writer, why);
		if (r < 0)
			return r;
	}
	memcpy(writer->raw + writer->raw_bytes, event, event->bytes);
	writer->raw_bytes += event->bytes;
	writer->next.items++;
	note_time(&writer->next, event->time_ns);
	return 0;
}

int recording_flush(struct recording_writer *writer, struct diag *why)
{
	const struct recording_chunk chunk = {
		.kind = CHUNK_EVENTS,
		.raw_bytes = (uint32_t)writer->raw_bytes,
		.items = writer->next.items,
		.first_ns = writer->next.first_ns,
		.last_ns = writer->next.last_ns,
	};
	struct recording_index_entry *entry;
	int r = check_failed(writer, why);

	if (r < 0)
		return r;
	if (writer->raw_bytes == 0)
		return 0;

	writer->next.offset = writer->file_bytes;
	r = write_packed(writer, chunk, writer->raw, why);
	if (r < 0)
		return r;
	writer->events += chunk.items;
	entry = array_push(&writer->index);
	if (!entry) {
		writer->failed = -ENOMEM;
		return diag_set(why, -ENOMEM, "no memory for the index of %s", writer->path);
	}
	*entry = writer->next;
	writer->next = (struct recording_index_entry){};
	writer->raw_bytes = 0;
	return 0;
}

/* close(2) is where a network file system tells that it could not keep what it took. */
static int close_file(struct recording_writer *writer, struct diag *why)
{
	int r = close(writer->fd) < 0 ? -errno : 0;

	writer->fd = -1;
	/* Linux has closed it all the same, and what was written is on its way. */
	if (r == 0 || r == -EINTR)
		return 0;
	return diag_set(why, r, "cannot finish %s: %s: %s", writer->path, strerror(-r),
			place_remedy(r));
}

/* No fsync: on the sick machine it may take minutes, and would be our own doing. */
int recording_close(struct recording_writer **writer, struct diag *why)
{
	owns(recording_writer_free) struct recording_writer *mine = give(*writer);
	int r;

	if (!mine)
		return 0;
	r = recording_flush(mine, why);
	if (r < 0)
		return r;
	/* Never after a failure: the end says that nothing is missing. */
	r = write_end(mine, why);
	if (r < 0)
		return r;
	return close_file(mine, why);
}

void recording_writer_free(struct recording_writer **writer)
{
	struct recording_writer *mine = give(*writer);

	if (!mine)
		return;
	own_close(&mine->fd);
	ZSTD_freeCCtx(mine->zstd);
	array_free(&mine->index);
	free(mine->packed);
	free(mine->raw);
	free(mine->path);
	free(mine);
}
