/* Are a record's fields where its attr says? */
#include "import/perf_attrs.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/image.h"

static struct perf_bytes all_of(const struct bytes *bytes)
{
	return (struct perf_bytes){ .at = bytes->at, .left = bytes->count, .swap = bytes->swap };
}

static void flags_are_the_same_in_either_byte_order(void **state)
{
	for (int swap = 0; swap < 2; swap++) {
		struct perf_attrs attrs = {};
		struct bytes bytes = { .swap = swap };
		size_t index;

		add_attr(&bytes, &CPU_CLOCK);
		assert_int_equal(perf_attrs_add(&attrs, all_of(&bytes), &index), 0);
		assert_int_equal(attrs.items.items[0].flags, PERF_FLAG_SAMPLE_ID_ALL);
		assert_int_equal(attrs.items.items[0].sample_type, USUAL);
		assert_true(attrs.has_times);
		perf_attrs_free(&attrs);
		bytes_free(&bytes);
	}
}

static void too_short_an_attr_is_none(void **state)
{
	struct perf_attrs attrs = {};
	struct bytes bytes = {};
	size_t index;

	add_attr(&bytes, &CPU_CLOCK);
	bytes.count = PERF_ATTR_BYTES_MIN - 1;
	assert_int_equal(perf_attrs_add(&attrs, all_of(&bytes), &index), -EBADMSG);
	perf_attrs_free(&attrs);
	bytes_free(&bytes);
}

static void an_event_that_perf_did_not_name_is_called_by_its_numbers(void **state)
{
	const struct perf_attr cycles = { .type = PERF_ATTR_HARDWARE };
	const struct perf_attr other = { .type = 8, .config = 0x1b };
	char name[PERF_NAME_BYTES];

	perf_attr_name(&cycles, name);
	assert_string_equal(name, "cycles");
	perf_attr_name(&other, name);
	assert_string_equal(name, "type 8 config 0x1b");
}

static void a_sample_cut_anywhere_is_refused(void **state)
{
	const struct attr attr = { .sample_type = USUAL | PERF_SAMPLE_HAS_RAW };
	const struct perf_attr read_by = { .sample_type = attr.sample_type };
	const uint64_t chain[] = { 1, 2 };
	const struct spot spot = { .chain = chain, .frames = 2, .tid = 3 };
	struct bytes record = {};
	struct perf_sample sample;

	add_sample(&record, &attr, &spot);
	for (size_t left = 0; left < record.count - PERF_RECORD_HEAD_BYTES; left++) {
		const struct perf_bytes cut = { .at = record.at + PERF_RECORD_HEAD_BYTES,
						.left = left };

		assert_false(perf_sample_read(&read_by, cut, &sample));
	}
	assert_true(perf_sample_read(
		&read_by,
		(struct perf_bytes){ .at = record.at + PERF_RECORD_HEAD_BYTES,
				     .left = record.count - PERF_RECORD_HEAD_BYTES },
		&sample));
	assert_int_equal(sample.tid, 3);
	assert_int_equal(sample.frames, 2);
	bytes_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_the_same_in_either_byte_order),
		cmocka_unit_test(too_short_an_attr_is_none),
		cmocka_unit_test(an_event_that_perf_did_not_name_is_called_by_its_numbers),
		cmocka_unit_test(a_sample_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
