/* Is a block of memory zeroed and whole, whatever its size? */
#include "base/block.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void blocks_of_all_sizes_are_zeroed_and_writable(void **state)
{
	const size_t sizes[] = { 1, 4096, BLOCK_LARGE_BYTES - 1, BLOCK_LARGE_BYTES,
				 3 * BLOCK_LARGE_BYTES + 1 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *block = block_new(sizes[i]);

		assert_non_null(block);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_true(block[at] == 0);
		memset(block, 0xff, sizes[i]);
		free(block);
	}
}

static void more_than_there_are_addresses_is_refused(void **state)
{
	assert_null(block_new(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes_are_zeroed_and_writable),
		cmocka_unit_test(more_than_there_are_addresses_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
