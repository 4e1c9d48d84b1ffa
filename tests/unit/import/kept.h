/* What events came out of a perf.data image? A sink that keeps them all. */
#ifndef TESTS_UNIT_IMPORT_KEPT_H
#define TESTS_UNIT_IMPORT_KEPT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "event/event.h"
#include "import/perf_data.h"
#include "unit/import/image.h"

struct kept {
	ARRAY(struct event *) events;
	struct perf_kernel kernel;
	char damage[512]; /* "": none */
	struct diag why;
};

static inline int keep(void *self, const struct event *event, struct diag *why)
{
	struct kept *kept = self;
	struct event **place;

	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -1, "an event of kind %u is not sound", event->kind);
	place = array_push(&kept->events);
	if (!place)
		return -12;
	*place = malloc(event->bytes);
	if (!*place)
		return -12;
	memcpy(*place, event, event->bytes);
	return 0;
}

static inline void kept_free(struct kept *kept)
{
	for (size_t i = 0; i < kept->events.count; i++)
		free(kept->events.items[i]);
	array_free(&kept->events);
}

/* The nth event of a kind from 0 on, or NULL. */
static inline const void *kept_at(const struct kept *kept, enum event_kind kind, size_t n)
{
	for (size_t i = 0; i < kept->events.count; i++) {
		if (kept->events.items[i]->kind == kind && n-- == 0)
			return kept->events.items[i];
	}
	return NULL;
}

static inline size_t kept_count(const struct kept *kept, enum event_kind kind)
{
	size_t n = 0;

	while (kept_at(kept, kind, n))
		n++;
	return n;
}

/* The stack with this id, or NULL. */
static inline const struct event_stack *kept_stack(const struct kept *kept, uint64_t id)
{
	const struct event_stack *stack;

	for (size_t n = 0; (stack = kept_at(kept, EVENT_STACK, n)); n++) {
		if (stack->id == id)
			return stack;
	}
	return NULL;
}

/* Is there a fact with this key and value? */
static inline bool kept_fact(const struct kept *kept, const char *key, const char *value)
{
	const struct event_fact *fact;

	for (size_t n = 0; (fact = kept_at(kept, EVENT_FACT, n)); n++) {
		if (fact->key_bytes == strlen(key) && fact->value_bytes == strlen(value) &&
		    memcmp(fact->text, key, fact->key_bytes) == 0 &&
		    memcmp(fact->text + fact->key_bytes, value, fact->value_bytes) == 0)
			return true;
	}
	return false;
}

static inline bool kept_has_fact(const struct kept *kept, const char *key)
{
	const struct event_fact *fact;

	for (size_t n = 0; (fact = kept_at(kept, EVENT_FACT, n)); n++) {
		if (fact->key_bytes == strlen(key) && memcmp(fact->text, key, strlen(key)) == 0)
			return true;
	}
	return false;
}

/* A descriptor from which the image can be read, seekable or not; a pipe takes at most 64 KiB. */
static inline int open_image(const struct bytes *image, bool is_seekable)
{
	int ends[2], fd;

	if (is_seekable) {
		fd = memfd_create("perf.data", 0);
	} else {
		if (pipe(ends) < 0)
			return -1;
		fd = ends[1];
	}
	if (fd >= 0 && write(fd, image->at, image->count) != (ssize_t)image->count)
		(void)fprintf(stderr, "the image is not whole\n");
	if (is_seekable) {
		(void)lseek(fd, 0, SEEK_SET);
		return fd;
	}
	close(ends[1]);
	return ends[0];
}

/* What perf_data_read() makes of the image. */
static inline int read_image(const struct bytes *image, bool is_seekable, struct kept *kept)
{
	const struct event_sink sink = { .take = keep, .self = kept };
	struct perf_data *data = NULL;
	int fd = open_image(image, is_seekable);
	int r = perf_data_open(fd, "image", &data, &kept->why);

	if (r == 0)
		r = perf_data_read(data, &sink, &kept->why);
	if (data) {
		kept->kernel = *perf_data_kernel(data);
		(void)snprintf(kept->damage, sizeof(kept->damage), "%s",
			       perf_data_damage(data) ? perf_data_damage(data) : "");
	}
	perf_data_free(&data);
	close(fd);
	return r;
}

#endif
