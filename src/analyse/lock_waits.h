/* Which lock was waited for how often, how long, and who had it? One entry for each lock. */
#ifndef ANALYSE_LOCK_WAITS_H
#define ANALYSE_LOCK_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/histogram.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

/* So many parts of one kind are told apart. */
#define LOCK_PARTS_MAX 64

/* A part of a lock's waits that has this in common. */
struct lock_part {
	uint64_t key;
	uint64_t count;
	uint64_t ns;
};

/* The parts by one key; when there is no room for more, the smallest goes into the rest. */
struct lock_parts {
	struct lock_part *items;
	size_t count;
	size_t capacity;
	uint64_t rest_ns;
};

/* How long, and how they are distributed. */
struct lock_times {
	uint64_t count;
	uint64_t ns;
	uint64_t max_ns;
	struct histogram *histogram; /* owned; NULL: up to one value, max_ns */
};

struct lock_entry {
	uint64_t address;
	uint32_t tgid;  /* of a user lock's process; 0: a kernel lock */
	uint32_t flags; /* of all its contentions: event_wait.lock_flags */
	uint64_t open;
	struct lock_times contentions; /* as a whole, however often it slept */
	struct lock_times sleeps;
	struct lock_parts holders;  /* by lock_holder_key() */
	struct lock_parts waiters;  /* by stack: kernel for kernel locks, else user */
	struct lock_parts releases; /* by kernel stack */
	struct lock_parts doings;   /* by cause << 32 | name of the detail */
	uint32_t name;              /* name, as told by LOCK_NAME */
	uint32_t name_kind;         /* enum lock_name_kind; 0: none */
	uint32_t name_tgid;
};

#define LOCK_HOLDER_WAKER 1

/* A holder: tid, and whether it is known only as who ended the wait. */
static inline uint64_t lock_holder_key(uint32_t tid, bool is_waker)
{
	return (uint64_t)tid << 1 | (is_waker ? LOCK_HOLDER_WAKER : 0);
}

/* A thread's last sleep on a lock: what its contention's end, or its system call's, is joined with.
 */
struct lock_sleep {
	uint64_t lock;
	uint64_t start_ns;
	uint64_t ns;
	uint32_t waker;
	uint32_t tgid;
};

/* Zero is a valid empty table. */
struct lock_waits {
	ARRAY(struct lock_entry) entries;
	struct hash_map by_lock; /* of process and address → place in entries */
	ARRAY(struct lock_sleep) sleeps;
	struct hash_map by_tid; /* → place in sleeps */
	uint64_t refused;       /* waits for locks there was no room for */
	uint64_t refused_ns;
	bool has_contentions; /* some were told */
	bool is_machine;      /* all the machine is watched, its idle threads as well */
	uint64_t conditions;  /* futex waits that are not for a mutex */
	uint64_t conditions_ns;
};

bool lock_is_user(uint64_t address);

/* A contended kernel lock was got. */
must_check int lock_waits_take_lock(struct lock_waits *waits, const struct event_lock *event);
/* A thread of this process slept, perhaps on a lock. */
must_check int lock_waits_take_wait(struct lock_waits *waits, const struct event_wait *event,
				    uint32_t tgid);
/* A system call ended, which tells who had called it. */
must_check int lock_waits_take_syscall(struct lock_waits *waits, const struct event_syscall *event);
/* A lock's name; name is its number. */
must_check int lock_waits_take_name(struct lock_waits *waits, const struct event_lock_name *event,
				    uint32_t name);
/* What the chain behind a wait did for so long. */
must_check int lock_waits_take_doing(struct lock_waits *waits, uint32_t tgid, uint64_t lock,
				     uint64_t key, uint64_t ns);

void lock_waits_free(struct lock_waits *waits);

#endif
