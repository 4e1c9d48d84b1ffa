/* How are events got back? Chunk by chunk, each checked whole before its first event is given. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "recording/format.h"
#include "recording/recording.h"

/* As large as the largest fixed part: here an older writer's event is completed with zeros. */
union any_event {
	struct event head;
#define EVENT(number, NAME, type, name) struct type NAME;
#include "event/events.def"
#undef EVENT
};

/* Memory that grows to the largest chunk seen; the checks before keep that bounded. */
struct buffer {
	void *bytes;
	size_t capacity;
};

struct recording {
	int fd;
	bool ended;
	char *path;
	ZSTD_DCtx *zstd;
	struct buffer raw;    /* the events of this chunk */
	struct buffer packed; /* this chunk as stored, its struct first */
	size_t raw_bytes;
	size_t position;      /* of the next event in raw */
	uint64_t file_offset; /* of the next chunk */
	uint64_t chunks; /* of events, whole and sound, so far; with their first and last time */
	uint64_t events;
	uint64_t first_ns;
	uint64_t last_ns;
	char damage[320];
	union any_event completed; /* last, since some of its structs have no fixed end */
};

/* Room for so many bytes. The old ones are lost. */
static int reserve(struct recording *rec, struct buffer *buffer, size_t bytes, struct diag *why)
{
	if (bytes <= buffer->capacity)
		return 0;

	free(buffer->bytes);
	buffer->bytes = malloc(bytes);
	buffer->capacity = buffer->bytes ? bytes : 0;
	if (!buffer->bytes)
		return diag_set(why, -ENOMEM, "no memory to read %s", rec->path);
	return 0;
}

/* How much was read, as the begin of a sentence; cut to fit. */
static void tell_progress(const struct recording *rec, char *into, size_t bytes)
{
	double seconds =
		rec->last_ns > rec->first_ns ? (double)(rec->last_ns - rec->first_ns) / 1e9 : 0;
	int n;

	if (rec->chunks == 0)
		n = snprintf(into, bytes, "before its first whole chunk");
	else
		n = snprintf(into, bytes, "after %" PRIu64 " whole chunk%s (%.1f s)", rec->chunks,
			     rec->chunks == 1 ? "" : "s", seconds);
	if (n < 0)
		into[0] = '\0';
}

/* The events end here, before the end of what was recorded. Returns 0, as recording_next() will. */
__attribute__((format(printf, 3, 4))) static int end_early(struct recording *rec, const char *what,
							   const char *format, ...)
{
	char progress[80];
	char reason[200];
	va_list args;
	int n;

	tell_progress(rec, progress, sizeof(progress));
	va_start(args, format);
	n = vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (n < 0)
		reason[0] = '\0';
	n = snprintf(rec->damage, sizeof(rec->damage), "%s %s: %s", what, progress, reason);
	if (n < 0)
		rec->damage[0] = '\0';
	rec->ended = true;
	return 0;
}

/* As many of count bytes at offset as the file has, or -errno. */
static int64_t read_at(struct recording *rec, void *into, size_t count, uint64_t offset,
		       struct diag *why)
{
	char *to = into;
	size_t done = 0;

