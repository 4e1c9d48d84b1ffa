/* Are only the recorded kernel's names believed? */
#include <errno.h>
#include <string.h>

#include "harness/test.h"
#include "import/perf_data.h"

static const char TEXT[] = "ffffffff80ffffff T my_text\n"
			   "ffffffff81000000 T _text\n"
			   "ffffffff81000040 T _text_end\n";

static const struct perf_kernel KERNEL = { .symbol = "_text",
					   .symbol_address = 0xffffffff81000000,
					   .build_id_bytes = 2,
					   .build_id = { 0xab, 0xcd } };

static void the_same_address_of_its_first_symbol_is_the_same_kernel(void **state)
{
	assert_int_equal(perf_kernel_check(&KERNEL, TEXT, sizeof(TEXT) - 1, NULL), 0);
}

static void another_address_is_refused(void **state)
{
	struct perf_kernel other = KERNEL;
	struct diag why = {};

	other.symbol_address += 0x200000;
	assert_int_equal(perf_kernel_check(&other, TEXT, sizeof(TEXT) - 1, &why), -EINVAL);
	assert_non_null(strstr(why.text, "_text is at ffffffff81000000"));
}

static void without_addresses_there_is_no_saying(void **state)
{
	static const char HIDDEN[] = "0000000000000000 T _text\n";
	const struct perf_kernel unknown = {};

	assert_int_equal(perf_kernel_check(&KERNEL, HIDDEN, sizeof(HIDDEN) - 1, NULL), -ENODATA);
	assert_int_equal(perf_kernel_check(&KERNEL, "", 0, NULL), -ENODATA);
	assert_int_equal(perf_kernel_check(&unknown, TEXT, sizeof(TEXT) - 1, NULL), -ENODATA);
}

static void the_build_id_in_the_notes_is_compared(void **state)
{
	/* Another note of 3 + 5 bytes, and then the build-id of 2. */
	static const unsigned char NOTES[] = {
		3, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 'X', 'Y', 0,   0,   1,   2, 3,    4,    5, 0,
		0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0,   0,   'G', 'N', 'U', 0, 0xab, 0xcd, 0, 0,
	};
	struct perf_kernel other = KERNEL;

	assert_int_equal(perf_kernel_check_notes(&KERNEL, NOTES, sizeof(NOTES), NULL), 0);
	other.build_id[1] = 0;
	assert_int_equal(perf_kernel_check_notes(&other, NOTES, sizeof(NOTES), NULL), -EINVAL);
	assert_int_equal(perf_kernel_check_notes(&KERNEL, NOTES, 24, NULL), -ENODATA);
	other.build_id_bytes = 0;
	assert_int_equal(perf_kernel_check_notes(&other, NOTES, sizeof(NOTES), NULL), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_address_of_its_first_symbol_is_the_same_kernel),
		cmocka_unit_test(another_address_is_refused),
		cmocka_unit_test(without_addresses_there_is_no_saying),
		cmocka_unit_test(the_build_id_in_the_notes_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
