/* Are the steps exact: the lines to add, the packages to install, in the right order? */
#include "analyse/remedies.h"

#include <stdlib.h>

#include "unit/analyse/symbols_facts.h"

static const struct symbols_switch ZFS_OFF[] = {
	{ "ZFS_DKMS_ENABLE_DEBUG", false },
	{ "ZFS_DKMS_ENABLE_DEBUGINFO", false },
	{ "ZFS_DKMS_DISABLE_STRIP", false },
};

static const struct symbols_switch ZFS_ON[] = {
	{ "ZFS_DKMS_ENABLE_DEBUG", false },
	{ "ZFS_DKMS_ENABLE_DEBUGINFO", true },
	{ "ZFS_DKMS_DISABLE_STRIP", true },
};

static struct symbols_facts zfs_module(const char *name, unsigned int number)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_MODULE, name, "/lib/modules/6.1.0/x.ko");

	facts.functions = 100;
	facts.origin = SYMBOLS_FROM_DKMS;
	facts.dkms = (struct symbols_dkms){
		.name = "zfs",
		.version = "2.1.11",
		.conf_path = "/usr/src/zfs-2.1.11/dkms.conf",
		.config_path = "/etc/default/zfs",
		.has_config = true,
		.strip = SYMBOLS_DECIDED,
		.number = number,
		.switches = ZFS_OFF,
		.switch_count = 3,
	};
	return facts;
}

/* The steps of the only remedy for these. The caller frees. */
static char *steps_for(const struct symbols_input *input, char title[static 256])
{
	struct symbols_report *report = report_of(input);
	char *steps;

	assert_int_equal(report->fixes.count, 1);
	snprintf(title, 256, "%s", report->fixes.items[0].title);
	steps = steps_of(&report->fixes.items[0]);
	symbols_report_free(&report);
	return steps;
}

static void assert_in_order(const char *text, const char *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_has(text, parts[i]);
		text = strstr(text, parts[i]) + strlen(parts[i]);
	}
}

static void zfs_gets_its_three_lines_and_the_commands_in_order(void **state)
{
	static const char *const PARTS[] = {
		"/etc/default/zfs",
		"$ ZFS_DKMS_ENABLE_DEBUG=y\n",
		"$ ZFS_DKMS_ENABLE_DEBUGINFO=y\n",
		"$ ZFS_DKMS_DISABLE_STRIP=y\n",
		"assertions",
		"$ dkms build zfs/2.1.11 -k 6.1.0 --force\n",
		"$ dkms install zfs/2.1.11 -k 6.1.0 --force\n",
		"reboot",
	};
	struct symbols_facts facts[] = { zfs_module("spl", 7), zfs_module("zfs", 4) };
	struct symbols_input input = input_of(facts, 2);
	char title[256];
	char *steps = steps_for(&input, title);

	assert_string_equal(title, "Built here by DKMS from zfs 2.1.11: spl, zfs");
	assert_in_order(steps, PARTS, sizeof(PARTS) / sizeof(PARTS[0]));
	free(steps);
}

static void switches_that_are_on_need_only_a_new_build(void **state)
{
	struct symbols_facts facts = zfs_module("zfs", 4);
	struct symbols_input input = input_of(&facts, 1);
	char title[256], *steps;

	facts.dkms.switches = ZFS_ON;
	steps = steps_for(&input, title);
	assert_has(steps, "build it again");
	assert_has_not(steps, "$ ZFS");
	assert_has(steps, "$ dkms build");
	free(steps);
}

static void a_recipe_that_strips_gets_an_override(void **state)
{
	struct symbols_facts facts = zfs_module("zfs", 4);
	struct symbols_input input = input_of(&facts, 1);
	char title[256], *steps;

	facts.dkms.switch_count = 0;
	facts.dkms.strip = SYMBOLS_STRIPPED;
	steps = steps_for(&input, title);
	assert_has(steps, "/etc/dkms/zfs.conf");
	assert_has(steps, "$ STRIP[4]=\"no\"\n");
	free(steps);

	facts.dkms.strip = SYMBOLS_DECIDED;
	steps = steps_for(&input, title);
	assert_has(steps, "it was not run");
	free(steps);

	facts.dkms.strip = SYMBOLS_KEPT;
	steps = steps_for(&input, title);
	assert_has(steps, "CONFIG_DEBUG_INFO");
	free(steps);
}

