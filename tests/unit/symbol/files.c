/* Are a file's symbols found where they lie APART from it, and only those of its own build? */
#include "symbol/files.h"

#include <errno.h>
#include <zlib.h>

#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"

static const char ID_PATH[] = "/usr/lib/debug/.build-id/ab/"
			      "ababababababababababababababababababab.debug";
static const char KEPT_PATH[] = "/home/me/.debug/.build-id/ab/"
				"ababababababababababababababababababab/elf";

/* A stripped file and one with a symbol, of the same build or not. */
struct setup {
	struct fake fake;
	struct fake_file files[3];
	struct image_note note;
	char *main;
	char *debug;
	size_t main_bytes;
	size_t debug_bytes;
	char link[16];
	struct file_table *table;
	uint32_t id;
};

static const Elf64_Sym SYMBOLS[] = { { 0 }, IMAGE_FUNCTION(1, 0x100, 0x40, STB_LOCAL) };
static const char NAMES[] = "\0apart";

static void make_files(struct setup *setup, uint8_t main_id, uint8_t debug_id)
{
	struct image_note debug_note = image_note(debug_id);
	const struct image_section debug_sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, NAMES, 1),
		IMAGE_NOTE(debug_note),
	};
	uint32_t crc;

	setup->debug = image_make(ET_DYN, debug_sections, debug_id ? 3 : 2, &setup->debug_bytes);
	crc = (uint32_t)crc32(0, (const void *)setup->debug, (unsigned int)setup->debug_bytes);
	setup->note = image_note(main_id);
	memcpy(setup->link, "tool.debug\0\0", 12);
	memcpy(setup->link + 12, &crc, sizeof(crc));
	{
		const struct image_section sections[] = {
			{ .name = ".gnu_debuglink",
			  .type = SHT_PROGBITS,
			  .data = setup->link,
			  .bytes = 16 },
			IMAGE_NOTE(setup->note),
		};

		setup->main = image_make(ET_DYN, sections, main_id ? 2 : 1, &setup->main_bytes);
	}
}

static void start(struct setup *setup, const char *debug_path, const struct file_key *key)
{
	struct symbol_source source;

	setup->files[0] = (struct fake_file){ "/usr/bin/tool", setup->main, setup->main_bytes };
	setup->files[1] = (struct fake_file){ debug_path, setup->debug, setup->debug_bytes };
	setup->fake.files = setup->files;
	source = fake_source(&setup->fake);
	source.home = "/home/me";
	assert_int_equal(file_table_new(&source, &setup->table), 0);
	assert_int_equal(file_table_put(setup->table, key, "/usr/bin/tool", 13, &setup->id), 0);
	assert_int_equal(setup->id, 1);
}

static void stop(struct setup *setup)
{
	file_table_free(&setup->table);
	assert_null(setup->table);
	free(setup->main);
	free(setup->debug);
}

static bool is_named(struct setup *setup)
{
	struct symbol_name found = {};
	bool is_found = file_table_find(setup->table, 7, setup->id, IMAGE_OFFSET + 0x110, &found);

	if (is_found) {
		assert_string_equal(found.name, "apart");
		assert_int_equal(found.start, IMAGE_OFFSET + 0x100);
	}
	return is_found;
}

static const struct file_key TOLD = { .is_told = 1 };

static void a_debug_file_is_found_by_its_build_id(void **state)
{
	struct setup setup = {};

	make_files(&setup, 0xab, 0xab);
	start(&setup, ID_PATH, &TOLD);
	assert_true(is_named(&setup));
	stop(&setup);
}

static void a_debug_file_is_found_by_the_link_to_it(void **state)
{
	static const char *const PATHS[] = { "/usr/bin/tool.debug", "/usr/bin/.debug/tool.debug",
					     "/usr/lib/debug/usr/bin/tool.debug" };

	for (size_t i = 0; i < 3; i++) {
		for (uint8_t id = 0; id < 2; id++) {
			struct setup setup = {};

			make_files(&setup, id, id);
			start(&setup, PATHS[i], &TOLD);
			assert_true(is_named(&setup));
			stop(&setup);
		}
	}
}

static void a_debug_file_of_another_build_is_not_believed(void **state)
{
	static const char *const PATHS[] = { ID_PATH, "/usr/bin/tool.debug" };

	for (size_t i = 0; i < 2; i++) {
		struct setup setup = {};

		make_files(&setup, 0xab, 0xcd);
		start(&setup, PATHS[i], &TOLD);
		assert_false(is_named(&setup));
		assert_null(file_table_refused(setup.table));
		stop(&setup);
	}
}

static void a_debug_file_with_another_sum_is_not_believed(void **state)
{
	struct setup setup = {};

	make_files(&setup, 0, 0);
	setup.debug[setup.debug_bytes - 1] ^= 1;
	start(&setup, "/usr/bin/tool.debug", &TOLD);
	assert_false(is_named(&setup));
	stop(&setup);
}

static void a_file_of_another_build_than_told_is_refused_once(void **state)
{
	struct file_key key = { .is_told = 1, .build_id = { .bytes = 20 } };
	struct setup setup = {};

	memset(key.build_id.data, 0xee, 20);
	make_files(&setup, 0xab, 0xab);
	start(&setup, ID_PATH, &key);
	assert_null(file_table_refused(setup.table));
	assert_false(is_named(&setup));
	assert_string_equal(file_table_refused(setup.table), "/usr/bin/tool");
	assert_null(file_table_refused(setup.table));
	assert_false(is_named(&setup));
	assert_null(file_table_refused(setup.table));
	stop(&setup);
}

