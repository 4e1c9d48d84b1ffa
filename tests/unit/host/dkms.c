/* Is a dkms.conf understood as far as it can be without running it? */
#include "host/dkms.h"

#include <errno.h>

#include "tree.h"

/* The form that OpenZFS's recipe has: a list of modules, switches asked for in expressions. */
static const char ZFS[] =
	"PACKAGE_NAME=\"zfs\"\nPACKAGE_VERSION=\"2.1.11\"\nPACKAGE_CONFIG=\"/etc/default/zfs\"\n"
	"PRE_BUILD=\"configure\n  --with-linux=$(\n    if [ -e \"${dir/%build/source}\" ]\n"
	"    then\n      echo \"${dir}\"\n    fi\n  )\n  --with-linux-obj=\"${dir}\"\n"
	"  --with-linux=$(\n    case `lsb_release -is` in\n"
	"      (Debian|Devuan)\n        echo here\n      ;;\n    esac\n  )\n"
	"  $(\n    [[ -n \\\"${ROOT}\\\" ]] && echo --with-root=\\\"${ROOT}\\\"\n  )\n"
	"  $(\n    [[ -r ${PACKAGE_CONFIG} ]] && source ${PACKAGE_CONFIG} &&\n    {\n"
	"      if [[ ${ZFS_DKMS_ENABLE_DEBUG,,} == @(y|yes) ]]\n      then\n"
	"        echo --enable-debug\n      fi\n"
	"      if [[ ${ZFS_DKMS_ENABLE_DEBUGINFO,,} == @(y|yes) ]]\n      then\n"
	"        echo --enable-debuginfo\n      fi\n    }\n  )\n\"\n"
	"AUTOINSTALL=\"yes\"\nMAKE[0]=\"make\"\n"
	"STRIP[0]=\"$(\n  [[ -r ${PACKAGE_CONFIG} ]] \\\n  && source ${PACKAGE_CONFIG} \\\n"
	"  && shopt -q -s extglob \\\n  && [[ ${ZFS_DKMS_DISABLE_STRIP,,} == @(y|yes) ]] \\\n"
	"  && echo -n no\n)\"\nSTRIP[1]=\"${STRIP[0]}\"\n"
	"BUILT_MODULE_NAME[0]=\"zavl\"\nBUILT_MODULE_NAME[1]=\"zfs\"\n"
	"DEST_MODULE_LOCATION[1]=\"/updates/zfs/zfs\"\n";

static void the_recipe_of_zfs_is_decided_by_its_configuration(void **state)
{
	owns(dkms_free) struct dkms_package package = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/usr/src/zfs-2.1.11/dkms.conf", ZFS);
	tree_add(&tree, "/etc/default/zfs",
		 "# ZFS_DKMS_DISABLE_STRIP='yes'\nZFS_DKMS_ENABLE_DEBUGINFO=\"Yes\"\n"
		 "ZFS_DKMS_ENABLE_DEBUG='no'\n");
	assert_int_equal(dkms_find(tree.root, "6.1.0", "zfs", &package), 0);
	assert_string_equal(package.name, "zfs");
	assert_string_equal(package.version, "2.1.11");
	assert_string_equal(package.conf_path, "/usr/src/zfs-2.1.11/dkms.conf");
	assert_string_equal(package.config_path, "/etc/default/zfs");
	assert_true(package.has_config);
	assert_false(package.is_built);
	assert_int_equal(package.strip, DKMS_DECIDES);
	assert_int_equal(package.number, 1);
	assert_int_equal(package.switches.count, 3);
	assert_string_equal(package.switches.items[0].name, "ZFS_DKMS_ENABLE_DEBUG");
	assert_false(package.switches.items[0].is_on);
	assert_string_equal(package.switches.items[1].name, "ZFS_DKMS_ENABLE_DEBUGINFO");
	assert_true(package.switches.items[1].is_on);
	assert_string_equal(package.switches.items[2].name, "ZFS_DKMS_DISABLE_STRIP");
	assert_false(package.switches.items[2].is_on);
	tree_remove(&tree);
}

static void a_missing_configuration_switches_nothing_on(void **state)
{
	owns(dkms_free) struct dkms_package package = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/usr/src/zfs-2.1.11/dkms.conf", ZFS);
	assert_int_equal(dkms_find(tree.root, "6.1.0", "zavl", &package), 0);
	assert_false(package.has_config);
	assert_int_equal(package.number, 0);
	assert_int_equal(package.switches.count, 3);
	for (size_t i = 0; i < package.switches.count; i++)
		assert_false(package.switches.items[i].is_on);
	tree_remove(&tree);
}

/* What a plain recipe with these lines says of its module. */
static enum dkms_strip strip_of(const char *lines)
{
	owns(dkms_free) struct dkms_package package = {};
	struct tree tree;
	char text[512];

	snprintf(text, sizeof(text), "PACKAGE_NAME=gadget\nPACKAGE_VERSION=1\n%s", lines);
	tree_make(&tree);
	tree_add(&tree, "/usr/src/gadget-1/dkms.conf", text);
	assert_int_equal(dkms_find(tree.root, "6.1.0", "gadget", &package), 0);
	tree_remove(&tree);
	return package.strip;
}

