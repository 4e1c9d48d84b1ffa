/* Does a made-up machine with real files come out as the facts that it has? */
#include "cmd/survey.h"

#include <errno.h>

#include "harness/compiled.h"

static void put(const struct workshop *workshop, const char *path, const char *text)
{
	char line[1024];

	snprintf(line, sizeof(line), "mkdir -p $(dirname ./%s) && printf '%s' > ./%s", path, text,
		 path);
	assert_int_equal(workshop_run(workshop, line), 0);
}

/* A machine whose module zfs was built by DKMS, stripped and packed, beside one of a package. */
static void make_machine(struct workshop *workshop)
{
	workshop_open(workshop);
	assert_int_equal(
		workshop_run(
			workshop,
			"mkdir -p lib/modules/6.1.0/updates/dkms lib/modules/6.1.0/kernel usr/bin && "
			"cp module.ko lib/modules/6.1.0/kernel/nls-base.ko && "
			"cp module.ko lib/modules/6.1.0/kernel/spare.ko && "
			"strip -g module.ko && gzip -c module.ko > "
			"lib/modules/6.1.0/updates/dkms/zfs.ko.gz && "
			"for module in zfs nls_base; do "
			"mkdir -p sys/module/$module/notes && "
			"objcopy -O binary --only-section=.note.gnu.build-id "
			"--set-section-flags .note.gnu.build-id=alloc module.ko "
			"sys/module/$module/notes/.note.gnu.build-id; done"),
		0);
	put(workshop, "proc/modules", "zfs 1 0 - Live 0x0\\nnls_base 1 0 - Live 0x0\\n");
	put(workshop, "proc/kallsyms", "ffffffff81000000 T _text\\n");
	put(workshop, "proc/sys/kernel/kptr_restrict", "1\\n");
	put(workshop, "lib/modules/6.1.0/modules.dep",
	    "updates/dkms/zfs.ko.gz:\\nkernel/nls-base.ko:\\nkernel/spare.ko:\\n");
	put(workshop, "lib/modules/6.1.0/modules.builtin", "kernel/fs/ext4/ext4.ko\\n");
	put(workshop, "etc/os-release", "ID=debian\\nVERSION_CODENAME=bookworm\\n");
	put(workshop, "var/lib/dpkg/info/linux-image-6.1.0.list",
	    "/lib/modules/6.1.0/kernel/nls-base.ko\\n");
	put(workshop, "usr/src/zfs-2.1.11/dkms.conf",
	    "PACKAGE_NAME=zfs\\nPACKAGE_VERSION=2.1.11\\nPACKAGE_CONFIG=/etc/default/zfs\\n"
	    "STRIP[0]=$ZFS_DKMS_DISABLE_STRIP\\n");
}

static const struct symbols_facts *facts_named(const struct survey *survey, const char *name)
{
	for (size_t i = 0; i < survey->input.count; i++) {
		if (strcmp(survey->input.facts[i].name, name) == 0)
			return &survey->input.facts[i];
	}
	fail_msg("no facts of %s", name);
	return NULL;
}

static void a_machine_is_its_kernel_and_its_modules(void **state)
{
	owns(survey_free) struct survey survey = {};
	const struct symbols_facts *facts;
	struct workshop workshop;

	make_machine(&workshop);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_machine(&survey, NULL), 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_int_equal(survey.input.count, 3);
	assert_string_equal(survey.input.codename, "bookworm");
	assert_false(survey.input.has_no_modules || survey.input.lists_items);
	assert_true(survey.input.settings.are_asked && survey.input.settings.has_kallsyms);

	facts = facts_named(&survey, "vmlinux");
	assert_int_equal(facts->kind, SYMBOLS_OF_KERNEL);
	assert_string_equal(facts->path, "");
	assert_true(facts->is_live);

	facts = facts_named(&survey, "zfs");
	assert_string_equal(facts->packing, "gzip");
	assert_string_equal(facts->open_error, "");
	assert_int_equal(facts->functions, 2);
	assert_false(facts->has_lines);
	assert_int_equal(strlen(facts->running_id), 40);
	assert_string_equal(facts->running_id, facts->file_id);
	assert_int_equal(facts->origin, SYMBOLS_FROM_DKMS);
	assert_string_equal(facts->dkms.version, "2.1.11");
	assert_int_equal(facts->dkms.strip, SYMBOLS_DECIDED);
	assert_int_equal(facts->dkms.switch_count, 1);

	facts = facts_named(&survey, "nls_base");
	assert_true(facts->has_lines);
	assert_int_equal(facts->origin, SYMBOLS_FROM_PACKAGE);
	assert_string_equal(facts->package, "linux-image-6.1.0");
	workshop_close(&workshop);
}

