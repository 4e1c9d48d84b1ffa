/* Which system calls, operations of libaio and entries of io_uring are operations on files? Tables,
 * by the numbers of the kernel's interface. */
#include "probe/io_calls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "event/event.h"

struct numbered {
	uint16_t number;
	uint32_t call;
};

#define VECTORS  IO_VECTORED
#define POSITION IO_POSITIONED

/* clang-format off */
static const struct numbered CALLS[] = {
	{ SYS_read, WIRE_IO_CALL(IO_READ, WIRE_IO_READ, 0) },
	{ SYS_write, WIRE_IO_CALL(IO_WRITE, WIRE_IO_READ, 0) },
	{ SYS_pread64, WIRE_IO_CALL(IO_READ, WIRE_IO_PREAD, POSITION) },
	{ SYS_pwrite64, WIRE_IO_CALL(IO_WRITE, WIRE_IO_PREAD, POSITION) },
	{ SYS_readv, WIRE_IO_CALL(IO_READ, WIRE_IO_READV, VECTORS) },
	{ SYS_writev, WIRE_IO_CALL(IO_WRITE, WIRE_IO_READV, VECTORS) },
	{ SYS_preadv, WIRE_IO_CALL(IO_READ, WIRE_IO_PREADV, VECTORS | POSITION) },
	{ SYS_pwritev, WIRE_IO_CALL(IO_WRITE, WIRE_IO_PREADV, VECTORS | POSITION) },
	{ SYS_preadv2, WIRE_IO_CALL(IO_READ, WIRE_IO_PREADV2, VECTORS | POSITION) },
	{ SYS_pwritev2, WIRE_IO_CALL(IO_WRITE, WIRE_IO_PREADV2, VECTORS | POSITION) },
	{ SYS_fsync, WIRE_IO_CALL(IO_FSYNC, WIRE_IO_BARE, 0) },
	{ SYS_fdatasync, WIRE_IO_CALL(IO_FDATASYNC, WIRE_IO_BARE, 0) },
	{ SYS_sync_file_range, WIRE_IO_CALL(IO_SYNC_RANGE, WIRE_IO_RANGE, 0) },
	{ SYS_copy_file_range, WIRE_IO_CALL(IO_COPY, WIRE_IO_COPY, 0) },
	{ SYS_splice, WIRE_IO_CALL(IO_COPY, WIRE_IO_COPY, 0) },
	{ SYS_sendfile, WIRE_IO_CALL(IO_COPY, WIRE_IO_SENDFILE, 0) },
	{ SYS_readahead, WIRE_IO_CALL(IO_ADVISE, WIRE_IO_RANGE, 0) },
	{ SYS_fadvise64, WIRE_IO_CALL(IO_ADVISE, WIRE_IO_RANGE, 0) },
	{ SYS_syncfs, WIRE_IO_CALL(IO_SYNC_ALL, WIRE_IO_BARE, 0) },
	{ SYS_sync, WIRE_IO_CALL(IO_SYNC_ALL, WIRE_IO_NOWHERE, 0) },
	{ SYS_fallocate, WIRE_IO_CALL(IO_ALLOCATE, WIRE_IO_ALLOCATE, 0) },
	{ SYS_ftruncate, WIRE_IO_CALL(IO_TRUNCATE, WIRE_IO_BARE, 0) },
	{ SYS_getdents64, WIRE_IO_CALL(IO_READDIR, WIRE_IO_BARE, 0) },
	{ SYS_close, WIRE_IO_CALL(IO_CLOSE, WIRE_IO_BARE, 0) },
	{ SYS_fstat, WIRE_IO_CALL(IO_STAT, WIRE_IO_BARE, 0) },
	{ SYS_fchmod, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_BARE, 0) },
	{ SYS_fchown, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_BARE, 0) },
	{ SYS_fsetxattr, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_BARE, 0) },
	{ SYS_fgetxattr, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_BARE, 0) },
	{ SYS_setxattr, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
	{ SYS_getxattr, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
	{ SYS_lgetxattr, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
	{ SYS_truncate, WIRE_IO_CALL(IO_TRUNCATE, WIRE_IO_PATH, 0) },
	{ SYS_openat, WIRE_IO_CALL(IO_OPEN, WIRE_IO_PATH_AT, 0) },
	{ SYS_openat2, WIRE_IO_CALL(IO_OPEN, WIRE_IO_PATH_AT, 0) },
	{ SYS_newfstatat, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH_AT, 0) },
	{ SYS_statx, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH_AT, 0) },
	{ SYS_faccessat, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH_AT, 0) },
	{ SYS_readlinkat, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH_AT, 0) },
	{ SYS_unlinkat, WIRE_IO_CALL(IO_REMOVE, WIRE_IO_PATH_AT, 0) },
	{ SYS_renameat2, WIRE_IO_CALL(IO_RENAME, WIRE_IO_PATH_AT, 0) },
	{ SYS_mkdirat, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH_AT, 0) },
	{ SYS_mknodat, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH_AT, 0) },
	{ SYS_linkat, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH_AT, 0) },
	{ SYS_symlinkat, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH, 0) },
	{ SYS_fchmodat, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH_AT, 0) },
	{ SYS_fchownat, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH_AT, 0) },
	{ SYS_utimensat, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH_AT, 0) },
