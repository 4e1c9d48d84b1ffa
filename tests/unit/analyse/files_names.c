/* Is a file called by its path, as far as that is known? */
#include <string.h>

#include "filed.h"
#include "harness/test.h"

/* What the only row's file is called. */
static void assert_called(const struct stream *stream, const char *keys, enum files_key key,
			  const char *expected)
{
	owns(files_report_free) struct files_report *report = filed_report(stream, keys, 1000);

	assert_int_equal(report->rows.count, 1);
	assert_string_equal(report->rows.items[0].cells[key], expected);
}

static void tell_file(struct stream *stream, uint32_t dev, uint64_t inode, const char *name)
{
	filed_begin(stream);
	stream_fact(stream, "mount.254:0", "/");
	if (name)
		stream_file(stream, dev, inode, name);
	filed_io(stream, 0, 1, (struct event_io){ .id = 1, .dev = dev, .inode = inode });
}

static void names_are_put_behind_the_mount_point(void **state)
{
	static const struct {
		uint32_t dev;
		const char *name;
		const char *file;
		const char *dir;
	} cases[] = {
		{ FS, "x", "/mnt/data/x", "/mnt/data" },
		{ FS, ".../deep/x", "/mnt/data/.../deep/x", "/mnt/data/.../deep" },
		{ DISK, "etc/passwd", "/etc/passwd", "/etc" },
		{ DISK, "vmlinuz", "/vmlinuz", "/" },
		{ FS, "/", "/mnt/data", "/mnt" },
		{ 9 << 20, "x", "x", "" },
		{ FS, NULL, "inode 77 of /mnt/data", "inode 77 of /mnt" },
		{ 9 << 20 | 3, NULL, "inode 77 of 9:3", "" },
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		owns(stream_free) struct stream stream = {};

		tell_file(&stream, cases[i].dev, 77, cases[i].name);
		assert_called(&stream, "file", FILES_BY_FILE, cases[i].file);
		if (cases[i].name)
			assert_called(&stream, "dir", FILES_BY_DIR, cases[i].dir);
	}
}

static void a_path_that_was_given_stands_as_it_is(void **state)
{
	owns(stream_free) struct stream stream = {};

	filed_begin(&stream);
	stream_file(&stream, 0, 99, "/etc/hosts");
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1, .inode = 99 });
	/* filed_io() gives it a device; a path has none. */
	((struct event_io *)(void *)stream.items.items[stream.items.count - 1].event)->dev = 0;
	assert_called(&stream, "file", FILES_BY_FILE, "/etc/hosts");
}

static void a_file_that_is_not_known_has_no_name(void **state)
{
	owns(stream_free) struct stream stream = {};

	filed_begin(&stream);
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	((struct event_io *)(void *)stream.items.items[stream.items.count - 1].event)->inode = 0;
	assert_called(&stream, "file", FILES_BY_FILE, "");
}

static void odd_facts_name_no_mount(void **state)
{
	owns(stream_free) struct stream stream = {};

	filed_begin(&stream);
	stream_fact(&stream, "mount.7", "/wrong");
	stream_fact(&stream, "mount.7:9999999", "/wrong");
	stream_fact(&stream, "mount.", "/wrong");
	filed_io(&stream, 0, 1, (struct event_io){ .id = 1 });
	assert_called(&stream, "mount", FILES_BY_MOUNT, "/mnt/data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_put_behind_the_mount_point),
		cmocka_unit_test(a_path_that_was_given_stands_as_it_is),
		cmocka_unit_test(a_file_that_is_not_known_has_no_name),
		cmocka_unit_test(odd_facts_name_no_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
