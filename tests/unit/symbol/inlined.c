/* Are the functions that were put into another told, the INNERMOST first? */
#include "symbol/inlined.h"

#include <errno.h>
#include <stdio.h>

#include "symbol/opened.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/spot.h"

static struct file_table *new_files(struct fake *fake)
{
	const struct symbol_source source = fake_source(fake);
	const struct file_key told = { .is_told = 1 };
	struct file_table *files = NULL;
	char path[16];
	uint32_t id = 0;

	assert_int_equal(file_table_new(&source, &files), 0);
	for (uint32_t i = 1; i <= 6; i++) {
		assert_in_range(snprintf(path, sizeof(path), "/%u", i), 1, 15);
		assert_int_equal(file_table_put(files, &told, path, strlen(path), &id), 0);
		assert_int_equal(id, i);
	}
	return files;
}

static void the_innermost_is_told_first(void **state)
{
	struct fake fake = { .file = "/proc/self/exe" };
	struct file_table *files = new_files(&fake);
	const char *names[INLINED_DEPTH_MAX];
	struct inlined *inlined = NULL;
	struct inlined_at at = { .address = spot_here().address, .file = 1, .tgid = 7 };

	assert_int_equal(inlined_new(&inlined), 0);
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 2);
	assert_string_equal(names[0], "spot_innermost");
	assert_string_equal(names[1], "spot_middle");
	at.address = 0;
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 0);
	assert_int_equal(fake.opens, 1);
	inlined_free(&inlined);
	assert_null(inlined);
	file_table_free(&files);
}

static void files_take_turns(void **state)
{
	struct fake fake = { .file = "/proc/self/exe" };
	struct file_table *files = new_files(&fake);
	const char *names[INLINED_DEPTH_MAX];
	struct inlined *inlined = NULL;
	struct inlined_at at = { .address = spot_here().address, .tgid = 7 };

	assert_int_equal(inlined_new(&inlined), 0);
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (at.file = 1; at.file <= 6; at.file++)
			assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 2);
	}
	assert_int_equal(fake.opens, 12);
	at.file = 6;
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 2);
	assert_int_equal(fake.opens, 12);
	inlined_clear(inlined);
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 2);
	assert_int_equal(fake.opens, 13);
	inlined_free(&inlined);
	file_table_free(&files);
}

static void a_file_without_information_is_opened_once(void **state)
{
	struct fake fake = {};
	struct file_table *files = new_files(&fake);
	const char *names[INLINED_DEPTH_MAX];
	struct inlined *inlined = NULL;
	const struct inlined_at at = { .address = 1, .file = 1, .tgid = 7 };

	assert_int_equal(inlined_new(&inlined), 0);
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 0);
	assert_int_equal(inlined_find(inlined, files, &at, SIZE_MAX, names), 0);
	assert_int_equal(fake.opens, 1);
	assert_int_equal(inlined_lacks(inlined).count, 0);
	inlined_free(&inlined);
	file_table_free(&files);
}

static void files_that_are_there_and_tell_nothing_are_counted_once(void **state)
{
	struct fake fake = { .file = "/proc/self/exe" };
	struct file_table *files = new_files(&fake);
	const char *names[INLINED_DEPTH_MAX];
	struct inlined *inlined = NULL;
	struct inlined_at at = { .address = spot_here().address, .tgid = 7 };
	unsigned int opens = 0;

	assert_int_equal(inlined_new(&inlined), 0);
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (at.file = 1; at.file <= 6; at.file++)
			assert_int_equal(inlined_find(inlined, files, &at, 1, names), 0);
		if (turn == 0)
			opens = fake.opens;
	}
	assert_int_equal(fake.opens, opens);
	assert_int_equal(inlined_lacks(inlined).count, 6);
	assert_string_equal(inlined_lacks(inlined).first, "/1");
	inlined_free(&inlined);
	file_table_free(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_innermost_is_told_first),
		cmocka_unit_test(files_take_turns),
		cmocka_unit_test(a_file_without_information_is_opened_once),
		cmocka_unit_test(files_that_are_there_and_tell_nothing_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
