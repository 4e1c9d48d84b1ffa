/* Has each claim about a virtual machine a name of its own, and something to do? */
#include "finding/kvm.h"

#include <stdlib.h>
#include <string.h>

#include "finding/world_switch.h"
#include "harness/test.h"

static void every_claim_has_a_name_of_its_own_and_advice(void **state)
{
	for (size_t i = 0; i < KVM_CLAIM_COUNT; i++) {
		const char *name = kvm_claim_name((enum kvm_claim_id)i);

		assert_non_null(strchr(name, '.'));
		assert_true(strlen(kvm_claim_advice((enum kvm_claim_id)i)) > 20);
		for (size_t k = i + 1; k < KVM_CLAIM_COUNT; k++)
			assert_string_not_equal(name, kvm_claim_name((enum kvm_claim_id)k));
	}
}

static void ids_are_a_contract(void **state)
{
	assert_string_equal(kvm_claim_name(KVM_EXITS), "virt.exit");
	assert_string_equal(kvm_claim_name(KVM_WRITETHROUGH), "wait.flush.writethrough");
	assert_non_null(strstr(kvm_claim_advice(KVM_WRITETHROUGH),
			       "cache=writethrough makes every guest write a flush"));
}

static void reports_end_whatever_is_in_them(void **state)
{
	struct kvm_report *nothing = NULL, *empty = calloc(1, sizeof(*empty));
	struct world_switch world_switch = {};
	struct kvm_guest *guest;

	kvm_report_free(&nothing);
	assert_non_null(empty);
	guest = array_push(&empty->guests);
	assert_non_null(guest);
	assert_int_equal(text_add(&guest->iothreads, "io0"), 0);
	assert_int_equal(text_add(&empty->notes, "a note"), 0);
	kvm_report_free(&empty);
	assert_null(empty);
	assert_int_equal(text_add(&world_switch.notes, "a note"), 0);
	world_switch_free(&world_switch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_claim_has_a_name_of_its_own_and_advice),
		cmocka_unit_test(ids_are_a_contract),
		cmocka_unit_test(reports_end_whatever_is_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
