/*
 * Who fights for a lock that is known?
 * lockers mmap SECONDS: four threads of one process map, touch and unmap memory. lockers directory
 * SECONDS FOLDER: four threads create and remove files in one folder. lockers mutex SECONDS: four
 * threads take one mutex; who has it computes in hold_it(). Each prints nothing, but for the
 * address of its mutex.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define THREADS    4
#define MAP_BYTES  (4ul << 20)
#define LAPS       10000
#define HOLD_NS    1000000
#define PAGE_BYTES 4096
#define APART      __attribute__((noinline))

struct job {
	const char *folder;
	uint64_t deadline_ns;
	unsigned int number;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned int sink;
static void *volatile frame; /* whoever asks for his frame's address has a frame */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *fight_for_memory(void *argument)
{
	const struct job *job = argument;

	while (now_ns(CLOCK_MONOTONIC) < job->deadline_ns) {
		char *map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			abort();
		for (size_t at = 0; at < MAP_BYTES; at += PAGE_BYTES)
			map[at] = 1;
		munmap(map, MAP_BYTES);
	}
	return NULL;
}

static void *fight_for_a_folder(void *argument)
{
	const struct job *job = argument;
	char path[512];

	for (unsigned int i = 0; now_ns(CLOCK_MONOTONIC) < job->deadline_ns; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%u-%u", job->folder, job->number, i % 64);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			abort();
		close(fd);
		unlink(path);
	}
	return NULL;
}

APART static void hold_it(void)
{
	uint64_t end_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) + HOLD_NS;

	frame = __builtin_frame_address(0);
	pthread_mutex_lock(&mutex);
	/* This clock is a system call: it is seldom looked at. */
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns) {
		for (unsigned int i = 0; i < LAPS; i++)
			sink++;
	}
	pthread_mutex_unlock(&mutex);
	sink++;
}

static void *fight_for_a_mutex(void *argument)
{
	const struct job *job = argument;

	frame = __builtin_frame_address(0);
	while (now_ns(CLOCK_MONOTONIC) < job->deadline_ns)
		hold_it();
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*fight)(void *) = argc < 2                            ? NULL
				 : strcmp(argv[1], "mmap") == 0      ? fight_for_memory
				 : strcmp(argv[1], "directory") == 0 ? fight_for_a_folder
				 : strcmp(argv[1], "mutex") == 0     ? fight_for_a_mutex
								     : NULL;
	struct job jobs[THREADS];
	pthread_t threads[THREADS];

	if (!fight || argc < 3 || (fight == fight_for_a_folder && argc < 4))
		return 2;
	if (fight == fight_for_a_mutex)
		printf("%p\n", (void *)&mutex);
	for (unsigned int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){ .number = i,
					.folder = argc > 3 ? argv[3] : "",
					.deadline_ns = now_ns(CLOCK_MONOTONIC) +
						       (uint64_t)(strtod(argv[2], NULL) * 1e9) };
		if (pthread_create(&threads[i], NULL, fight, &jobs[i]) != 0)
			return 1;
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
