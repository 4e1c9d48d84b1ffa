/* Does the reader stand what no writer makes? Right checksums around lies of every sort. */
#include <errno.h>
#include <stdio.h>

#include "unit/recording/stream.h"

/* Right magic, and then nonsense: an accident in the first bytes, or intent. */
static void a_broken_head_is_told(void **state)
{
	const struct scratch *scratch = *state;
	const uint32_t sizes[] = { 0, 24, 33, 40, 4096, 4104, UINT32_MAX };
	struct recording_head head = { .version = RECORDING_VERSION };
	struct image image = {};
	struct stream read;
	char reason[512];

	memcpy(head.magic, RECORDING_MAGIC, sizeof(head.magic));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		image.count = 0;
		head.head_bytes = sizes[i];
		image_add(&image, &head, sizeof(head));
		assert_int_equal(read_image(scratch, &image, &read, reason, sizeof(reason)),
				 -EBADMSG);
		assert_non_null(strstr(reason, "header"));
	}
	image.count = 0;
	image_add_head(&image, 0, 0);
	assert_int_equal(read_image(scratch, &image, &read, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "there is no format 0"));
	image_free(&image);
}

/* Right checksums around wrong events: what a hostile maker sends. */
static void an_unsound_event_ends_the_stream_before_its_chunk(void **state)
{
	struct event_fact fact = { .head = { .kind = EVENT_FACT } };
	struct event_file file = { .head = { .kind = EVENT_FILE }, .name_bytes = 4 };
	struct event_stack stack = { .head = { .kind = EVENT_STACK }, .frames = UINT32_MAX };
	struct event_run run = { .head = { .kind = EVENT_RUN } };
	/* The event's bytes as it claims them, and as they are there. */
	const struct {
		void *event;
		uint32_t claimed_bytes;
		size_t bytes;
	} cases[] = {
		{ &fact, 16, 16 },                          /* shorter than its counts */
		{ &file, 40, 40 },                          /* a tail kind cut short */
		{ &stack, sizeof(stack), sizeof(stack) },   /* frames beyond the end */
		{ &run, sizeof(run) + 8, sizeof(run) },     /* longer than the chunk */
		{ &run, UINT32_MAX & ~7U, sizeof(run) },    /* longer than memory */
		{ &run, 0, sizeof(run) },                   /* would loop for ever */
		{ &run, 8, sizeof(run) },                   /* shorter than a head */
		{ &run, sizeof(run) - 4, sizeof(run) - 4 }, /* not a multiple of 8 */
		{ &run, sizeof(run), 12 },                  /* not even a head */
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stream sound = {};
		struct image bad = {};
		struct image image = {};
		struct stream read;
		char damage[512];

		stream_add_every_kind(&sound, 3);
		image_add_head(&image, RECORDING_VERSION, 0);
		image_add_raw(&image, CHUNK_EVENTS, sound.image.bytes, sound.image.count,
			      (uint32_t)sound.events);
		((struct event *)cases[i].event)->bytes = cases[i].claimed_bytes;
		image_add(&bad, sound.image.bytes, sound.image.count);
		image_add(&bad, cases[i].event, cases[i].bytes);
		image_add_raw(&image, CHUNK_EVENTS, bad.bytes, bad.count,
			      (uint32_t)sound.events + 1);
		image_add_end(&image, 2 * sound.events + 1);

		assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
		assert_true(stream_equals(&sound, &read));
		assert_non_null(strstr(
			damage, "damaged after 1 whole chunk (0.0 s): the next chunk, at byte "));
		assert_non_null(strstr(damage, "holds a broken event"));
		image_free(&image);
		image_free(&bad);
		stream_free(&sound);
		stream_free(&read);
	}
}

/* A chunk whose header lies about what is in it, behind a right checksum. */
static void assert_chunk_is_damage(const struct scratch *scratch, struct recording_chunk chunk,
				   const void *stored, size_t stored_bytes)
{
	struct stream sound = {};
	struct image image = {};
	struct stream read;
	char damage[512];

	stream_add_every_kind(&sound, 3);
	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_raw(&image, CHUNK_EVENTS, sound.image.bytes, sound.image.count,
		      (uint32_t)sound.events);
	image_add_chunk(&image, chunk, stored, stored_bytes);
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
	assert_true(stream_equals(&sound, &read));
	assert_memory_equal(damage, "damaged after 1 whole chunk ", 28);
	image_free(&image);
	stream_free(&sound);
	stream_free(&read);
}

