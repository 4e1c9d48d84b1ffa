/*
 * What does a program look like whose threads ask a device for more at once than its queue holds?
 * Most of them wait for a free request, not for the device.
 */
/* EXPECT: case=disk_queue cause=disk.queue subject={device} share>=0.5
 * evidence=free.tag|free.request */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "culprit.h"

enum {
	THREADS = 16,
	BYTES = 65536,
};

struct reader {
	pthread_t thread;
	const char *path;
	uint64_t deadline_ns;
	uint64_t state;
	uint64_t count;
};

static void *read_until_deadline(void *context)
{
	struct reader *reader = context;
	char *block = direct_buffer(BYTES);
	int fd = open(reader->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	off_t size;

	if (fd < 0)
		die(reader->path);
	size = lseek(fd, 0, SEEK_END);
	if (size < BYTES)
		die(reader->path);
	for (; clock_now_ns() < reader->deadline_ns; reader->count++) {
		uint64_t place = random_below(&reader->state, (uint64_t)size / BYTES);

		if (pread(fd, block, BYTES, (off_t)(place * BYTES)) < 0)
			die(reader->path);
	}
	(void)close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct reader readers[THREADS] = {};
	uint64_t count = 0;

	for (unsigned int i = 0; i < THREADS; i++) {
		readers[i].path = argument_at(argc, argv, 2);
		readers[i].deadline_ns = deadline_from(argc, argv);
		readers[i].state = i + 1;
		if (i &&
		    pthread_create(&readers[i].thread, NULL, read_until_deadline, &readers[i]) != 0)
			die("pthread_create");
	}
	(void)read_until_deadline(&readers[0]);
	for (unsigned int i = 0; i < THREADS; i++) {
		if (i)
			(void)pthread_join(readers[i].thread, NULL);
		count += readers[i].count;
	}
	(void)fprintf(stderr, "culprit: count=%llu\n", (unsigned long long)count);
	report_cpu();
	return 0;
}
