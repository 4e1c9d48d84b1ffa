/*
 * What does a program look like whose threads all make files in one directory? They wait for its
 * lock, whose holder waits until the disk has the new name.
 */
/* EXPECT: cause=fs.sync subject={device} share>=0.5 */
/* EXPECT: case=creators_joined cause=fs.journal subject=other.syncs share>=0.6 */
/* STUCK: class=slow row=moves chain=creators evidence=it.gets.on stacks=^D.*(unlink|openat) exit=0
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../culprit.h"

#define CREATORS 8

static const char *folder;
static uint64_t deadline_ns;

static void create_files(unsigned long number)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/file-%lu", folder, number);
	while (clock_now_ns() < deadline_ns) {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
			die(path);
	}
}

static void *create(void *number)
{
	create_files((unsigned long)number);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t creators[CREATORS];

	deadline_ns = deadline_from(argc, argv);
	folder = argument_at(argc, argv, 2);
	for (unsigned long i = 0; i < CREATORS; i++) {
		if (pthread_create(&creators[i], NULL, create, (void *)i) != 0)
			die("pthread_create");
	}
	tell_ready(getpid());
	create_files(CREATORS);
	for (unsigned int i = 0; i < CREATORS; i++)
		(void)pthread_join(creators[i], NULL);
	report_cpu();
	return 0;
}
