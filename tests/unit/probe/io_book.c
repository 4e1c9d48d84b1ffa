/* Is it known when operations were handed over and reaped, as long as that is remembered? */
#include "probe/io_book.h"

#include "harness/test.h"

static void tell(struct io_book *book, struct wire_io_submitted wire)
{
	assert_int_equal(io_book_take(book, &wire), 0);
}

static struct wire_io_submitted call(uint32_t tid, uint32_t number, uint64_t end_ns)
{
	return (struct wire_io_submitted){ .head = { .time_ns = end_ns, .tid = tid },
					   .call = number };
}

static void look(struct io_book *book, uint64_t context, uint64_t time_ns, uint32_t reaped)
{
	tell(book, (struct wire_io_submitted){ .head = { .time_ns = time_ns + 5, .tid = 1 },
					       .begin_ns = time_ns,
					       .context = context,
					       .call = 1,
					       .reaped = reaped });
}

static void an_empty_book_knows_nothing(void **state)
{
	owns(io_book_free) struct io_book book = {};

	assert_int_equal(io_book_handed(&book, 1, 1), 0);
	assert_int_equal(io_book_reaped(&book, 1, 1), 0);
}

static void a_call_is_known_by_its_thread_and_number(void **state)
{
	owns(io_book_free) struct io_book book = {};

	tell(&book, call(10, 1, 500));
	tell(&book, call(10, 2, 600));
	assert_int_equal(io_book_handed(&book, 10, 1), 500);
	assert_int_equal(io_book_handed(&book, 10, 2), 600);
	assert_int_equal(io_book_handed(&book, 10, 3), 0);
	assert_int_equal(io_book_handed(&book, 11, 1), 0);
	assert_int_equal(io_book_handed(&book, 10, 0), 0);
}

static void a_completion_was_reaped_when_it_was_first_seen_gone(void **state)
{
	owns(io_book_free) struct io_book book = {};

	look(&book, 7, 100, 2);
	look(&book, 7, 200, 2);
	look(&book, 7, 300, 5);
	assert_int_equal(io_book_reaped(&book, 7, 1), 100);
	assert_int_equal(io_book_reaped(&book, 7, 2), 100);
	assert_int_equal(io_book_reaped(&book, 7, 3), 300);
	assert_int_equal(io_book_reaped(&book, 7, 5), 300);
	assert_int_equal(io_book_reaped(&book, 7, 6), 0);
	assert_int_equal(io_book_reaped(&book, 8, 1), 0);
	assert_int_equal(io_book_reaped(&book, 7, 0), 0);
}

static void what_was_told_when_a_call_returned_was_taken_then(void **state)
{
	owns(io_book_free) struct io_book book = {};

	look(&book, 7, 100, 1);
	tell(&book, (struct wire_io_submitted){ .head = { .time_ns = 905, .tid = 1 },
						.begin_ns = 900,
						.context = 7,
						.call = 2,
						.reaped = 4,
						.returned_ns = 200,
						.told = 3 });
	assert_int_equal(io_book_reaped(&book, 7, 2), 200);
	assert_int_equal(io_book_reaped(&book, 7, 3), 200);
	assert_int_equal(io_book_reaped(&book, 7, 4), 900); /* told later */
	assert_int_equal(io_book_reaped(&book, 7, 5), 0);
}

static void positions_go_round(void **state)
{
	owns(io_book_free) struct io_book book = {};

	look(&book, 7, 100, 0xfffffffe);
	look(&book, 7, 200, 3);
	assert_int_equal(io_book_reaped(&book, 7, 0xfffffffd), 100);
	assert_int_equal(io_book_reaped(&book, 7, 0xffffffff), 200);
	assert_int_equal(io_book_reaped(&book, 7, 2), 200);
}

static void looks_may_come_out_of_order(void **state)
{
	owns(io_book_free) struct io_book book = {};

	look(&book, 7, 300, 5);
	look(&book, 7, 400, 9);
	look(&book, 7, 100, 2);
	look(&book, 7, 200, 4);
	assert_int_equal(io_book_reaped(&book, 7, 2), 100);
	assert_int_equal(io_book_reaped(&book, 7, 3), 200);
	assert_int_equal(io_book_reaped(&book, 7, 5), 300);
	assert_int_equal(io_book_reaped(&book, 7, 6), 400);
}

static void what_was_written_over_is_no_longer_known(void **state)
{
	owns(io_book_free) struct io_book book = {};

	for (uint32_t i = 1; i <= IO_BOOK_LOOKS + 10; i++)
		look(&book, 7, i, i);
	assert_int_equal(io_book_reaped(&book, 7, 5), 0);
	assert_int_equal(io_book_reaped(&book, 7, 11), 0); /* an older look may have seen it, too */
	assert_int_equal(io_book_reaped(&book, 7, 12), 12);
}

static void of_too_many_rings_the_others_are_not_known(void **state)
{
	owns(io_book_free) struct io_book book = {};

	for (uint64_t i = 1; i <= IO_BOOK_RINGS + 3; i++)
		look(&book, i, 100, 1);
	assert_int_equal(io_book_reaped(&book, IO_BOOK_RINGS, 1), 100);
	assert_int_equal(io_book_reaped(&book, IO_BOOK_RINGS + 1, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_book_knows_nothing),
		cmocka_unit_test(a_call_is_known_by_its_thread_and_number),
		cmocka_unit_test(a_completion_was_reaped_when_it_was_first_seen_gone),
		cmocka_unit_test(what_was_told_when_a_call_returned_was_taken_then),
		cmocka_unit_test(positions_go_round),
		cmocka_unit_test(looks_may_come_out_of_order),
		cmocka_unit_test(what_was_written_over_is_no_longer_known),
		cmocka_unit_test(of_too_many_rings_the_others_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
