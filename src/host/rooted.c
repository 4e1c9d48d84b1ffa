/* How is a file read below a given root? By its path with the root before it. */
#include "host/rooted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_BYTES_FIRST 4096
#define READ_BYTES_MAX   (64UL << 20)

static int last_error(void)
{
	int error = errno;

	return error > 0 ? -error : -EIO;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
	*directory = NULL;
}

/*
 * The place at path below root, without opening what is there. Links are followed as who lives
 * below that root would follow them: one to /etc/x must not lead a container out to our /etc/x.
 */
static int find_place(const char *root, const char *path, uint64_t flags)
{
	owns(own_close) int folder = -1;
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT,
	};
	char full[ROOTED_PATH_BYTES];
	long fd;

	if (root[0]) {
		folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0)
			return last_error();
		fd = syscall(SYS_openat2, folder, path, &how, sizeof(how));
		/* Before Linux 5.6, and where a filter does not know it. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd >= 0 ? (int)fd : last_error();
	}
	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_PATH | O_CLOEXEC | (int)flags);
	return fd >= 0 ? (int)fd : last_error();
}

/* Open what find_place() found, when it is a regular file. */
static int open_place(int place, struct stat *ret_status)
{
	char again[64];
	int fd;

	if (place < 0)
		return place;
	if (fstat(place, ret_status) < 0)
		return last_error();
	if (!S_ISREG(ret_status->st_mode))
		return -EINVAL;

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", place);
	fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? last_error() : fd;
}

int rooted_open(const char *root, const char *path)
{
	owns(own_close) int place = find_place(root, path, 0);
	struct stat status;

	return open_place(place, &status);
}

int rooted_open_owned(const char *path, uid_t owner)
{
	owns(own_close) int place = find_place("", path, O_NOFOLLOW);
	struct stat status;
	int fd = open_place(place, &status);

	if (fd >= 0 && status.st_uid != owner && status.st_uid != 0) {
		own_close(&fd);
		return -EPERM;
	}
	return fd;
}

static int read_all(int fd, char **ret, size_t *ret_bytes)
{
	owns(own_free) char *text = NULL;
	size_t used = 0, capacity = 0;

	for (;;) {
		ssize_t got;

		if (used + 1 >= capacity) {
			size_t wanted = capacity ? capacity * 2 : READ_BYTES_FIRST;
			char *grown = wanted <= READ_BYTES_MAX ? realloc(text, wanted) : NULL;

			if (!grown)
				return wanted <= READ_BYTES_MAX ? -ENOMEM : -EFBIG;
			text = grown;
			capacity = wanted;
		}
		got = read(fd, text + used, capacity - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return last_error();
		if (got == 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';
	*ret = give(text);
	*ret_bytes = used;
	return 0;
}

int rooted_read(const char *root, char **ret, size_t *ret_bytes, const char *format, ...)
{
	char path[ROOTED_PATH_BYTES];
	va_list args;
	int r;

	va_start(args, format);
	r = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (r < 0 || (size_t)r >= sizeof(path))
		return -ENAMETOOLONG;

	owns(own_close) int fd = rooted_open(root, path);

	return fd < 0 ? fd : read_all(fd, ret, ret_bytes);
}

int rooted_list(const char *root, const char *folder, int (*seen)(void *self, const char *name),
		void *self)
{
	owns(close_directory) DIR *directory = NULL;
	char full[ROOTED_PATH_BYTES];

	if (snprintf(full, sizeof(full), "%s%s", root, folder) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	directory = opendir(full);
	if (!directory)
		return last_error();
	for (;;) {
		const struct dirent *entry;
		int r;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return errno ? last_error() : 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = seen(self, entry->d_name);
		if (r != 0)
			return r;
	}
}
