/* Are the lines of a perf map read as they were MEANT, and is a broken one only passed over? */
#include "symbol/perf_map.h"

#include <errno.h>

#include "unit/symbol/fake.h"

static int read_text(const char *text, size_t limit, struct perf_map **ret)
{
	int fd = fake_memory(text, strlen(text));
	int r = perf_map_read(fd, limit, ret);

	assert_int_equal(close(fd), 0);
	return r;
}

static void assert_named(const struct perf_map *map, uint64_t address, const char *name,
			 uint64_t start)
{
	struct symbol_name found;
	int r = perf_map_find(map, address, &found);

	assert_int_equal(r, name ? 0 : -ENOENT);
	if (!name)
		return;
	assert_string_equal(found.name, name);
	assert_string_equal(found.module, "");
	assert_int_equal(found.start, start);
}

static void names_may_hold_anything_but_a_newline(void **state)
{
	struct perf_map *map = NULL;

	assert_int_equal(read_text("2000 10 LazyCompile:~f a.js:1\n"
				   "0x1000 0x20 int Foo.bar(int, int)\n"
				   "3F00 1 x\n",
				   1000, &map),
			 0);
	assert_named(map, 0xfff, NULL, 0);
	assert_named(map, 0x1000, "int Foo.bar(int, int)", 0x1000);
	assert_named(map, 0x101f, "int Foo.bar(int, int)", 0x1000);
	assert_named(map, 0x1020, NULL, 0);
	assert_named(map, 0x200f, "LazyCompile:~f a.js:1", 0x2000);
	assert_named(map, 0x3f00, "x", 0x3f00);
	assert_true(perf_map_bytes(map) > 50);
	perf_map_free(&map);
	assert_null(map);
}

static void the_last_name_of_a_place_counts(void **state)
{
	struct perf_map *map = NULL;

	assert_int_equal(read_text("1000 20 first\n2000 10 other\n1000 10 second\n", 1000, &map),
			 0);
	assert_named(map, 0x1008, "second", 0x1000);
	assert_named(map, 0x1018, NULL, 0);
	perf_map_free(&map);
}

static void other_lines_are_passed_over(void **state)
{
	struct perf_map *map = NULL;

	assert_int_equal(read_text("\n"
				   "1000\n"
				   "1000 \n"
				   "1000 10\n"
				   "1000 10 \n"
				   "1000 0 empty\n"
				   "zz 10 no\n"
				   "1000 zz no\n"
				   "0x 10 no\n"
				   "11111111111111111 10 long\n"
				   "ffffffffffffffff 10 round\n"
				   "2000 10 good\n"
				   "3000 10 cut",
				   1000, &map),
			 0);
	assert_named(map, 0x1001, NULL, 0);
	assert_named(map, 0x2001, "good", 0x2000);
	assert_named(map, 0x3001, NULL, 0);
	assert_named(map, UINT64_MAX, NULL, 0);
	perf_map_free(&map);
}

static void what_has_no_line_is_no_map(void **state)
{
	struct perf_map *map = NULL;

	assert_int_equal(read_text("", 1000, &map), -ENODATA);
	assert_int_equal(read_text("nonsense\n", 1000, &map), -ENODATA);
	assert_int_equal(read_text("1000 10 name\n", 12, &map), -EFBIG);
	assert_int_equal(perf_map_read(-1, 1000, &map), -EBADMSG);
	assert_null(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_may_hold_anything_but_a_newline),
		cmocka_unit_test(the_last_name_of_a_place_counts),
		cmocka_unit_test(other_lines_are_passed_over),
		cmocka_unit_test(what_has_no_line_is_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