#ifdef SYS_open /* what newer architectures leave out */
	{ SYS_getdents, WIRE_IO_CALL(IO_READDIR, WIRE_IO_BARE, 0) },
	{ SYS_open, WIRE_IO_CALL(IO_OPEN, WIRE_IO_PATH, 0) },
	{ SYS_creat, WIRE_IO_CALL(IO_OPEN, WIRE_IO_PATH, 0) },
	{ SYS_stat, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH, 0) },
	{ SYS_lstat, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH, 0) },
	{ SYS_access, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH, 0) },
	{ SYS_readlink, WIRE_IO_CALL(IO_STAT, WIRE_IO_PATH, 0) },
	{ SYS_unlink, WIRE_IO_CALL(IO_REMOVE, WIRE_IO_PATH, 0) },
	{ SYS_rmdir, WIRE_IO_CALL(IO_REMOVE, WIRE_IO_PATH, 0) },
	{ SYS_rename, WIRE_IO_CALL(IO_RENAME, WIRE_IO_PATH, 0) },
	{ SYS_renameat, WIRE_IO_CALL(IO_RENAME, WIRE_IO_PATH_AT, 0) },
	{ SYS_mkdir, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH, 0) },
	{ SYS_mknod, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH, 0) },
	{ SYS_link, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH, 0) },
	{ SYS_symlink, WIRE_IO_CALL(IO_CREATE, WIRE_IO_PATH, 0) },
	{ SYS_chmod, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
	{ SYS_chown, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
	{ SYS_lchown, WIRE_IO_CALL(IO_ATTRIBUTE, WIRE_IO_PATH, 0) },
#endif
	{ SYS_io_submit, WIRE_IO_CALL(IO_OTHER, WIRE_IO_SUBMIT, 0) },
	{ SYS_io_getevents, WIRE_IO_CALL(IO_OTHER, WIRE_IO_REAP, 0) },
	{ SYS_io_pgetevents, WIRE_IO_CALL(IO_OTHER, WIRE_IO_REAP, 0) },
	{ SYS_io_destroy, WIRE_IO_CALL(IO_OTHER, WIRE_IO_DESTROY, 0) },
	{ SYS_io_uring_enter, WIRE_IO_CALL(IO_OTHER, WIRE_IO_ENTER, 0) },
};

/* include/uapi/linux/aio_abi.h, IOCB_CMD_…; the form only says that it is one. */
static const struct numbered AIO_OPERATIONS[] = {
	{ 0, WIRE_IO_CALL(IO_READ, WIRE_IO_PREAD, POSITION) },
	{ 1, WIRE_IO_CALL(IO_WRITE, WIRE_IO_PREAD, POSITION) },
	{ 2, WIRE_IO_CALL(IO_FSYNC, WIRE_IO_BARE, 0) },
	{ 3, WIRE_IO_CALL(IO_FDATASYNC, WIRE_IO_BARE, 0) },
	{ 7, WIRE_IO_CALL(IO_READ, WIRE_IO_PREADV, VECTORS | POSITION) },
	{ 8, WIRE_IO_CALL(IO_WRITE, WIRE_IO_PREADV, VECTORS | POSITION) },
};

/* include/uapi/linux/io_uring.h, IORING_OP_…: appended to, never renumbered. */
static const struct numbered OPCODES[] = {
	{ 1, WIRE_IO_CALL(IO_READ, WIRE_IO_URING_RW, VECTORS | POSITION) },
	{ 2, WIRE_IO_CALL(IO_WRITE, WIRE_IO_URING_RW, VECTORS | POSITION) },
	{ 3, WIRE_IO_CALL(IO_FSYNC, WIRE_IO_URING_SYNC, 0) },
	{ 4, WIRE_IO_CALL(IO_READ, WIRE_IO_URING_RW, IO_FIXED | POSITION) },
	{ 5, WIRE_IO_CALL(IO_WRITE, WIRE_IO_URING_RW, IO_FIXED | POSITION) },
	{ 8, WIRE_IO_CALL(IO_SYNC_RANGE, WIRE_IO_URING_SYNC, 0) },
	{ 17, WIRE_IO_CALL(IO_ALLOCATE, WIRE_IO_URING_SYNC, 0) },
	{ 22, WIRE_IO_CALL(IO_READ, WIRE_IO_URING_RW, POSITION) },
	{ 23, WIRE_IO_CALL(IO_WRITE, WIRE_IO_URING_RW, POSITION) },
	{ 60, WIRE_IO_CALL(IO_READ, WIRE_IO_URING_RW, IO_FIXED | VECTORS | POSITION) },
	{ 61, WIRE_IO_CALL(IO_WRITE, WIRE_IO_URING_RW, IO_FIXED | VECTORS | POSITION) },
};
/* clang-format on */

static void fill(uint32_t *table, size_t room, const struct numbered *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].number < room)
			table[rows[i].number] = rows[i].call;
	}
}

