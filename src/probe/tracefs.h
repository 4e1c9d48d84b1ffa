/* How are the kernel's tracing files read and written? One setting is one file. */
#ifndef PROBE_TRACEFS_H
#define PROBE_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"

enum {
	TRACEFS_PATH_BYTES = 512,
};

/* "FOLDER/NAME" of a format; false: too long. */
bool tracefs_path(char path[static TRACEFS_PATH_BYTES], const char *folder, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The whole file, malloc'ed, the caller's, without the newline at its end. -errno. */
must_check int tracefs_read(const char *folder, const char *name, char **ret);

/* One write, in place of what the file holds, or behind that. -errno, without words. */
must_check int tracefs_write(const char *folder, const char *name, const char *text);
must_check int tracefs_append(const char *folder, const char *name, const char *text);

#endif
