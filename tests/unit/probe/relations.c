/* Whom do threads wait for, in a machine made for each test? */
#include "probe/relations.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/tree.h"
#include "told.h"

struct bench {
	struct looked_threads threads;
	struct told told;
	struct event_sink sink;
	struct relations relations;
};

static void bench_make(struct bench *bench)
{
	*bench = (struct bench){};
	bench->sink = (struct event_sink){ told_take, &bench->told };
	bench->relations = (struct relations){
		.threads = &bench->threads,
		.root = "/nonexistent",
		.sink = &bench->sink,
	};
}

static void bench_free(struct bench *bench)
{
	looked_free(&bench->threads);
	relations_free(&bench->relations);
}

/* So many relations are told of the threads, which are put in order before. */
static void expect_told(struct bench *bench, int (*tell)(struct relations *), size_t count)
{
	assert_int_equal(looked_sort(&bench->threads), 0);
	assert_int_equal(tell(&bench->relations), 0);
	assert_int_equal(bench->told.count, count);
}

static void expect(const struct bench *bench, size_t i, uint32_t tid, uint32_t peer, uint32_t flags)
{
	assert_true(i < bench->told.count);
	assert_int_equal(bench->told.relations[i].tid, tid);
	assert_int_equal(bench->told.relations[i].peer, peer);
	assert_int_equal(bench->told.relations[i].flags, flags);
}

/* --- children --- */

static void who_waits_for_any_child_waits_for_all_that_live(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread zombie = sleeper(12, 10, -1);

	bench_make(&bench);
	zombie.state = 0x20;
	(void)add_thread(&bench.threads, sleeper(10, 1, SYS_wait4));
	bench.threads.list.items[0].thread.arguments[0] = (uint64_t)-1;
	(void)add_thread(&bench.threads, sleeper(11, 10, SYS_read));
	(void)add_thread(&bench.threads, zombie);
	(void)add_thread(&bench.threads, sleeper(13, 10, SYS_read));
	(void)add_thread(&bench.threads, sleeper(14, 13, SYS_read));
	expect_told(&bench, relations_tell_children, 2);
	expect(&bench, 0, 10, 13, RELATION_PROCESS);
	expect(&bench, 1, 10, 11, RELATION_PROCESS);
	assert_int_equal(bench.told.relations[0].kind, RELATION_CHILD);
}

static void who_waits_for_one_child_waits_for_that(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread waiter = sleeper(10, 1, SYS_wait4);

	bench_make(&bench);
	waiter.arguments[0] = 11;
	(void)add_thread(&bench.threads, waiter);
	(void)add_thread(&bench.threads, sleeper(11, 10, SYS_read));
	(void)add_thread(&bench.threads, sleeper(13, 10, SYS_read));
	waiter = sleeper(20, 1, SYS_waitid);
	waiter.arguments[0] = P_PID;
	waiter.arguments[1] = 3; /* as its own namespace has it */
	(void)add_thread(&bench.threads, waiter);
	(void)add_thread(&bench.threads, sleeper(23, 20, SYS_read));
	bench.threads.list.items[4].thread.local_tid = 3;
	assert_int_equal(relations_tell_children(&bench.relations), 0);
	assert_int_equal(bench.told.count, 2);
	expect(&bench, 0, 10, 11, RELATION_PROCESS);
	expect(&bench, 1, 20, 23, RELATION_PROCESS);
}

