/* How are the kernel's tracing files read and written? */
#include "probe/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/procfs.h"

bool tracefs_path(char path[static TRACEFS_PATH_BYTES], const char *folder, const char *format, ...)
{
	int used = snprintf(path, TRACEFS_PATH_BYTES, "%s/", folder), bytes;
	va_list arguments;

	if (used < 0 || used >= TRACEFS_PATH_BYTES)
		return false;
	va_start(arguments, format);
	bytes = vsnprintf(path + used, (size_t)(TRACEFS_PATH_BYTES - used), format, arguments);
	va_end(arguments);
	return bytes >= 0 && bytes < TRACEFS_PATH_BYTES - used;
}

int tracefs_read(const char *folder, const char *name, char **ret)
{
	char path[TRACEFS_PATH_BYTES];
	size_t bytes;
	int r;

	if (!tracefs_path(path, folder, "%s", name))
		return -ENAMETOOLONG;
	r = host_read_file(path, ret, &bytes, NULL);
	if (r == 0 && bytes && (*ret)[bytes - 1] == '\n')
		(*ret)[bytes - 1] = '\0';
	return r;
}

static int put(const char *folder, const char *name, const char *text, int flags)
{
	char path[TRACEFS_PATH_BYTES];
	owns(own_close) int fd = -1;
	size_t bytes = strlen(text);

	if (!tracefs_path(path, folder, "%s", name))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	/* Nothing to write: to be opened so is what empties it. */
	if (bytes && write(fd, text, bytes) < 0)
		return -errno;
	return 0;
}

int tracefs_write(const char *folder, const char *name, const char *text)
{
	return put(folder, name, text, O_TRUNC);
}

int tracefs_append(const char *folder, const char *name, const char *text)
{
	return put(folder, name, text, O_APPEND);
}
