/*
 * What does a program look like that waits for a disk, one random read at a time? With a cgroup
 * whose reads are limited it waits for the limit instead.
 */
/* EXPECT: case=direct_read cause=disk.device subject={device} share>=0.6 */
/* EXPECT: case=io_throttle cause=disk.throttled subject={cgroup}|{device} share>=0.9 */
/* STUCK: case=throttled_read class=kernel_lockup row=blocked cause=disk.throttled
 * subject=^cgroup.*rbps=1.for.loop chain=^direct_read.throttle.*>.*limit$ exit=11
 * verdict=disk.throttled */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	size_t bytes = strtoul(argument_at(argc, argv, 3), NULL, 10);
	char *block = direct_buffer(bytes);
	uint64_t state = 1;
	uint64_t count = 0;
	off_t size;
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		die(path);
	size = lseek(fd, 0, SEEK_END);
	if (size < (off_t)bytes)
		die(path);
	if (argc > 4)
		join_cgroup(argv[4]);
	tell_ready(getpid());
	for (; clock_now_ns() < deadline_ns; count++)
		if (pread(fd, block, bytes,
			  (off_t)(random_below(&state, (uint64_t)size / bytes) * bytes)) < 0)
			die(path);

	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
