/* Is it seen which settings hide the kernel's names? */
#include "host/naming.h"

#include "tree.h"

static void names_that_are_there_are_seen(void **state)
{
	struct naming naming;
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/kallsyms",
		 "ffffffff81000000 T _text\nffffffff81000100 t helper\nffffffff82000000 d state\n"
		 "ffffffffc0000000 t zfs_open\t[zfs]\n");
	tree_add(&tree, "/proc/sys/kernel/kptr_restrict", "1\n");
	tree_add(&tree, "/proc/sys/kernel/perf_event_paranoid", "-1\n");
	tree_add(&tree, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	naming_read(tree.root, &naming);
	assert_true(naming.has_kallsyms && naming.has_data);
	assert_false(naming.is_hidden);
	assert_int_equal(naming.kptr_restrict, 1);
	assert_int_equal(naming.perf_event_paranoid, -1);
	assert_string_equal(naming.lockdown, "integrity");
	tree_remove(&tree);
}

static void zero_addresses_are_hidden_names(void **state)
{
	struct naming naming;
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/kallsyms",
		 "0000000000000000 T _text\n0000000000000000 d state\t[zfs]\nodd\n");
	naming_read(tree.root, &naming);
	assert_true(naming.has_kallsyms && naming.is_hidden);
	/* A module's variable says nothing of the kernel's own. */
	assert_false(naming.has_data);
	tree_remove(&tree);
}

static void what_cannot_be_read_is_unknown(void **state)
{
	struct naming naming;
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/sys/kernel/kptr_restrict", "many\n");
	tree_add(&tree, "/sys/kernel/security/lockdown", "[a name that is longer than any]\n");
	naming_read(tree.root, &naming);
	assert_false(naming.has_kallsyms);
	assert_int_equal(naming.kptr_restrict, NAMING_UNKNOWN);
	assert_int_equal(naming.perf_event_paranoid, NAMING_UNKNOWN);
	assert_string_equal(naming.lockdown, "");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_there_are_seen),
		cmocka_unit_test(zero_addresses_are_hidden_names),
		cmocka_unit_test(what_cannot_be_read_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
