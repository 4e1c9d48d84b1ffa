/* Is the package found that brought a file, whichever of its names is asked for? */
#include "host/packages.h"

#include <errno.h>

#include "tree.h"

static void a_file_has_its_package_on_both_sides_of_the_merge(void **state)
{
	struct package_query queries[] = {
		{ .path = "/usr/bin/ls" },
		{ .path = "/usr/lib/x86_64-linux-gnu/libc.so.6" },
		{ .path = "/lib/modules/6.1.0/kernel/x.ko" },
		{ .path = "/opt/own" },
	};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/var/lib/dpkg/info/coreutils.list", "/.\n/bin\n/bin/ls\n/bin/lsx\n");
	tree_add(&tree, "/var/lib/dpkg/info/libc6:amd64.list",
		 "/usr/lib/x86_64-linux-gnu/libc.so.6\n");
	tree_add(&tree, "/var/lib/dpkg/info/linux-image-6.1.0.list",
		 "/usr/lib/modules/6.1.0/kernel/x.ko");
	tree_add(&tree, "/var/lib/dpkg/info/other.md5sums", "/opt/own\n");
	assert_int_equal(packages_find(tree.root, queries, 4), 0);
	assert_string_equal(queries[0].owner, "coreutils");
	assert_string_equal(queries[1].owner, "libc6");
	assert_string_equal(queries[2].owner, "linux-image-6.1.0");
	assert_string_equal(queries[3].owner, "");
	tree_remove(&tree);
}

static void without_dpkg_nothing_is_known(void **state)
{
	struct package_query query = { .path = "/usr/bin/ls" };
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(packages_find(tree.root, &query, 1), -ENOENT);
	assert_string_equal(query.owner, "");
	tree_remove(&tree);
}

static void a_distribution_calls_itself(void **state)
{
	struct distribution found = {};
	struct tree tree;

	tree_make(&tree);
	distribution_read(tree.root, &found);
	assert_string_equal(found.id, "");
	tree_add(&tree, "/usr/lib/os-release",
		 "NAME=\"Rocky Linux\"\nVERSION_ID=\"9.3\"\nID=\"rocky\"\n"
		 "ID_LIKE=\"rhel centos fedora\"\n");
	distribution_read(tree.root, &found);
	assert_string_equal(found.id, "rocky");
	assert_string_equal(found.id_like, "rhel centos fedora");
	assert_string_equal(found.codename, "");
	tree_add(&tree, "/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm");
	distribution_read(tree.root, &found);
	assert_string_equal(found.id, "debian");
	assert_string_equal(found.codename, "bookworm");
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_its_package_on_both_sides_of_the_merge),
		cmocka_unit_test(without_dpkg_nothing_is_known),
		cmocka_unit_test(a_distribution_calls_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
