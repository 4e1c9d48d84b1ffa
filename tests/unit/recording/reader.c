/* Does the reader give back every whole chunk, nothing unsound, and the truth about the rest? */
#include <errno.h>
#include <sys/mman.h>

#include "unit/recording/stream.h"

/* Where each chunk of events ends in the file, and how many events there are up to there. */
struct chunk_ends {
	size_t offset[16];
	size_t events[16];
	size_t count;
};

static struct chunk_ends find_ends(const struct image *image)
{
	size_t position = sizeof(struct recording_head);
	struct chunk_ends ends = {};
	size_t events = 0;

	while (position < image->count) {
		struct recording_chunk chunk;

		memcpy(&chunk, image->bytes + position, sizeof(chunk));
		position += sizeof(chunk) + chunk.stored_bytes;
		if (chunk.kind != CHUNK_EVENTS)
			continue;
		events += chunk.items;
		ends.offset[ends.count] = position;
		ends.events[ends.count++] = events;
	}
	assert_int_equal(position, image->count);
	return ends;
}

static void a_file_cut_at_any_byte_gives_its_whole_chunks(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image = make_whole(scratch, &written);
	struct chunk_ends ends = find_ends(&image);

	assert_int_equal(ends.count, 3);
	for (size_t cut = image.count; cut-- > 0;) {
		struct stream read;
		char damage[512];
		size_t events = 0;
		int r;

		assert_int_equal(truncate(scratch->path, (off_t)cut), 0);
		r = stream_read(&read, scratch->path, damage, sizeof(damage));
		for (size_t i = 0; i < ends.count; i++)
			events = cut >= ends.offset[i] ? ends.events[i] : events;
		assert_int_equal(r, events == 0 ? -EBADMSG : 0);
		assert_int_equal(read.events, events);
		assert_true(stream_begins_with(&written, &read));
		assert_true(strlen(damage) > 0);
		if (events > 0)
			assert_memory_equal(damage, "cut after ", 10);
		stream_free(&read);
	}
	image_free(&image);
	stream_free(&written);
}

static void the_cut_is_told_in_chunks_and_seconds(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image = make_whole(scratch, &written);
	struct chunk_ends ends = find_ends(&image);
	struct stream read;
	char damage[512];

	image.count = ends.offset[1] + 3;
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
	assert_string_equal(
		damage,
		"cut after 2 whole chunks (2.0 s): only 3 bytes of the next chunk are there");
	stream_free(&read);

	image.count = ends.offset[0] - 1;
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), -EBADMSG);
	assert_non_null(strstr(damage, " was cut before its first whole chunk: only "));
	image_free(&image);
	stream_free(&written);
}

/* One flipped bit, or a whole byte, anywhere: never unseen, and never a changed event. */
static void no_flipped_bit_goes_unseen(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image = make_whole(scratch, &written);
	int fd = open(scratch->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < 2 * image.count; i++) {
		const uint8_t mask = i % 2 ? 0xff : (uint8_t)(1 << (i / 2 % 8));
		const uint8_t *byte = (const uint8_t *)image.bytes + i / 2;
		const uint8_t flipped = *byte ^ mask;
		struct stream read;
		char damage[512];
		int r;

		assert_int_equal(pwrite(fd, &flipped, 1, (off_t)(i / 2)), 1);
		r = stream_read(&read, scratch->path, damage, sizeof(damage));
		assert_int_equal(pwrite(fd, byte, 1, (off_t)(i / 2)), 1);
		assert_true(r == 0 || r == -EBADMSG);
		assert_true(strlen(damage) > 0);
		assert_true(stream_begins_with(&written, &read));
		stream_free(&read);
	}
	close(fd);
	image_free(&image);
	stream_free(&written);
}

