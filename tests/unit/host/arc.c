/* Are the counts of ZFS's cache those of its text? */
#include "host/arc.h"

#include <errno.h>

#include "unit/host/tree.h"

static int read_text(const char *text, struct arc_counts *ret)
{
	struct tree tree;
	int r;

	tree_make(&tree);
	if (text)
		tree_add(&tree, "/proc/spl/kstat/zfs/arcstats", text);
	r = arc_read(tree.root, ret);
	tree_remove(&tree);
	return r;
}

static void demands_for_data_are_counted(void **state)
{
	struct arc_counts counts;

	assert_int_equal(read_text("13 1 0x01 123 33456 4109281337 9243517364935\n"
				   "name                            type data\n"
				   "hits                            4    9999\n"
				   "demand_data_hits                4    1204\n"
				   "demand_data_misses              4    77\n",
				   &counts),
			 0);
	assert_int_equal(counts.hits, 1204);
	assert_int_equal(counts.misses, 77);
}

static void what_is_not_there_is_not_zero(void **state)
{
	struct arc_counts counts = { 5, 6 };

	assert_int_equal(read_text(NULL, &counts), -ENOENT);
	assert_int_equal(read_text("demand_data_hits 4 12\n", &counts), -EBADMSG);
	assert_int_equal(read_text("demand_data_hits 4\ndemand_data_misses 4 1\n", &counts),
			 -EBADMSG);
	assert_int_equal(counts.hits, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demands_for_data_are_counted),
		cmocka_unit_test(what_is_not_there_is_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