static void one_module_is_asked_for_by_either_of_its_names(void **state)
{
	owns(survey_free) struct survey survey = {};
	struct workshop workshop;
	struct diag why = {};

	make_machine(&workshop);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_module(&survey, "nls-base", NULL), 0);
	assert_int_equal(survey_module(&survey, "ext4", NULL), 0);
	assert_int_equal(survey_module(&survey, "spare", NULL), 0);
	assert_int_equal(survey_module(&survey, "nonesuch", &why), -ENOENT);
	assert_non_null(strstr(why.text, "nonesuch"));
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_int_equal(survey.input.count, 3);
	assert_int_equal(survey.input.facts[0].kind, SYMBOLS_OF_MODULE);
	assert_int_equal(survey.input.facts[1].kind, SYMBOLS_OF_KERNEL);
	/* Not loaded, but there. */
	assert_int_equal(survey.input.facts[2].kind, SYMBOLS_OF_MODULE);
	assert_string_equal(survey.input.facts[2].running_id, "");
	assert_true(survey.input.facts[2].has_lines);
	workshop_close(&workshop);
}

static void the_kernels_debug_file_is_found(void **state)
{
	owns(survey_free) struct survey survey = {};
	struct workshop workshop;

	make_machine(&workshop);
	assert_int_equal(workshop_run(&workshop, "mkdir -p usr/lib/debug/boot && "
						 "cp program usr/lib/debug/boot/vmlinux-6.1.0"),
			 0);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_module(&survey, "kernel", NULL), 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_string_equal(survey.input.facts[0].path, "/usr/lib/debug/boot/vmlinux-6.1.0");
	assert_true(survey.input.facts[0].has_lines);
	workshop_close(&workshop);
}

static void a_kernel_of_another_build_is_refused(void **state)
{
	owns(survey_free) struct survey survey = {};
	struct workshop workshop;

	make_machine(&workshop);
	assert_int_equal(
		workshop_run(&workshop,
			     "mkdir -p usr/lib/debug/boot lib/modules/6.1.0/build sys/kernel && "
			     "cp sys/module/zfs/notes/.note.gnu.build-id sys/kernel/notes && "
			     "cp program usr/lib/debug/boot/vmlinux-6.1.0 && "
			     "cp lib/modules/6.1.0/kernel/nls-base.ko "
			     "lib/modules/6.1.0/build/vmlinux"),
		0);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_module(&survey, "kernel", NULL), 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_string_equal(survey.input.facts[0].path, "/lib/modules/6.1.0/build/vmlinux");
	assert_string_equal(survey.input.facts[0].refused_path,
			    "/usr/lib/debug/boot/vmlinux-6.1.0");
	workshop_close(&workshop);
}

static void a_modules_file_is_compared_with_what_runs(void **state)
{
	owns(survey_free) struct survey survey = {};
	const struct symbols_facts *facts;
	struct workshop workshop;

	make_machine(&workshop);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_file(&survey, "/lib/modules/6.1.0/updates/dkms/zfs.ko.gz", NULL),
			 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	facts = facts_named(&survey, "zfs");
	assert_int_equal(facts->kind, SYMBOLS_OF_MODULE);
	assert_int_equal(facts->origin, SYMBOLS_FROM_DKMS);
	assert_string_equal(facts->running_id, facts->file_id);
	workshop_close(&workshop);
}

