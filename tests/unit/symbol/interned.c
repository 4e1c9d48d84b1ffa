/* Does each distinct string have one number, and each number its string? */
#include "symbol/interned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/test.h"

static void numbers_are_dense_from_one_and_stay(void **state)
{
	struct interned set = { .limit = 1000 };
	uint32_t id = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(interned_put(&set, &i, sizeof(i), &id), 1);
		assert_int_equal(id, i + 1);
	}
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(interned_put(&set, &i, sizeof(i), &id), 0);
		assert_int_equal(id, i + 1);
		assert_memory_equal(interned_bytes(&set, id), &i, sizeof(i));
	}
	interned_clear(&set);
}

static void length_tells_strings_apart(void **state)
{
	struct interned set = { .limit = 10 };
	uint32_t first = 0, second = 0, none = 0;

	assert_int_equal(interned_put(&set, "ab", 1, &first), 1);
	assert_int_equal(interned_put(&set, "ab", 2, &second), 1);
	assert_int_equal(interned_put(&set, "", 0, &none), 1);
	assert_int_not_equal(first, second);
	assert_int_equal(none, 3);
	interned_clear(&set);
}

/* A second string under a key that is taken, as two strings with one hash would be. */
static void strings_with_one_hash_stay_apart(void **state)
{
	struct interned set = { .limit = 10 };
	uint32_t id = 0;

	assert_int_equal(interned_put(&set, "first", 5, &id), 1);
	assert_int_equal(interned_put(&set, "second", 6, &id), 1);
	for (size_t i = 0; i < set.ids.capacity; i++) {
		/* Both keys now lead to the first string: the second must not be taken for it. */
		if (set.ids.slots[i].used)
			set.ids.slots[i].value = 1;
	}
	assert_int_equal(interned_put(&set, "second", 6, &id), 1);
	assert_int_equal(id, 3);
	assert_int_equal(interned_put(&set, "second", 6, &id), 0);
	assert_int_equal(id, 3);
	interned_clear(&set);
}

static void a_full_set_knows_the_old_and_refuses_the_new(void **state)
{
	struct interned set = { .limit = 1 };
	uint32_t id = 0;

	assert_int_equal(interned_put(&set, "old", 3, &id), 1);
	assert_int_equal(interned_put(&set, "new", 3, &id), -ENOSPC);
	assert_int_equal(interned_put(&set, "old", 3, &id), 0);
	assert_int_equal(id, 1);
	interned_clear(&set);
	assert_int_equal(interned_put(&set, "new", 3, &id), 1);
	assert_int_equal(id, 1);
	interned_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_dense_from_one_and_stay),
		cmocka_unit_test(length_tells_strings_apart),
		cmocka_unit_test(strings_with_one_hash_stay_apart),
		cmocka_unit_test(a_full_set_knows_the_old_and_refuses_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
