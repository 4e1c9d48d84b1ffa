/* What are operations called? */
#include "analyse/files_state.h"

static const char *const OPERATIONS[] = {
	[IO_OTHER] = "other",     [IO_READ] = "read",           [IO_WRITE] = "write",
	[IO_FSYNC] = "fsync",     [IO_FDATASYNC] = "fdatasync", [IO_SYNC_RANGE] = "sync_range",
	[IO_OPEN] = "open",       [IO_CLOSE] = "close",         [IO_STAT] = "stat",
	[IO_READDIR] = "readdir", [IO_CREATE] = "create",       [IO_RENAME] = "rename",
	[IO_REMOVE] = "remove",   [IO_TRUNCATE] = "truncate",   [IO_ALLOCATE] = "allocate",
	[IO_MAP] = "map",         [IO_ATTRIBUTE] = "attribute", [IO_COPY] = "copy",
	[IO_ADVISE] = "advise",   [IO_SYNC_ALL] = "sync",
};

static const char *const ENGINES[] = {
	[IO_SYNC] = "system call",
	[IO_AIO] = "libaio",
	[IO_URING] = "io_uring",
	[IO_FAULT] = "page fault",
};

const char *io_operation_name(uint32_t operation)
{
	return operation < array_count(OPERATIONS) ? OPERATIONS[operation] : "unknown";
}

const char *io_engine_name(uint32_t engine)
{
	return engine && engine < array_count(ENGINES) ? ENGINES[engine] : "unknown";
}
