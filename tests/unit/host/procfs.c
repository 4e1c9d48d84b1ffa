/* Does what /proc says of this very process come out right, odd NAMES included? */
#include "host/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/test.h"

#define NO_PROCESS 0x7ffffff0U

static uint32_t own_tgid(void)
{
	return (uint32_t)getpid();
}

/* A thread that waits until it is let go. */
struct thread {
	pthread_t thread;
	pthread_barrier_t ready;
	pthread_barrier_t done;
	uint32_t tid;
	const char *name;
};

static void *run_thread(void *self)
{
	struct thread *thread = self;

	thread->tid = (uint32_t)gettid();
	(void)prctl(PR_SET_NAME, thread->name);
	pthread_barrier_wait(&thread->ready);
	pthread_barrier_wait(&thread->done);
	return NULL;
}

static void start_thread(struct thread *thread, const char *name)
{
	thread->name = name;
	assert_int_equal(pthread_barrier_init(&thread->ready, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&thread->done, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread->thread, NULL, run_thread, thread), 0);
	pthread_barrier_wait(&thread->ready);
}

static void end_thread(struct thread *thread)
{
	pthread_barrier_wait(&thread->done);
	assert_int_equal(pthread_join(thread->thread, NULL), 0);
	assert_int_equal(pthread_barrier_destroy(&thread->ready), 0);
	assert_int_equal(pthread_barrier_destroy(&thread->done), 0);
}

static void a_name_may_hold_brackets_and_spaces(void **state)
{
	static const char *const NAMES[] = { ") R 1 (x) S", "a b (c", "(", ")", "" };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		struct thread thread = {};
		struct host_task task;

		start_thread(&thread, NAMES[i]);
		assert_int_equal(host_task_read(own_tgid(), thread.tid, &task), 0);
		end_thread(&thread);
		assert_string_equal(task.comm, NAMES[i]);
		assert_int_equal(task.tid, thread.tid);
		assert_int_equal(task.tgid, own_tgid());
		assert_int_equal(task.ppid, getppid());
		assert_false(task.is_kernel);
		assert_non_null(strchr("SRD", task.state));
	}
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void a_thread_began_when_it_was_made(void **state)
{
	const uint64_t tick_ns = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t before_ns = monotonic_ns(), after_ns;
	struct thread thread = {};
	struct host_task task;

	start_thread(&thread, "young");
	after_ns = monotonic_ns();
	assert_int_equal(host_task_read(own_tgid(), thread.tid, &task), 0);
	end_thread(&thread);
	assert_true(task.start_ns + 2 * tick_ns >= before_ns);
	assert_true(task.start_ns <= after_ns + tick_ns);
}

static void used_time_is_counted(void **state)
{
	struct timespec used = {};
	struct host_task task;

	/* Until two clock ticks of it must show. */
	while (used.tv_nsec < 50000000 && used.tv_sec == 0)
		assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used), 0);
	assert_int_equal(host_task_read(own_tgid(), own_tgid(), &task), 0);
	assert_in_range(task.utime_ns + task.stime_ns, 20000000, 60000000000);
	assert_int_equal(task.state, 'R');
}

static void a_kernel_thread_is_known_as_one(void **state)
{
	struct host_task task;

	/* Inside a pid namespace kernel threads are out of sight. */
	if (host_task_read(2, 2, &task) < 0 || strcmp(task.comm, "kthreadd") != 0)
		skip();
	assert_true(task.is_kernel);
	assert_int_equal(task.ppid, 0);
}

static void who_is_not_there_is_told(void **state)
{
	struct host_task task;
	size_t bytes = 0;
	char *text = NULL;

	assert_int_equal(host_task_read(NO_PROCESS, NO_PROCESS, &task), -ESRCH);
	assert_int_equal(host_task_read(own_tgid(), NO_PROCESS, &task), -ESRCH);
	assert_int_equal(host_maps(NULL, NO_PROCESS, &text, &bytes), -ESRCH);
	assert_int_equal(host_task_list(NO_PROCESS, NULL, NULL), -ESRCH);
	assert_null(text);
}

/* What a list is asked for. */
struct wanted {
	uint32_t number;
	unsigned int times;
	unsigned int all;
	int answer;
};

static int count_wanted(void *self, uint32_t number)
{
	struct wanted *wanted = self;

	wanted->all++;
	if (number != wanted->number)
		return 0;
	wanted->times++;
	return wanted->answer;
}

static void all_threads_of_a_process_are_listed(void **state)
{
	struct wanted wanted = {};
	struct thread thread = {};

	start_thread(&thread, "listed");
	wanted.number = thread.tid;
	assert_int_equal(host_task_list(own_tgid(), count_wanted, &wanted), 0);
	end_thread(&thread);
	assert_int_equal(wanted.times, 1);
	assert_in_range(wanted.all, 2, 8);
}

