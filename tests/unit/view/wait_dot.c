/* Is the graph for dot a graph, whatever the names hold? */
#include "view/wait_dot.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"
#include "unit/view/sample_wait.h"

static char *print_graph(const struct wait_report *report)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(view_wakers_dot(report, printed.out), 0);
	return printed_end(&printed);
}

static void the_graph_looks_as_accepted(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(own_free) char *text = print_graph(report);

	assert_harmless(text);
	golden_assert("wakers-dot", text);
}

/* Outside of quotes there is nothing but what we put there. */
static void no_name_leaves_its_quotes(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	owns(own_free) char *text = print_graph(report);
	bool is_quoted = false;

	for (const char *c = text; *c; c++) {
		if (is_quoted && *c == '\\') {
			c++;
			assert_non_null(strchr("n\"\\", *c));
		} else if (*c == '"') {
			is_quoted = !is_quoted;
		} else if (*c == '\n') {
			assert_false(is_quoted);
		} else if (!is_quoted) {
			assert_null(strchr("<&$'", *c));
		}
	}
	assert_false(is_quoted);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(wait_report_free) struct wait_report *report = sample_wait();
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_true(view_wakers_dot(report, full) < 0);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_graph_looks_as_accepted),
		cmocka_unit_test(no_name_leaves_its_quotes),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
