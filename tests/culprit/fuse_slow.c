/*
 * What does a program look like that reads from a user-space file system whose daemon is slow? The
 * daemon is a process of the runner's that sleeps over each read.
 */
/* EXPECT: cause=fs.fuse subject=slow_fuse share>=0.85 */
/* STUCK: case=fuse_hung class=user_lockup row=held cause=fs.fuse subject=slow_fuse|mnt
 * chain=fuse.*slow_fuse exit=12 */
#include <fcntl.h>
#include <unistd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	char block[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	tell_ready(getpid());
	while (clock_now_ns() < deadline_ns)
		if (pread(fd, block, sizeof(block), 0) <= 0)
			die(path);

	report_cpu();
	return 0;
}
