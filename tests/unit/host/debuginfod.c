/* Are servers only asked when the user has NAMED some, and only until one is silent? */
#include "host/debuginfod.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/host/tree.h"

static void without_servers_nobody_is_asked(void **state)
{
	struct debuginfod *debuginfod = NULL;

	assert_int_equal(unsetenv("DEBUGINFOD_URLS"), 0);
	assert_int_equal(debuginfod_new(&debuginfod), -ENOENT);
	assert_int_equal(setenv("DEBUGINFOD_URLS", "", 1), 0);
	assert_int_equal(debuginfod_new(&debuginfod), -ENOENT);
	assert_null(debuginfod);
	debuginfod_free(&debuginfod);
}

/* A server that is a folder: libdebuginfod reads file URLs too. */
static void what_a_server_has_is_fetched(void **state)
{
	static const uint8_t ID[] = { 0xab, 0xcd, 0xef, 0x01 }, OTHER[] = { 1, 2, 3, 4 };
	struct debuginfod *debuginfod = NULL;
	char url[128], cache[128], text[16] = "";
	struct tree tree;
	int r, fd;

	tree_make(&tree);
	tree_add(&tree, "/buildid/abcdef01/debuginfo", "debug");
	snprintf(url, sizeof(url), "file://%s/", tree.root);
	snprintf(cache, sizeof(cache), "%s/cache", tree.root);
	assert_int_equal(setenv("DEBUGINFOD_URLS", url, 1), 0);
	assert_int_equal(setenv("DEBUGINFOD_CACHE_PATH", cache, 1), 0);
	r = debuginfod_new(&debuginfod);
	if (r == 0) {
		fd = debuginfod_fetch(debuginfod, ID, sizeof(ID));
		assert_true(fd >= 0);
		assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
		assert_string_equal(text, "debug");
		assert_int_equal(close(fd), 0);
		assert_true(debuginfod_fetch(debuginfod, OTHER, sizeof(OTHER)) < 0);
		debuginfod_free(&debuginfod);
		assert_null(debuginfod);
	}
	tree_remove(&tree);
	if (r == -ENOSYS)
		skip(); /* the library is not installed */
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_servers_nobody_is_asked),
		cmocka_unit_test(what_a_server_has_is_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
