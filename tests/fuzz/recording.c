/* Can any file make the recording reader crash, read astray, loop, or give out an unsound event? */
#include "recording/recording.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/recording/image.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Give every chunk the checksum that belongs to it: else nearly all changes end there. */
static void mend(struct image *image)
{
	struct recording_head *head = (void *)image->bytes;
	size_t position = sizeof(*head);

	if (image->count < sizeof(*head))
		return;
	memcpy(head->magic, RECORDING_MAGIC, sizeof(head->magic));
	head->head_bytes = sizeof(*head);
	head->checksum = head_checksum(head, sizeof(*head));

	while (image->count - position >= sizeof(struct recording_chunk)) {
		struct recording_chunk chunk;
		struct recording_chunk *whole;
		size_t bytes;

		memcpy(&chunk, image->bytes + position, sizeof(chunk));
		if (chunk.stored_bytes > image->count - position - sizeof(chunk))
			return;
		bytes = sizeof(chunk) + chunk.stored_bytes;
		whole = malloc(bytes);
		if (!whole)
			return;
		memcpy(whole, image->bytes + position, bytes);
		chunk.checksum = chunk_checksum(whole);
		free(whole);
		memcpy(image->bytes + position, &chunk, sizeof(chunk));
		position += bytes;
	}
}

/* A sound file around these events, however they are. */
static void wrap(struct image *image, const uint8_t *events, size_t count)
{
	uint32_t items = 0;

	for (size_t position = 0; count - position >= sizeof(struct event); items++) {
		struct event event;

		memcpy(&event, events + position, sizeof(event));
		if (event.bytes == 0 || event.bytes > count - position)
			break;
		position += event.bytes;
	}
	image_add_head(image, RECORDING_VERSION, 0);
	image_add_raw(image, CHUNK_EVENTS, events, count, items);
	image_add_end(image, items);
}

/* The first byte says how the others become a file. */
static void make_file(struct image *image, const uint8_t *data, size_t size)
{
	uint8_t way = size > 0 ? data[0] % 4 : 0;

	if (size > 0) {
		data++;
		size--;
	}
	if (way >= 2) {
		wrap(image, data, size);
		return;
	}
	image_add(image, data, size);
	if (way == 1)
		mend(image);
}

/* All its bytes, so that the sanitizer sees whether they are there. */
static uint64_t touch(const struct event *event)
{
	const uint8_t *bytes = (const uint8_t *)event;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < event->bytes; i++)
		sum += bytes[i];
	return sum;
}

static void read_all(struct recording *recording)
{
	const struct event *event = NULL;
	struct diag why = {};
	uint64_t sum = 0;
	int r;

	while ((r = recording_next(recording, &event, &why)) == 1) {
		check((uintptr_t)event % 8 == 0);
		check(event_is_sound(event, event->bytes));
		sum += touch(event);
	}
	check(r == 0);
	check(recording_next(recording, &event, &why) == 0);
	check(!recording_damage(recording) || strlen(recording_damage(recording)) > 0);
	check(sum != UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording *recording = NULL;
	struct image image = {};
	struct diag why = {};
	int fd = memfd_create("recording", MFD_CLOEXEC);
	int r;

	check(fd >= 0);
	make_file(&image, data, size);
	check(write(fd, image.bytes, image.count) == (ssize_t)image.count);
	image_free(&image);

	r = recording_open_fd(fd, "fuzz", &recording, &why);
	if (r < 0) {
		check(!recording && why.code == r && !strchr(why.text, '\n'));
		close(fd);
		return 0;
	}
	read_all(recording);
	recording_free(&recording);
	return 0;
}
