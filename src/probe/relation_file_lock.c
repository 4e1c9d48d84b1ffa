/* Who holds the lock on a file that a thread waits for? */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "host/file_locks.h"
#include "probe/relations.h"

enum {
	NAME_BYTES = 1024,
};

/* Does it wait in a call that locks a file? */
static bool is_locking(const struct looked *looked)
{
	const struct look_thread *thread = &looked->thread;

	if (!looked_is_waiting(looked))
		return false;
	return thread->syscall == SYS_flock ||
	       (thread->syscall == SYS_fcntl &&
		(thread->arguments[1] == F_SETLKW || thread->arguments[1] == F_OFD_SETLKW));
}

static int tell_wait(const struct relations *relations, const struct looked *looked,
		     const struct file_lock_wait *wait)
{
	bool has_holder = wait->holder > 0;
	struct event_relation relation = {
		.tid = looked->thread.tid,
		.peer = has_holder ? (uint32_t)wait->holder : 0,
		.kind = RELATION_FILE_LOCK,
		.inode = wait->inode,
		.dev = wait->dev,
	};
	char name[NAME_BYTES];

	if (has_holder)
		relation.flags = RELATION_PROCESS | relation_gone(relations, relation.peer);
	relation_name_file(looked, name, sizeof(name));
	return relation_tell(relations, &relation, name);
}

/* The list has processes: of those of its threads that lock a file it is the one with that file. */
static int tell_waits(const struct relations *relations, const struct looked *looked,
		      const struct file_locks *locks)
{
	int r = 0;

	for (size_t i = 0; i < locks->waits.count && r == 0; i++) {
		const struct file_lock_wait *wait = &locks->waits.items[i];

		if (wait->waiter == looked->thread.tgid &&
		    (!looked->thread.file_inode || looked->thread.file_inode == wait->inode))
			r = tell_wait(relations, looked, wait);
	}
	return r;
}

static bool is_anybody_locking(const struct relations *relations)
{
	for (size_t i = 0; i < relations->threads->list.count; i++) {
		if (is_locking(&relations->threads->list.items[i]))
			return true;
	}
	return false;
}

int relations_tell_file_locks(struct relations *relations)
{
	owns(file_locks_free) struct file_locks locks = {};
	int r;

	if (!is_anybody_locking(relations))
		return 0;
	r = file_locks_read(&locks);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		const struct looked *looked = &relations->threads->list.items[i];

		if (is_locking(looked))
			r = tell_waits(relations, looked, &locks);
	}
	return r;
}
