/* Is what a program prints read whole, and one that hangs left behind? */
#include "host/children.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/test.h"

#define SECOND UINT64_C(1000000000)

static struct child child_of(const char *line)
{
	struct child child = {};

	(void)snprintf(child.line, sizeof(child.line), "%s", line);
	return child;
}

static void all_run_at_once_and_each_has_its_result(void **state)
{
	struct child children[] = {
		child_of("echo one two"), child_of("false"), child_of("slowpath-no-such-one"),
		child_of("seq 200000"),   child_of("true"),  child_of(""),
	};

	children_run(children, 6, 60 * SECOND);
	assert_int_equal(children[0].result, 0);
	assert_string_equal(children[0].text, "one two\n");
	assert_int_equal(children[1].result, -EIO);
	assert_int_equal(children[2].result, -ENOENT);
	assert_int_equal(children[3].result, 0);
	assert_int_equal(children[3].bytes, 1288895);
	assert_int_equal(strlen(children[3].text), 1288895);
	assert_int_equal(children[4].result, 0);
	assert_int_equal(children[4].bytes, 0);
	assert_int_equal(children[5].result, -EINVAL);
	children_free(children, 6);
}

static void one_that_hangs_is_left(void **state)
{
	struct child children[] = { child_of("sleep 1000"), child_of("echo here") };

	children_run(children, 2, SECOND / 2);
	assert_int_equal(children[0].result, -ETIMEDOUT);
	assert_int_equal(children[0].pid, 0);
	assert_int_equal(children[1].result, 0);
	assert_string_equal(children[1].text, "here\n");
	children_free(children, 2);
}

static void one_that_prints_for_ever_is_ended(void **state)
{
	struct child child = child_of("yes");

	children_run(&child, 1, 60 * SECOND);
	assert_int_equal(child.result, -EFBIG);
	children_free(&child, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_run_at_once_and_each_has_its_result),
		cmocka_unit_test(one_that_hangs_is_left),
		cmocka_unit_test(one_that_prints_for_ever_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
