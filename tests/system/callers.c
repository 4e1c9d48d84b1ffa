/*
 * Which system calls does it make? A job whose calls are known, to be counted: threads and
 * processes that come and go, calls that fail, move bytes, take long or never return. Threads are
 * made without a library, which would make calls of its own as the scheduling has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STACK_BYTES = 65536,
	WRITTEN_BYTES = 1000,
	READ_BYTES = 512,
	WAIT_MS = 60,
};

struct job {
	int rounds;
	int null_fd;
	int own_fd;
	int done_fd;
};

static void must(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static void sleep_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	(void)syscall(SYS_nanosleep, &time, NULL);
}

/* Of one round: five calls, two of which fail. */
static void work(const struct job *job)
{
	static const char bytes[WRITTEN_BYTES];
	char room[READ_BYTES];

	for (int i = 0; i < job->rounds; i++) {
		(void)syscall(SYS_getppid);
		(void)syscall(SYS_write, job->null_fd, bytes, sizeof(bytes));
		(void)syscall(SYS_pread64, job->own_fd, room, sizeof(room), 0);
		(void)syscall(SYS_close, -1);
		(void)syscall(SYS_openat, AT_FDCWD, "/not/there", O_RDONLY);
	}
}

static int run_worker(void *self)
{
	const struct job *job = self;

	work(job);
	(void)syscall(SYS_write, job->done_fd, "", 1);
	syscall(SYS_exit, 0);
	return 0;
}

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static void start_thread(int (*function)(void *), void *self)
{
	char *stack =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(stack != MAP_FAILED, "stack");
	must(clone(function, stack + STACK_BYTES, THREAD_FLAGS, self) > 0, "thread");
}

/* A child that lives for a few calls; every other one becomes another program. */
static void start_child(int number)
{
	static char name[] = "true";
	char *const argv[] = { name, NULL };
	pid_t child = (pid_t)syscall(SYS_fork);

	if (child == 0) {
		(void)syscall(SYS_getppid);
		if (number % 2)
			execv("/bin/true", argv);
		syscall(SYS_exit_group, 0);
	}
	must(child > 0 && waitpid(child, NULL, 0) == child, "child");
}

/* With a pipe beside its files. */
static struct job job_of(int rounds, int ends[2])
{
	struct job job = { .rounds = rounds };

	job.null_fd = open("/dev/null", O_WRONLY);
	job.own_fd = open("/proc/self/exe", O_RDONLY);
	must(job.null_fd >= 0 && job.own_fd >= 0 && pipe(ends) == 0, "files");
	job.done_fd = ends[1];
	return job;
}

static int count(int threads, int rounds, int children)
{
	int done[2];
	struct job job = job_of(rounds, done);
	char byte;

	for (int i = 0; i < children; i++)
		start_child(i);
	for (int i = 0; i < threads; i++)
		start_thread(run_worker, &job);
	work(&job);
	for (int i = 0; i < threads; i++)
		must(read(done[0], &byte, 1) == 1, "read");
	sleep_ms(20); /* so that they are gone */
	return 0;
}

/* One that waits for good, one that waits until it is told to work, and works then. */
static int run_stranded(void *self)
{
	const int *never = self;
	char byte;

	(void)!read(never[0], &byte, 1);
	return 0;
}

static int wait_and_work(int rounds)
{
	int never[2];
	struct job job = job_of(rounds, never);
	char byte;

	start_thread(run_stranded, never);
	must(write(1, "ready\n", 6) == 6, "ready");
	while (read(0, &byte, 1) == 1)
		work(&job);
	return 0;
}

static int pipe_fds[2], file_fds[2];

/* Lets the others wait: for a byte, and for a lock on a file. */
static int run_holder(void *self)
{
	(void)prctl(PR_SET_NAME, "holder");
	sleep_ms(WAIT_MS);
	(void)syscall(SYS_write, pipe_fds[1], "", 1);
	sleep_ms(WAIT_MS);
	(void)syscall(SYS_flock, file_fds[0], LOCK_UN);
	syscall(SYS_exit, 0);
	return 0;
}

/* What a function without a frame pointer was called from is not in a user stack: but this one's
 * caller is. */
__attribute__((noinline)) static int take(int fd, int operation)
{
	char byte;
	int r = operation ? flock(fd, operation) : (int)read(fd, &byte, 1) - 1;

	__asm__ volatile("" ::: "memory"); /* it is no jump */
	return r;
}

__attribute__((noinline)) static void wait_for_byte(void)
{
	must(take(pipe_fds[0], 0) == 0, "read");
}

__attribute__((noinline)) static void wait_for_lock(void)
{
	must(take(file_fds[1], LOCK_EX) == 0, "flock");
}

/* Two long calls with known reasons, and one of somebody who only sleeps. */
static int be_slow(const char *path)
{
	must(pipe(pipe_fds) == 0, "pipe");
	for (int i = 0; i < 2; i++)
		file_fds[i] = open(path, O_RDWR | O_CREAT, 0600);
	must(file_fds[0] >= 0 && flock(file_fds[0], LOCK_EX) == 0, "lock");
	start_thread(run_holder, NULL);
	wait_for_byte();
	wait_for_lock();
	sleep_ms(WAIT_MS);
	return 0;
}

/* Each call once: more than there is room for. */
static int call_many(int numbers)
{
	for (int i = 0; i < numbers; i++)
		(void)syscall(100000 + i);
	return 0;
}

/* Calls as a 32-bit program makes them: 20 is its getpid, and would be writev. */
static int call_as_32_bit(void)
{
#ifdef __x86_64__
	for (int i = 0; i < 7; i++) {
		long result = 20;

		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	}
	return 0;
#else
	return 77;
#endif
}

/* A filter answers for the kernel: the calls fail before they begin. */
static int be_refused(int rounds)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { .len = 4, .filter = steps };

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0,
	     "filter");
	for (int i = 0; i < rounds; i++)
		(void)syscall(SYS_getppid);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "count") == 0)
		return count(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && strcmp(argv[1], "wait") == 0)
		return wait_and_work(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "slow") == 0)
		return be_slow(argv[2]);
	if (argc == 3 && strcmp(argv[1], "refused") == 0)
		return be_refused(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "many") == 0)
		return call_many(atoi(argv[2]));
	if (argc == 2 && strcmp(argv[1], "compat") == 0)
		return call_as_32_bit();
	fprintf(stderr,
		"usage: callers count THREADS ROUNDS CHILDREN | wait ROUNDS | slow FILE | refused ROUNDS | many NUMBERS | compat\n");
	return 2;
}
