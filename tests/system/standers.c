/* Programs that do not get on, each for one known reason, until they are ended: standers WAY
 * [FILE]. When it stands so, it says "ready". */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

/* Long enough for another thread to fall asleep. */
#define MOMENT_US 100000

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void say_ready(void)
{
	(void)puts("ready");
	(void)fflush(stdout);
}

static void *take_the_other_way_round(void *unused)
{
	(void)pthread_mutex_lock(&second_lock);
	(void)pthread_barrier_wait(&both);
	(void)pthread_mutex_lock(&first_lock);
	return NULL;
}

static void stand_in_a_deadlock(void)
{
	pthread_t thread;

	(void)pthread_barrier_init(&both, NULL, 2);
	if (pthread_create(&thread, NULL, take_the_other_way_round, NULL) != 0)
		exit(1);
	(void)pthread_mutex_lock(&first_lock);
	(void)pthread_barrier_wait(&both);
	usleep(MOMENT_US);
	say_ready();
	(void)pthread_mutex_lock(&second_lock);
}

static void *end_without_a_wakeup(void *unused)
{
	return NULL;
}

/* Who should have woken it has ended. */
static void stand_without_a_waker(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_without_a_wakeup, NULL) != 0)
		exit(1);
	(void)pthread_join(thread, NULL);
	(void)pthread_mutex_lock(&first_lock);
	say_ready();
	(void)pthread_cond_wait(&condition, &first_lock);
}

static void stand_at_an_empty_pipe(void)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) != 0)
		exit(1);
	say_ready();
	(void)!read(ends[0], &byte, 1);
}

static void stand_spinning(void)
{
	say_ready();
	for (volatile unsigned long i = 0;; i++)
		;
}

/* A child that waits for a lock which this process holds, asleep. */
static void stand_with_a_file_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid_t child;

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		exit(1);
	child = fork();
	if (child == 0) {
		int other = open(path, O_RDWR | O_CLOEXEC);

		(void)close(fd);
		(void)flock(other, LOCK_EX);
		_exit(0);
	}
	usleep(MOMENT_US);
	(void)printf("%d\n", (int)child);
	say_ready();
	for (;;)
		(void)sleep(1000);
}

/* A child that nobody waits for: it has died of a fault of its own. */
static void stand_with_a_dead_child(void)
{
	pid_t child = fork();

	if (child == 0)
		abort();
	usleep(MOMENT_US);
	(void)printf("%d\n", (int)child);
	say_ready();
	for (;;)
		(void)sleep(1000);
}

static void stand_idle(void)
{
	say_ready();
	(void)poll(NULL, 0, -1);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *way;
		void (*stand)(void);
	} WAYS[] = {
		{ "deadlock", stand_in_a_deadlock },       { "no-waker", stand_without_a_waker },
		{ "empty-pipe", stand_at_an_empty_pipe },  { "spin", stand_spinning },
		{ "dead-child", stand_with_a_dead_child }, { "idle", stand_idle },
	};

	if (argc == 3 && strcmp(argv[1], "file-lock") == 0)
		stand_with_a_file_lock(argv[2]);
	for (size_t i = 0; argc == 2 && i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
		if (strcmp(argv[1], WAYS[i].way) == 0)
			WAYS[i].stand();
	}
	return 1;
}
