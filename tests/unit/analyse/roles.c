/* Is a thread known for what it is there for? */
#include "analyse/roles.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static bool was_in(const void *context, const char *function)
{
	return strcmp(context, function) == 0;
}

static void threads_have_the_roles_of_their_names(void **state)
{
	static const struct {
		const char *name;
		const char *process;
		const char *role;
		bool is_kernel;
		bool is_main;
		const char *function;
	} rows[] = {
		{ "CPU 0/KVM", "qemu-system-x86", "vCPU 0, KVM", false, false, "" },
		{ "CPU 13/TCG", "qemu-system-x86", "vCPU 13, emulated", false, false, "" },
		{ "ALL CPUs/TCG", "qemu-system-x86", "all vCPUs, emulated", false, false, "" },
		{ "IO iothread1", "qemu-system-x86", "QEMU iothread", false, false, "" },
		{ "IO iothread1", "game", "", false, false, "" },
		{ "qemu-system-x86", "qemu-system-x86", "QEMU main loop", false, true, "" },
		{ "qemu-system-x86", "qemu-system-x86", "vCPU, KVM", false, false,
		  "kvm_arch_vcpu_ioctl_run" },
		{ "qemu-system-x86", "qemu-system-x86", "", false, false, "do_futex" },
		{ "worker", "qemu-system-x86", "QEMU thread pool", false, false, "" },
		{ "worker", "game", "", false, false, "" },
		{ "vhost-4711", "vhost-4711", "vhost worker of process 4711", true, false, "" },
		{ "vhost-4711", "qemu-system-x86", "vhost worker of process 4711", false, false,
		  "" },
		{ "jbd2/dm-0-8", "", "ext4 journal of dm-0", true, false, "" },
		{ "jbd2/dm-0-8", "", "", false, false, "" },
		{ "kworker/0:1", "", "kernel worker", true, false, "" },
		{ "ksoftirqd/1", "", "soft interrupts of CPU 1", true, false, "" },
		{ "iou-wrk-812", "fio", "io_uring worker of thread 812", false, false, "" },
		{ "iou-sqp-812", "fio", "io_uring submission of thread 812", false, false, "" },
		{ "loop0", "", "serves loop0", true, false, "" },
		{ "z_wr_iss_3", "", "ZFS I/O, wr_iss_3", true, false, "" },
		{ "txg_sync", "", "ZFS: writes transaction groups", true, false, "" },
		{ "txg_quiesce", "", "ZFS: closes transaction groups", true, false, "" },
		{ "arc_evict", "", "ZFS cache, evict", true, false, "" },
		{ "md0_raid5", "", "MD array", true, false, "" },
		{ "md127_resync", "", "MD array, resync", true, false, "" },
		{ "dmcrypt_write/2", "", "dm-crypt writer of 2", true, false, "" },
		{ "xfsaild/vda2", "", "XFS log tail of vda2", true, false, "" },
		{ "btrfs-transacti", "", "btrfs transactions", true, false, "" },
		{ "btrfs-cleaner", "", "btrfs cleaner", true, false, "" },
		{ "postgres", "postgres", "PostgreSQL WAL writer", false, true, "WalWriterMain" },
		{ "postgres", "postgres", "", false, true, "read" },
		{ "", "", "", false, false, "" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		const struct role_facts facts = {
			.name = rows[i].name,
			.process = rows[i].process,
			.is_kernel = rows[i].is_kernel,
			.is_main = rows[i].is_main,
			.was_in = was_in,
			.context = rows[i].function,
		};

		assert_string_equal(role_of(&facts).words, rows[i].role);
	}
}

static void interrupts_are_known_by_their_functions(void **state)
{
	assert_string_equal(role_of_interrupt("hrtimer_interrupt"), "a timer");
	assert_string_equal(role_of_interrupt("net_rx_action"), "packets received");
	assert_null(role_of_interrupt("try_to_wake_up"));
	assert_null(role_of_interrupt(""));
}

static void processes_have_the_roles_of_their_titles(void **state)
{
	static const char *const rows[][2] = {
		{ "postgres: checkpointer", "PostgreSQL checkpointer" },
		{ "postgres: 15/main: checkpointer", "PostgreSQL checkpointer" },
		{ "postgres: background writer", "PostgreSQL background writer" },
		{ "postgres: walwriter", "PostgreSQL WAL writer" },
		{ "postgres: autovacuum launcher", "PostgreSQL autovacuum launcher" },
		{ "postgres: autovacuum worker shop", "PostgreSQL autovacuum worker" },
		{ "postgres: logical replication launcher",
		  "PostgreSQL logical replication launcher" },
		{ "postgres: walsender repl 10.0.0.2(4711) streaming 0/3000060",
		  "PostgreSQL WAL sender" },
		{ "postgres: startup recovering 000000010000000000000003", "PostgreSQL recovery" },
		{ "postgres: app shop [local] idle", "PostgreSQL backend" },
		{ "postgres: app shop [local] idle in transaction", "PostgreSQL backend" },
		{ "postgres: 15/main: app shop 127.0.0.1(53142) SELECT", "PostgreSQL backend" },
		{ "postgres: app checkpointer [local] idle", "PostgreSQL backend" },
		{ "postgres: parallel worker for PID 4711", "PostgreSQL parallel worker" },
		{ "nginx: worker process", "nginx worker" },
		{ "nginx: master process /usr/sbin/nginx -g daemon on", "nginx master" },
		{ "php-fpm: pool www", "PHP-FPM worker" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		const char *role = role_of_title(rows[i][0]);

		assert_non_null(role);
		assert_string_equal(role, rows[i][1]);
	}
	assert_null(role_of_title("game: worker process"));
	assert_null(role_of_title(""));
}

static void a_pool_has_no_members_number(void **state)
{
	const struct role_facts facts = { .name = "CPU 3/KVM", .process = "kvm", .is_pool = true };

	assert_string_equal(role_of(&facts).words, "vCPU *, KVM");
}

static void without_stacks_the_name_decides_alone(void **state)
{
	const struct role_facts facts = { .name = "postgres", .process = "postgres" };

	assert_string_equal(role_of(&facts).words, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_have_the_roles_of_their_names),
		cmocka_unit_test(interrupts_are_known_by_their_functions),
		cmocka_unit_test(processes_have_the_roles_of_their_titles),
		cmocka_unit_test(a_pool_has_no_members_number),
		cmocka_unit_test(without_stacks_the_name_decides_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
