/* Is a request that ended unseen known by what the kernel still has in flight? */
#include "probe/unseen_ends.h"

#include "event/event.h"
#include "harness/test.h"

#define VDA  0x00fe0000u
#define LOOP 0x00700000u

static struct pending issued(uint32_t dev, uint64_t issue_ns, uint32_t flags)
{
	return (struct pending){ .dev = dev, .issue_ns = issue_ns, .flags = flags };
}

static void add(struct inflight *inflight, uint32_t dev, uint32_t reads, uint32_t writes)
{
	struct inflight_device *device = array_push(&inflight->devices);

	assert_non_null(device);
	*device = (struct inflight_device){ .dev = dev, .reads = reads, .writes = writes };
}

static void what_the_kernel_still_has_is_not_unseen(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct pending held[] = { issued(VDA, 10, REQUEST_READ), issued(LOOP, 11, REQUEST_WRITE),
				  issued(VDA, 12, REQUEST_WRITE) };

	add(&inflight, VDA, 1, 1);
	add(&inflight, LOOP, 0, 5);
	assert_int_equal(unseen_ends_among(held, 3, &inflight, 100), 0);
	assert_int_equal(unseen_ends_among(held, 0, &inflight, 100), 0);
}

static void what_is_held_beyond_that_has_ended_unseen(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct pending held[] = { issued(VDA, 10, REQUEST_READ), issued(LOOP, 11, REQUEST_WRITE),
				  issued(VDA, 12, REQUEST_WRITE), issued(VDA, 13, REQUEST_READ) };

	add(&inflight, VDA, 1, 0);
	assert_int_equal(unseen_ends_among(held, 4, &inflight, 100), 3);
}

static void what_the_kernel_does_not_count_is_left_out(void **state)
{
	owns(inflight_free) struct inflight inflight = {};
	struct pending held[] = { issued(VDA, 0, REQUEST_READ), issued(VDA, 100, REQUEST_READ),
				  issued(VDA, 5, REQUEST_WRITE | REQUEST_FLUSH),
				  issued(VDA, 5, REQUEST_WRITE | REQUEST_BIO),
				  issued(VDA, 5, REQUEST_READ | REQUEST_REQUEUED) };

	add(&inflight, VDA, 0, 1);
	assert_int_equal(unseen_ends_among(held, 5, &inflight, 100), 0);
	/* On an idle device nobody waits for a flush. */
	inflight.devices.count = 0;
	assert_int_equal(unseen_ends_among(held, 5, &inflight, 100), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_still_has_is_not_unseen),
		cmocka_unit_test(what_is_held_beyond_that_has_ended_unseen),
		cmocka_unit_test(what_the_kernel_does_not_count_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
