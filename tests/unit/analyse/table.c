/* What was it waiting for? A small table, so that the engine's tests tell of the engine. */
#include <string.h>

#include "analyse/waits.h"
#include "base/array.h"
#include "event/event.h"

static const struct wait_rule RULES[] = {
	{ "jbd2_log_wait_commit", CAUSE_FS_JOURNAL, WAIT_FOLLOW, 2, "ext4 journal commit" },
	{ "submit_bio_wait", CAUSE_DISK_DEVICE, WAIT_REQUEST, 1, "block I/O" },
	{ "folio_wait_bit", CAUSE_DISK_DEVICE, WAIT_REQUEST, 1, "page I/O" },
	{ "__mutex_lock", CAUSE_LOCK_KERNEL, WAIT_FOLLOW, 1, "mutex" },
	{ "futex_wait", CAUSE_LOCK_USER, WAIT_FOLLOW, 1, "futex" },
	{ "locks_lock_inode_wait", CAUSE_LOCK_FILE, WAIT_FOLLOW, 1, "file lock" },
	{ "pipe_read", CAUSE_WAIT_PROCESS, WAIT_FOLLOW, 1, "pipe" },
	{ "do_wait", CAUSE_WAIT_PROCESS, WAIT_FOLLOW, 1, "child" },
	{ "request_wait_answer", CAUSE_FS_FUSE, WAIT_FOLLOW, 2, "FUSE request" },
	{ "mnt_want_write", CAUSE_FS_FROZEN, WAIT_LEAF, 1, "frozen" },
	{ "do_nanosleep", CAUSE_WAIT_SLEEP, WAIT_LEAF, 1, "sleep" },
	{ "ep_poll", CAUSE_WAIT_IDLE, WAIT_LEAF, 1, "epoll" },
	{ "balance_dirty_pages", CAUSE_MEM_DIRTY_THROTTLE, WAIT_LEAF, 3, "dirty throttle" },
	{ "inet_recvmsg", CAUSE_WAIT_NETWORK, WAIT_FOLLOW, 1, "socket" },
	{ "vfs_fsync", CAUSE_FS_SYNC, WAIT_CONTEXT, 0, "fsync" },
	{ "filemap_fault", CAUSE_MEM_REFAULT, WAIT_CONTEXT, 0, "page fault" },
};

static const struct wait_rule NO_RULE = { "", CAUSE_UNKNOWN, WAIT_FOLLOW, 0, "" };
static const struct wait_rule HINTED_LOCK = { "", CAUSE_LOCK_KERNEL, WAIT_FOLLOW, 1, "" };
static const struct wait_rule BARE_DISK = { "", CAUSE_DISK_DEVICE, WAIT_REQUEST, 0, "" };
static const struct wait_rule BARE_SLEEP = { "", CAUSE_WAIT_SLEEP, WAIT_LEAF, 0, "" };

#define SYSCALL_READ      0
#define SYSCALL_NANOSLEEP 35
#define SYSCALL_FSYNC     74

static void match_function(struct wait_class *class, const char *function)
{
	for (size_t i = 0; i < array_count(RULES); i++) {
		const struct wait_rule *rule = &RULES[i];

		if (strncmp(function, rule->prefix, strlen(rule->prefix)) != 0)
			continue;
		if (rule->way == WAIT_CONTEXT) {
			class->context = rule;
		} else if (class->wait == &NO_RULE || rule->rank > class->wait->rank) {
			class->wait = rule;
			class->function = function;
		}
	}
}

struct wait_class wait_classify_hinted(const char *const *names, size_t count, uint32_t hints)
{
	struct wait_class class = { .wait = &NO_RULE, .function = "" };

	for (size_t i = 0; i < count; i++) {
		if (names[i])
			match_function(&class, names[i]);
	}
	if (class.wait == &NO_RULE && count && names[0])
		class.function = names[0];
	if (class.wait == &NO_RULE && hints & WAIT_HINT_LOCK)
		class.wait = &HINTED_LOCK;
	return class;
}

struct wait_class wait_classify_bare(int32_t syscall, uint32_t state, uint32_t span_flags)
{
	if (span_flags & SPAN_IOWAIT)
		return (struct wait_class){ .wait = &BARE_DISK, .function = "" };
	return (struct wait_class){ .wait = syscall == SYSCALL_NANOSLEEP ? &BARE_SLEEP : &NO_RULE,
				    .function = "" };
}

const char *syscall_name(int32_t number)
{
	if (number == SYSCALL_FSYNC)
		return "fsync";
	return number == SYSCALL_READ ? "read" : NULL;
}
