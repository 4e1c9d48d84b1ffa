/*
 * Where in a trace.dat does what stand? The frame of the file: versions 6 and 7, packed or not, of
 * either byte order, as trace-cmd.dat(5) has it.
 */
#ifndef IMPORT_TRACE_FILE_H
#define IMPORT_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "import/perf_bytes.h"

enum trace_part {
	TRACE_PAGE_HEAD, /* header_page and header_event */
	TRACE_FTRACE_FORMATS,
	TRACE_FORMATS,
	TRACE_KALLSYMS, /* a u32 with its length, then the text */
	TRACE_COMMANDS, /* a u64 with its length, then lines "PID NAME" */
	TRACE_PARTS,
};

enum trace_packing {
	TRACE_PLAIN,
	TRACE_ZSTD,
	TRACE_ZLIB,
};

struct trace_place {
	uint64_t offset;
	uint64_t bytes; /* 0: it is not there */
	bool is_packed;
};

/* The pages of one CPU. */
struct trace_cpu_place {
	uint32_t cpu;
	struct trace_place place;
	uint64_t overrun; /* records that the kernel overwrote */
};

struct trace_file {
	int fd; /* the caller's */
	const char *path;
	uint64_t bytes;
	unsigned int version;
	bool swap;
	uint32_t page_bytes;
	enum trace_packing packing;
	struct trace_place parts[TRACE_PARTS];
	ARRAY(struct trace_cpu_place) cpus; /* of the buffer that is read */
	uint32_t cpu_count;                 /* of the machine */
	bool is_cut;                        /* it ends before its CPUs' data does */
	uint32_t instances;                 /* buffers with data that are not read */
	char clock[32];                     /* "local"; "": not told */
	char system[128];                   /* as uname tells it; "": not told */
	bool has_tsc; /* the clock is the processor's: how it becomes nanoseconds */
	uint32_t tsc_factor;
	uint32_t tsc_shift;
	uint64_t tsc_offset;
};

/*
 * Find out. fd stays the caller's and must live as long as the file is read; so must path. On
 * success *ret is to be ended with trace_file_clear(). -EBADMSG: damaged, or cut before its data;
 * -ENOTSUP: of a kind that cannot be read here.
 */
must_check int trace_file_open(int fd, const char *path, struct trace_file *ret, struct diag *why);
void trace_file_clear(struct trace_file *file);

/* So many bytes from that place. -EBADMSG: the file ends before; -errno. */
must_check int trace_file_copy(const struct trace_file *file, uint64_t offset, void *to,
			       size_t bytes);

/* A part as a whole, unpacked, malloc'ed; *ret_bytes is 0 where there is none. */
must_check int trace_file_part(const struct trace_file *file, enum trace_part part,
			       unsigned char **ret, size_t *ret_bytes, struct diag *why);

/* Unpack one block into exactly so many bytes. -EBADMSG. */
must_check int trace_unpack(enum trace_packing packing, const void *from, size_t bytes, void *to,
			    size_t to_bytes);

#endif
