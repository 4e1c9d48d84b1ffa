/*
 * Who is a slow user-space file system? One file, and 20 ms of sleep over each read of it, or as
 * many seconds as $SLOW_FUSE_S says.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../culprit.h"

#define LATE_NS    20000000
#define NS_PER_S   1000000000ULL
#define FILE_BYTES 4096

static int is_file(const char *path)
{
	return strcmp(path, "/file") == 0;
}

static int tell_facts(const char *path, struct stat *facts, struct fuse_file_info *info)
{
	memset(facts, 0, sizeof(*facts));
	facts->st_nlink = 1;
	facts->st_mode = is_file(path) ? S_IFREG | 0444 : S_IFDIR | 0755;
	facts->st_size = is_file(path) ? FILE_BYTES : 0;
	return is_file(path) || strcmp(path, "/") == 0 ? 0 : -ENOENT;
}

static int open_file(const char *path, struct fuse_file_info *info)
{
	if (!is_file(path))
		return -ENOENT;
	info->direct_io = 1; /* each read comes here */
	return 0;
}

static uint64_t late_ns(void)
{
	const char *seconds = getenv("SLOW_FUSE_S");

	return seconds ? strtoull(seconds, NULL, 10) * NS_PER_S : LATE_NS;
}

static int read_late(const char *path, char *block, size_t bytes, off_t offset,
		     struct fuse_file_info *info)
{
	size_t left = offset < FILE_BYTES ? FILE_BYTES - (size_t)offset : 0;

	sleep_ns(late_ns());
	if (bytes > left)
		bytes = left;
	memset(block, 'f', bytes);
	return (int)bytes;
}

int main(int argc, char **argv)
{
	struct fuse_operations operations = { .getattr = tell_facts,
					      .open = open_file,
					      .read = read_late };

	return fuse_main(argc, argv, &operations, NULL);
}
