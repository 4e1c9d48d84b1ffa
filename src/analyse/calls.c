/* What was it waiting for, when only its system call is known? Short waits are counted without a
 * stack. */
#include "analyse/waits.h"
#include "base/array.h"
#include "event/event.h"

/* The numbers are those of x86-64, as recorded. */
enum syscall_number {
#define SYSCALL(number, name) SYSCALL_##name = (number),
#include "analyse/syscalls.def"
#undef SYSCALL
};

/* Bits of the kernel's task states. */
enum task_state {
	STATE_INTERRUPTIBLE = 1,
	STATE_STOPPED = 4,
	STATE_TRACED = 8,
	STATE_NOLOAD = 0x400, /* with 2: idle, although it looks uninterruptible */
};

#define RANK_BARE 1

struct call {
	enum syscall_number number;
	struct wait_rule rule;
};

/* What a system call alone tells of a wait in it. Calls that wait for many things (read, ioctl, …)
 * are not here. */
/* clang-format off */
static const struct call CALLS[] = {
#define CALL(name, cause, way, note) { SYSCALL_##name, { "", CAUSE_##cause, WAIT_##way, RANK_BARE, note } }
	CALL(fsync, FS_SYNC, REQUEST, "fsync"),
	CALL(fdatasync, FS_SYNC, REQUEST, "fdatasync"),
	CALL(sync, FS_SYNC, REQUEST, "sync"),
	CALL(syncfs, FS_SYNC, REQUEST, "syncfs"),
	CALL(msync, FS_SYNC, REQUEST, "msync"),
	CALL(sync_file_range, FS_SYNC, REQUEST, "sync_file_range"),
	CALL(io_getevents, WAIT_IDLE, REQUEST, "an asynchronous I/O completion"),
	CALL(io_pgetevents, WAIT_IDLE, REQUEST, "an asynchronous I/O completion"),
	CALL(io_uring_enter, WAIT_IDLE, REQUEST, "an io_uring completion"),
	CALL(nanosleep, WAIT_SLEEP, LEAF, "a sleep the program asked for"),
	CALL(clock_nanosleep, WAIT_SLEEP, LEAF, "a sleep the program asked for"),
	CALL(poll, WAIT_IDLE, LEAF, "an event"),
	CALL(ppoll, WAIT_IDLE, LEAF, "an event"),
	CALL(select, WAIT_IDLE, LEAF, "an event"),
	CALL(pselect6, WAIT_IDLE, LEAF, "an event"),
	CALL(epoll_wait, WAIT_IDLE, LEAF, "an event"),
	CALL(epoll_pwait, WAIT_IDLE, LEAF, "an event"),
	CALL(epoll_pwait2, WAIT_IDLE, LEAF, "an event"),
	CALL(pause, WAIT_IDLE, LEAF, "a signal"),
	CALL(rt_sigsuspend, WAIT_PROCESS, FOLLOW, "a signal, most often a child's exit"),
	CALL(rt_sigtimedwait, WAIT_IDLE, LEAF, "a signal"),
	CALL(accept, WAIT_IDLE, LEAF, "a connection"),
	CALL(accept4, WAIT_IDLE, LEAF, "a connection"),
	CALL(futex, LOCK_USER, FOLLOW, "a futex"),
	CALL(futex_wait, LOCK_USER, FOLLOW, "a futex"),
	CALL(futex_waitv, LOCK_USER, FOLLOW, "a futex"),
	CALL(semop, LOCK_USER, FOLLOW, "a System V semaphore"),
	CALL(semtimedop, LOCK_USER, FOLLOW, "a System V semaphore"),
	CALL(flock, LOCK_FILE, FOLLOW, "a file lock"),
	CALL(fcntl, LOCK_FILE, FOLLOW, "a file lock"),
	CALL(wait4, WAIT_PROCESS, FOLLOW, "a child to exit"),
	CALL(waitid, WAIT_PROCESS, FOLLOW, "a child to exit"),
	CALL(vfork, WAIT_PROCESS, FOLLOW, "a vforked child to exec or exit"),
	CALL(msgrcv, WAIT_PROCESS, FOLLOW, "a System V message queue"),
	CALL(msgsnd, WAIT_PROCESS, FOLLOW, "a System V message queue"),
	CALL(mq_timedreceive, WAIT_PROCESS, FOLLOW, "a POSIX message queue"),
	CALL(mq_timedsend, WAIT_PROCESS, FOLLOW, "a POSIX message queue"),
	CALL(connect, WAIT_NETWORK, FOLLOW, "a connection to be made"),
#undef CALL
};
/* clang-format on */