static void a_foreign_file_is_no_recording(void **state)
{
	static const char *const CONTENTS[] = {
		"a text of some length, longer than any header of a recording is, to be sure of it",
		"\177ELF\2\1\1",
		"PERFILE2\x68\x00",
		"\x17\x08\x44tracing6",
		"\x28\xb5\x2f\xfd",
		"{}",
	};
	const struct scratch *scratch = *state;
	struct stream read;
	char reason[512];

	for (size_t i = 0; i < sizeof(CONTENTS) / sizeof(CONTENTS[0]); i++) {
		file_write(scratch->path, CONTENTS[i], strlen(CONTENTS[i]));
		assert_int_equal(stream_read(&read, scratch->path, reason, sizeof(reason)),
				 -EBADMSG);
		assert_non_null(strstr(reason, "is not a slowpath recording"));
		assert_non_null(strstr(reason, scratch->path));
	}
	file_write(scratch->path, "", 0);
	assert_int_equal(stream_read(&read, scratch->path, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "is empty"));
	assert_int_equal(stream_read(&read, scratch->dir, reason, sizeof(reason)), -EISDIR);
	assert_int_equal(stream_read(&read, "/dev/zero", reason, sizeof(reason)), -EBADMSG);
	assert_int_equal(unlink(scratch->path), 0);
	assert_int_equal(stream_read(&read, scratch->path, reason, sizeof(reason)), -ENOENT);
	assert_int_equal(mkfifo(scratch->path, 0600), 0);
	assert_int_equal(stream_read(&read, scratch->path, reason, sizeof(reason)), -EBADMSG);
}

