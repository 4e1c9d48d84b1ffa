/* Are records found whole, wherever they lie in the file and however they are packed? */
#include "import/perf_input.h"

#include "harness/test.h"
#include "unit/import/image.h"
#include "unit/import/kept.h"

/* A record of count bytes, all of them its number. */
static void add_numbered(struct bytes *bytes, uint32_t number, size_t count)
{
	size_t begin = begin_record(bytes, number, 0);

	while (bytes->count - begin < count)
		add(bytes, &(unsigned char){ (unsigned char)number }, 1);
	end_record(bytes, begin);
}

static void assert_numbered(const struct perf_record *record, uint32_t number)
{
	assert_int_equal(record->type, number);
	for (size_t i = PERF_RECORD_HEAD_BYTES; i < record->size; i++)
		assert_int_equal(record->bytes[i], (unsigned char)number);
}

static void held_records_stay_while_megabytes_go_by(void **state)
{
	struct bytes file = {};
	struct perf_input *input = NULL;
	const unsigned char *held[64];
	struct perf_record record;
	uint32_t count = 0;
	int fd;

	for (uint32_t i = 0; i < 64; i++)
		add_numbered(&file, 200 + i, 60000);
	fd = open_image(&file, true);
	assert_int_equal(perf_input_new(fd, &input), 0);
	while (perf_input_next(input, &record, NULL) > 0) {
		assert_numbered(&record, 200 + count);
		held[count] = record.bytes;
		perf_input_hold(held[count++]);
	}
	assert_int_equal(count, 64);
	assert_true(perf_input_bytes(input) >= file.count);
	for (uint32_t i = 0; i < count; i++) {
		const struct perf_record again = { .bytes = held[i],
						   .type = 200 + i,
						   .size = 60000 };

		assert_numbered(&again, 200 + i);
		perf_input_drop(input, held[i]);
	}
	assert_true(perf_input_bytes(input) <= (size_t)1 << 20);
	perf_input_free(&input);
	close(fd);
	bytes_free(&file);
}

static void what_a_record_says_follows_it_is_copied_or_skipped(void **state)
{
	struct bytes file = {};
	struct perf_input *input = NULL;
	struct perf_record record;
	char text[6] = "";
	int fd;

	add_numbered(&file, 100, 16);
	add(&file, "hello", 6);
	add_numbered(&file, 101, 16);
	fd = open_image(&file, false);
	assert_int_equal(perf_input_new(fd, &input), 0);
	assert_int_equal(perf_input_next(input, &record, NULL), 1);
	assert_int_equal(perf_input_copy(input, text, 5, NULL), 1);
	assert_string_equal(text, "hello");
	assert_int_equal(perf_input_skip(input, 1, NULL), 1);
	assert_int_equal(perf_input_next(input, &record, NULL), 1);
	assert_numbered(&record, 101);
	assert_int_equal(perf_input_skip(input, 1, NULL), 0);
	assert_int_equal(perf_input_next(input, &record, NULL), 0);
	assert_null(perf_input_damage(input));
	perf_input_free(&input);
	close(fd);
	bytes_free(&file);
}

static void a_record_too_small_to_be_one_ends_the_file(void **state)
{
	struct bytes file = {};
	struct perf_input *input = NULL;
	struct perf_record record;
	int fd;

	add_numbered(&file, 100, 16);
	add_u32(&file, 9);
	add_u32(&file, 0);
	fd = open_image(&file, true);
	assert_int_equal(perf_input_new(fd, &input), 0);
	assert_int_equal(perf_input_next(input, &record, NULL), 1);
	assert_int_equal(perf_input_next(input, &record, NULL), 0);
	assert_string_equal(
		perf_input_damage(input),
		"damaged: a record has an impossible size at byte 16: what comes after is not read");
	perf_input_free(&input);
	close(fd);
	bytes_free(&file);
}

static void only_so_many_bytes_are_read_as_there_are_records(void **state)
{
	struct bytes file = {};
	struct perf_input *input = NULL;
	struct perf_record record;
	char head[8];
	int fd;

	add(&file, "the head", 8);
	add_numbered(&file, 100, 16);
	add(&file, "what follows the records", 24);
	fd = open_image(&file, true);
	assert_int_equal(perf_input_new(fd, &input), 0);
	assert_int_equal(perf_input_copy(input, head, sizeof(head), NULL), 1);
	perf_input_begin(input, false, 16);
	assert_int_equal(perf_input_next(input, &record, NULL), 1);
	assert_int_equal(perf_input_next(input, &record, NULL), 0);
	assert_null(perf_input_damage(input));
	perf_input_free(&input);
	close(fd);
	bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_records_stay_while_megabytes_go_by),
		cmocka_unit_test(what_a_record_says_follows_it_is_copied_or_skipped),
		cmocka_unit_test(a_record_too_small_to_be_one_ends_the_file),
		cmocka_unit_test(only_so_many_bytes_are_read_as_there_are_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
