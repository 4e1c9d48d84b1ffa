/* Who holds a file lock and sleeps? It has the lock 150 ms of each 152 ms. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "../culprit.h"

int main(int argc, char **argv)
{
	const char *path = argument_at(argc, argv, 1);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die(path);
	(void)puts("ready");
	if (fflush(stdout) != 0)
		die("stdout");
	for (;;) {
		sleep_ns(150000000);
		if (flock(fd, LOCK_UN) != 0)
			die(path);
		sleep_ns(2000000);
		if (flock(fd, LOCK_EX) != 0)
			die(path);
	}
}
