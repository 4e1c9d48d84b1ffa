/* Has a kernel worker the name that ps shows? */
#include "analyse/titles.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static void assert_name(const char *comm, const char *text, const char *name)
{
	struct event_title *title = calloc(1, sizeof(*title) + strlen(text) + 1);
	owns(names_free) struct names names = {};
	uint32_t id = names_put(&names, comm, strlen(comm));

	assert_non_null(title);
	title->text_bytes = (uint16_t)strlen(text);
	memcpy(title->text, text, strlen(text));
	assert_string_equal(names_text(&names, title_worker_name(&names, id, title)), name);
	free(title);
}

static void a_worker_has_its_workqueues_name_behind_its_own(void **state)
{
	assert_name("kworker/u8:2", "events_unbound", "kworker/u8:2-events_unbound");
	assert_name("kworker/0:1H", "kblockd", "kworker/0:1H-kblockd");
}

static void another_workqueue_takes_the_place_of_the_last(void **state)
{
	assert_name("kworker/u8:2-writeback", "flush-8:0", "kworker/u8:2-flush-8:0");
	assert_name("kworker/u8:2+writeback", "events", "kworker/u8:2-events");
}

static void without_one_the_name_stays(void **state)
{
	assert_name("kworker/u8:2", "", "kworker/u8:2");
	assert_name("kworker/R-xfs_b", "xfs_buf", "kworker/R-xfs_b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_has_its_workqueues_name_behind_its_own),
		cmocka_unit_test(another_workqueue_takes_the_place_of_the_last),
		cmocka_unit_test(without_one_the_name_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