static void what_is_not_forbidden_is_stripped(void **state)
{
	assert_int_equal(strip_of(""), DKMS_STRIPS);
	assert_int_equal(strip_of("STRIP[0]=yes\n"), DKMS_STRIPS);
	assert_int_equal(strip_of("BUILT_MODULE_NAME=\"$PACKAGE_NAME\"\n"), DKMS_STRIPS);
	assert_int_equal(strip_of("# STRIP[0]=no\n"), DKMS_STRIPS);
}

static void a_no_in_any_spelling_keeps_names(void **state)
{
	assert_int_equal(strip_of("STRIP[0]=\"no\"\n"), DKMS_KEEPS);
	assert_int_equal(strip_of("STRIP=No # why not\n"), DKMS_KEEPS);
	assert_int_equal(strip_of("  STRIP[0]='n'\n"), DKMS_KEEPS);
	assert_int_equal(strip_of("STRIP[0]=n\"o\"\n"), DKMS_KEEPS);
	/* A module of which nothing is said goes with the first. */
	assert_int_equal(
		strip_of("BUILT_MODULE_NAME[0]=a\nBUILT_MODULE_NAME[1]=gadget\nSTRIP[0]=no\n"),
		DKMS_KEEPS);
	assert_int_equal(
		strip_of("BUILT_MODULE_NAME[0]=a\nBUILT_MODULE_NAME[1]=gadget\nSTRIP[0]=no\n"
			 "STRIP[1]=yes\n"),
		DKMS_STRIPS);
}

static void what_only_a_shell_can_tell_is_not_guessed(void **state)
{
	assert_int_equal(strip_of("STRIP[0]=$(echo no)\n"), DKMS_DECIDES);
	assert_int_equal(strip_of("STRIP[0]=`cat /etc/strip`\n"), DKMS_DECIDES);
	assert_int_equal(strip_of("if true; then\n STRIP[0]=no\nelse\n STRIP[0]=yes\nfi\n"),
			 DKMS_DECIDES);
}

static void an_override_of_the_administrator_wins(void **state)
{
	owns(dkms_free) struct dkms_package package = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/usr/src/gadget-1/dkms.conf",
		 "PACKAGE_NAME=gadget\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME[0]=gadget\n"
		 "STRIP[0]=yes\n");
	tree_add(&tree, "/etc/dkms/gadget.conf", "STRIP[0]=\"no\"\n");
	assert_int_equal(dkms_find(tree.root, "6.1.0", "gadget", &package), 0);
	assert_int_equal(package.strip, DKMS_KEEPS);
	tree_remove(&tree);
}

static void the_build_for_this_kernel_is_preferred(void **state)
{
	owns(dkms_free) struct dkms_package package = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/usr/src/gadget-1/dkms.conf", "PACKAGE_NAME=gadget\nPACKAGE_VERSION=1\n");
	tree_add(&tree, "/usr/src/gadget-3/dkms.conf", "PACKAGE_NAME=gadget\nPACKAGE_VERSION=3\n");
	tree_add(&tree, "/var/lib/dkms/gadget/2/source/dkms.conf",
		 "PACKAGE_NAME=gadget\nPACKAGE_VERSION=2\n");
	tree_add(&tree, "/var/lib/dkms/gadget/2/6.1.0/x86_64/log", "");
	assert_int_equal(dkms_find(tree.root, "6.1.0", "gadget", &package), 0);
	assert_string_equal(package.version, "2");
	assert_true(package.is_built);
	tree_remove(&tree);
}

static void other_modules_have_no_recipe(void **state)
{
	struct dkms_package package = {};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(dkms_find(tree.root, "6.1.0", "zfs", &package), -ENOENT);
	tree_add(&tree, "/usr/src/zfs-2.1.11/dkms.conf", ZFS);
	tree_add(
		&tree, "/usr/src/odd-1/dkms.conf",
		"PACKAGE_NAME=\"never ends\nSTRIP[99999]=no\nBUILT_MODULE_NAME[]=ext4\n=\n[0]=x\n");
	tree_add(&tree, "/usr/src/evil-1/dkms.conf",
		 "PACKAGE_NAME=../../x\nBUILT_MODULE_NAME=ext4\n");
	assert_int_equal(dkms_find(tree.root, "6.1.0", "ext4", &package), -ENOENT);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recipe_of_zfs_is_decided_by_its_configuration),
		cmocka_unit_test(a_missing_configuration_switches_nothing_on),
		cmocka_unit_test(what_is_not_forbidden_is_stripped),
		cmocka_unit_test(a_no_in_any_spelling_keeps_names),
		cmocka_unit_test(what_only_a_shell_can_tell_is_not_guessed),
		cmocka_unit_test(an_override_of_the_administrator_wins),
		cmocka_unit_test(the_build_for_this_kernel_is_preferred),
		cmocka_unit_test(other_modules_have_no_recipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
