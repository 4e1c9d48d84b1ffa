/* Does an index find the items of its list, and no others? */
#include "analyse/dense.h"

#include "base/array.h"
#include "harness/test.h"

struct list {
	ARRAY(uint64_t) keys;
};

/* The worst of hashes: many items begin their search at one place. */
static uint64_t poor_hash(const void *list, uint32_t item)
{
	const struct list *keys = list;

	return keys->keys.items[item] % 7;
}

static uint32_t find(const struct dense *dense, const struct list *list, uint64_t key,
		     size_t *ret_place)
{
	size_t place = dense_begin(dense, key % 7);

	while (dense->slots[place] && list->keys.items[dense->slots[place] - 1] != key)
		place = dense_next(dense, place);
	*ret_place = place;
	return dense->slots[place];
}

static void every_item_is_found_whatever_its_hash(void **state)
{
	struct dense dense = {};
	struct list list = {};
	size_t place;

	for (uint64_t key = 0; key < 2000; key++) {
		uint64_t *item;

		assert_int_equal(dense_reserve(&dense, poor_hash, &list), 0);
		assert_int_equal(find(&dense, &list, key, &place), 0);
		item = array_push(&list.keys);
		assert_non_null(item);
		*item = key;
		dense_put(&dense, place, (uint32_t)key);
	}
	for (uint64_t key = 0; key < 2000; key++)
		assert_int_equal(find(&dense, &list, key, &place), key + 1);
	assert_int_equal(find(&dense, &list, 2000, &place), 0);
	assert_int_equal(dense.count, 2000);
	array_free(&list.keys);
	dense_free(&dense);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_is_found_whatever_its_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
