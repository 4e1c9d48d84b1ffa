/* Is a recording only ever written where nothing of value is lost? */
#include "recording/place.h"

#include <errno.h>
#include <sys/types.h>

#include "unit/recording/stream.h"

static void assert_one_line(const struct diag *why, const char *path)
{
	assert_non_null(strstr(why->text, path));
	assert_null(strchr(why->text, '\n'));
}

static void assert_refused(const char *path, int code, const char *reason)
{
	struct recording_writer *writer = NULL;
	struct diag why = {};

	assert_int_equal(recording_create(path, &writer, &why), code);
	assert_null(writer);
	assert_int_equal(why.code, code);
	assert_one_line(&why, path);
	assert_non_null(strstr(why.text, reason));
}

static void a_new_file_is_its_makers_alone(void **state)
{
	const struct scratch *scratch = *state;
	mode_t mask = umask(0);
	struct diag why = {};
	struct stat file;
	int fd = -1;

	assert_int_equal(place_create(scratch->path, &fd, &why), 0);
	umask(mask);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void a_foreign_file_is_not_touched(void **state)
{
	static const char *const CONTENTS[] = { "#!/bin/sh\n", "x", "PERFILE2........",
						"\x89slow" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(CONTENTS) / sizeof(CONTENTS[0]); i++) {
		struct image image;

		file_write(scratch->path, CONTENTS[i], strlen(CONTENTS[i]));
		assert_refused(scratch->path, -EEXIST,
			       "is not a slowpath recording: choose another name");
		image = file_read(scratch->path);
		assert_int_equal(image.count, strlen(CONTENTS[i]));
		assert_memory_equal(image.bytes, CONTENTS[i], image.count);
		image_free(&image);
	}
}

static void an_empty_file_is_used(void **state)
{
	const struct scratch *scratch = *state;
	struct diag why = {};
	int fd = -1;

	file_write(scratch->path, "", 0);
	assert_int_equal(place_create(scratch->path, &fd, &why), 0);
	close(fd);
}

static void an_older_recording_is_replaced_and_closed_to_others(void **state)
{
	const struct scratch *scratch = *state;
	struct image image = {};
	struct diag why = {};
	struct stat file;
	int fd = -1;

	image_add_head(&image, RECORDING_VERSION, 0);
	file_write(scratch->path, image.bytes, image.count);
	image_free(&image);
	assert_int_equal(chmod(scratch->path, 0644), 0);

	assert_int_equal(place_create(scratch->path, &fd, &why), 0);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(file.st_size, 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	close(fd);
}

static void a_file_of_another_kind_is_known_by_its_first_bytes(void **state)
{
	static const struct place_kind KIND = { "a picture", "<picture>\n" };
	const struct scratch *scratch = *state;
	struct diag why = {};
	int fd = -1;

	file_write(scratch->path, "<picture>\nold", 13);
	assert_int_equal(place_create_kind(scratch->path, &KIND, &fd, &why), 0);
	close(fd);
	assert_int_equal(file_bytes(scratch->path), 0);

	file_write(scratch->path, "<pictures>", 10);
	assert_int_equal(place_create_kind(scratch->path, &KIND, &fd, &why), -EEXIST);
	assert_non_null(strstr(why.text, "exists and is not a picture"));
	diag_clear(&why);
	file_write(scratch->path, "<pic", 4);
	assert_int_equal(place_create_kind(scratch->path, &KIND, &fd, &why), -EEXIST);
	assert_int_equal(file_bytes(scratch->path), 4);
}

static void of_a_kind_that_cannot_be_known_no_earlier_file_is_lost(void **state)
{
	static const struct place_kind EXPORT = { .words = "an export" };
	const struct scratch *scratch = *state;
	struct diag why = {};
	int fd = -1;

	file_write(scratch->path, "x", 1);
	assert_int_equal(place_create_kind(scratch->path, &EXPORT, &fd, &why), -EEXIST);
	assert_non_null(strstr(why.text, "exists: remove it, or choose another name"));
	file_write(scratch->path, "", 0);
	assert_int_equal(place_create_kind(scratch->path, &EXPORT, &fd, &why), 0);
	close(fd);
}

static void a_file_that_another_recorder_writes_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct recording_writer *writer = NULL;
	struct diag why = {};
	size_t bytes;

	assert_int_equal(recording_create(scratch->path, &writer, &why), 0);
	bytes = file_bytes(scratch->path);
	assert_refused(scratch->path, -EBUSY, "another slowpath");
	assert_int_equal(file_bytes(scratch->path), bytes);

	recording_writer_free(&writer);
	assert_int_equal(recording_create(scratch->path, &writer, &why), 0);
	recording_writer_free(&writer);
}

static void only_a_regular_file_will_do(void **state)
{
	const struct scratch *scratch = *state;

	assert_refused(scratch->dir, -EISDIR, "is a directory");
	assert_refused("/dev/full", -EINVAL, "is not a regular file");
	assert_refused("/dev/null", -EINVAL, "is not a regular file");
	/* A pipe without a reader must not hold us. */
	assert_int_equal(mkfifo(scratch->path, 0600), 0);
	assert_refused(scratch->path, -EINVAL, "is not a regular file");
}

static void a_path_that_leads_nowhere_is_told_with_its_remedy(void **state)
{
	const struct scratch *scratch = *state;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/no/such", scratch->dir);
	assert_refused(path, -ENOENT, "make its directory first");
	file_write(scratch->path, "x", 1);
	(void)snprintf(path, sizeof(path), "%s/below", scratch->path);
	assert_refused(path, -ENOTDIR, "not a directory");
}

static void a_folder_without_the_right_to_write_is_told_with_its_remedy(void **state)
{
	const struct scratch *scratch = *state;
	uid_t user = geteuid();

	assert_int_equal(chmod(scratch->dir, 0555), 0);
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_refused(scratch->path, -EACCES, "choose a directory that you may write to");
	if (user == 0)
		assert_int_equal(seteuid(user), 0);
}

static void every_error_has_a_remedy(void **state)
{
	for (int code = -200; code < 0; code++)
		assert_true(strlen(place_remedy(code)) > 10);
	assert_string_not_equal(place_remedy(-ENOSPC), place_remedy(-EFBIG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_new_file_is_its_makers_alone),
		scratch_test(a_foreign_file_is_not_touched),
		scratch_test(an_empty_file_is_used),
		scratch_test(an_older_recording_is_replaced_and_closed_to_others),
		scratch_test(a_file_of_another_kind_is_known_by_its_first_bytes),
		scratch_test(of_a_kind_that_cannot_be_known_no_earlier_file_is_lost),
		scratch_test(a_file_that_another_recorder_writes_is_refused),
		scratch_test(only_a_regular_file_will_do),
		scratch_test(a_path_that_leads_nowhere_is_told_with_its_remedy),
		scratch_test(a_folder_without_the_right_to_write_is_told_with_its_remedy),
		cmocka_unit_test(every_error_has_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
