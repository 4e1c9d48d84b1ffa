/* Are the fields of tracepoints found where the kernel's text says? */
#include "import/perf_formats.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/formats.h"

static struct perf_bytes all_of(const struct bytes *bytes)
{
	return (struct perf_bytes){ .at = bytes->at, .left = bytes->count, .swap = bytes->swap };
}

static void check_switch(bool swap)
{
	struct bytes text = { .swap = swap }, raw = { .swap = swap };
	struct perf_formats formats = {};
	const struct perf_format *format;
	char comm[16];

	make_formats(&text);
	assert_int_equal(perf_formats_read(&formats, all_of(&text)), 0);
	assert_int_equal(formats.items.count, 8);
	format = perf_formats_find(&formats, 1);
	assert_non_null(format);
	assert_int_equal(format->point, PERF_POINT_SWITCH);
	assert_string_equal(format->name, "sched:sched_switch");
	add_switch(&raw, 12, 2, 13);
	assert_int_equal(perf_field_number(format, PERF_FIELD_PREV_PID, all_of(&raw)), 12);
	assert_int_equal(perf_field_number(format, PERF_FIELD_PREV_STATE, all_of(&raw)), 2);
	assert_int_equal(perf_field_number(format, PERF_FIELD_NEXT_PID, all_of(&raw)), 13);
	perf_field_text(format, PERF_FIELD_NEXT_COMM, all_of(&raw), comm, sizeof(comm));
	assert_string_equal(comm, "job");
	assert_false(perf_field_is_there(format, PERF_FIELD_DEV));
	raw.count = 56;
	assert_int_equal(perf_field_number(format, PERF_FIELD_NEXT_PID, all_of(&raw)), 0);
	perf_formats_free(&formats);
	bytes_free(&text);
	bytes_free(&raw);
}

static void fields_are_found_in_either_byte_order(void **state)
{
	check_switch(false);
	check_switch(true);
}

static void a_tracepoint_that_means_nothing_here_has_its_name(void **state)
{
	struct bytes text = {};
	struct perf_formats formats = {};

	add(&text, "\x17\x08\x44tracing", 10);
	add(&text, "0.6", 4);
	add(&text, "\0\x08\0\x10\0\0", 6);
	add(&text, "header_page", 12);
	add_format(&text, "");
	add(&text, "header_event", 13);
	add_format(&text, "");
	add_u32(&text, 0);
	add_u32(&text, 1);
	add(&text, "irq", 4);
	add_u32(&text, 1);
	add_format(&text, "name: irq_handler_entry\nID: 9\n");
	assert_int_equal(perf_formats_read(&formats, all_of(&text)), 0);
	assert_int_equal(perf_formats_find(&formats, 9)->point, PERF_POINT_NONE);
	assert_string_equal(perf_formats_find(&formats, 9)->name, "irq:irq_handler_entry");
	perf_formats_free(&formats);
	bytes_free(&text);
}

static void text_elsewhere_in_the_record_is_found(void **state)
{
	struct perf_format format = { .fields[PERF_FIELD_COMM] = {
					      .offset = 0, .size = 4, .is_elsewhere = true } };
	struct bytes raw = {};
	char comm[16];

	add_u32(&raw, 4U << 16 | 6);
	add(&raw, "..job", 6);
	perf_field_text(&format, PERF_FIELD_COMM, all_of(&raw), comm, sizeof(comm));
	assert_string_equal(comm, "job");
	bytes_free(&raw);
}

static void formats_cut_anywhere_keep_what_stood_before(void **state)
{
	struct bytes text = {};

	make_formats(&text);
	for (size_t count = 0; count < text.count - 8; count++) {
		const struct bytes cut = { .at = text.at, .count = count };
		struct perf_formats formats = {};

		assert_int_equal(perf_formats_read(&formats, all_of(&cut)), -EBADMSG);
		assert_true(formats.items.count <= 8);
		perf_formats_free(&formats);
	}
	bytes_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_in_either_byte_order),
		cmocka_unit_test(a_tracepoint_that_means_nothing_here_has_its_name),
		cmocka_unit_test(text_elsewhere_in_the_record_is_found),
		cmocka_unit_test(formats_cut_anywhere_keep_what_stood_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
