/*
 * What does a program look like that reads a pipe whose writer makes each record durable first?
 * The time is not the pipe's and not the writer's, but the disk's. The writer is a child of the
 * program, or (with a FIFO) a process of the runner's.
 */
/* EXPECT: case=pipe_fsync cause=fs.sync subject={device} share>=0.4 */
/* EXPECT: case=pipe_fsync_outside cause=fs.sync subject={device} share>=0.4 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "culprit.h"
#include "durable.h"

static int start_writer(const char *path)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe2");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		(void)close(ends[0]);
		write_durably(path, ends[1]);
	}
	(void)close(ends[1]);
	return ends[0];
}

static int open_fifo(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/* pipe_fsync SECONDS FILE: a child writes FILE. pipe_fsync SECONDS - FIFO: somebody else writes to
 * the FIFO. */
int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	int fd = argc > 3 ? open_fifo(argv[3]) : start_writer(path);
	char byte;

	while (clock_now_ns() < deadline_ns)
		if (read(fd, &byte, 1) != 1)
			die("the pipe");
	(void)close(fd);
	if (argc == 3)
		(void)wait(NULL); /* the writer ends when its pipe has no reader left */

	report_cpu();
	return 0;
}
