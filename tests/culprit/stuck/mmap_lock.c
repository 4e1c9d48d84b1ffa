/*
 * What does a program look like whose threads want the lock of its address space? One maps and
 * unmaps large pieces, which holds it for long; of the others more want it than can spin for it,
 * so that some sleep at any moment. Or it is never let go: a thread unmaps the page of a frozen
 * file that another one is about to write.
 */
/* EXPECT: case=mmap_lock cause=lock.kernel subject=mmap_lock share>=0.25 */
/* STUCK: case=mmap_lock class=slow chain=mmap_lock|remapper|mapper
 * stacks=^D.*(mmap|munmap|mprotect) exit=0 */
/* STUCK: case=mmap_lock_held class=kernel_lockup row=blocked cause=fs.frozen chain=^writer.freeze
 * subject=^mount.+/mnt.\(loop[0-9]+,.xfs\)$ exit=11 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../culprit.h"

#define LARGE_BYTES (64UL << 20)
#define SMALL_BYTES 4096
#define MAPPERS     6

static uint64_t deadline_ns;

static char *map(size_t bytes, int flags, int fd)
{
	char *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (address == MAP_FAILED)
		die("mmap");
	return address;
}

static void unmap(char *address, size_t bytes)
{
	if (munmap(address, bytes) != 0)
		die("munmap");
}

/* Many pages at once: the lock is held meanwhile, for reading or for writing. */
static void *remap_large(void *argument)
{
	while (clock_now_ns() < deadline_ns) {
		char *large = map(LARGE_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);

		if (mprotect(large, LARGE_BYTES, PROT_READ) != 0)
			die("mprotect");
		unmap(large, LARGE_BYTES);
	}
	return NULL;
}

static void *remap_small(void *argument)
{
	while (clock_now_ns() < deadline_ns)
		unmap(map(SMALL_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1), SMALL_BYTES);
	return NULL;
}

static void *write_page(void *page)
{
	*(volatile char *)page = 'x';
	return NULL;
}

static void *unmap_page(void *page)
{
	sleep_ns(100000000); /* the writer comes first */
	unmap(page, SMALL_BYTES);
	return NULL;
}

static void start(void *(*work)(void *), void *argument, const char *name)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, argument) != 0 ||
	    pthread_setname_np(thread, name) != 0)
		die("pthread_create");
}

/* The mapping's page is not there yet, or was written before the file system froze. */
static void hold_forever(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char *page;

	if (fd < 0 || ftruncate(fd, SMALL_BYTES) != 0)
		die(path);
	page = map(SMALL_BYTES, MAP_SHARED, fd);
	tell_ready(getpid());
	await_go();
	start(write_page, page, "writer");
	start(unmap_page, page, "unmapper");
	sleep_ns(200000000);
}

int main(int argc, char **argv)
{
	deadline_ns = deadline_from(argc, argv);
	if (argc > 2) {
		end_in_time(argc, argv);
		hold_forever(argv[2]);
	} else {
		start(remap_large, NULL, "remapper");
		for (int i = 0; i < MAPPERS; i++)
			start(remap_small, NULL, "mapper");
		tell_ready(getpid());
	}
	remap_small(NULL);
	report_cpu();
	_exit(0);
}
