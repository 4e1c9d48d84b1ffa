/* Is each line of mountinfo read as the kernel meant it? */
#include "host/mounts.h"

#include <errno.h>
#include <string.h>

#include "tree.h"

static const char text[] = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
			   "23 22 0:5 / /proc rw shared:5 master:2 - proc proc rw\n"
			   "an odd line\n"
			   "24 22 8:1 /sub /mnt/a\\040b rw shared:7 - xfs /dev/sda1 rw,noquota\n"
			   "25 22 8:1 / /srv rw - xfs /dev/sda1 rw,noquota\n"
			   "26 25 0:40 / /srv/deep rw - btrfs /dev/sdb rw\n";

static void read_text(struct mounts *mounts, struct tree *tree)
{
	char path[128];

	tree_make(tree);
	tree_add(tree, "/mountinfo", text);
	snprintf(path, sizeof(path), "%s/mountinfo", tree->root);
	assert_int_equal(mounts_read(path, mounts, NULL), 0);
}

static void fields_are_told_apart_whatever_tags_stand_between(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct tree tree;

	read_text(&mounts, &tree);
	assert_int_equal(mounts.entries.count, 5);
	assert_int_equal(mounts.entries.items[0].id, 22);
	assert_int_equal(mounts.entries.items[0].dev, 254 << 20);
	assert_string_equal(mounts.entries.items[1].type, "proc");
	assert_string_equal(mounts.entries.items[2].point, "/mnt/a b");
	assert_string_equal(mounts.entries.items[2].root, "/sub");
	assert_string_equal(mounts.entries.items[2].source, "/dev/sda1");
	assert_string_equal(mounts.entries.items[2].options, "rw,noquota");
	tree_remove(&tree);
}

static void a_whole_mount_is_preferred_to_a_part(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct tree tree;

	read_text(&mounts, &tree);
	assert_string_equal(mounts_find(&mounts, 8 << 20 | 1)->point, "/srv");
	assert_null(mounts_find(&mounts, 8 << 20 | 2));
	tree_remove(&tree);
}

static void a_path_lies_on_the_deepest_mount_that_covers_it(void **state)
{
	owns(mounts_free) struct mounts mounts = {};
	struct tree tree;

	read_text(&mounts, &tree);
	assert_string_equal(mounts_find_path(&mounts, "/srv/deep/file")->type, "btrfs");
	assert_string_equal(mounts_find_path(&mounts, "/srv/deeper/file")->point, "/srv");
	assert_string_equal(mounts_find_path(&mounts, "/home/file")->point, "/");
	assert_null(mounts_find_path(&mounts, "relative"));
	tree_remove(&tree);
}

static void a_missing_file_is_told(void **state)
{
	struct mounts mounts = {};
	struct diag why = {};

	assert_int_equal(mounts_read("/nonexistent/mountinfo", &mounts, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/nonexistent/mountinfo"));
}

struct told {
	char text[512];
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	const struct event_fact *fact = (const void *)event;
	struct told *told = self;
	size_t used = strlen(told->text);

	assert_int_equal(event->kind, EVENT_FACT);
	(void)snprintf(told->text + used, sizeof(told->text) - used, "%.*s=%.*s;", fact->key_bytes,
		       fact->text, fact->value_bytes, fact->text + fact->key_bytes);
	return 0;
}

static void each_file_system_is_told_once_where_it_is_whole(void **state)
{
	struct told told = {};
	const struct event_sink sink = { .take = hear, .self = &told };
	struct tree tree;
	char path[128];

	tree_make(&tree);
	tree_add(&tree, "/mountinfo", text);
	snprintf(path, sizeof(path), "%s/mountinfo", tree.root);
	assert_int_equal(mounts_tell(path, &sink, 1, NULL), 0);
	assert_string_equal(told.text, "mount.254:0=/;mount.0:5=/proc;mount.8:1=/srv;"
				       "mount.0:40=/srv/deep;");
	tree_remove(&tree);
}

static void without_a_file_nothing_is_told(void **state)
{
	struct told told = {};
	const struct event_sink sink = { .take = hear, .self = &told };

	assert_int_equal(mounts_tell("/nonexistent", &sink, 1, NULL), 0);
	assert_string_equal(told.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_system_is_told_once_where_it_is_whole),
		cmocka_unit_test(without_a_file_nothing_is_told),
		cmocka_unit_test(fields_are_told_apart_whatever_tags_stand_between),
		cmocka_unit_test(a_whole_mount_is_preferred_to_a_part),
		cmocka_unit_test(a_path_lies_on_the_deepest_mount_that_covers_it),
		cmocka_unit_test(a_missing_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