static struct symbols_facts packaged(enum symbols_kind kind, const char *path, const char *package)
{
	struct symbols_facts facts = facts_of(kind, "x", path);

	facts.exported = 1;
	facts.origin = SYMBOLS_FROM_PACKAGE;
	facts.package = package;
	return facts;
}

static void debian_packages_are_installed_together(void **state)
{
	struct symbols_facts facts[] = {
		packaged(SYMBOLS_OF_MODULE, "/lib/modules/a.ko", "linux-image-6.1.0-56-amd64"),
		packaged(SYMBOLS_OF_FILE, "/usr/bin/ls", "coreutils"),
		packaged(SYMBOLS_OF_FILE, "/usr/bin/cat", "coreutils"),
		packaged(SYMBOLS_OF_FILE, "/usr/lib/libc.so.6", "libc6"),
		packaged(SYMBOLS_OF_FILE, "/usr/bin/python3.11", "python3.11-minimal"),
	};
	struct symbols_input input = input_of(facts, 5);
	char title[256], *steps;

	facts[1].file_id = "1111";
	facts[2].running_id = "2222";
	steps = steps_for(&input, title);
	assert_has(steps, "$ echo 'deb http://deb.debian.org/debian-debug/ bookworm-debug main'");
	assert_has(steps, "$ apt-get install linux-image-6.1.0-56-amd64-dbg coreutils-dbgsym "
			  "libc6-dbg python3.11-dbg\n");
	assert_has(steps, "$ export DEBUGINFOD_URLS=https://debuginfod.debian.net\n");
	assert_has(steps, "1111 2222");
	assert_has(steps, "/usr/lib/debug/.build-id/$(printf %.2s $id)/${id#??}.debug; done\n");
	free(steps);
}

static void packages_of_the_main_archive_need_no_other(void **state)
{
	struct symbols_facts facts = packaged(SYMBOLS_OF_FILE, "/usr/lib/libc.so.6", "libc6");
	struct symbols_input input = input_of(&facts, 1);
	char title[256], *steps;

	facts.file_id = "abcd";
	input.has_debuginfod = true;
	steps = steps_for(&input, title);
	assert_has_not(steps, "debian-debug");
	assert_has_not(steps, "export DEBUGINFOD_URLS");
	assert_has(steps, "for id in abcd;");
	assert_has(steps, "$ apt-get install libc6-dbg\n");
	free(steps);
}

static void ubuntu_has_an_archive_of_its_own(void **state)
{
	struct symbols_facts facts[] = {
		packaged(SYMBOLS_OF_MODULE, "/lib/modules/a.ko", "linux-modules-5.15.0-91-generic"),
		packaged(SYMBOLS_OF_FILE, "/usr/bin/ls", "coreutils"),
	};
	struct symbols_input input = input_of(facts, 2);
	char title[256], *steps;

	facts[0].file_id = "abcd";
	input.distribution = "pop";
	input.distribution_like = "ubuntu debian";
	input.codename = "jammy";
	steps = steps_for(&input, title);
	assert_has(steps, "http://ddebs.ubuntu.com");
	assert_has(steps, " jammy jammy-updates ");
	assert_has(steps, "$ apt-get install linux-image-unsigned-5.15.0-91-generic-dbgsym "
			  "coreutils-dbgsym\n");
	assert_has(steps, "https://debuginfod.ubuntu.com");
	free(steps);
}

