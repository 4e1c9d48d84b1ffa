/* Is what was counted in the kernel told as it was counted? The maps themselves are for tests on a
 * kernel. */
#include "probe/tallies.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

struct told {
	size_t count;
	int answer;
	union {
		struct event_tally tally;
		char bytes[sizeof(struct event_tally) + 8 * TALLY_WINDOW];
	} last;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;

	assert_int_equal(event->kind, EVENT_TALLY);
	assert_true(event_is_sound(event, event->bytes));
	assert_true(event->bytes <= sizeof(told->last));
	memcpy(&told->last, event, event->bytes);
	told->count++;
	return told->answer;
}

/* A row with times counted as the programs do. */
static struct tally_row row_of(const uint64_t *times_ns, size_t count, struct tally_key *key)
{
	struct tally_row row = { .min_ns = UINT64_MAX };

	for (size_t i = 0; i < count; i++) {
		uint32_t place = tally_place(times_ns[i]);

		key->window = tally_window(place);
		row.count++;
		row.total_ns += times_ns[i];
		row.min_ns = times_ns[i] < row.min_ns ? times_ns[i] : row.min_ns;
		row.max_ns = times_ns[i] > row.max_ns ? times_ns[i] : row.max_ns;
		row.bucket[place - key->window * TALLY_WINDOW]++;
	}
	return row;
}

static void expect_place(uint64_t ns)
{
	uint32_t place = tally_place(ns), window = tally_window(place);

	assert_int_equal(place, tally_bucket(ns));
	assert_int_equal(window, place / TALLY_WINDOW);
}

static void the_programs_number_buckets_as_the_events_do(void **state)
{
	for (uint64_t ns = 0; ns < 100000; ns++)
		expect_place(ns);
	for (int bit = 4; bit < 64; bit++) {
		for (uint64_t part = 0; part < 32; part++) {
			uint64_t ns = (1ULL << bit) + (part << (bit - 4)) / 2;

			expect_place(ns - 1);
			expect_place(ns);
		}
	}
	expect_place(UINT64_MAX);
}

static void a_row_is_told_with_all_its_sums(void **state)
{
	static const uint64_t TIMES[] = { 600, 5000, 5001, 32000 };
	struct told told = {};
	const struct event_sink sink = { take, &told };
	struct tally_key key = { 7, TALLY_FILES, 42, 3, 9, 0, 0 };
	struct tally_row row = row_of(TIMES, array_count(TIMES), &key);
	struct diag why = {};

	row.errors = 2;
	row.bytes = 4096;
	assert_int_equal(tally_tell_row(&key, &row, 100, 200, &sink, &why), 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.tally.head.time_ns, 200);
	assert_int_equal(told.last.tally.since_ns, 100);
	assert_int_equal(told.last.tally.inode, 7);
	assert_int_equal(told.last.tally.what, TALLY_FILES);
	assert_int_equal(told.last.tally.tid, 42);
	assert_int_equal(told.last.tally.operation, 3);
	assert_int_equal(told.last.tally.dev, 9);
	assert_int_equal(told.last.tally.count, 4);
	assert_int_equal(told.last.tally.errors, 2);
	assert_int_equal(told.last.tally.bytes, 4096);
	assert_int_equal(told.last.tally.total_ns, 600 + 5000 + 5001 + 32000);
	assert_int_equal(told.last.tally.min_ns, 600);
	assert_int_equal(told.last.tally.max_ns, 32000);
}

static void buckets_are_told_from_the_first_to_the_last_that_is_not_empty(void **state)
{
	static const uint64_t TIMES[] = { 5000, 6000, 6001 };
	struct told told = {};
	const struct event_sink sink = { take, &told };
	struct tally_key key = { .what = TALLY_CALLS };
	struct tally_row row = row_of(TIMES, array_count(TIMES), &key);
	struct diag why = {};
	const struct event_tally *tally = &told.last.tally;

	assert_int_equal(tally_tell_row(&key, &row, 0, 1, &sink, &why), 0);
	assert_int_equal(tally->first, tally_bucket(5000));
	assert_int_equal(tally->first + tally->buckets - 1, tally_bucket(6001));
	assert_int_equal(tally->bucket[0], 1);
	assert_int_equal(tally->bucket[tally->buckets - 1], 2);
}

static void times_that_lie_far_apart_are_in_rows_of_their_own(void **state)
{
	assert_int_equal(tally_window(tally_place(511)), 0);
	assert_int_equal(tally_window(tally_place(512)), 1);
	assert_int_equal(tally_window(tally_place(1ULL << 15)), 2);
	assert_int_equal(tally_window(tally_place(UINT64_MAX)), 6);
}

static void a_row_in_which_nothing_was_counted_is_not_told(void **state)
{
	struct told told = {};
	const struct event_sink sink = { take, &told };
	const struct tally_key key = { .what = TALLY_CALLS };
	const struct tally_row row = { .min_ns = UINT64_MAX };
	struct diag why = {};

	assert_int_equal(tally_tell_row(&key, &row, 0, 1, &sink, &why), 0);
	assert_int_equal(told.count, 0);
}

static void who_takes_the_rows_may_refuse(void **state)
{
	struct told told = { .answer = -ENOMEM };
	const struct event_sink sink = { take, &told };
	const struct tally_key key = { .what = TALLY_CALLS };
	const struct tally_row row = { .count = 1, .bucket = { 1 } };
	struct diag why = {};

	assert_int_equal(tally_tell_row(&key, &row, 0, 1, &sink, &why), -ENOMEM);
}

static void a_watch_that_counts_nothing_tells_nothing(void **state)
{
	struct told told = {};
	const struct event_sink sink = { take, &told };
	struct tallies tallies = {};
	struct diag why = {};

	tallies_start(&tallies, 1);
	assert_int_equal(tallies_cut(&tallies, 10 * TALLIES_EVERY_NS, &why), 0);
	assert_int_equal(tallies.cut_ns, 0);
	assert_int_equal(tallies_tell(&tallies, &sink, &why), 0);
	assert_int_equal(tallies_tell_last(&tallies, 2, &sink, &why), 0);
	assert_int_equal(told.count, 0);
	tallies_free(&tallies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_programs_number_buckets_as_the_events_do),
		cmocka_unit_test(a_row_is_told_with_all_its_sums),
		cmocka_unit_test(buckets_are_told_from_the_first_to_the_last_that_is_not_empty),
		cmocka_unit_test(times_that_lie_far_apart_are_in_rows_of_their_own),
		cmocka_unit_test(a_row_in_which_nothing_was_counted_is_not_told),
		cmocka_unit_test(who_takes_the_rows_may_refuse),
		cmocka_unit_test(a_watch_that_counts_nothing_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
