/*
 * What does a program look like that waits for a file lock? A process of the runner holds it, and
 * sleeps.
 */
/* EXPECT: cause=lock.file subject=flock_holder|locked_file share>=0.8 */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	while (clock_now_ns() < deadline_ns) {
		if (flock(fd, LOCK_EX) != 0 || flock(fd, LOCK_UN) != 0)
			die(path);
		/* Let the holder have it again before asking anew. */
		sleep_ns(4000000);
	}
	report_cpu();
	return 0;
}
