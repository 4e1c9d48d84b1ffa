/* What is this file? Told by its first bytes, never by its name. */
#ifndef IMPORT_RECOGNISE_H
#define IMPORT_RECOGNISE_H

#include <stddef.h>

enum file_kind {
	FILE_UNREADABLE, /* errno says why */
	FILE_EMPTY,
	FILE_RECORDING, /* slowpath's own */
	FILE_PERF_DATA,
	FILE_TRACE_DAT,
	FILE_FTRACE_TEXT,
	FILE_LOCK_STAT,
	FILE_ELF,
	FILE_TEXT,
	FILE_OTHER,
};

/* Open, look, close. */
enum file_kind file_recognise(const char *path);

/* The same for the bytes themselves. */
enum file_kind bytes_recognise(const void *bytes, size_t count);

/* "a perf.data file"; never NULL. */
const char *file_kind_name(enum file_kind kind);

#endif
