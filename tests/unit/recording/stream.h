/* What do the recording's tests write and read? Streams of events, kept as bytes to compare. */
#ifndef TESTS_UNIT_RECORDING_STREAM_H
#define TESTS_UNIT_RECORDING_STREAM_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/event.h"
#include "harness/test.h"
#include "recording/recording.h"
#include "unit/recording/image.h"

/* A folder of its own for each test, with a name for a recording in it. */
struct scratch {
	char dir[64];
	char path[96];
};

static inline int scratch_make(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return -1;
	strcpy(scratch->dir, "/tmp/slowpath-test-XXXXXX");
	if (!mkdtemp(scratch->dir))
		return -1;
	(void)snprintf(scratch->path, sizeof(scratch->path), "%s/file", scratch->dir);
	*state = scratch;
	return 0;
}

static inline int scratch_remove(void **state)
{
	struct scratch *scratch = *state;

	(void)chmod(scratch->dir, 0700);
	(void)unlink(scratch->path);
	(void)rmdir(scratch->dir);
	free(scratch);
	return 0;
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

/* Events one after another, as bytes. */
struct stream {
	struct image image;
	size_t events;
};

static inline void stream_free(struct stream *stream)
{
	image_free(&stream->image);
	stream->events = 0;
}

static inline void stream_add(struct stream *stream, const void *event)
{
	image_add(&stream->image, event, ((const struct event *)event)->bytes);
	stream->events++;
}

/* The event's variable part: 24 bytes, to be counted in the units of its kind. */
static inline size_t claim_tail(void *event, unsigned int kind)
{
	if (kind == EVENT_FACT) {
		((struct event_fact *)event)->key_bytes = 5;
		((struct event_fact *)event)->value_bytes = 19;
	} else if (kind == EVENT_SYMBOL) {
		((struct event_symbol *)event)->name_bytes = 20;
		((struct event_symbol *)event)->module_bytes = 3;
	} else if (kind == EVENT_STACK) {
		((struct event_stack *)event)->frames = 1;
	} else if (kind == EVENT_FILE) {
		((struct event_file *)event)->name_bytes = 24;
	} else if (kind == EVENT_CGROUP) {
		((struct event_cgroup *)event)->path_bytes = 24;
	} else if (kind == EVENT_MAPPING) {
		((struct event_mapping *)event)->path_bytes = 24;
	} else if (kind == EVENT_PLACE) {
		((struct event_place *)event)->file_bytes = 24;
	} else if (kind == EVENT_RELATION) {
		((struct event_relation *)event)->name_bytes = 24;
	} else if (kind == EVENT_LOG) {
		((struct event_log *)event)->text_bytes = 24;
	} else if (kind == EVENT_LOCK_NAME) {
		((struct event_lock_name *)event)->name_bytes = 24;
	} else if (kind == EVENT_LOCK_CLASS) {
		((struct event_lock_class *)event)->name_bytes = 24;
	} else if (kind == EVENT_LOCK_SITE) {
		((struct event_lock_site *)event)->name_bytes = 24;
	} else if (kind == EVENT_TALLY) {
		((struct event_tally *)event)->first = 0;
		((struct event_tally *)event)->buckets = 3;
	} else if (kind == EVENT_TITLE) {
		((struct event_title *)event)->text_bytes = 24;
	} else {
		return 0;
	}
	return 24;
}

/* One event of this kind, every byte of it filled and different from the last one's. */
static inline void stream_add_kind(struct stream *stream, unsigned int kind, uint64_t time_ns)
{
	uint64_t words[64];
	struct event *event = (struct event *)words;
	size_t bytes = event_kind_bytes(kind);

	for (size_t i = 0; i < sizeof(words); i++)
		((uint8_t *)words)[i] = (uint8_t)(1 + (i * 7 + time_ns * 31 + kind) % 255);
	bytes += claim_tail(words, kind);
	*event = (struct event){ .bytes = (uint32_t)bytes,
				 .kind = (uint16_t)kind,
				 .time_ns = time_ns };
	assert_true(event_is_sound(event, sizeof(words)));
	stream_add(stream, event);
}

static inline void stream_add_every_kind(struct stream *stream, uint64_t time_ns)
{
#define EVENT(number, NAME, type, name) stream_add_kind(stream, number, time_ns++);
#include "event/events.def"
#undef EVENT
}

/* An event that does not pack: its size on disk is its size in memory. */
static inline struct event_wait make_noise(uint64_t *seed)
{
	struct event_wait wait;
	uint64_t words[sizeof(wait) / 8];

	for (size_t i = 0; i < sizeof(wait) / 8; i++) {
		*seed ^= *seed << 13;
		*seed ^= *seed >> 7;
		*seed ^= *seed << 17;
		words[i] = *seed;
	}
	memcpy(&wait, words, sizeof(wait));
	wait.head = (struct event){ .bytes = sizeof(wait), .kind = EVENT_WAIT, .time_ns = *seed };
	return wait;
}

/* Record a stream, with a chunk for each so many events. */
static inline void stream_write(const struct stream *stream, const char *path,
				size_t events_per_chunk)
{
	struct recording_writer *writer = NULL;
	struct diag why = {};
	size_t position = 0;

	assert_int_equal(recording_create(path, &writer, &why), 0);
	for (size_t i = 0; i < stream->events; i++) {
		const struct event *event = (const void *)(stream->image.bytes + position);

		position += event->bytes;
		assert_int_equal(recording_take(writer, event, &why), 0);
		if ((i + 1) % events_per_chunk == 0)
			assert_int_equal(recording_flush(writer, &why), 0);
	}
	assert_int_equal(recording_close(&writer, &why), 0);
	assert_null(writer);
}

/* Read what there is to read; each event must hold together. damage is the reader's word, or "". */
static inline int stream_read(struct stream *stream, const char *path, char *damage,
			      size_t damage_bytes)
{
	struct recording *recording = NULL;
	const struct event *event = NULL;
	struct diag why = {};
	int r = recording_open(path, &recording, &why);

	*stream = (struct stream){};
	(void)snprintf(damage, damage_bytes, "%s", why.text);
	if (r < 0) {
		assert_null(recording);
		assert_int_equal(why.code, r);
		assert_null(strchr(why.text, '\n'));
		return r;
	}
	while ((r = recording_next(recording, &event, &why)) == 1) {
		assert_true(event_is_sound(event, event->bytes));
		stream_add(stream, event);
	}
	assert_int_equal(r, 0);
	assert_int_equal(recording_next(recording, &event, &why), 0);
	(void)snprintf(damage, damage_bytes, "%s",
		       recording_damage(recording) ? recording_damage(recording) : "");
	recording_free(&recording);
	assert_null(recording);
	return 0;
}

static inline bool stream_begins_with(const struct stream *whole, const struct stream *begin)
{
	return begin->events <= whole->events && begin->image.count <= whole->image.count &&
	       (begin->image.count == 0 ||
		memcmp(whole->image.bytes, begin->image.bytes, begin->image.count) == 0);
}

static inline bool stream_equals(const struct stream *one, const struct stream *other)
{
	return one->events == other->events && one->image.count == other->image.count &&
	       stream_begins_with(one, other);
}

static inline struct image file_read(const char *path)
{
	struct image image = {};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &file), 0);
	if (file.st_size > 0) {
		char *place = image_grow(&image, (size_t)file.st_size);

		assert_non_null(place);
		assert_int_equal(read(fd, place, image.count), image.count);
	}
	close(fd);
	return image;
}

static inline void file_write(const char *path, const void *bytes, size_t count)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	close(fd);
}

static inline size_t file_bytes(const char *path)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	return (size_t)file.st_size;
}

/* A small whole recording: three chunks, 2 s apart, each with every kind. */
static inline struct image make_whole(const struct scratch *scratch, struct stream *written)
{
	for (uint64_t chunk = 0; chunk < 3; chunk++)
		stream_add_every_kind(written, 1000000000 + chunk * 2000000000);
	stream_write(written, scratch->path, written->events / 3);
	return file_read(scratch->path);
}

static inline int read_image(const struct scratch *scratch, const struct image *image,
			     struct stream *stream, char *damage, size_t damage_bytes)
{
	file_write(scratch->path, image->bytes, image->count);
	return stream_read(stream, scratch->path, damage, damage_bytes);
}

#endif
