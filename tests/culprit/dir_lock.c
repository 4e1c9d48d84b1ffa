/*
 * What does a program look like that creates files in a directory that another thread keeps
 * listing? Listing holds the directory's lock, and computes: 10,000 names.
 */
/* EXPECT: cause=lock.kernel subject=rwsem|inode|director share>=0.8 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "culprit.h"

#define NAMES_BYTES (1 << 20) /* all names at once, so that the lock is held for long */

struct lister {
	const char *folder;
	uint64_t deadline_ns;
};

static void *list_names(void *argument)
{
	const struct lister *lister = argument;
	char *names = direct_buffer(NAMES_BYTES);
	int fd = open(lister->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die(lister->folder);
	while (clock_now_ns() < lister->deadline_ns)
		if (lseek(fd, 0, SEEK_SET) != 0 ||
		    syscall(SYS_getdents64, fd, names, NAMES_BYTES) <= 0)
			die(lister->folder);
	return NULL;
}

int main(int argc, char **argv)
{
	struct lister lister = { .folder = argument_at(argc, argv, 2),
				 .deadline_ns = deadline_from(argc, argv) };
	char path[512];
	pthread_t thread;
	uint64_t count = 0;

	(void)snprintf(path, sizeof(path), "%s/new", lister.folder);
	if (pthread_create(&thread, NULL, list_names, &lister) != 0)
		die("pthread_create");
	for (; clock_now_ns() < lister.deadline_ns; count++) {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
			die(path);
		/* Some work of its own, in which the lister gets the lock back. */
		(void)churn(count | 1, 100000);
	}
	(void)pthread_join(thread, NULL);
	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
