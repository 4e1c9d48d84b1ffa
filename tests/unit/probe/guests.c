/* Where do KVM's tracepoints have their fields? As kernels told it. */
#include "probe/guests.h"

#include "harness/test.h"

/* Linux 6.1. */
static const char EXIT[] = "name: kvm_exit\nID: 1203\nformat:\n"
			   "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
			   "\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;\n"
			   "\tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;\n"
			   "\tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;\n"
			   "\tfield:u8 insn[15];\toffset:30;\tsize:15;\tsigned:0;\n"
			   "\tfield:u8 all;\toffset:30;\tsize:15;\tsigned:0;\n\n"
			   "print fmt: \"reason %s\", REC->exit_reason\n";

static void a_field_is_where_the_format_says(void **state)
{
	struct wire_field field = {};

	assert_true(guest_field_read(EXIT, "exit_reason", &field));
	assert_int_equal(field.offset, 8);
	assert_int_equal(field.bytes, 4);
	assert_true(guest_field_read(EXIT, "isa", &field));
	assert_int_equal(field.offset, 24);
}

static void what_is_no_whole_name_or_no_number_is_not_there(void **state)
{
	struct wire_field field = { .offset = 1, .bytes = 2 };

	assert_false(guest_field_read(EXIT, "vcpu_id", &field));
	assert_false(guest_field_read(EXIT, "reason", &field));
	assert_false(guest_field_read(EXIT, "all", &field));
	assert_false(guest_field_read("\tfield:u32 isa;\toffset:", "isa", &field));
	assert_false(guest_field_read("\tfield:u32 isa;\toffset:70000;\tsize:4;", "isa", &field));
	assert_false(guest_field_read("", "isa", &field));
	assert_int_equal(field.offset, 1);
	assert_int_equal(field.bytes, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_where_the_format_says),
		cmocka_unit_test(what_is_no_whole_name_or_no_number_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
