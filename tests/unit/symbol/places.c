/* Are the places of functions told, each once, and are files without any PASSED over? */
#include "symbol/places.h"

#include <errno.h>
#include <link.h>

#include "unit/symbol/fake.h"

/* Found by its address in this very program. */
__attribute__((noinline, used)) static int function_to_be_found(int number)
{
	__asm__ volatile("");
	return number + 1;
}

struct heard {
	uint32_t symbols[8];
	size_t count;
	int answer;
};

static int hear(void *self, uint32_t symbol, const char *path, uint32_t line)
{
	struct heard *heard = self;

	assert_true(heard->count < 8);
	assert_true(line > 0);
	assert_non_null(strstr(path, "symbol/places.c"));
	heard->symbols[heard->count++] = symbol;
	return heard->answer;
}

static int take_load_address(struct dl_phdr_info *info, size_t size, void *data)
{
	*(uint64_t *)data = info->dlpi_addr;
	return 1;
}

static uint64_t own_address(void)
{
	uint64_t loaded = 0;

	assert_int_equal(function_to_be_found(1), 2);
	assert_int_equal(dl_iterate_phdr(take_load_address, &loaded), 1);
	return (uintptr_t)function_to_be_found - loaded;
}

struct setup {
	struct fake fake;
	struct file_table *files;
	struct places places;
	struct heard heard;
};

static void start(struct setup *setup)
{
	const struct symbol_source source = fake_source(&setup->fake);
	const struct file_key told = { .is_told = 1 };
	uint32_t id = 0;

	assert_int_equal(file_table_new(&source, &setup->files), 0);
	assert_int_equal(file_table_put(setup->files, &told, "/one", 4, &id), 0);
	assert_int_equal(file_table_put(setup->files, &told, "/two", 4, &id), 0);
	assert_int_equal(id, 2);
}

static void want(struct setup *setup, uint32_t file, uint32_t symbol, uint64_t address)
{
	const struct wanted_place wanted = {
		.address = address, .file = file, .tgid = 7, .symbol = symbol
	};

	assert_int_equal(places_want(&setup->places, &wanted), 0);
}

static int tell(struct setup *setup, size_t limit)
{
	const struct places_listener listener = { .told = hear, .self = &setup->heard };

	setup->heard.count = 0;
	return places_tell(&setup->places, setup->files, limit, &listener);
}

static void places_are_told_once_and_each_file_is_opened_once(void **state)
{
	struct setup setup = { .fake = { .file = "/proc/self/exe" } };

	start(&setup);
	want(&setup, 2, 5, own_address());
	want(&setup, 1, 3, own_address());
	want(&setup, 2, 4, own_address());
	want(&setup, 1, 9, UINT64_MAX);
	assert_int_equal(tell(&setup, SIZE_MAX), 0);
	assert_int_equal(setup.heard.count, 3);
	assert_int_equal(setup.heard.symbols[0], 3);
	assert_int_equal(setup.heard.symbols[1], 4);
	assert_int_equal(setup.heard.symbols[2], 5);
	assert_int_equal(setup.fake.opens, 2);

	assert_int_equal(tell(&setup, SIZE_MAX), 0);
	assert_int_equal(setup.heard.count, 0);
	file_table_free(&setup.files);
}

static void a_file_that_is_gone_or_too_large_has_no_places(void **state)
{
	struct setup setup = {};

	start(&setup);
	want(&setup, 1, 3, own_address());
	assert_int_equal(tell(&setup, SIZE_MAX), 0);
	setup.fake.file = "/proc/self/exe";
	want(&setup, 1, 3, own_address());
	assert_int_equal(tell(&setup, 1000), 0);
	assert_int_equal(setup.heard.count, 0);
	file_table_free(&setup.files);
}

static void what_the_listener_answers_is_answered(void **state)
{
	struct setup setup = { .fake = { .file = "/proc/self/exe" }, .heard = { .answer = -EIO } };

	start(&setup);
	want(&setup, 1, 3, own_address());
	want(&setup, 2, 4, own_address());
	assert_int_equal(tell(&setup, SIZE_MAX), -EIO);
	assert_int_equal(setup.heard.count, 1);
	file_table_free(&setup.files);
}

static void no_more_is_wanted_than_fits(void **state)
{
	struct setup setup = {};

	start(&setup);
	for (uint32_t i = 0; i < 70000; i++)
		want(&setup, 1, i, 1);
	assert_true(setup.places.wanted.count <= 65536);
	places_clear(&setup.places);
	assert_int_equal(setup.places.wanted.count, 0);
	file_table_free(&setup.files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_told_once_and_each_file_is_opened_once),
		cmocka_unit_test(a_file_that_is_gone_or_too_large_has_no_places),
		cmocka_unit_test(what_the_listener_answers_is_answered),
		cmocka_unit_test(no_more_is_wanted_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
