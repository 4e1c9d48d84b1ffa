/* Is it told which guests there are, and how each was set up? */
#include "host/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "heard_facts.h"
#include "tree.h"

#define READ(words, ret) assert_int_equal(qemu_config_read(words, sizeof(words), ret), 0)

static void what_is_known_is_told_and_nothing_else(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	struct heard_facts heard = {};
	const struct event_sink sink = { .take = hear_fact, .self = &heard };
	struct diag why = {};

	READ("qemu-kvm\0-name\0web,debug-threads=on\0-smp\0"
	     "2\0-m\0"
	     "1G\0-accel\0kvm\0-object\0iothread,id=io0\0-object\0secret,id=s,data=hidden\0-drive\0"
	     "file=/a,if=none,id=d,format=raw,cache=none,aio=native\0-device\0"
	     "virtio-blk-pci,drive=d,iothread=io0\0-drive\0file=/cd.iso,media=cdrom",
	     &config);
	assert_int_equal(qemu_config_tell(7, &config, &sink, 5, &why), 0);
	assert_string_equal(heard.text, "vm.7.debug_threads=on\n"
					"vm.7.name=web\n"
					"vm.7.accel=kvm\n"
					"vm.7.cpus=2\n"
					"vm.7.memory=1073741824\n"
					"vm.7.iothread.0=io0\n"
					"vm.7.disk.0.device=virtio-blk-pci\n"
					"vm.7.disk.0.id=d\n"
					"vm.7.disk.0.format=raw\n"
					"vm.7.disk.0.backend=file\n"
					"vm.7.disk.0.file=/a\n"
					"vm.7.disk.0.cache=none\n"
					"vm.7.disk.0.aio=native\n"
					"vm.7.disk.0.iothread=io0\n"
					"vm.7.disk.1.device=if=ide\n"
					"vm.7.disk.1.backend=file\n"
					"vm.7.disk.1.file=/cd.iso\n"
					"vm.7.disk.1.access=ro\n");
}

static void a_configuration_in_a_file_is_said_to_be_unread(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	struct heard_facts heard = {};
	const struct event_sink sink = { .take = hear_fact, .self = &heard };

	READ("qemu-kvm\0-readconfig\0/etc/x", &config);
	assert_int_equal(qemu_config_tell(7, &config, &sink, 5, NULL), 0);
	assert_non_null(strstr(heard.text, "vm.7.debug_threads=off\nvm.7.unread=a part of"));
}

static void a_sink_that_fails_ends_it(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	struct heard_facts heard = { .fail = -EIO };
	const struct event_sink sink = { .take = hear_fact, .self = &heard };
	struct diag why = {};

	READ("qemu-kvm", &config);
	assert_int_equal(qemu_config_tell(7, &config, &sink, 5, &why), -EIO);
}

/* --- processes --- */

/* A shell by the name of QEMU, which waits for the end of its input. */
static pid_t start(const struct tree *tree, const char *name, int *ret_fd)
{
	char program[128], copy[512];
	int ends[2], begun[2];
	char byte;
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/%s", tree->root, name);
	(void)snprintf(copy, sizeof(copy), "cp \"$(readlink -f /bin/sh)\" '%s'", program);
	assert_int_equal(system(copy), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(begun, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(ends[0], STDIN_FILENO);
		(void)execl(program, program, "-c", "read line; exit 0", "-name",
			    "guest=web,debug-threads=on", "-m", "64", NULL);
		_exit(127);
	}
	(void)close(ends[0]);
	(void)close(begun[1]);
	/* It is closed when the program has begun. */
	assert_int_equal(read(begun[0], &byte, 1), 0);
	(void)close(begun[0]);
	*ret_fd = ends[1];
	return pid;
}

static void end(pid_t pid, int fd)
{
	int status;

	(void)close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

struct looked_for {
	uint32_t tgid;
	uint32_t seen;
};

static int note(void *self, uint32_t tgid)
{
	struct looked_for *looked_for = self;

	looked_for->seen += tgid == looked_for->tgid;
	return 0;
}

static void a_process_of_qemu_is_found_and_told(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};
	const struct event_sink sink = { .take = hear_fact, .self = &heard };
	struct looked_for qemu = {}, self = { .tgid = (uint32_t)getpid() };
	struct diag why = {};
	char wanted[128];
	int fd;
	pid_t pid;

	tree_make(&tree);
	pid = start(&tree, "qemu-system-test", &fd);
	qemu.tgid = (uint32_t)pid;
	assert_int_equal(qemu_list(note, &qemu), 0);
	assert_int_equal(qemu_list(note, &self), 0);
	assert_int_equal(qemu_tell(&qemu.tgid, 1, &sink, 5, &why), 0);
	end(pid, fd);
	assert_int_equal(qemu.seen, 1);
	assert_int_equal(self.seen, 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "vm.%d.debug_threads=on\nvm.%d.name=web\nvm.%d.memory=67108864\n", pid, pid,
		       pid);
	assert_string_equal(heard.text, wanted);
}

static void another_process_is_said_to_be_none(void **state)
{
	struct heard_facts heard = {};
	const struct event_sink sink = { .take = hear_fact, .self = &heard };
	uint32_t tgid = (uint32_t)getpid();
	struct diag why = {};

	assert_int_equal(qemu_tell(&tgid, 1, &sink, 5, &why), 0);
	assert_non_null(strstr(heard.text, ".unread=it is no process of QEMU"));
}

static int stop(void *self, uint32_t tgid)
{
	(void)self;
	(void)tgid;
	return 1;
}

static void the_list_ends_when_it_is_told_to(void **state)
{
	owns(tree_remove) struct tree tree;
	int fd, r;
	pid_t pid;

	tree_make(&tree);
	pid = start(&tree, "qemu-kvm", &fd);
	r = qemu_list(stop, NULL);
	end(pid, fd);
	assert_int_equal(r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_told_and_nothing_else),
		cmocka_unit_test(a_configuration_in_a_file_is_said_to_be_unread),
		cmocka_unit_test(a_sink_that_fails_ends_it),
		cmocka_unit_test(a_process_of_qemu_is_found_and_told),
		cmocka_unit_test(another_process_is_said_to_be_none),
		cmocka_unit_test(the_list_ends_when_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
