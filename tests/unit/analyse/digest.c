/* Do the sums of what is forgotten stay whole? */
#include "analyse/digest.h"

#include "harness/test.h"

static struct leaf leaf_of(uint32_t path, uint64_t ns)
{
	return (struct leaf){
		.kind = LEAF_OTHER,
		.tail = path,
		.charge = { .cause = CAUSE_LOCK_KERNEL, .ns = ns, .count = 1, .longest_ns = ns },
	};
}

static uint64_t sum_digest(const struct digest *digest)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < digest->blocks.count; i++) {
		sum_ns += digest->blocks.items[i].unknown_ns;
		for (size_t k = 0; k < digest->blocks.items[i].leaves.count; k++)
			sum_ns += digest->blocks.items[i].leaves.items[k].charge.ns;
	}
	return sum_ns;
}

static void older_blocks_become_one_without_loss(void **state)
{
	struct digest_room room = {};
	struct digest *digest = NULL;

	for (uint64_t i = 0; i < 1000; i++) {
		struct leaf leaf = leaf_of(1 + i % 3, 10);

		assert_int_equal(digest_begin(&digest, &room, i * 10), 0);
		assert_int_equal(digest_add(digest, &room, &leaf), 0);
		digest_end(digest, i * 10 + 10);
		assert_int_equal(digest_trim(digest, &room), 0);
	}
	assert_true(digest->blocks.count < 64);
	assert_int_equal(digest->blocks.items[0].start_ns, 0);
	assert_int_equal(digest->blocks.items[digest->blocks.count - 1].end_ns, 10000);
	for (size_t i = 1; i < digest->blocks.count; i++)
		assert_int_equal(digest->blocks.items[i].start_ns,
				 digest->blocks.items[i - 1].end_ns);
	assert_int_equal(sum_digest(digest), 10000);
	digest_drop(&digest, &room);
	assert_int_equal(room.leaves, 0);
	hash_free(&room.index);
}

static void more_chains_than_fit_are_told_by_their_cause(void **state)
{
	struct digest_room room = {};
	struct digest *digest = NULL;

	assert_int_equal(digest_begin(&digest, &room, 0), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		struct leaf leaf = leaf_of(1 + i, 2);

		assert_int_equal(digest_add(digest, &room, &leaf), 0);
	}
	digest_end(digest, 10000);
	assert_true(digest->blocks.items[0].leaves.count < 500);
	assert_int_equal(digest->blocks.items[0].unknown_ns, 0);
	assert_int_equal(sum_digest(digest), 10000);
	digest_free(&digest);
	hash_free(&room.index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_blocks_become_one_without_loss),
		cmocka_unit_test(more_chains_than_fit_are_told_by_their_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