static void a_chunk_that_lies_about_its_size_is_damage(void **state)
{
	const struct scratch *scratch = *state;
	const struct recording_chunk right = { .kind = CHUNK_EVENTS,
					       .raw_bytes = sizeof(struct event_loss),
					       .items = 1 };
	struct event_loss loss = { .head = { .bytes = sizeof(loss), .kind = EVENT_LOSS } };
	struct recording_chunk wrong = right;
	size_t large_bytes = CHUNK_STORED_BYTES_MAX + 8;
	char *large = calloc(1, large_bytes);
	char stored[256];
	size_t stored_bytes = ZSTD_compress(stored, sizeof(stored), &loss, sizeof(loss), 1);

	assert_non_null(large);
	assert_false(ZSTD_isError(stored_bytes));
	wrong.raw_bytes = right.raw_bytes + 8;
	assert_chunk_is_damage(scratch, wrong, stored, stored_bytes);
	wrong.raw_bytes = right.raw_bytes - 8;
	assert_chunk_is_damage(scratch, wrong, stored, stored_bytes);
	wrong.raw_bytes = UINT32_MAX;
	assert_chunk_is_damage(scratch, wrong, stored, stored_bytes);
	wrong.raw_bytes = 0;
	assert_chunk_is_damage(scratch, wrong, stored, stored_bytes);
	wrong = right;
	wrong.items = 2;
	assert_chunk_is_damage(scratch, wrong, stored, stored_bytes);
	assert_chunk_is_damage(scratch, right, "not zstd", 8);
	assert_chunk_is_damage(scratch, right, NULL, 0);
	wrong.kind = 77;
	assert_chunk_is_damage(scratch, wrong, large, large_bytes);
	free(large);
}

/* Much in little: refused by its claim, or by its content when the claim is small. */
static void a_bomb_takes_no_memory(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_chunk chunk = { .kind = CHUNK_EVENTS,
					 .raw_bytes = CHUNK_RAW_BYTES_MAX,
					 .items = 1 };
	size_t zeros_bytes = 16 << 20;
	char *zeros = calloc(1, zeros_bytes);
	char stored[4096];
	size_t stored_bytes;

	assert_non_null(zeros);
	stored_bytes = ZSTD_compress(stored, sizeof(stored), zeros, zeros_bytes, 1);
	assert_false(ZSTD_isError(stored_bytes));
	assert_chunk_is_damage(scratch, chunk, stored, stored_bytes);
	chunk.raw_bytes = (uint32_t)zeros_bytes;
	assert_chunk_is_damage(scratch, chunk, stored, stored_bytes);
	free(zeros);
}

static void an_end_that_does_not_fit_is_damage(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image whole = make_whole(scratch, &written);
	struct image image = {};
	struct stream read;
	char damage[512], counts[64];

	/* Bytes behind the end: two files put together, or one overwritten by a shorter one. */
	image_add(&whole, "more", 4);
	assert_int_equal(read_image(scratch, &whole, &read, damage, sizeof(damage)), 0);
	assert_true(stream_equals(&written, &read));
	assert_string_equal(
		damage,
		"ended after 3 whole chunks (4.0 s): bytes that follow its end mark are not read");
	stream_free(&read);

	/* A chunk was taken out. */
	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_raw(&image, CHUNK_EVENTS, written.image.bytes, written.image.count,
		      (uint32_t)written.events);
	image_add_end(&image, written.events + 19);
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), 0);
	assert_true(stream_equals(&written, &read));
	(void)snprintf(counts, sizeof(counts), "%zu events were recorded, %zu are there",
		       (size_t)written.events + 19, (size_t)written.events);
	assert_non_null(strstr(damage, counts));
	stream_free(&read);

	/* The end chunk itself is too short. */
	image.count = 0;
	image_add_head(&image, RECORDING_VERSION, 0);
	image_add_chunk(&image, (struct recording_chunk){ .kind = CHUNK_END }, "short", 5);
	assert_int_equal(read_image(scratch, &image, &read, damage, sizeof(damage)), -EBADMSG);
	image_free(&image);
	image_free(&whole);
	stream_free(&written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_broken_head_is_told),
		scratch_test(an_unsound_event_ends_the_stream_before_its_chunk),
		scratch_test(a_chunk_that_lies_about_its_size_is_damage),
		scratch_test(a_bomb_takes_no_memory),
		scratch_test(an_end_that_does_not_fit_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
