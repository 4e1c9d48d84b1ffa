/*
 * What does a program look like that makes each record durable by itself? It waits for the
 * journal, the journal for the loop device's worker, and that for the disk below.
 */
/* EXPECT: case=fsync_ext4 cause=fs.sync subject={device} share>=0.35 */
/* EXPECT: case=fsync_xfs cause=fs.sync subject={device} share>=0.35 */
/* EXPECT: case=fsync_btrfs cause=fs.sync subject={device} share>=0.35 */
/* EXPECT: case=fsync_overlay cause=fs.sync subject={device} share>=0.35 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "culprit.h"

#define FILE_BYTES (64 << 20)

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	size_t bytes = argc > 3 ? strtoul(argv[3], NULL, 10) : 4096;
	char *record = direct_buffer((bytes + 4095) / 4096 * 4096);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t count = 0;

	if (fd < 0)
		die(path);
	for (; clock_now_ns() < deadline_ns; count++) {
		if (pwrite(fd, record, bytes, (off_t)(count * bytes % FILE_BYTES)) !=
		    (ssize_t)bytes)
			die(path);
		if (fsync(fd) != 0)
			die(path);
	}
	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
