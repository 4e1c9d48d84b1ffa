/* Does the writer keep what it took, in whole chunks, whatever the disk does to it? */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "unit/recording/stream.h"

static void every_kind_comes_back_as_it_was(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct stream read;
	char damage[512];

	for (uint64_t round = 0; round < 10; round++)
		stream_add_every_kind(&written, round * 100);
	stream_write(&written, scratch->path, 1000);
	assert_int_equal(stream_read(&read, scratch->path, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_true(stream_equals(&written, &read));
	stream_free(&written);
	stream_free(&read);
}

/* Noise fills many chunks: nothing may be lost or turned where one ends. */
static void a_long_stream_comes_back_in_order(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct stream read;
	char damage[512];
	uint64_t seed = 42;

	for (int i = 0; i < 10000; i++) {
		struct event_wait wait = make_noise(&seed);

		stream_add(&written, &wait);
	}
	stream_write(&written, scratch->path, 3333);
	assert_int_equal(stream_read(&read, scratch->path, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_true(stream_equals(&written, &read));
	stream_free(&written);
	stream_free(&read);
}

static void a_recording_of_nothing_is_a_recording(void **state)
{
	const struct scratch *scratch = *state;
	struct stream empty = {};
	struct stream read;
	char damage[512];

	stream_write(&empty, scratch->path, 1);
	assert_int_equal(stream_read(&read, scratch->path, damage, sizeof(damage)), 0);
	assert_string_equal(damage, "");
	assert_int_equal(read.events, 0);
	stream_free(&read);
}

static void a_flush_is_seen_by_a_reader_and_an_empty_one_writes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_writer *writer = NULL;
	struct stream written = {};
	struct stream read;
	struct diag why = {};
	char damage[512];
	size_t bytes;

	stream_add_kind(&written, EVENT_WAIT, 7);
	assert_int_equal(recording_create(scratch->path, &writer, &why), 0);
	assert_int_equal(recording_take(writer, (const void *)written.image.bytes, &why), 0);
	assert_int_equal(recording_flush(writer, &why), 0);
	bytes = file_bytes(scratch->path);
	assert_int_equal(recording_flush(writer, &why), 0);
	assert_int_equal(file_bytes(scratch->path), bytes);

	assert_int_equal(stream_read(&read, scratch->path, damage, sizeof(damage)), 0);
	assert_true(stream_equals(&written, &read));
	assert_string_equal(
		damage,
		"cut after 1 whole chunk (0.0 s): the recorder did not come to finish it, later "
		"events may be missing");
	recording_writer_free(&writer);
	stream_free(&written);
	stream_free(&read);
}

static void an_event_that_does_not_hold_together_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_writer *writer = NULL;
	struct event_loss loss = { .head = { .bytes = sizeof(loss) - 8, .kind = EVENT_LOSS } };
	struct event *large = calloc(1, 512 << 10);
	struct diag why = {};

	assert_non_null(large);
	*large = (struct event){ .bytes = 512 << 10, .kind = 999 };
	assert_int_equal(recording_create(scratch->path, &writer, &why), 0);
	assert_int_equal(recording_take(writer, &loss.head, &why), -EINVAL);
	diag_clear(&why);
	assert_int_equal(recording_take(writer, large, &why), -EMSGSIZE);
	diag_clear(&why);

	/* The writer goes on. */
	loss.head.bytes = sizeof(loss);
	assert_int_equal(recording_take(writer, &loss.head, &why), 0);
	assert_int_equal(recording_close(&writer, &why), 0);
	free(large);
}

/* By the words of docs/recording-format.md, without the reader. */
static void the_index_names_every_chunk(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_index_entry entries[8];
	struct recording_chunk chunk;
	struct recording_end end;
	struct stream written = {};
	struct image image;

	for (uint64_t round = 0; round < 5; round++)
		stream_add_every_kind(&written, 1000 + round * 100);
	stream_write(&written, scratch->path, written.events / 5);
	image = file_read(scratch->path);

	memcpy(&end, image.bytes + image.count - sizeof(end), sizeof(end));
	assert_int_equal(end.events, written.events);
	memcpy(&chunk, image.bytes + end.index_offset, sizeof(chunk));
	assert_int_equal(chunk.kind, CHUNK_INDEX);
	assert_int_equal(chunk.items, 5);
	assert_int_equal(chunk.raw_bytes, 5 * sizeof(entries[0]));
	assert_int_equal(ZSTD_decompress(entries, sizeof(entries),
					 image.bytes + end.index_offset + sizeof(chunk),
					 chunk.stored_bytes),
			 chunk.raw_bytes);

	for (uint64_t i = 0; i < chunk.items; i++) {
		struct recording_chunk events;

		memcpy(&events, image.bytes + entries[i].offset, sizeof(events));
		assert_int_equal(events.kind, CHUNK_EVENTS);
		assert_int_equal(events.items, written.events / 5);
		assert_int_equal(entries[i].items, events.items);
		assert_int_equal(entries[i].first_ns, 1000 + i * 100);
		assert_int_equal(entries[i].last_ns, 1000 + i * 100 + events.items - 1);
		assert_int_equal(events.first_ns, entries[i].first_ns);
		assert_int_equal(events.last_ns, entries[i].last_ns);
	}
	image_free(&image);
	stream_free(&written);
}

static void no_chunk_holds_more_than_the_buffer(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct image image;
	size_t position = sizeof(struct recording_head);
	size_t chunks = 0;

	for (uint64_t i = 0; i < 10000; i++)
		stream_add_kind(&written, EVENT_WAIT, i);
	stream_write(&written, scratch->path, SIZE_MAX);
	image = file_read(scratch->path);
	while (position < image.count) {
		struct recording_chunk chunk;

		memcpy(&chunk, image.bytes + position, sizeof(chunk));
		assert_true(chunk.raw_bytes <= 256 << 10);
		position += sizeof(chunk) + chunk.stored_bytes;
		chunks++;
	}
	assert_int_equal(position, image.count);
	assert_true(chunks > written.image.count / (256 << 10));
	image_free(&image);
	stream_free(&written);
}

/*
 * Record noise until the disk refuses: every chunk before must then read, and nothing may hide the
 * loss. 0, or the line that found fault, since it also runs in a child.
 */
static int fill_until_refused(const char *path, int code)
{
	struct recording_writer *writer = NULL;
	struct diag why = {};
	uint64_t seed = 7;
	struct recording *recording = NULL;
	const struct event *event = NULL;
	struct event_wait wait;
	size_t count = 0;
	int r = recording_create(path, &writer, &why);

	if (r < 0)
		return __LINE__;
	while (r == 0 && count++ < 100000) {
		wait = make_noise(&seed);
		r = recording_take(writer, &wait.head, &why);
	}
	if (r != code || why.code != code || !strstr(why.text, path) || strchr(why.text, '\n'))
		return __LINE__;
	print_message("%s\n", why.text);
	diag_clear(&why);
	if (recording_take(writer, &wait.head, &why) != code ||
	    recording_close(&writer, &why) != code || writer)
		return __LINE__;

	diag_clear(&why);
	if (recording_open(path, &recording, &why) < 0)
		return __LINE__;
	seed = 7;
	for (count = 0; (r = recording_next(recording, &event, &why)) == 1; count++) {
		wait = make_noise(&seed);
		if (event->bytes != sizeof(wait) || memcmp(event, &wait, sizeof(wait)) != 0)
			return __LINE__;
	}
	if (r != 0 || count < 1000)
		return __LINE__;
	/* The file ends with a whole chunk: the broken one was cut off. */
	if (!recording_damage(recording) ||
	    !strstr(recording_damage(recording), "did not come to finish"))
		return __LINE__;
	recording_free(&recording);
	return 0;
}

static void a_file_size_limit_leaves_whole_chunks(void **state)
{
	const struct scratch *scratch = *state;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit limit;
	struct rlimit small;
	int line;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 1000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	line = fill_until_refused(scratch->path, -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)signal(SIGXFSZ, old);
	assert_int_equal(line, 0);
}

/* In a child with its own mounts, so that nothing stays. 77: the mount is not allowed here. */
static int fill_a_small_disk(const struct scratch *scratch)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", scratch->dir, "tmpfs", 0, "size=1000k") < 0)
		return 77;
	return fill_until_refused(scratch->path, -ENOSPC) == 0 ? 0 : 1;
}

static void a_full_disk_leaves_whole_chunks(void **state)
{
	const struct scratch *scratch = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(fill_a_small_disk(scratch));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: mounting a tmpfs is not allowed here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Three chunks and a half full buffer, then wait to be killed. */
static void record_until_killed(const char *path, const struct stream *stream, int ready)
{
	struct recording_writer *writer = NULL;
	struct diag why = {};

	if (recording_create(path, &writer, &why) < 0)
		_exit(1);
	for (int chunk = 0; chunk < 4; chunk++) {
		for (size_t at = 0; at < stream->image.count;) {
			const struct event *event = (const void *)(stream->image.bytes + at);

			if (recording_take(writer, event, &why) < 0)
				_exit(1);
			at += event->bytes;
		}
		if (chunk < 3 && recording_flush(writer, &why) < 0)
			_exit(1);
	}
	if (write(ready, "", 1) == 1)
		pause();
	_exit(1);
}

static void a_killed_recorder_leaves_its_whole_chunks(void **state)
{
	const struct scratch *scratch = *state;
	struct stream written = {};
	struct stream kept;
	char damage[512];
	char byte;
	int ready[2];
	pid_t child;
	int status;

	stream_add_every_kind(&written, 5);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		record_until_killed(scratch->path, &written, ready[1]);
	close(ready[1]);
	/* Three chunks are flushed, a fourth is not. */
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(ready[0]);

	assert_int_equal(stream_read(&kept, scratch->path, damage, sizeof(damage)), 0);
	assert_int_equal(kept.events, 3 * written.events);
	assert_true(stream_begins_with(&kept, &written));
	assert_non_null(strstr(damage, "cut after 3 whole chunks"));
	stream_free(&written);
	stream_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(every_kind_comes_back_as_it_was),
		scratch_test(a_long_stream_comes_back_in_order),
		scratch_test(a_recording_of_nothing_is_a_recording),
		scratch_test(a_flush_is_seen_by_a_reader_and_an_empty_one_writes_nothing),
		scratch_test(an_event_that_does_not_hold_together_is_refused),
		scratch_test(the_index_names_every_chunk),
		scratch_test(no_chunk_holds_more_than_the_buffer),
		scratch_test(a_file_size_limit_leaves_whole_chunks),
		scratch_test(a_full_disk_leaves_whole_chunks),
		scratch_test(a_killed_recorder_leaves_its_whole_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
