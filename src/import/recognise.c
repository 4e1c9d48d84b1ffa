/* What is this file? A table of first bytes. */
#include "import/recognise.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/own.h"

struct magic {
	const char *bytes;
	size_t count;
	enum file_kind kind;
};

/* perf: tools/perf/util/header.c; trace-cmd: Documentation/trace-cmd/trace-cmd.dat.v7.5.txt;
 * ftrace: kernel/trace/trace.c; lock_stat: kernel/locking/lockdep_proc.c */
static const struct magic MAGICS[] = {
	{ "\x89slow\r\n\x1a", 8, FILE_RECORDING },
	{ "PERFILE2", 8, FILE_PERF_DATA },
	{ "2ELIFREP", 8, FILE_PERF_DATA },
	{ "\x17\x08\x44tracing", 10, FILE_TRACE_DAT },
	{ "# tracer: ", 10, FILE_FTRACE_TEXT },
	{ "\177ELF", 4, FILE_ELF },
	{ "lock_stat version ", 18, FILE_LOCK_STAT },
};

static const char *const NAMES[] = {
	[FILE_UNREADABLE] = "a file that cannot be read",
	[FILE_EMPTY] = "an empty file",
	[FILE_RECORDING] = "a slowpath recording",
	[FILE_PERF_DATA] = "a perf.data file",
	[FILE_TRACE_DAT] = "a trace.dat file of trace-cmd",
	[FILE_FTRACE_TEXT] = "ftrace's text",
	[FILE_LOCK_STAT] = "the kernel's lock statistics",
	[FILE_ELF] = "an ELF file",
	[FILE_TEXT] = "some text",
	[FILE_OTHER] = "no kind of file that is known here",
};

static int is_text(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!isprint(bytes[i]) && !isspace(bytes[i]) && bytes[i] < 0x80)
			return 0;
	}
	return 1;
}

enum file_kind bytes_recognise(const void *bytes, size_t count)
{
	if (!count)
		return FILE_EMPTY;
	for (size_t i = 0; i < array_count(MAGICS); i++) {
		if (count >= MAGICS[i].count &&
		    memcmp(bytes, MAGICS[i].bytes, MAGICS[i].count) == 0)
			return MAGICS[i].kind;
	}
	return is_text(bytes, count) ? FILE_TEXT : FILE_OTHER;
}

enum file_kind file_recognise(const char *path)
{
	owns(own_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char bytes[256];
	ssize_t n;

	if (fd < 0)
		return FILE_UNREADABLE;
	n = read(fd, bytes, sizeof(bytes));
	return n < 0 ? FILE_UNREADABLE : bytes_recognise(bytes, (size_t)n);
}

const char *file_kind_name(enum file_kind kind)
{
	return NAMES[kind];
}