static void a_file_of_the_told_build_is_believed(void **state)
{
	struct file_key key = { .is_told = 1, .build_id = { .bytes = 20 } };
	struct setup setup = {};

	memset(key.build_id.data, 0xab, 20);
	make_files(&setup, 0xab, 0xab);
	start(&setup, ID_PATH, &key);
	assert_true(is_named(&setup));
	assert_null(file_table_refused(setup.table));
	stop(&setup);
}

static void what_perf_has_kept_is_taken_when_the_file_has_changed(void **state)
{
	struct file_key key = { .is_told = 1, .build_id = { .bytes = 20 } };
	struct setup setup = {};

	memset(key.build_id.data, 0xab, 20);
	make_files(&setup, 0xcd, 0xab);
	start(&setup, KEPT_PATH, &key);
	assert_true(is_named(&setup));
	assert_null(file_table_refused(setup.table));
	stop(&setup);
}

static int fetch(void *self, const uint8_t *build_id, size_t bytes)
{
	const struct setup *setup = self;

	assert_int_equal(bytes, 20);
	assert_int_equal(build_id[0], 0xab);
	return fake_memory(setup->debug, setup->debug_bytes);
}

static int fetch_open(void *self, uint32_t tgid, const char *path)
{
	struct setup *setup = self;

	return fake_open(&setup->fake, tgid, path);
}

static void what_is_nowhere_is_fetched(void **state)
{
	struct setup setup = {};
	const struct symbol_source source = { .open = fetch_open,
					      .fetch_debug = fetch,
					      .self = &setup };

	make_files(&setup, 0xab, 0xab);
	setup.files[0] = (struct fake_file){ "/usr/bin/tool", setup.main, setup.main_bytes };
	setup.fake.files = setup.files;
	assert_int_equal(file_table_new(&source, &setup.table), 0);
	assert_int_equal(file_table_put(setup.table, &TOLD, "/usr/bin/tool", 13, &setup.id), 0);
	assert_true(is_named(&setup));
	stop(&setup);
}

static bool says_no(void *self)
{
	return false;
}

static void a_path_alone_is_only_believed_where_it_may_be(void **state)
{
	struct file_key known = { .is_told = 1, .build_id = { .bytes = 20 } };
	struct setup setup = {};
	struct symbol_source source;
	struct symbol_name found;
	uint32_t id = 0;

	memset(known.build_id.data, 0xab, 20);
	make_files(&setup, 0xab, 0xab);
	setup.files[0] = (struct fake_file){ "/usr/bin/tool", setup.main, setup.main_bytes };
	setup.files[1] = (struct fake_file){ ID_PATH, setup.debug, setup.debug_bytes };
	setup.fake.files = setup.files;
	source = fake_source(&setup.fake);
	source.trusts_paths = says_no;
	assert_int_equal(file_table_new(&source, &setup.table), 0);
	assert_int_equal(file_table_put(setup.table, &TOLD, "/usr/bin/tool", 13, &setup.id), 0);
	assert_int_equal(file_table_put(setup.table, &known, "/usr/bin/tool", 13, &id), 0);
	assert_false(is_named(&setup));
	assert_int_equal(setup.fake.opens, 0);
	assert_true(file_table_find(setup.table, 7, id, IMAGE_OFFSET + 0x110, &found));
	stop(&setup);
}

static void without_a_way_to_open_files_nothing_is_named(void **state)
{
	const struct symbol_source source = {};
	struct file_table *table = NULL;
	struct symbol_name found;
	uint32_t id = 0;

	assert_int_equal(file_table_new(&source, &table), 0);
	assert_int_equal(file_table_put(table, &TOLD, "/usr/bin/tool", 13, &id), 0);
	assert_false(file_table_find(table, 7, id, 0x1110, &found));
	assert_string_equal(file_table_path(table, id), "/usr/bin/tool");
	file_table_free(&table);
}

static void one_file_has_one_number(void **state)
{
	const struct symbol_source source = {};
	struct file_key other = { .is_told = 1, .build_id = { .data = { 1 }, .bytes = 20 } };
	struct file_table *table = NULL;
	char path[5000];
	uint32_t id = 0;

	assert_int_equal(file_table_new(&source, &table), 0);
	assert_int_equal(file_table_put(table, &TOLD, "/a", 2, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(file_table_put(table, &TOLD, "/b", 2, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(file_table_put(table, &TOLD, "/a", 2, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(file_table_put(table, &other, "/a", 2, &id), 0);
	assert_int_equal(id, 3);

	/* What cannot be a path has none. */
	memset(path, 'x', sizeof(path));
	assert_int_equal(file_table_put(table, &TOLD, path, sizeof(path), &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(file_table_put(table, &TOLD, "/a\0b", 4, &id), 0);
	assert_int_equal(id, 0);
	file_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_debug_file_is_found_by_its_build_id),
		cmocka_unit_test(a_debug_file_is_found_by_the_link_to_it),
		cmocka_unit_test(a_debug_file_of_another_build_is_not_believed),
		cmocka_unit_test(a_debug_file_with_another_sum_is_not_believed),
		cmocka_unit_test(a_file_of_another_build_than_told_is_refused_once),
		cmocka_unit_test(a_file_of_the_told_build_is_believed),
		cmocka_unit_test(what_perf_has_kept_is_taken_when_the_file_has_changed),
		cmocka_unit_test(what_is_nowhere_is_fetched),
		cmocka_unit_test(a_path_alone_is_only_believed_where_it_may_be),
		cmocka_unit_test(without_a_way_to_open_files_nothing_is_named),
		cmocka_unit_test(one_file_has_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
