/* Are the settings told that decide whether a core file is written? */
#include "probe/look_facts.h"

#include <string.h>

#include "../host/tree.h"
#include "event/event.h"

struct heard {
	char text[1024];
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;
	const struct event_fact *fact = (const void *)event;
	size_t used = strlen(heard->text);

	assert_int_equal(event->kind, EVENT_FACT);
	snprintf(heard->text + used, sizeof(heard->text) - used, "%.*s=%.*s\n", fact->key_bytes,
		 fact->text, fact->value_bytes, fact->text + fact->key_bytes);
	return 0;
}

static void settings_and_limits_are_told(void **state)
{
	const uint32_t pids[] = { 7, 8, 9 };
	struct heard heard = {};
	const struct event_sink sink = { hear, &heard };
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/sys/kernel/core_pattern", "|/usr/lib/systemd-coredump %P\n");
	tree_add(&tree, "/proc/sys/kernel/hung_task_timeout_secs", "120\n");
	tree_add(
		&tree, "/proc/7/limits",
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max core file size        0                    unlimited            bytes     \n");
	tree_add(
		&tree, "/proc/8/limits",
		"Max core file size        unlimited            unlimited            bytes     \n");
	assert_int_equal(look_facts_tell(tree.root, pids, 3, &sink, 1, NULL), 0);
	assert_string_equal(heard.text, "kernel.core_pattern=|/usr/lib/systemd-coredump %P\n"
					"kernel.hung_task_timeout_secs=120\n"
					"process.7.core_limit=0\n"
					"process.8.core_limit=unlimited\n");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_and_limits_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