static void a_recording_that_is_not_ours_is_told_with_its_remedy(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image = make_whole(scratch, &written);
	uid_t user = geteuid();
	struct stream read;
	char reason[512];
	int r;

	assert_int_equal(chmod(scratch->path, user == 0 ? 0600 : 0), 0);
	assert_int_equal(chmod(scratch->dir, 0755), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	r = stream_read(&read, scratch->path, reason, sizeof(reason));
	if (user == 0)
		assert_int_equal(seteuid(user), 0);
	assert_int_equal(r, -EACCES);
	assert_non_null(strstr(reason, "ask for a copy or be root"));
	image_free(&image);
	stream_free(&written);
}

static void a_newer_format_is_refused_by_name(void **state)
{
	const struct scratch *scratch = *state;

	for (uint32_t flags = 0; flags < 2; flags++) {
		struct image image = {};
		struct stream read;
		char reason[512];

		image_add_head(&image, flags ? RECORDING_VERSION : RECORDING_VERSION + 1, flags);
		image_add_end(&image, 0);
		assert_int_equal(read_image(scratch, &image, &read, reason, sizeof(reason)),
				 -EPROTO);
		assert_non_null(strstr(reason, "was written by a newer slowpath"));
		image_free(&image);
	}
}

/* A later writer of the same format may append to the head; its checksum stays last. */
static void a_longer_head_is_read_over(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_head head = { .version = RECORDING_VERSION,
				       .head_bytes = sizeof(head) + 64 };
	char bytes[sizeof(head) + 64] = {};
	struct image image = {};
	struct stream read;
	char damage[512];
	uint64_t checksum;

	memcpy(head.magic, RECORDING_MAGIC, sizeof(head.magic));
	memcpy(bytes, &head, sizeof(head));
	checksum = head_checksum(bytes, sizeof(bytes));
	memcpy(bytes + sizeof(bytes) - sizeof(checksum), &checksum, sizeof(checksum));
	image_add(&image, bytes, sizeof(bytes));
	image_add_end(&image, 0);
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	image_free(&image);
	stream_free(&read);
}

/* Read one chunk of these events, made by another writer than ours. */
static int read_events(const struct scratch *scratch, const struct stream *events,
		       struct stream *read, char *damage, size_t damage_bytes)
{
	struct image image = {};
	int r;

	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_raw(&image, CHUNK_EVENTS, events->image.bytes, events->image.count,
		      (uint32_t)events->events);
	image_add_end(&image, events->events);
	r = read_image(scratch, &image, read, damage, damage_bytes);
	image_free(&image);
	return r;
}

static void events_of_unknown_kinds_are_passed_on_by_their_size(void **state)
{
	const struct scratch *scratch = *state;
	uint64_t words[6] = { 0, 99, 1, 2, 3, 4 };
	struct event *unknown = (struct event *)words;
	struct stream written = {};
	struct stream read;
	char damage[512];

	unknown->bytes = sizeof(words);
	unknown->kind = 60000;
	stream_add_kind(&written, EVENT_RUN, 1);
	stream_add(&written, unknown);
	stream_add_kind(&written, EVENT_WAIT, 100);
	assert_int_equal(read_events(scratch, &written, &read, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_true(stream_equals(&written, &read));
	stream_free(&written);
	stream_free(&read);
}

static void chunks_of_unknown_kinds_are_skipped(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image = {};
	struct stream read;
	char damage[512];

	stream_add_every_kind(&written, 1);
	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_chunk(&image, (struct recording_chunk){ .kind = 77, .raw_bytes = 5 }, "hello", 5);
	image_add_raw(&image, CHUNK_EVENTS, written.image.bytes, written.image.count,
		      (uint32_t)written.events);
	image_add_chunk(&image, (struct recording_chunk){ .kind = 78 }, NULL, 0);
	image_add_end(&image, written.events);
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_true(stream_equals(&written, &read));
	image_free(&image);
	stream_free(&written);
	stream_free(&read);
}

/* A wait by a writer that did not know the fields from bytes on, and what is to be read of it. */
static void add_older_wait(struct stream *written, struct stream *expected, size_t bytes,
			   uint64_t time_ns)
{
	struct event_wait wait = {};
	struct event *older;

	stream_add_kind(written, EVENT_WAIT, time_ns);
	written->image.count -= sizeof(wait) - bytes;
	older = (void *)(written->image.bytes + written->image.count - bytes);
	memcpy(&wait, older, bytes);
	older->bytes = (uint32_t)bytes;
	stream_add(expected, &wait);
}

static void an_older_shorter_event_is_completed_with_zeros(void **state)
{
	const struct scratch *scratch = *state;
	struct stream expected = {};
	struct stream written = {};
	struct stream read;
	char damage[512];

	/* Neither what follows nor an earlier one may be taken for the missing fields. */
	add_older_wait(&written, &expected, offsetof(struct event_wait, lock), 9);
	add_older_wait(&written, &expected, offsetof(struct event_wait, stack), 10);
	stream_add_kind(&written, EVENT_LOSS, 11);
	stream_add_kind(&expected, EVENT_LOSS, 11);
	add_older_wait(&written, &expected, sizeof(struct event), 12);

	assert_int_equal(read_events(scratch, &written, &read, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_true(stream_equals(&expected, &read));
	stream_free(&expected);
	stream_free(&written);
	stream_free(&read);
}

static void a_newer_longer_event_is_passed_on_whole(void **state)
{
	const struct scratch *scratch = *state;
	uint64_t words[sizeof(struct event_loss) / 8 + 2] = {};
	struct event_loss *loss = (struct event_loss *)words;
	struct stream written = {};
	struct stream read;
	char damage[512];

	loss->head = (struct event){ .bytes = sizeof(words), .kind = EVENT_LOSS };
	stream_add(&written, loss);
	stream_add_kind(&written, EVENT_RUN, 10);
	assert_int_equal(read_events(scratch, &written, &read, damage, sizeof(damage)), 0);
	assert_true(stream_equals(&written, &read));
	stream_free(&written);
	stream_free(&read);
}

static void a_descriptor_is_taken_only_on_success(void **state)
{
	struct recording *recording = NULL;
	struct image image = {};
	struct diag why = {};
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(recording_open_fd(fd, "memory", &recording, &why), -EBADMSG);
	assert_null(recording);
	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_end(&image, 0);
	assert_int_equal(write(fd, image.bytes, image.count), image.count);
	assert_int_equal(recording_open_fd(fd, "memory", &recording, &why), 0);
	recording_free(&recording);
	assert_int_equal(close(fd), -1);
	image_free(&image);
}

static void the_magic_is_known_only_whole(void **state)
{
	assert_true(recording_is_magic(RECORDING_MAGIC "and more", 16));
	assert_true(recording_is_magic(RECORDING_MAGIC, 8));
	assert_false(recording_is_magic(RECORDING_MAGIC, 7));
	assert_false(recording_is_magic("", 0));
	assert_false(recording_is_magic("PERFILE2", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_file_cut_at_any_byte_gives_its_whole_chunks),
		scratch_test(the_cut_is_told_in_chunks_and_seconds),
		scratch_test(no_flipped_bit_goes_unseen),
		scratch_test(a_foreign_file_is_no_recording),
		scratch_test(a_recording_that_is_not_ours_is_told_with_its_remedy),
		scratch_test(a_newer_format_is_refused_by_name),
		scratch_test(a_longer_head_is_read_over),
		scratch_test(events_of_unknown_kinds_are_passed_on_by_their_size),
		scratch_test(chunks_of_unknown_kinds_are_skipped),
		scratch_test(an_older_shorter_event_is_completed_with_zeros),
		scratch_test(a_newer_longer_event_is_passed_on_whole),
		cmocka_unit_test(a_descriptor_is_taken_only_on_success),
		cmocka_unit_test(the_magic_is_known_only_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