static void a_debug_file_is_found_and_a_strange_one_refused(void **state)
{
	owns(survey_free) struct survey survey = {};
	struct workshop workshop;

	make_machine(&workshop);
	assert_int_equal(
		workshop_run(&workshop,
			     "mkdir -p usr/lib/debug/usr/bin usr/bin/.debug && "
			     "objcopy --only-keep-debug program usr/bin/.debug/job.debug && "
			     "objcopy --only-keep-debug library.so "
			     "usr/lib/debug/usr/bin/job.debug && "
			     "strip program -o usr/bin/job && cd usr/bin/.debug && "
			     "objcopy --add-gnu-debuglink=job.debug ../job"),
		0);
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_file(&survey, "/usr/bin/job", NULL), 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_string_equal(survey.input.facts[0].name, "job");
	assert_string_equal(survey.input.facts[0].debug_path, "/usr/bin/.debug/job.debug");
	assert_string_equal(survey.input.facts[0].refused_path, "/usr/lib/debug/usr/bin/job.debug");
	assert_true(survey.input.facts[0].debug_has_lines);
	assert_false(survey.input.facts[0].has_lines);
	workshop_close(&workshop);
}

static void what_cannot_be_read_says_why(void **state)
{
	owns(survey_free) struct survey survey = {};
	struct workshop workshop;
	struct diag why = {};

	make_machine(&workshop);
	put(&workshop, "usr/bin/script", "#!/bin/sh");
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_file(&survey, "/usr/bin/none", &why), -ENOENT);
	assert_non_null(strstr(why.text, "/usr/bin/none"));
	diag_clear(&why);
	assert_int_equal(survey_file(&survey, "/usr/bin/script", &why), -EBADMSG);
	assert_non_null(strstr(why.text, "not an ELF file"));
	diag_clear(&why);
	assert_int_equal(survey_process(&survey, 77, &why), -ESRCH);
	workshop_close(&workshop);
}

static void a_process_is_the_files_it_runs(void **state)
{
	owns(survey_free) struct survey survey = {};
	const struct symbols_facts *facts;
	struct workshop workshop;
	char maps[512];

	make_machine(&workshop);
	/* A root of its own, with the one file it runs. */
	assert_int_equal(workshop_run(&workshop, "mkdir -p proc/77/root/usr/bin && "
						 "cp program proc/77/root/usr/bin/job"),
			 0);
	snprintf(maps, sizeof(maps),
		 "1000-2000 r-xp 0 fe:00 '$(stat -c %%i proc/77/root/usr/bin/job)' /usr/bin/job\\n"
		 "2000-3000 r-xp 0 fe:00 3 /usr/lib/old.so (deleted)\\n"
		 "3000-5000 rwxp 0 00:00 0 \\n");
	put(&workshop, "proc/77/maps", maps);
	put(&workshop, "proc/77/comm", "job\\n");
	assert_int_equal(survey_begin(&survey, workshop.folder, "6.1.0", NULL), 0);
	assert_int_equal(survey_process(&survey, 77, NULL), 0);
	assert_int_equal(survey_finish(&survey, NULL), 0);
	assert_int_equal(survey.input.process.pid, 77);
	assert_string_equal(survey.input.process.comm, "job");
	assert_int_equal(survey.input.process.anonymous_bytes, 0x2000);
	assert_true(survey.input.process.has_own_root);
	assert_int_equal(survey.input.count, 2);
	facts = facts_named(&survey, "job");
	assert_string_equal(facts->open_error, "");
	assert_true(facts->has_lines);
	assert_true(facts_named(&survey, "old.so")->is_gone);
	workshop_close(&workshop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_its_kernel_and_its_modules),
		cmocka_unit_test(one_module_is_asked_for_by_either_of_its_names),
		cmocka_unit_test(the_kernels_debug_file_is_found),
		cmocka_unit_test(a_kernel_of_another_build_is_refused),
		cmocka_unit_test(a_modules_file_is_compared_with_what_runs),
		cmocka_unit_test(a_debug_file_is_found_and_a_strange_one_refused),
		cmocka_unit_test(what_cannot_be_read_says_why),
		cmocka_unit_test(a_process_is_the_files_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
