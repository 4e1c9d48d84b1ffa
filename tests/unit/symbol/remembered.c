/* Is an address what it was found to be, and never what another was? */
#include "symbol/remembered.h"

#include "harness/test.h"

#define SALT  0x123456789abcdef0ULL
#define OTHER 0xfedcba9876543211ULL

static void assert_found(const struct remembered *remembered, uint64_t salt, uint64_t address,
			 uint32_t symbol, uint32_t offset)
{
	struct named named = {};

	assert_true(remembered_find(remembered, salt, address, &named));
	assert_int_equal(named.symbol, symbol);
	assert_int_equal(named.offset, offset);
}

static void assert_unknown(const struct remembered *remembered, uint64_t salt, uint64_t address)
{
	struct named named;

	assert_false(remembered_find(remembered, salt, address, &named));
}

static void an_address_is_remembered_for_its_mappings_only(void **state)
{
	owns(remembered_free) struct remembered *remembered = NULL;

	assert_int_equal(remembered_new(&remembered), 0);
	assert_unknown(remembered, SALT, 0x401234);
	assert_unknown(remembered, 0, 0);
	remembered_put(remembered, SALT, 0x401234, (struct named){ 7, 0x34 });
	assert_found(remembered, SALT, 0x401234, 7, 0x34);
	assert_unknown(remembered, SALT, 0x401235);
	assert_unknown(remembered, OTHER, 0x401234);
	remembered_put(remembered, OTHER, 0x401234, (struct named){ 8, 4 });
	assert_found(remembered, SALT, 0x401234, 7, 0x34);
	assert_found(remembered, OTHER, 0x401234, 8, 4);
}

/* One function begins before the page. */
static void a_block_has_all_its_addresses(void **state)
{
	owns(remembered_free) struct remembered *remembered = NULL;

	assert_int_equal(remembered_new(&remembered), 0);
	remembered_put_block(remembered, SALT, 0x401002, (struct named){ 7, 0x102 });
	remembered_put_block(remembered, SALT, 0x401ffd, (struct named){ 9, 0xd });
	for (uint32_t i = 0; i < REMEMBERED_BLOCK_BYTES; i++) {
		assert_found(remembered, SALT, 0x401000 + i, 7, 0x100 + i);
		assert_found(remembered, SALT, 0x401ffc + i, 9, 0xc + i);
	}
	assert_unknown(remembered, SALT, 0x400fff);
	assert_unknown(remembered, SALT, 0x401000 + REMEMBERED_BLOCK_BYTES);
	assert_unknown(remembered, SALT, 0x402000);
	assert_unknown(remembered, OTHER, 0x401000);
	/* In a page that is known an address may stand alone. */
	remembered_put(remembered, SALT, 0x401800, (struct named){ 3, 1 });
	assert_found(remembered, SALT, 0x401800, 3, 1);
	assert_unknown(remembered, SALT, 0x401801);
}

/* More functions in a page than it can tell apart: the rest is not remembered, and not wrong. */
static void a_page_of_too_many_functions_forgets_some(void **state)
{
	owns(remembered_free) struct remembered *remembered = NULL;
	uint32_t found = 0;

	assert_int_equal(remembered_new(&remembered), 0);
	for (uint32_t i = 0; i < REMEMBERED_BLOCKS; i++)
		remembered_put_block(remembered, SALT, 0x401000 + i * REMEMBERED_BLOCK_BYTES,
				     (struct named){ i + 1, 0 });
	for (uint32_t i = 0; i < REMEMBERED_BLOCKS; i++) {
		struct named named;

		if (!remembered_find(remembered, SALT, 0x401001 + i * REMEMBERED_BLOCK_BYTES,
				     &named))
			continue;
		assert_int_equal(named.symbol, i + 1);
		assert_int_equal(named.offset, 1);
		found++;
	}
	assert_int_equal(found, REMEMBERED_FUNCTIONS - 1);
}

/* What is not forgotten is right. */
static void pages_are_forgotten_where_there_are_more_than_room(void **state)
{
	owns(remembered_free) struct remembered *remembered = NULL;
	uint64_t pages = 8ULL * REMEMBERED_PAGES;
	uint64_t found = 0;

	assert_int_equal(remembered_new(&remembered), 0);
	for (uint64_t i = 0; i < pages; i++) {
		remembered_put_block(remembered, SALT, i * REMEMBERED_PAGE_BYTES + 64,
				     (struct named){ (uint32_t)i + 1, 64 });
		assert_found(remembered, SALT, i * REMEMBERED_PAGE_BYTES + 65, (uint32_t)i + 1, 65);
	}
	for (uint64_t i = 0; i < pages; i++) {
		struct named named;

		if (!remembered_find(remembered, SALT, i * REMEMBERED_PAGE_BYTES + 64, &named))
			continue;
		assert_int_equal(named.symbol, i + 1);
		found++;
	}
	assert_true(found > REMEMBERED_PAGES / 2 && found <= REMEMBERED_PAGES);
}

static void single_addresses_are_forgotten_too(void **state)
{
	owns(remembered_free) struct remembered *remembered = NULL;

	assert_int_equal(remembered_new(&remembered), 0);
	for (uint32_t i = 1; i < 200000; i++)
		remembered_put(remembered, SALT, i * 37ULL, (struct named){ i, i });
	for (uint32_t i = 1; i < 200000; i++) {
		struct named named;

		if (remembered_find(remembered, SALT, i * 37ULL, &named))
			assert_int_equal(named.symbol, i);
	}
	assert_found(remembered, SALT, 199999 * 37ULL, 199999, 199999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_remembered_for_its_mappings_only),
		cmocka_unit_test(a_block_has_all_its_addresses),
		cmocka_unit_test(a_page_of_too_many_functions_forgets_some),
		cmocka_unit_test(pages_are_forgotten_where_there_are_more_than_room),
		cmocka_unit_test(single_addresses_are_forgotten_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