	while (done < count) {
		ssize_t n = pread(rec->fd, to + done, count - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_set(why, -errno,
					"cannot read %s: %s: copy it to a sound disk first",
					rec->path, strerror(errno));
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

/*
 * Structs with a tail never change: one that is too short is not an older one. All kinds are named,
 * so that the compiler asks for a new one.
 */
static bool has_tail(unsigned int kind)
{
	switch ((enum event_kind)kind) {
	case EVENT_FACT:
	case EVENT_SYMBOL:
	case EVENT_STACK:
	case EVENT_FILE:
	case EVENT_CGROUP:
	case EVENT_MAPPING:
	case EVENT_PLACE:
	case EVENT_RELATION:
	case EVENT_LOG:
	case EVENT_LOCK_NAME:
	case EVENT_LOCK_CLASS:
	case EVENT_LOCK_SITE:
	case EVENT_TALLY:
	case EVENT_TITLE:
		return true;
	case EVENT_WATCH:
	case EVENT_WATCH_END:
	case EVENT_TASK:
	case EVENT_TASK_END:
	case EVENT_DEVICE:
	case EVENT_RUN:
	case EVENT_WAIT:
	case EVENT_QUEUE:
	case EVENT_SAMPLE:
	case EVENT_SYSCALL:
	case EVENT_SYSCALL_SUM:
	case EVENT_REQUEST:
	case EVENT_LOCK:
	case EVENT_COUNTER:
	case EVENT_LOSS:
	case EVENT_SAMPLER:
	case EVENT_USAGE:
	case EVENT_SIGNAL:
	case EVENT_IO:
	case EVENT_THREAD:
	case EVENT_CALL:
	case EVENT_CALLEE:
		return false;
	}
	return false;
}

/* An older writer's event, to which fields were appended since. */
static bool is_older(const struct event *event)
{
	return event->bytes < event_kind_bytes(event->kind) && !has_tail(event->kind);
}

static bool is_readable(const struct event *event, size_t available)
{
	if (available < sizeof(*event))
		return false;
	if (!is_older(event))
		return event_is_sound(event, available);
	return event->bytes >= sizeof(*event) && event->bytes % 8 == 0 && event->bytes <= available;
}

static const struct event *complete(struct recording *rec, const struct event *event)
{
	memset(&rec->completed, 0, sizeof(rec->completed));
	memcpy(&rec->completed, event, event->bytes);
	rec->completed.head.bytes = (uint32_t)event_kind_bytes(event->kind);
	return &rec->completed.head;
}

/* Do raw_bytes of events fill the buffer exactly, each sound, as many as the chunk says? */
static bool is_sound_stream(const struct recording *rec, size_t raw_bytes, uint32_t items)
{
	const char *raw = rec->raw.bytes;
	size_t position = 0;
	uint32_t count = 0;

	while (position < raw_bytes) {
		const struct event *event = (const void *)(raw + position);

		if (!is_readable(event, raw_bytes - position))
			return false;
		position += event->bytes;
		count++;
	}
	return count == items;
}

/* 1 when the chunk's events are ready, 0 when it is damaged, or -errno. */
static int unpack_events(struct recording *rec, struct diag *why)
{
	const struct recording_chunk *chunk = rec->packed.bytes;
	size_t raw_bytes;
	int r;

	rec->raw_bytes = rec->position = 0;
	r = reserve(rec, &rec->raw, chunk->raw_bytes, why);
	if (r < 0)
		return r;
	raw_bytes = ZSTD_decompressDCtx(rec->zstd, rec->raw.bytes, chunk->raw_bytes, chunk + 1,
					chunk->stored_bytes);
	if (ZSTD_isError(raw_bytes) || raw_bytes != chunk->raw_bytes || raw_bytes == 0)
		return end_early(rec, "damaged",
				 "the next chunk, at byte %" PRIu64 ", cannot be unpacked",
				 rec->file_offset);
	if (!is_sound_stream(rec, raw_bytes, chunk->items))
		return end_early(rec, "damaged",
				 "the next chunk, at byte %" PRIu64 ", holds a broken event",
				 rec->file_offset);

	rec->raw_bytes = raw_bytes;
	rec->chunks++;
	rec->events += chunk->items;
	if (chunk->first_ns != 0 && (rec->first_ns == 0 || chunk->first_ns < rec->first_ns))
		rec->first_ns = chunk->first_ns;
	if (chunk->last_ns > rec->last_ns)
		rec->last_ns = chunk->last_ns;
	return 1;
}

/* The chunk's struct is read: 1 when the whole is in rec->packed and sound, 0 if not, or -errno. */
static int read_stored(struct recording *rec, const struct recording_chunk *head, struct diag *why)
{
	struct recording_chunk *chunk;
	int64_t n;
	int r = reserve(rec, &rec->packed, sizeof(*chunk) + head->stored_bytes, why);

	if (r < 0)
		return r;
	chunk = rec->packed.bytes;
	*chunk = *head;
	n = read_at(rec, chunk + 1, head->stored_bytes, rec->file_offset + sizeof(*chunk), why);
	if (n < 0)
		return (int)n;
	if (n < head->stored_bytes)
		return end_early(rec, "cut",
				 "only %" PRIi64 " of %" PRIu32
				 " bytes of the next chunk are there",
				 n, head->stored_bytes);
	if (head->checksum != chunk_checksum(chunk))
		return end_early(rec, "damaged",
				 "the next chunk, at byte %" PRIu64 ", does not match its checksum",
				 rec->file_offset);
	return 1;
}

/* 1 when a whole chunk is in rec->packed, 0 when the file ends early, or -errno. */
static int read_chunk(struct recording *rec, struct diag *why)
{
	struct recording_chunk head;
	int64_t n = read_at(rec, &head, sizeof(head), rec->file_offset, why);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return end_early(
			rec, "cut",
			"the recorder did not come to finish it, later events may be missing");
	if ((size_t)n < sizeof(head))
		return end_early(rec, "cut", "only %" PRIi64 " bytes of the next chunk are there",
				 n);
	if (head.stored_bytes > CHUNK_STORED_BYTES_MAX || head.raw_bytes > CHUNK_RAW_BYTES_MAX)
		return end_early(rec, "damaged",
				 "the next chunk, at byte %" PRIu64 ", has an impossible size",
				 rec->file_offset);
	return read_stored(rec, &head, why);
}

/* The end chunk is there. Is it the end, and of these events? */
static int read_end(struct recording *rec, struct diag *why)
{
	const struct recording_chunk *chunk = rec->packed.bytes;
	struct recording_end end;
	char beyond;
	int64_t n;

	if (chunk->stored_bytes < sizeof(end))
		return end_early(rec, "damaged", "the end mark is too short");
	memcpy(&end, chunk + 1, sizeof(end));
	if (end.events != rec->events)
		return end_early(rec, "damaged",
				 "%" PRIu64 " events were recorded, %" PRIu64 " are there",
				 end.events, rec->events);

	n = read_at(rec, &beyond, sizeof(beyond),
		    rec->file_offset + sizeof(*chunk) + chunk->stored_bytes, why);
	if (n < 0)
		return (int)n;
	if (n > 0)
		return end_early(rec, "ended", "bytes that follow its end mark are not read");
	rec->ended = true;
	return 0;
}

/* 1 when rec->raw holds new events, 0 at the end, or -errno. */
static int next_chunk(struct recording *rec, struct diag *why)
{
	while (!rec->ended) {
		const struct recording_chunk *chunk;
		int r = read_chunk(rec, why);

		if (r <= 0)
			return r;
		chunk = rec->packed.bytes;
		if (chunk->kind == CHUNK_END)
			return read_end(rec, why);
		if (chunk->kind == CHUNK_EVENTS) {
			r = unpack_events(rec, why);
			if (r <= 0)
				return r;
		}
		/* The index is for those who jump; kinds from the future are not for us. */
		rec->file_offset += sizeof(*chunk) + chunk->stored_bytes;
		if (chunk->kind == CHUNK_EVENTS)
			return 1;
	}
	return 0;
}

/* Is the head, as long as its writer's version made it, what its checksum says? */
static int check_head_whole(struct recording *rec, const struct recording_head *head,
			    struct diag *why)
{
	uint64_t checksum;
	char *bytes;
	int64_t n;
	int r;

	if (head->head_bytes < sizeof(*head) || head->head_bytes > RECORDING_HEAD_BYTES_MAX ||
	    head->head_bytes % 8)
		return diag_set(why, -EBADMSG, "%s is damaged: its header has an impossible size",
				rec->path);
	r = reserve(rec, &rec->packed, head->head_bytes, why);
	if (r < 0)
		return r;
	bytes = rec->packed.bytes;
	n = read_at(rec, bytes, head->head_bytes, 0, why);
	if (n < 0)
		return (int)n;
	if (n < head->head_bytes)
		return diag_set(why, -EBADMSG,
				"%s was cut inside its header: nothing can be read from it",
				rec->path);

	memcpy(&checksum, bytes + head->head_bytes - sizeof(checksum), sizeof(checksum));
	if (checksum != head_checksum(bytes, head->head_bytes))
		return diag_set(why, -EBADMSG,
				"%s is damaged: its header does not match its checksum", rec->path);
	return 0;
}

static int check_head(struct recording *rec, struct diag *why)
{
	struct recording_head head;
	int64_t n = read_at(rec, &head, sizeof(head), 0, why);
	int r;

	if (n < 0)
		return (int)n;
	if (n == 0)
		return diag_set(why, -EBADMSG, "%s is empty: it holds no recording", rec->path);
	if (!recording_is_magic(&head, (size_t)n))
		return diag_set(why, -EBADMSG, "%s is not a slowpath recording", rec->path);
	if ((size_t)n < sizeof(head))
		return diag_set(why, -EBADMSG,
				"%s was cut inside its header: nothing can be read from it",
				rec->path);

	r = check_head_whole(rec, &head, why);
	if (r < 0)
		return r;
	if (head.version > RECORDING_VERSION || head.flags != 0)
		return diag_set(why, -EPROTO,
				"%s was written by a newer slowpath (format %" PRIu32
				", flags %#" PRIx32 "; known: %d, 0): update this one",
				rec->path, head.version, head.flags, RECORDING_VERSION);
	if (head.version == 0)
		return diag_set(why, -EBADMSG, "%s is damaged: there is no format 0", rec->path);
	rec->file_offset = head.head_bytes;
	return 0;
}

static int check_file(int fd, const char *path, struct diag *why)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return diag_set(why, -errno, "cannot read %s: %s", path, strerror(errno));
	if (S_ISDIR(file.st_mode))
		return diag_set(why, -EISDIR, "%s is a directory: name a recording in it", path);
	if (!S_ISREG(file.st_mode))
		return diag_set(why, -EBADMSG,
				"%s is not a regular file: save the recording to one first", path);
	return 0;
}

int recording_open_fd(int fd, const char *path, struct recording **ret, struct diag *why)
{
	owns(recording_free) struct recording *rec = NULL;
	int r = check_file(fd, path, why);

	if (r < 0)
		return r;
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return diag_set(why, -ENOMEM, "no memory to read %s", path);
	rec->fd = -1;
	rec->path = strdup(path);
	rec->zstd = ZSTD_createDCtx();
	if (!rec->path || !rec->zstd)
		return diag_set(why, -ENOMEM, "no memory to read %s", path);

	rec->fd = fd;
	r = check_head(rec, why);
	if (r == 0)
		r = next_chunk(rec, why);
	if (r == 0 && rec->chunks == 0 && recording_damage(rec))
		r = diag_set(why, -EBADMSG, "%s was %s", path, rec->damage);
	if (r < 0) {
		/* Still the caller's. */
		rec->fd = -1;
		return r;
	}

	*ret = give(rec);
	return 0;
}

int recording_open(const char *path, struct recording **ret, struct diag *why)
{
	/* Without O_NONBLOCK a named pipe would hold us here until someone writes to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return diag_set(
			why, -errno,
			"cannot open %s: %s: recordings are their maker's alone, ask for a copy or be root",
			path, strerror(errno));
	if (fd < 0)
		return diag_set(why, -errno, "cannot open %s: %s", path, strerror(errno));

	r = recording_open_fd(fd, path, ret, why);
	if (r < 0)
		close(fd);
	return r;
}

int recording_next(struct recording *recording, const struct event **ret, struct diag *why)
{
	const struct event *event;

	if (recording->position == recording->raw_bytes) {
		int r = next_chunk(recording, why);

		if (r <= 0)
			return r;
	}

	event = (const void *)((const char *)recording->raw.bytes + recording->position);
	recording->position += event->bytes;
	*ret = is_older(event) ? complete(recording, event) : event;
	return 1;
}

const char *recording_damage(const struct recording *recording)
{
	return recording->damage[0] ? recording->damage : NULL;
}

void recording_free(struct recording **recording)
{
	struct recording *mine = give(*recording);

	if (!mine)
		return;
	own_close(&mine->fd);
	ZSTD_freeDCtx(mine->zstd);
	free(mine->packed.bytes);
	free(mine->raw.bytes);
	free(mine->path);
	free(mine);
}

bool recording_is_magic(const void *bytes, size_t count)
{
	return count >= RECORDING_MAGIC_BYTES &&
	       memcmp(bytes, RECORDING_MAGIC, RECORDING_MAGIC_BYTES) == 0;
}
