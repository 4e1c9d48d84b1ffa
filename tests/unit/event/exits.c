/* Is each reason to leave a guest called as the kernel calls it, by its number and back? */
#include "event/exits.h"

#include <string.h>

#include "harness/test.h"

static void a_reason_is_found_by_its_makers_number(void **state)
{
	assert_string_equal(exit_reason_find(GUEST_ISA_VMX, 0x31)->name, "EPT_MISCONFIG");
	assert_string_equal(exit_reason_find(GUEST_ISA_SVM, 0x400)->name, "npf");
	/* The same number means something else to each. */
	assert_string_equal(exit_reason_find(GUEST_ISA_VMX, 0x10)->name, "RDTSC");
	assert_string_equal(exit_reason_find(GUEST_ISA_SVM, 0x10)->name, "write_cr0");
}

static void a_number_that_is_not_known_has_no_name(void **state)
{
	assert_null(exit_reason_find(GUEST_ISA_VMX, 0x7777));
	assert_null(exit_reason_find(GUEST_ISA_SVM, 0x7777));
	assert_null(exit_reason_find(GUEST_ISA_UNKNOWN, 0x31));
	assert_null(exit_user_name(1000));
	assert_null(exit_user_name(UINT32_MAX));
}

static void bits_beside_the_reason_do_not_count(void **state)
{
	/* A failed entry: bit 31. A bus lock: bit 26. */
	assert_string_equal(exit_reason_find(GUEST_ISA_VMX, 0x80000021)->name, "INVALID_STATE");
	assert_string_equal(exit_reason_find(GUEST_ISA_VMX, 1u << 26 | 0x31)->name,
			    "EPT_MISCONFIG");
	/* SVM's codes use all bits. */
	assert_null(exit_reason_find(GUEST_ISA_SVM, 0x80000078));
	assert_string_equal(exit_reason_find(GUEST_ISA_SVM, 0x80000001)->name, "vmgexit_mmio_read");
}

static void having_nothing_to_do_is_told_from_work(void **state)
{
	assert_int_equal(exit_reason_find(GUEST_ISA_VMX, 12)->kind, EXIT_IDLE);
	assert_int_equal(exit_reason_find(GUEST_ISA_SVM, 0x78)->kind, EXIT_IDLE);
	assert_int_equal(exit_reason_find(GUEST_ISA_VMX, 30)->kind, EXIT_WORK);
	assert_int_equal(exit_reason_find(GUEST_ISA_SVM, 0x7b)->kind, EXIT_WORK);
}

static void every_name_leads_back_to_its_number(void **state)
{
	size_t seen = 0;

	for (int isa = GUEST_ISA_VMX; isa <= GUEST_ISA_SVM; isa++) {
		for (uint32_t number = 0; number < 0x500; number++) {
			const struct exit_reason *reason =
				exit_reason_find((enum guest_isa)isa, number);
			enum guest_isa read_isa = GUEST_ISA_UNKNOWN;
			uint32_t read = 0;

			if (!reason)
				continue;
			seen++;
			assert_true(exit_reason_read(reason->name, strlen(reason->name), &read_isa,
						     &read));
			assert_int_equal(read_isa, isa);
			assert_int_equal(read, number);
		}
	}
	assert_true(seen > 150);
}

static void no_other_name_is_a_reason(void **state)
{
	enum guest_isa isa;
	uint32_t number;

	assert_false(exit_reason_read("", 0, &isa, &number));
	assert_false(exit_reason_read("np", 2, &isa, &number));
	assert_false(exit_reason_read("npfx", 4, &isa, &number));
	/* The bytes behind its end do not count. */
	assert_true(exit_reason_read("npfx", 3, &isa, &number));
	assert_int_equal(number, 0x400);
}

static void what_the_program_is_asked_for_has_names(void **state)
{
	assert_string_equal(exit_user_name(2), "IO");
	assert_string_equal(exit_user_name(6), "MMIO");
	assert_string_equal(exit_user_name(10), "INTR");
	assert_string_equal(exit_user_name(0), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reason_is_found_by_its_makers_number),
		cmocka_unit_test(a_number_that_is_not_known_has_no_name),
		cmocka_unit_test(bits_beside_the_reason_do_not_count),
		cmocka_unit_test(having_nothing_to_do_is_told_from_work),
		cmocka_unit_test(every_name_leads_back_to_its_number),
		cmocka_unit_test(no_other_name_is_a_reason),
		cmocka_unit_test(what_the_program_is_asked_for_has_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
