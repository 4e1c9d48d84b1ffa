/* Is the debug information found in the file ITSELF, and beside it? */
#include "symbol/opened.h"

#include <errno.h>
#include <stdlib.h>

#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"
#include "unit/symbol/module.h"

static const char DEBUG_PATH[] = "/usr/lib/debug/.build-id/ab/"
				 "ababababababababababababababababababab.debug";

static int open_first(const struct fake_file *fakes, struct opened *ret)
{
	struct fake fake = { .files = fakes };
	const struct symbol_source source = fake_source(&fake);
	const struct file_key told = { .is_told = 1 };
	struct opened_wanted wanted = { .limit = SIZE_MAX, .tgid = 7, .by_names = true };
	struct file_table *files = NULL;
	int r;

	assert_int_equal(file_table_new(&source, &files), 0);
	assert_int_equal(file_table_put(files, &told, "/one", 4, &wanted.file), 0);
	r = opened_open(files, &wanted, ret);
	file_table_free(&files);
	return r;
}

static void it_may_be_in_the_file(void **state)
{
	const struct fake_file fakes[] = { { "/one", MODULE_XZ, sizeof(MODULE_XZ) }, { 0 } };
	struct opened opened = {};

	assert_int_equal(open_first(fakes, &opened), 0);
	assert_non_null(opened.dwarf);
	assert_null(opened.debug);
	opened_close(&opened);
	assert_null(opened.main);
}

static void it_may_be_apart_from_the_file(void **state)
{
	struct image_note note = image_note(0xab);
	const struct image_section sections[] = { IMAGE_NOTE(note) };
	size_t bytes = 0;
	char *image = image_make(ET_DYN, sections, 1, &bytes);
	const struct fake_file fakes[] = { { "/one", image, bytes },
					   { DEBUG_PATH, MODULE_XZ, sizeof(MODULE_XZ) },
					   { 0 } };
	struct opened opened = {};

	assert_int_equal(open_first(fakes, &opened), 0);
	assert_non_null(opened.dwarf);
	assert_non_null(opened.debug);
	opened_close(&opened);
	free(image);
}

static void it_may_be_nowhere(void **state)
{
	struct image_note note = image_note(0xab);
	const struct image_section sections[] = { IMAGE_NOTE(note) };
	size_t bytes = 0;
	char *image = image_make(ET_DYN, sections, 1, &bytes);
	const struct fake_file fakes[] = { { "/one", image, bytes }, { 0 } }, none[] = { { 0 } };
	struct opened opened = {};

	assert_int_equal(open_first(fakes, &opened), -ENOENT);
	opened_close(&opened);
	assert_int_equal(open_first(none, &opened), -ENOENT);
	opened_close(&opened);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_may_be_in_the_file),
		cmocka_unit_test(it_may_be_apart_from_the_file),
		cmocka_unit_test(it_may_be_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