static const enum syscall_number SYNC_CALLS[] = {
	SYSCALL_fsync,  SYSCALL_fdatasync, SYSCALL_sync,
	SYSCALL_syncfs, SYSCALL_msync,     SYSCALL_sync_file_range,
};

static const enum syscall_number SOCKET_CALLS[] = {
	SYSCALL_recvfrom, SYSCALL_recvmsg, SYSCALL_recvmmsg,
	SYSCALL_sendto,   SYSCALL_sendmsg, SYSCALL_sendmmsg,
};

/* clang-format off */
#define RULE(cause, way, note) { "", CAUSE_##cause, WAIT_##way, RANK_BARE, note }
static const struct wait_rule UNKNOWN_RULE = { "", CAUSE_UNKNOWN, WAIT_FOLLOW, 0, "" };
static const struct wait_rule FAULT_RULE = RULE(MEM_REFAULT, REQUEST, "a page");
static const struct wait_rule DISK_RULE = RULE(DISK_DEVICE, REQUEST, "a block request");
static const struct wait_rule NETWORK_RULE = RULE(WAIT_NETWORK, FOLLOW, "a network peer");
static const struct wait_rule SOCKET_RULE = RULE(WAIT_PROCESS, FOLLOW, "the peer of a socket");
static const struct wait_rule STOPPED_RULE = RULE(WAIT_PROCESS, FOLLOW, "a SIGCONT or its tracer: it is stopped");
static const struct wait_rule IDLE_RULE = RULE(WAIT_IDLE, LEAF, "work");
static const struct wait_rule FAULT_CONTEXT = { "", CAUSE_MEM_REFAULT, WAIT_CONTEXT, 0, "a page" };
static const struct wait_rule SYNC_CONTEXT = { "", CAUSE_FS_SYNC, WAIT_CONTEXT, 0, "fsync or sync" };
#undef RULE
/* clang-format on */

static const struct wait_rule *find_call(int32_t number)
{
	for (size_t i = 0; i < array_count(CALLS); i++) {
		if ((int32_t)CALLS[i].number == number)
			return &CALLS[i].rule;
	}
	return NULL;
}

static bool is_among(const enum syscall_number *set, size_t count, int32_t number)
{
	for (size_t i = 0; i < count; i++) {
		if ((int32_t)set[i] == number)
			return true;
	}
	return false;
}

/* Outside of system calls and page faults only kernel threads and stopped threads sleep. */
static const struct wait_rule *classify_callless(uint32_t state)
{
	if (state & (STATE_STOPPED | STATE_TRACED))
		return &STOPPED_RULE;
	if (state & (STATE_INTERRUPTIBLE | STATE_NOLOAD))
		return &IDLE_RULE;
	return &UNKNOWN_RULE;
}

static const struct wait_rule *classify_call(int32_t number, uint32_t span_flags)
{
	const struct wait_rule *call = find_call(number);

	/* I/O inside a call that waits for something else: it touched memory that had to be read.
	 */
	if (call && (call->way == WAIT_REQUEST || !(span_flags & SPAN_IOWAIT)))
		return call;
	if (span_flags & (SPAN_IOWAIT | SPAN_REQUEST))
		return &DISK_RULE;
	if (is_among(SOCKET_CALLS, array_count(SOCKET_CALLS), number))
		return span_flags & (SPAN_WOKEN_SOFTIRQ | SPAN_WOKEN_IRQ) ? &NETWORK_RULE
									  : &SOCKET_RULE;
	return &UNKNOWN_RULE;
}

struct wait_class wait_classify_bare(int32_t syscall, uint32_t state, uint32_t span_flags)
{
	struct wait_class class = { .wait = &UNKNOWN_RULE, .function = "" };

	if (syscall >= 0) {
		class.wait = classify_call(syscall, span_flags);
		if (is_among(SYNC_CALLS, array_count(SYNC_CALLS), syscall))
			class.context = &SYNC_CONTEXT;
	} else if (span_flags & (SPAN_IOWAIT | SPAN_REQUEST)) {
		class.wait = span_flags & SPAN_FAULT ? &FAULT_RULE : &DISK_RULE;
		class.context = span_flags & SPAN_FAULT ? &FAULT_CONTEXT : NULL;
	} else if (!(span_flags & SPAN_FAULT)) {
		class.wait = classify_callless(state);
	}
	return class;
}

static const char *const SYSCALL_NAMES[] = {
#define SYSCALL(number, name) [number] = #name,
#include "analyse/syscalls.def"
#undef SYSCALL
};

const char *syscall_name(int32_t number)
{
	return number >= 0 && (size_t)number < array_count(SYSCALL_NAMES) ? SYSCALL_NAMES[number]
									  : NULL;
}
