/* Is the code of processes and MODULES found where it lies? */
#include "host/images.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "unit/host/tree.h"

static void assert_text(int fd, const char *wanted)
{
	char text[64] = "";

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(wanted));
	assert_string_equal(text, wanted);
	assert_int_equal(close(fd), 0);
}

static void a_module_is_found_in_the_list_of_depmod(void **state)
{
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/modules.dep",
		 "kernel/fs/fuse/fuse.ko.xz: kernel/lib/crc.ko.xz\n"
		 "kernel/net/nf-tables.ko:\n"
		 "updates/dkms/zfs.ko.zst: updates/dkms/spl.ko.zst\n"
		 "no colon\n"
		 "gone.ko:\n");
	tree_add(&tree, "/kernel/fs/fuse/fuse.ko.xz", "fuse");
	tree_add(&tree, "/kernel/net/nf-tables.ko", "nf");
	tree_add(&tree, "/updates/dkms/zfs.ko.zst", "zfs");
	assert_text(host_open_module(tree.root, "fuse"), "fuse");
	assert_text(host_open_module(tree.root, "[zfs]"), "zfs");
	assert_text(host_open_module(tree.root, "nf_tables"), "nf");

	assert_int_equal(host_open_module(tree.root, "crc"), -ENOENT);
	assert_int_equal(host_open_module(tree.root, "fus"), -ENOENT);
	assert_int_equal(host_open_module(tree.root, "gone"), -ENOENT);
	assert_int_equal(host_open_module(tree.root, "[]"), -ENOENT);
	assert_int_equal(host_open_module(tree.root, ""), -ENOENT);
	assert_int_equal(host_open_module("/no/such/folder", "fuse"), -ENOENT);
	tree_remove(&tree);
}

static void the_kernels_code_in_each_process_is_an_elf_file(void **state)
{
	int fds[] = { host_open_image(NULL, 1, "[vdso]"), host_open_recorded(NULL, 1, "[vdso]") };

	for (size_t i = 0; i < 2; i++) {
		char magic[SELFMAG];

		if (getauxval(AT_SYSINFO_EHDR) == 0) {
			assert_int_equal(fds[i], -ENOENT);
			continue;
		}
		assert_int_equal(pread(fds[i], magic, sizeof(magic), 0), sizeof(magic));
		assert_memory_equal(magic, ELFMAG, SELFMAG);
		assert_int_equal(close(fds[i]), 0);
	}
}

static void what_was_recorded_is_looked_for_here(void **state)
{
	struct tree tree;
	char path[128];

	tree_make(&tree);
	tree_add(&tree, "/tool", "tool");
	snprintf(path, sizeof(path), "%s/tool", tree.root);
	assert_text(host_open_recorded(NULL, 1, path), "tool");
	assert_text(host_open_image(NULL, (uint32_t)getpid(), path), "tool");
	assert_int_equal(host_open_recorded(NULL, 1, "/no/such/file"), -ENOENT);
	assert_int_equal(host_open_recorded(NULL, 1, "relative"), -EINVAL);
	assert_int_equal(host_open_recorded(NULL, 1, "/dev/null"), -EINVAL);
	assert_int_equal(host_open_recorded(NULL, 1, "[heap]"), -ENOENT);
	tree_remove(&tree);
}

/* A process with another file system at a path, as in a container. Its exit status: 0 it is ready
 * and waits to be killed. */
static pid_t start_container(const char *root, int ready)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", root, "tmpfs", 0, NULL) == 0) {
		char path[128];
		FILE *file;

		snprintf(path, sizeof(path), "%s/tool", root);
		file = fopen(path, "we");
		if (file && fputs("inside", file) >= 0 && fclose(file) == 0)
			(void)!write(ready, "y", 1);
	}
	(void)!write(ready, "n", 1);
	for (;;)
		pause();
}

static void a_containers_file_is_opened_not_ours(void **state)
{
	struct tree tree;
	char path[128], answer = 0;
	int ready[2];
	pid_t pid;

	tree_make(&tree);
	tree_add(&tree, "/tool", "outside");
	snprintf(path, sizeof(path), "%s/tool", tree.root);
	assert_int_equal(pipe(ready), 0);
	pid = start_container(tree.root, ready[1]);
	assert_int_equal(read(ready[0], &answer, 1), 1);
	if (answer == 'y')
		assert_text(host_open_image(NULL, (uint32_t)pid, path), "inside");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_text(host_open_recorded(NULL, (uint32_t)pid, path), "outside");
	assert_int_equal(close(ready[0]), 0);
	assert_int_equal(close(ready[1]), 0);
	tree_remove(&tree);
	if (answer != 'y')
		skip(); /* it takes root to have an own file system */
}

static void a_perf_map_is_opened_when_its_writer_may_be_trusted(void **state)
{
	char path[64], elsewhere[80];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", path);
	assert_int_equal(host_open_perf_map(NULL, (uint32_t)getpid()), -ENOENT);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs("1000 10 f\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_text(host_open_perf_map(NULL, (uint32_t)getpid()), "1000 10 f\n");

	/* Another user's, where we can make it so. */
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(host_open_perf_map(NULL, (uint32_t)getpid()), -EPERM);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_int_equal(host_open_perf_map(NULL, (uint32_t)getpid()), -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(elsewhere), 0);
	assert_true(host_open_perf_map(NULL, 0x7ffffff0U) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_is_found_in_the_list_of_depmod),
		cmocka_unit_test(the_kernels_code_in_each_process_is_an_elf_file),
		cmocka_unit_test(what_was_recorded_is_looked_for_here),
		cmocka_unit_test(a_containers_file_is_opened_not_ours),
		cmocka_unit_test(a_perf_map_is_opened_when_its_writer_may_be_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
