/*
 * What does a program look like that reads a mapped file at random, and the pages are not (or no
 * longer) in memory? mmap_fault: nobody has read the file yet in this round. memcg_limit: a memory
 * limit smaller than the file throws its pages out again, so it is not the reclaim that takes the
 * time (clean pages go at once) but reading them back.
 */
/* EXPECT: case=mmap_fault cause=mem.refault subject=. share>=0.45 */
/* EXPECT: case=memcg_limit cause=mem.refault subject=. share>=0.45 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "culprit.h"

#define PAGE_BYTES 4096
#define RECORD_BYTES                                                                             \
	(64 << 10) /* the kernel reads about as much around a fault: the disk has some work, too \
		    */

/* Read as many random records as the file has; the sum keeps the compiler from dropping the reads.
 */
static uint64_t read_round(const volatile unsigned char *map, uint64_t records, uint64_t *state,
			   uint64_t deadline_ns)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < records && clock_now_ns() < deadline_ns; i++) {
		const volatile unsigned char *record =
			map + random_below(state, records) * RECORD_BYTES;

		for (size_t at = 0; at < RECORD_BYTES; at += PAGE_BYTES)
			sum += record[at];
	}
	return sum;
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	uint64_t state = 1;
	uint64_t sum = 0;
	struct stat facts;
	unsigned char *map;
	int fd;

	if (argc > 3)
		join_cgroup(argv[3]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &facts) != 0)
		die(path);

	while (clock_now_ns() < deadline_ns) {
		if (argc <= 3 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
			die(path);
		map = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			die(path);
		sum += read_round(map, (uint64_t)facts.st_size / RECORD_BYTES, &state, deadline_ns);
		if (munmap(map, (size_t)facts.st_size) != 0)
			die(path);
	}
	(void)fprintf(stderr, "culprit: sum=%llu\n", (unsigned long long)sum);
	report_cpu();
	return 0;
}
