/*
 * What does a program look like that writes faster than the disk takes it? The device may have few
 * dirty pages, so the writer is held back early.
 */
/* EXPECT: case=dirty_throttle cause=mem.dirty_throttle subject=. share>=0.7 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "culprit.h"

#define FILE_BYTES (192 << 20)

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	size_t bytes = 1 << 20;
	char *block = direct_buffer(bytes);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t count = 0;

	if (argc > 3)
		join_cgroup(argv[3]);
	if (fd < 0)
		die(path);
	for (; clock_now_ns() < deadline_ns; count++)
		if (pwrite(fd, block, bytes, (off_t)(count * bytes % FILE_BYTES)) != (ssize_t)bytes)
			die(path);

	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
