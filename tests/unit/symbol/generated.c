/* Is a growing perf map read AGAIN, but neither too often nor without bound? */
#include "symbol/generated.h"

#include "unit/symbol/fake.h"

#define SECOND_NS 1000000000ULL

struct maker {
	const char *text; /* NULL: there is no map */
	unsigned int opens;
};

static int open_map(void *self, uint32_t tgid)
{
	struct maker *maker = self;

	assert_int_equal(tgid, 7);
	maker->opens++;
	return maker->text ? fake_memory(maker->text, strlen(maker->text)) : -ENOENT;
}

static void a_map_that_grew_is_read_again(void **state)
{
	struct maker maker = { .text = "1000 10 one\n" };
	const struct symbol_source source = { .perf_map = open_map, .self = &maker };
	struct generated generated = {};
	struct symbol_name found;
	size_t used_bytes = 0;

	assert_true(generated_look_again(&generated, &used_bytes, &source, 7, SECOND_NS));
	assert_int_equal(perf_map_find(generated.map, 0x1000, &found), 0);
	assert_int_equal(used_bytes, perf_map_bytes(generated.map));

	maker.text = "1000 10 one\n2000 10 two\n";
	assert_false(generated_look_again(&generated, &used_bytes, &source, 7, SECOND_NS + 1));
	assert_int_equal(maker.opens, 1);
	assert_true(generated_look_again(&generated, &used_bytes, &source, 7, 3 * SECOND_NS));
	assert_int_equal(perf_map_find(generated.map, 0x2000, &found), 0);
	assert_string_equal(found.name, "two");
	assert_int_equal(used_bytes, perf_map_bytes(generated.map));

	/* One that stays as it is is not read, and looked at ever less often. */
	maker.opens = 0;
	for (uint64_t now_s = 10; now_s < 1010; now_s++)
		assert_false(generated_look_again(&generated, &used_bytes, &source, 7,
						  now_s * SECOND_NS));
	assert_in_range(maker.opens, 10, 100);
	generated_forget(&generated, &used_bytes);
	assert_null(generated.map);
	assert_int_equal(used_bytes, 0);
}

static void without_a_map_nothing_is_kept(void **state)
{
	struct maker maker = {};
	const struct symbol_source source = { .perf_map = open_map, .self = &maker }, none = {};
	struct generated generated = {};
	size_t used_bytes = 0;

	assert_false(generated_look_again(&generated, &used_bytes, &none, 7, SECOND_NS));
	assert_false(generated_look_again(&generated, &used_bytes, &source, 7, SECOND_NS));
	assert_int_equal(maker.opens, 1);
	assert_null(generated.map);
	generated_forget(&generated, &used_bytes);
}

static void what_finds_no_room_is_not_kept(void **state)
{
	struct maker maker = { .text = "1000 10 one\n" };
	const struct symbol_source source = { .perf_map = open_map, .self = &maker };
	struct generated generated = {};
	size_t used_bytes = (12UL << 20) - 20;

	assert_false(generated_look_again(&generated, &used_bytes, &source, 7, SECOND_NS));
	assert_null(generated.map);
	assert_int_equal(used_bytes, (12UL << 20) - 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_that_grew_is_read_again),
		cmocka_unit_test(without_a_map_nothing_is_kept),
		cmocka_unit_test(what_finds_no_room_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
