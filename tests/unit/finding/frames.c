/* Is every kind of frame called something that people understand? */
#include "finding/frames.h"

#include "base/array.h"
#include "harness/test.h"

static void frames_are_called_by_name_or_said_to_have_none(void **state)
{
	static const struct {
		struct profile_frame frame;
		const char *name;
		const char *module;
	} rows[] = {
		{ { FRAME_KERNEL, "vfs_read", "", "" }, "vfs_read", "[kernel]" },
		{ { FRAME_KERNEL, "kfpu_end", "zfs", "" }, "kfpu_end", "[zfs]" },
		{ { FRAME_KERNEL, "", "[zfs]", "" }, "[unknown]", "[zfs]" },
		{ { FRAME_USER, "main", "/usr/bin/game", "" }, "main", "game" },
		{ { FRAME_USER, "", "[vdso]", "" }, "[unknown]", "[vdso]" },
		{ { FRAME_USER, "", "", "" }, "[unknown]", "[unknown]" },
		{ { FRAME_USER, "f", "odd/", "" }, "f", "odd/" },
		{ { FRAME_THREADS, "make", "", "" }, "make", "" },
		{ { FRAME_BLOCKED, "a commit", "fs.journal", "" }, "a commit", "fs.journal" },
		{ { FRAME_BLOCKED, "", "", "" }, "not running, reason unknown", "" },
		{ { FRAME_RUNNABLE, "", "", "" }, "ready, but not running", "" },
		{ { FRAME_WAKER, "jbd2/vda-8", "", "" }, "jbd2/vda-8", "woke it" },
		{ { FRAME_WAKER, "an interrupt", "vda", "" },
		  "an interrupt",
		  "woke it: a request of vda" },
		{ { FRAME_WAKER, "", "", "" }, "not seen", "woke it" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		assert_string_equal(frame_name(&rows[i].frame), rows[i].name);
		assert_string_equal(frame_module(&rows[i].frame).text, rows[i].module);
	}
}

static void a_function_without_a_name_is_called_by_its_module(void **state)
{
	static const struct {
		struct profile_frame frame;
		const char *title;
	} rows[] = {
		{ { FRAME_KERNEL, "vfs_read", "", "" }, "vfs_read" },
		{ { FRAME_KERNEL, "", "[zfs]", "" }, "[zfs]" },
		{ { FRAME_USER, "", "/usr/bin/game", "" }, "game" },
		{ { FRAME_USER, "", "", "" }, "[unknown]" },
		{ { FRAME_BLOCKED, "", "fs.sync", "" }, "not running, reason unknown" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		const struct frame_module module = frame_module(&rows[i].frame);

		assert_string_equal(frame_title(&rows[i].frame, &module), rows[i].title);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_without_a_name_is_called_by_its_module),
		cmocka_unit_test(frames_are_called_by_name_or_said_to_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
