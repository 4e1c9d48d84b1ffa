/* Does the map find what was put, and only that, whatever was removed meanwhile? */
#include "base/hash.h"

#include "harness/test.h"

static void what_was_put_is_found(void **state)
{
	struct hash_map map = {};

	for (uint64_t key = 0; key < 10000; key++) {
		uint64_t *value = hash_put(&map, key * 4096);

		assert_non_null(value);
		*value = key;
	}
	for (uint64_t key = 0; key < 10000; key++)
		assert_int_equal(*hash_find(&map, key * 4096), key);
	assert_null(hash_find(&map, 1));
	assert_int_equal(map.count, 10000);
	hash_free(&map);
}

static void removal_leaves_the_others(void **state)
{
	struct hash_map map = {};

	for (uint64_t key = 0; key < 1000; key++)
		*hash_put(&map, key) = key + 1;
	for (uint64_t key = 0; key < 1000; key += 3)
		assert_true(hash_remove(&map, key));
	assert_false(hash_remove(&map, 0));
	for (uint64_t key = 0; key < 1000; key++) {
		uint64_t *value = hash_find(&map, key);

		if (key % 3 == 0) {
			assert_null(value);
		} else {
			assert_non_null(value);
			assert_int_equal(*value, key + 1);
		}
	}
	hash_free(&map);
}

static void an_empty_map_holds_nothing(void **state)
{
	struct hash_map map = {};

	assert_null(hash_find(&map, 0));
	assert_false(hash_remove(&map, 7));
	hash_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found),
		cmocka_unit_test(removal_leaves_the_others),
		cmocka_unit_test(an_empty_map_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