static void rpm_is_asked_by_the_command_itself(void **state)
{
	struct symbols_facts facts[] = {
		facts_of(SYMBOLS_OF_KERNEL, "vmlinux", ""),
		facts_of(SYMBOLS_OF_FILE, "ls", "/usr/bin/ls"),
		facts_of(SYMBOLS_OF_FILE, "odd", "/usr/bin/it's $(odd)"),
	};
	struct symbols_input input = input_of(facts, 3);
	char title[256], *steps;

	for (size_t i = 0; i < 3; i++)
		facts[i].origin = SYMBOLS_FROM_DISTRIBUTION;
	facts[0].is_live = true;
	facts[1].file_id = "abcd";
	input.distribution = "rocky";
	input.distribution_like = "rhel centos fedora";
	steps = steps_for(&input, title);
	assert_has(steps, "$ dnf debuginfo-install kernel-6.1.0\n");
	assert_has(steps,
		   "$ dnf debuginfo-install $(rpm -qf /usr/bin/ls '/usr/bin/it'\\''s $(odd)' "
		   "| sort -u)\n");
	free(steps);

	input.distribution = "opensuse-leap";
	steps = steps_for(&input, title);
	assert_has(steps, "$ zypper install $(rpm -qf --qf '%{NAME}-debuginfo\\n' /usr/bin/ls");
	free(steps);

	input.distribution = "arch";
	input.distribution_like = "";
	steps = steps_for(&input, title);
	assert_has(steps, "$ export DEBUGINFOD_URLS=https://debuginfod.archlinux.org\n");
	free(steps);
}

static void many_files_are_not_fetched_one_by_one(void **state)
{
	struct symbols_facts facts[17];
	struct symbols_input input = input_of(facts, 17);
	char title[256], *steps;

	for (size_t i = 0; i < 17; i++) {
		facts[i] = packaged(SYMBOLS_OF_FILE, "/usr/bin/ls", "coreutils");
		facts[i].file_id = "abcd";
	}
	steps = steps_for(&input, title);
	assert_has_not(steps, "debuginfod");
	free(steps);
	input.count = 16;
	steps = steps_for(&input, title);
	assert_has(steps, "debuginfod-find");
	free(steps);
}

static void own_builds_are_told_the_flags(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");
	struct symbols_input input = input_of(&facts, 1);
	char title[256], *steps = steps_for(&input, title);

	assert_has(steps, "-g -fno-omit-frame-pointer");
	free(steps);

	facts = facts_of(SYMBOLS_OF_KERNEL, "vmlinux", "");
	facts.is_live = true;
	steps = steps_for(&input, title);
	assert_has(steps, "CONFIG_DEBUG_INFO");
	assert_has(steps, "/usr/lib/debug/boot/vmlinux-6.1.0");
	free(steps);
}

static void a_title_names_eight_and_counts_the_others(void **state)
{
	struct symbols_facts facts[12];
	struct symbols_input input = input_of(facts, 12);
	char title[256];

	for (size_t i = 0; i < 12; i++)
		facts[i] = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");
	free(steps_for(&input, title));
	assert_has(title, "job, job, job, job, job, job, job, job and 4 more");
}

static void words_are_quoted_where_a_shell_would_read_them(void **state)
{
	static const char *const WORDS[][2] = {
		{ "/usr/bin/ls", "/usr/bin/ls" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },
		{ "$(reboot)", "'$(reboot)'" },
	};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		char *quoted = shell_quote(WORDS[i][0]);

		assert_string_equal(quoted, WORDS[i][1]);
		free(quoted);
	}
}

static void what_changed_since_is_loaded_or_started_again(void **state)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "job", "/opt/job");

	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_REPLACED), REMEDY_RESTART);
	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_MISMATCH), REMEDY_RELOAD);
	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_UNREADABLE), REMEDY_READ);
	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_LINES), REMEDY_NONE);
	facts.kind = SYMBOLS_OF_MODULE;
	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_NO_FILE), REMEDY_DEPMOD);
	assert_int_equal(remedy_kind_of(&facts, SYMBOLS_NAMES), REMEDY_BUILD_KERNEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zfs_gets_its_three_lines_and_the_commands_in_order),
		cmocka_unit_test(switches_that_are_on_need_only_a_new_build),
		cmocka_unit_test(a_recipe_that_strips_gets_an_override),
		cmocka_unit_test(debian_packages_are_installed_together),
		cmocka_unit_test(packages_of_the_main_archive_need_no_other),
		cmocka_unit_test(ubuntu_has_an_archive_of_its_own),
		cmocka_unit_test(rpm_is_asked_by_the_command_itself),
		cmocka_unit_test(many_files_are_not_fetched_one_by_one),
		cmocka_unit_test(own_builds_are_told_the_flags),
		cmocka_unit_test(a_title_names_eight_and_counts_the_others),
		cmocka_unit_test(words_are_quoted_where_a_shell_would_read_them),
		cmocka_unit_test(what_changed_since_is_loaded_or_started_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
