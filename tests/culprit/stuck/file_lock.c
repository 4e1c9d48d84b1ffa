/*
 * What does a program look like that waits for a lock on a part of a file, which another process
 * holds and sleeps?
 */
/* EXPECT: cause=lock.file subject=locked_file|sleeper share>=0.8 */
/* STUCK: class=user_lockup row=held cause=lock.file subject=locked_file|sleeper
 * chain=file_lock.*sleeper exit=12 */
#include <fcntl.h>
#include <unistd.h>

#include "../culprit.h"

static int take_lock(const char *path)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : fcntl(fd, F_SETLKW, &all);
}

int main(int argc, char **argv)
{
	const char *path = argument_at(argc, argv, 2);
	int holds[2];
	char byte;
	pid_t child;

	end_in_time(argc, argv);
	if (pipe(holds) != 0)
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		if (take_lock(path) != 0)
			die(path);
		(void)close(holds[0]);
		(void)close(holds[1]);
		be_sleeper();
	}
	(void)close(holds[1]);
	/* It has the lock when it closes the pipe. */
	if (read(holds[0], &byte, 1) != 0)
		die("read");
	tell_ready(getpid());
	if (take_lock(path) != 0)
		die(path);
	return 1;
}