static void who_lends_its_memory_waits_for_the_youngest(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread waiter = sleeper(10, 1, SYS_clone3);

	bench_make(&bench);
	waiter.state = 0x102;
	(void)add_thread(&bench.threads, waiter);
	(void)add_thread(&bench.threads, sleeper(11, 10, SYS_read));
	(void)add_thread(&bench.threads, sleeper(12, 10, SYS_read));
	assert_int_equal(relations_tell_children(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 12, RELATION_PROCESS);
}

/* --- pipes --- */

static struct look_thread on_pipe(uint32_t tid, int32_t syscall, uint64_t inode)
{
	struct look_thread thread = sleeper(tid, 1, syscall);

	thread.fd = 0;
	thread.file_inode = inode;
	thread.file_dev = 14;
	thread.file_mode = S_IFIFO;
	return thread;
}

static void add_file(struct bench *bench, uint64_t inode, uint32_t tgid, uint32_t access)
{
	struct look_file *file = array_push(&bench->relations.files);

	assert_non_null(file);
	*file = (struct look_file){
		.inode = inode,
		.dev = 14,
		.mode = S_IFIFO,
		.tgid = tgid,
		.access = access,
	};
}

static void a_reader_waits_for_those_who_may_write(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, on_pipe(10, SYS_read, 77));
	add_file(&bench, 77, 9, 1);
	add_file(&bench, 77, 11, 2);
	add_file(&bench, 77, 11, 2);
	add_file(&bench, 77, 12, 3);
	add_file(&bench, 78, 13, 2);
	expect_told(&bench, relations_tell_pipes, 2);
	expect(&bench, 0, 10, 11, RELATION_PROCESS);
	expect(&bench, 1, 10, 12, RELATION_PROCESS);
	assert_int_equal(bench.told.relations[0].kind, RELATION_PIPE);
	assert_int_equal(bench.told.relations[0].inode, 77);
	assert_string_equal(bench.told.names[0], "pipe:[77]");
}

static void a_writer_waits_for_those_who_may_read(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, on_pipe(10, SYS_write, 77));
	add_file(&bench, 77, 10, 2);
	add_file(&bench, 77, 11, 1);
	add_file(&bench, 77, 12, 2);
	expect_told(&bench, relations_tell_pipes, 1);
	expect(&bench, 0, 10, 11, RELATION_PROCESS);
}

static void a_pipe_that_no_descriptor_leads_to_is_held_out_of_sight(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, on_pipe(10, SYS_read, 77));
	add_file(&bench, 77, 10, 1);
	expect_told(&bench, relations_tell_pipes, 0);
}

static void a_pipe_that_only_its_reader_holds_has_nobody(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, on_pipe(10, SYS_read, 77));
	add_file(&bench, 77, 10, 1);
	add_file(&bench, 77, 10, 2);
	expect_told(&bench, relations_tell_pipes, 1);
	expect(&bench, 0, 10, 0, RELATION_NOBODY);

	bench.relations.is_blind = true;
	assert_int_equal(relations_tell_pipes(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
}

/* Its other threads may write. */
static void a_pipe_within_a_process_has_that_process(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread other = sleeper(11, 1, SYS_futex);

	bench_make(&bench);
	other.tgid = 10;
	(void)add_thread(&bench.threads, on_pipe(10, SYS_read, 77));
	(void)add_thread(&bench.threads, other);
	add_file(&bench, 77, 10, 1);
	add_file(&bench, 77, 10, 2);
	expect_told(&bench, relations_tell_pipes, 1);
	expect(&bench, 0, 10, 10, RELATION_PROCESS);
}

static void of_many_holders_some_are_told_and_the_rest_counted(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, on_pipe(10, SYS_read, 77));
	for (uint32_t i = 0; i < RELATION_PEERS_MAX + 5; i++)
		add_file(&bench, 77, 100 + i, 2);
	assert_int_equal(looked_sort(&bench.threads), 0);
	assert_int_equal(relations_tell_pipes(&bench.relations), 0);
	assert_int_equal(bench.told.count, RELATION_PEERS_MAX);
	assert_int_equal(bench.relations.lost, 5);
}

/* --- FUSE --- */

static void add_daemon(struct bench *bench, uint32_t tgid, uint32_t connection)
{
	struct look_file *file = array_push(&bench->relations.files);

	assert_non_null(file);
	*file = (struct look_file){ .mode = S_IFCHR, .tgid = tgid, .connection = connection };
}

