/*
 * What does a program look like that waits for a lock whose holder waits for a disk? The holder
 * makes a record durable; the runner may limit the device to next to nothing.
 */
/* EXPECT: case=mutex_fsync cause=fs.sync subject={device} share>=0.4 */
/* STUCK: case=mutex_slow_fsync class=slow|kernel_lockup
 * cause=disk.throttled subject=^cgroup.*wbps=1.for.loop chain=writer.throttle */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "../culprit.h"

#define RECORD_BYTES (256 << 10)

static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t has_lock;

struct record {
	const char *path;
	int fd;
	char *bytes;
};

static __attribute__((noinline)) void make_durable(const struct record *record, off_t at)
{
	if (pwrite(record->fd, record->bytes, RECORD_BYTES, at) != RECORD_BYTES ||
	    fsync(record->fd) != 0)
		die(record->path);
}

static void *write_records(void *argument)
{
	const struct record *record = argument;

	(void)pthread_mutex_lock(&record_lock);
	(void)pthread_barrier_wait(&has_lock);
	for (off_t i = 0;; i = (i + 1) % 64) {
		make_durable(record, i * RECORD_BYTES);
		(void)pthread_mutex_unlock(&record_lock);
		/* A moment for the main thread, which a default mutex would starve. */
		sleep_ns(20000);
		(void)pthread_mutex_lock(&record_lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	struct record record = { .path = argument_at(argc, argv, 2),
				 .bytes = direct_buffer(RECORD_BYTES) };
	pthread_t writer;

	record.fd = open(record.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (record.fd < 0)
		die(record.path);
	if (argc > 3)
		join_cgroup(argv[3]);
	if (pthread_barrier_init(&has_lock, NULL, 2) != 0 ||
	    pthread_create(&writer, NULL, write_records, &record) != 0 ||
	    pthread_setname_np(writer, "writer") != 0)
		die("pthread_create");
	(void)pthread_barrier_wait(&has_lock);
	tell_ready(getpid());
	while (clock_now_ns() < deadline_ns) {
		(void)pthread_mutex_lock(&record_lock);
		(void)pthread_mutex_unlock(&record_lock);
	}
	report_cpu();
	_exit(0); /* the writer is in the middle of it */
}