static void all_processes_are_listed(void **state)
{
	struct wanted wanted = { .number = own_tgid() };

	assert_int_equal(host_process_list(count_wanted, &wanted), 0);
	assert_int_equal(wanted.times, 1);
}

static void a_list_ends_when_it_is_told_to(void **state)
{
	struct wanted wanted = { .number = own_tgid(), .answer = -ECANCELED };

	assert_int_equal(host_process_list(count_wanted, &wanted), -ECANCELED);
	assert_int_equal(wanted.times, 1);
}

static void own_maps_hold_the_own_code(void **state)
{
	size_t bytes = 0;
	char *text = NULL;

	assert_int_equal(host_maps(NULL, own_tgid(), &text, &bytes), 0);
	assert_int_equal(strlen(text), bytes);
	assert_non_null(strstr(text, "r-xp"));
	assert_non_null(strstr(text, "[stack]"));
	assert_int_equal(text[bytes - 1], '\n');
	free(text);
}

static void the_kernels_symbols_are_read_whole(void **state)
{
	struct diag why = {};
	size_t bytes = 0;
	char *text = NULL;
	int r = host_kallsyms(NULL, &text, &bytes, &why);

	if (r == -ENOENT)
		skip();
	assert_int_equal(r, 0);
	assert_true(bytes > 100000);
	assert_int_equal(text[bytes - 1], '\n');
	assert_int_equal(text[bytes], '\0');
	free(text);
}

/* Longer than any first guess at its size. */
static void a_file_of_any_size_is_read_whole(void **state)
{
	static const size_t SIZES[] = { 0, 1, 4094, 4095, 4096, 4097, 100000 };
	char path[] = "/tmp/slowpath-procfs-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
		size_t bytes = 0;
		char *text = NULL;

		assert_int_equal(ftruncate(fd, 0), 0);
		for (size_t at = 0; at < SIZES[i]; at++) {
			char byte = (char)('a' + at % 26);

			assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
		}
		assert_int_equal(host_read_file(path, &text, &bytes, NULL), 0);
		assert_int_equal(bytes, SIZES[i]);
		assert_int_equal(strlen(text), SIZES[i]);
		for (size_t at = 0; at < SIZES[i]; at++)
			assert_int_equal(text[at], 'a' + at % 26);
		free(text);
	}
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct diag why = {};
	size_t bytes = 0;
	char *text = NULL;

	assert_int_equal(host_read_file("/no/such/file", &text, &bytes, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/no/such/file"));
	diag_clear(&why);
	assert_int_equal(host_read_file("/proc/self", &text, &bytes, &why), -EISDIR);
	assert_null(text);
}

static void a_mapped_file_is_opened_as_its_process_sees_it(void **state)
{
	struct stat mine, theirs;
	char path[4096] = "";
	int fd;

	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	fd = host_open_mapped(NULL, own_tgid(), path);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &theirs), 0);
	assert_int_equal(stat("/proc/self/exe", &mine), 0);
	assert_int_equal(theirs.st_ino, mine.st_ino);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(fd), 0);

	/* A process that is gone cannot be looked into: its file may still be where we see it. */
	fd = host_open_mapped(NULL, NO_PROCESS, path);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void only_regular_files_are_opened(void **state)
{
	char directory[] = "/tmp/slowpath-procfs-XXXXXX";
	char pipe_path[64];

	assert_non_null(mkdtemp(directory));
	assert_in_range(snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", directory), 1, 63);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(host_open_mapped(NULL, own_tgid(), pipe_path), -EINVAL);
	assert_int_equal(host_open_mapped(NULL, own_tgid(), "/dev/null"), -EINVAL);
	assert_int_equal(host_open_mapped(NULL, own_tgid(), directory), -EINVAL);
	assert_int_equal(host_open_mapped(NULL, own_tgid(), "/no/such/file"), -ENOENT);
	assert_int_equal(host_open_mapped(NULL, own_tgid(), "relative"), -EINVAL);
	assert_int_equal(unlink(pipe_path), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_may_hold_brackets_and_spaces),
		cmocka_unit_test(a_thread_began_when_it_was_made),
		cmocka_unit_test(used_time_is_counted),
		cmocka_unit_test(a_kernel_thread_is_known_as_one),
		cmocka_unit_test(who_is_not_there_is_told),
		cmocka_unit_test(all_threads_of_a_process_are_listed),
		cmocka_unit_test(all_processes_are_listed),
		cmocka_unit_test(a_list_ends_when_it_is_told_to),
		cmocka_unit_test(own_maps_hold_the_own_code),
		cmocka_unit_test(the_kernels_symbols_are_read_whole),
		cmocka_unit_test(a_file_of_any_size_is_read_whole),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(a_mapped_file_is_opened_as_its_process_sees_it),
		cmocka_unit_test(only_regular_files_are_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