void io_calls_fill(uint32_t *calls)
{
	fill(calls, WIRE_SYSCALLS, CALLS, array_count(CALLS));
}

void aio_operations_fill(uint32_t *operations)
{
	fill(operations, WIRE_AIO_OPERATIONS, AIO_OPERATIONS, array_count(AIO_OPERATIONS));
}

void io_opcodes_fill(uint32_t *opcodes)
{
	fill(opcodes, WIRE_OPCODES, OPCODES, array_count(OPCODES));
}

/* All bits of the mask: O_SYNC is O_DSYNC and one more. */
struct bits {
	uint32_t mask;
	uint32_t flags;
};

static const struct bits OPEN_FLAGS[] = {
	{ O_DIRECT, IO_DIRECT }, { O_SYNC, IO_FILE_SYNC },  { O_DSYNC, IO_FILE_DSYNC },
	{ O_APPEND, IO_APPEND }, { O_NONBLOCK, IO_NOWAIT },
};

static const struct bits RW_FLAGS[] = {
	{ RWF_SYNC, IO_FILE_SYNC },
	{ RWF_DSYNC, IO_FILE_DSYNC },
	{ RWF_APPEND, IO_APPEND },
	{ RWF_NOWAIT, IO_NOWAIT },
};

static uint32_t flags_of(uint32_t bits, const struct bits *rows, size_t count)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < count; i++) {
		if ((bits & rows[i].mask) == rows[i].mask)
			flags |= rows[i].flags;
	}
	return flags;
}

uint32_t io_flags_of(const struct wire_io *wire)
{
	uint32_t flags = wire->flags |
			 flags_of(wire->open_flags, OPEN_FLAGS, array_count(OPEN_FLAGS)) |
			 flags_of(wire->rw_flags, RW_FLAGS, array_count(RW_FLAGS));

	return flags & IO_FILE_SYNC ? flags & ~(uint32_t)IO_FILE_DSYNC : flags;
}
