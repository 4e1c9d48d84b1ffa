/* Is an event that the kernel does not have an error, with nothing left behind? */
#include "probe/perf_links.h"

#include <linux/perf_event.h>

#include "harness/test.h"

static void an_event_that_is_not_there_is_an_error(void **state)
{
	struct perf_event_attr attr = { .type = UINT32_MAX, .size = sizeof(attr) };
	struct perf_links links = {};

	assert_true(perf_links_attach(&links, &attr, NULL) < 0);
	assert_int_equal(links.items.count, 0);
	perf_links_free(&links);
	perf_links_free(&links);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
