/* What does a disk look like whose every request is slow? A file system of one file, for a loop
 * device to lie on: usage: slow_file BACKING MILLISECONDS[:BROKEN] FUSE-ARGUMENT...
 * What begins at the byte BROKEN or behind it cannot be read. */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME "/disk"

static int backing = -1;
static struct timespec delay;
static off_t broken = INT64_MAX;

static int take_time(void)
{
	(void)nanosleep(&delay, NULL);
	return 0;
}

static int get_attributes(const char *path, struct stat *stat, struct fuse_file_info *file)
{
	if (strcmp(path, "/") == 0) {
		stat->st_mode = S_IFDIR | 0700;
		stat->st_nlink = 2;
		return 0;
	}
	return strcmp(path, NAME) == 0 ? (fstat(backing, stat) < 0 ? -errno : 0) : -ENOENT;
}

/* Nothing of it is kept in memory. */
static int open_file(const char *path, struct fuse_file_info *file)
{
	file->direct_io = 1;
	return 0;
}

static int read_file(const char *path, char *to, size_t bytes, off_t at,
		     struct fuse_file_info *file)
{
	ssize_t r;

	take_time();
	if (at >= broken)
		return -EIO;
	r = pread(backing, to, bytes, at);
	return r < 0 ? -errno : (int)r;
}

static int write_file(const char *path, const char *from, size_t bytes, off_t at,
		      struct fuse_file_info *file)
{
	ssize_t r;

	take_time();
	r = pwrite(backing, from, bytes, at);
	return r < 0 ? -errno : (int)r;
}

static int flush_file(const char *path, int is_data_only, struct fuse_file_info *file)
{
	return take_time();
}

int main(int argc, char **argv)
{
	static const struct fuse_operations OPERATIONS = {
		.getattr = get_attributes,
		.open = open_file,
		.read = read_file,
		.write = write_file,
		.fsync = flush_file,
	};
	char *rest = NULL;
	long ms = argc > 2 ? strtol(argv[2], &rest, 10) : 0;

	if (ms <= 0) {
		fputs("usage: slow_file BACKING MILLISECONDS[:BROKEN] FUSE-ARGUMENT...\n", stderr);
		return 2;
	}
	if (*rest == ':')
		broken = strtoll(rest + 1, NULL, 10);
	delay = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	backing = open(argv[1], O_RDWR | O_CLOEXEC);
	if (backing < 0) {
		perror(argv[1]);
		return 1;
	}
	argv[2] = argv[0];
	return fuse_main(argc - 2, argv + 2, &OPERATIONS, NULL);
}