static void a_file_system_is_served_by_who_has_its_connection(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread reader = sleeper(10, 1, SYS_read);
	struct tree tree;

	bench_make(&bench);
	tree_make(&tree);
	tree_add(&tree, "/proc/self/mountinfo",
		 "25 22 0:42 / /mnt/slow rw - fuse.slow slow rw\n"
		 "26 22 0:43 / /mnt/other rw - fuse.other other rw\n");
	bench.relations.root = tree.root;
	reader.file_dev = 42;
	add_thread(&bench.threads, reader)->is_in_fuse = true;
	(void)add_thread(&bench.threads, sleeper(11, 1, SYS_read));
	add_daemon(&bench, 20, 43);
	add_daemon(&bench, 21, 42);
	add_daemon(&bench, 21, 42);
	assert_int_equal(relations_tell_fuse(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 21, RELATION_PROCESS);
	assert_int_equal(bench.told.relations[0].dev, 42);
	assert_string_equal(bench.told.names[0], "/mnt/slow");
	tree_remove(&tree);
}

static void without_fusectl_the_daemons_devices_say_who_is_waited_for(void **state)
{
	owns(bench_free) struct bench bench;
	struct tree tree;

	bench_make(&bench);
	tree_make(&tree);
	tree_add(&tree, "/proc/self/mountinfo",
		 "25 22 0:42 / /mnt/slow rw - fuse.slow slow rw\n"
		 "26 22 0:43 / /mnt/other rw - fuse.other other rw\n");
	bench.relations.root = tree.root;
	add_thread(&bench.threads, sleeper(10, 1, SYS_statx))->is_in_fuse = true;
	add_daemon(&bench, 20, 42);
	add_daemon(&bench, 21, 43);
	add_daemon(&bench, 21, 43);
	bench.relations.files.items[1].waiting = bench.relations.files.items[2].waiting = 1;
	assert_int_equal(relations_tell_fuse(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 21, RELATION_PROCESS);
	assert_string_equal(bench.told.names[0], "/mnt/other");

	/* Two are waited for, and nothing says which. */
	bench.relations.files.items[0].waiting = 1;
	assert_int_equal(relations_tell_fuse(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	tree_remove(&tree);
}

/* It waits in a call that has no descriptor. */
static void the_only_connection_that_is_waited_for_is_meant(void **state)
{
	owns(bench_free) struct bench bench;
	struct tree tree;

	bench_make(&bench);
	tree_make(&tree);
	tree_add(&tree, "/proc/self/mountinfo",
		 "25 22 0:42 / /mnt/slow rw - fuse.slow slow rw\n"
		 "26 22 0:43 / /mnt/other rw - fuse.other other rw\n");
	tree_add(&tree, "/sys/fs/fuse/connections/42/waiting", "0\n");
	tree_add(&tree, "/sys/fs/fuse/connections/43/waiting", "2\n");
	bench.relations.root = tree.root;
	add_thread(&bench.threads, sleeper(10, 1, SYS_statx))->is_in_fuse = true;
	assert_int_equal(relations_tell_fuse(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 0, RELATION_NOBODY);
	assert_string_equal(bench.told.names[0], "/mnt/other");
	tree_remove(&tree);
}

/* --- requests, tracers, locks --- */

static void who_waits_for_io_waits_for_the_device_at_work(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread reader = sleeper(10, 1, SYS_pread64);
	struct tree tree;

	bench_make(&bench);
	tree_make(&tree);
	tree_add(&tree, "/sys/class/block/vda/dev", "254:0\n");
	tree_add(&tree, "/sys/class/block/vda/inflight", "3 0\n");
	tree_add(&tree, "/sys/class/block/vdb/dev", "254:16\n");
	tree_add(&tree, "/sys/class/block/vdb/inflight", "0 1\n");
	bench.relations.root = tree.root;
	reader.flags = LOOK_IOWAIT;
	reader.file_mode = S_IFREG;
	reader.file_dev = 254 << 20;
	(void)add_thread(&bench.threads, reader);
	reader.tid = 11;
	reader.file_dev = 254 << 20 | 32;
	(void)add_thread(&bench.threads, reader);
	reader.tid = 12;
	reader.flags = 0;
	(void)add_thread(&bench.threads, reader);
	assert_int_equal(relations_tell_requests(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 0, 0);
	assert_int_equal(bench.told.relations[0].dev, 254 << 20);
	assert_string_equal(bench.told.names[0], "vda: 3 reads, 0 writes in flight");
	tree_remove(&tree);
}

static void add_limited_machine(struct tree *tree)
{
	tree_make(tree);
	tree_add(tree, "/proc/self/mountinfo", "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	tree_add(tree, "/proc/10/cgroup", "0::/jobs\n");
	tree_add(tree, "/proc/11/cgroup", "0::/\n");
	tree_add(tree, "/cg/jobs/io.max", "254:0 rbps=1 wbps=max riops=max wiops=max\n");
	tree_add(tree, "/sys/class/block/vda/dev", "254:0\n");
}

static struct look_thread on_device(uint32_t tid)
{
	struct look_thread reader = sleeper(tid, 1, SYS_pread64);

	reader.flags = LOOK_IOWAIT;
	reader.file_mode = S_IFBLK;
	reader.file_rdev = 254 << 20;
	return reader;
}

static void with_nothing_in_flight_a_limit_is_what_holds_it(void **state)
{
	owns(bench_free) struct bench bench;
	struct tree tree;

	bench_make(&bench);
	add_limited_machine(&tree);
	tree_add(&tree, "/sys/class/block/vda/inflight", "0 0\n");
	bench.relations.root = tree.root;
	(void)add_thread(&bench.threads, on_device(10));
	(void)add_thread(&bench.threads, on_device(11));
	assert_int_equal(relations_tell_requests(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 0, 0);
	assert_int_equal(bench.told.relations[0].kind, RELATION_LIMIT);
	assert_int_equal(bench.told.relations[0].dev, 254 << 20);
	assert_string_equal(bench.told.names[0], "/jobs, rbps=1");
	tree_remove(&tree);
}

static void a_device_at_work_is_waited_for_whatever_the_limit(void **state)
{
	owns(bench_free) struct bench bench;
	struct tree tree;

	bench_make(&bench);
	add_limited_machine(&tree);
	tree_add(&tree, "/sys/class/block/vda/inflight", "1 0\n");
	bench.relations.root = tree.root;
	(void)add_thread(&bench.threads, on_device(10));
	assert_int_equal(relations_tell_requests(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	assert_int_equal(bench.told.relations[0].kind, RELATION_REQUEST);
	tree_remove(&tree);
}

/* --- frozen file systems --- */

static void expect_frozen(const struct bench *bench, size_t i, uint32_t tid, uint32_t dev,
			  const char *name)
{
	expect(bench, i, tid, 0, 0);
	assert_int_equal(bench->told.relations[i].kind, RELATION_FROZEN);
	assert_int_equal(bench->told.relations[i].dev, dev);
	assert_string_equal(bench->told.names[i], name);
}

static void a_frozen_file_system_is_the_one_that_is_used(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread writer = sleeper(10, 1, SYS_pwrite64);
	struct tree tree;

	bench_make(&bench);
	tree_make(&tree);
	tree_add(&tree, "/proc/self/mountinfo",
		 "30 1 7:3 / /mnt/x rw - xfs /dev/loop3 rw\n"
		 "31 1 7:4 / /mnt/y rw - ext4 /dev/loop4 rw\n");
	bench.relations.root = tree.root;
	writer.state = 2;
	writer.frozen_dev = 7 << 20 | 3;
	(void)add_thread(&bench.threads, writer);
	/* It is not known of which file system this one is held: there is but one. */
	writer.tid = writer.tgid = 11;
	writer.frozen_dev = 0;
	(void)add_thread(&bench.threads, writer);
	/* These are held by nothing of the kind. */
	writer.tid = 12;
	writer.flags = LOOK_IOWAIT;
	(void)add_thread(&bench.threads, writer);
	(void)add_thread(&bench.threads, sleeper(13, 1, SYS_read));
	assert_int_equal(relations_tell_frozen(&bench.relations), 0);
	assert_int_equal(bench.told.count, 2);
	expect_frozen(&bench, 0, 10, 7 << 20 | 3, "/mnt/x (loop3, xfs)");
	expect_frozen(&bench, 1, 11, 7 << 20 | 3, "/mnt/x (loop3, xfs)");
	tree_remove(&tree);
}

static void of_several_frozen_file_systems_the_open_one_is_meant(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread writer = sleeper(10, 1, SYS_mkdir);
	struct look_file *file;

	bench_make(&bench);
	writer.state = 2;
	(void)add_thread(&bench.threads, writer);
	writer.tid = writer.tgid = 11;
	(void)add_thread(&bench.threads, writer);
	for (uint32_t i = 0; i < 2; i++) {
		file = array_push(&bench.relations.files);
		assert_non_null(file);
		*file = (struct look_file){ .dev = 7 << 20 | i, .tgid = 10 + 10 * i };
	}
	assert_int_equal(relations_tell_frozen(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect_frozen(&bench, 0, 10, 7 << 20, "");
}

/* --- who polls --- */

static void add_polling(struct bench *bench, size_t thread, uint32_t count)
{
	struct polling *polling = array_push(&bench->relations.polling);

	assert_non_null(polling);
	*polling = (struct polling){ .looked = &bench->threads.list.items[thread],
				     .polled = { .count = count } };
}

static void add_polled(struct bench *bench, uint64_t inode)
{
	struct polled *polled =
		&bench->relations.polling.items[bench->relations.polling.count - 1].polled;

	polled->file[polled->files++] = (struct polled_file){
		.inode = inode, .dev = 14, .mode = S_IFIFO, .is_for_reading = 1
	};
}

static void who_polls_waits_for_the_other_ends(void **state)
{
	owns(bench_free) struct bench bench;

	bench_make(&bench);
	(void)add_thread(&bench.threads, sleeper(10, 1, SYS_ppoll));
	add_file(&bench, 100, 20, 2);
	add_file(&bench, 101, 21, 2);
	add_polling(&bench, 0, 2);
	add_polled(&bench, 100);
	add_polled(&bench, 101);
	assert_int_equal(relations_tell_polled(&bench.relations), 0);
	assert_int_equal(bench.told.count, 2);
	expect(&bench, 0, 10, 20, RELATION_PROCESS | RELATION_POLLED);
	expect(&bench, 1, 10, 21, RELATION_PROCESS | RELATION_POLLED);
	assert_int_equal(bench.told.relations[0].object, 2);
	assert_string_equal(bench.told.names[1], "pipe:[101]");
}

static void where_not_all_is_known_others_may_answer(void **state)
{
	owns(bench_free) struct bench bench;
	const uint32_t flags = RELATION_PROCESS | RELATION_POLLED | RELATION_OTHERS;

	bench_make(&bench);
	(void)add_thread(&bench.threads, sleeper(10, 1, SYS_ppoll));
	(void)add_thread(&bench.threads, sleeper(11, 1, SYS_ppoll));
	add_file(&bench, 100, 20, 2);
	add_file(&bench, 101, 11, 2);
	add_file(&bench, 101, 21, 2);
	/* A timer, or the like. */
	add_polling(&bench, 0, 2);
	add_polled(&bench, 100);
	/* Its own process may write, too. */
	add_polling(&bench, 1, 1);
	add_polled(&bench, 101);
	assert_int_equal(relations_tell_polled(&bench.relations), 0);
	assert_int_equal(bench.told.count, 2);
	expect(&bench, 0, 10, 20, flags);
	expect(&bench, 1, 11, 21, flags);
}

static void who_is_stopped_by_a_tracer_waits_for_it(void **state)
{
	owns(bench_free) struct bench bench;
	struct look_thread thread = sleeper(10, 1, SYS_read);

	bench_make(&bench);
	thread.tracer = 11;
	thread.state = 8;
	(void)add_thread(&bench.threads, thread);
	thread.tid = 12;
	thread.state = 1;
	(void)add_thread(&bench.threads, thread);
	assert_int_equal(relations_tell_tracers(&bench.relations), 0);
	assert_int_equal(bench.told.count, 1);
	expect(&bench, 0, 10, 11, RELATION_PROCESS | RELATION_GONE);
}

/* With real locks, of a child of ours. */
static void who_waits_for_a_lock_waits_for_its_holder(void **state)
{
	owns(bench_free) struct bench bench;
	char path[] = "/tmp/slowpath-lock-XXXXXX";
	struct flock lock = { .l_type = F_WRLCK };
	struct look_thread waiter;
	int fd = mkstemp(path), r = 0;
	pid_t child;

	bench_make(&bench);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
	child = fork();
	if (child == 0) {
		(void)fcntl(fd, F_SETLKW, &lock);
		_exit(0);
	}
	waiter = sleeper((uint32_t)child, (uint32_t)getpid(), SYS_fcntl);
	waiter.arguments[1] = F_SETLKW;
	waiter.fd = fd;
	(void)add_thread(&bench.threads, waiter);
	(void)add_thread(&bench.threads, sleeper((uint32_t)getpid(), 1, SYS_read));
	for (int tries = 0; bench.told.count == 0 && tries < 1000 && r == 0; tries++) {
		usleep(1000);
		r = relations_tell_file_locks(&bench.relations);
	}
	lock.l_type = F_UNLCK;
	assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(r, 0);
	expect(&bench, 0, (uint32_t)child, (uint32_t)getpid(), RELATION_PROCESS);
	assert_int_equal(bench.told.relations[0].kind, RELATION_FILE_LOCK);
	assert_string_equal(bench.told.names[0], path);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_any_child_waits_for_all_that_live),
		cmocka_unit_test(who_waits_for_one_child_waits_for_that),
		cmocka_unit_test(who_lends_its_memory_waits_for_the_youngest),
		cmocka_unit_test(a_reader_waits_for_those_who_may_write),
		cmocka_unit_test(a_writer_waits_for_those_who_may_read),
		cmocka_unit_test(a_pipe_that_no_descriptor_leads_to_is_held_out_of_sight),
		cmocka_unit_test(a_pipe_that_only_its_reader_holds_has_nobody),
		cmocka_unit_test(a_pipe_within_a_process_has_that_process),
		cmocka_unit_test(of_many_holders_some_are_told_and_the_rest_counted),
		cmocka_unit_test(a_file_system_is_served_by_who_has_its_connection),
		cmocka_unit_test(without_fusectl_the_daemons_devices_say_who_is_waited_for),
		cmocka_unit_test(the_only_connection_that_is_waited_for_is_meant),
		cmocka_unit_test(who_waits_for_io_waits_for_the_device_at_work),
		cmocka_unit_test(with_nothing_in_flight_a_limit_is_what_holds_it),
		cmocka_unit_test(a_device_at_work_is_waited_for_whatever_the_limit),
		cmocka_unit_test(a_frozen_file_system_is_the_one_that_is_used),
		cmocka_unit_test(of_several_frozen_file_systems_the_open_one_is_meant),
		cmocka_unit_test(who_polls_waits_for_the_other_ends),
		cmocka_unit_test(where_not_all_is_known_others_may_answer),
		cmocka_unit_test(who_is_stopped_by_a_tracer_waits_for_it),
		cmocka_unit_test(who_waits_for_a_lock_waits_for_its_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
