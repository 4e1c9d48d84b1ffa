/*
 * Which locks were fought for, who held them, and what did the holders do meanwhile? The report
 * that analyse builds and view shows. As with the verdict, nothing is computed twice.
 */
#ifndef FINDING_LOCKS_H
#define FINDING_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

/* By what the rows are sorted, the largest first, then by name. */
enum lock_order {
	LOCK_ORDER_WAIT, /* total time waited */
	LOCK_ORDER_CONTENTIONS,
	LOCK_ORDER_AVG,  /* mean wait */
	LOCK_ORDER_MAX,  /* longest wait */
	LOCK_ORDER_HOLD, /* total time held: only the kernel's own statistics know it */
	LOCK_ORDER_NAME, /* the smallest first */
	LOCK_ORDER_COUNT,
};

/* "wait", "contentions", … Never NULL. */
const char *lock_order_name(enum lock_order order);
/* -EINVAL: there is no such order. */
must_check int lock_order_read(const char *text, enum lock_order *ret);

enum lock_mode {
	LOCK_MODE_ANY,
	LOCK_MODE_READ,  /* those who took it to read */
	LOCK_MODE_WRITE, /* those who took it to write */
};
/* "any", "read", "write". Never NULL. */
const char *lock_mode_name(enum lock_mode mode);

/* Where it was waited for, or held while others waited. */
struct lock_site {
	char place[160]; /* "ext4_buffered_write_iter+0x38/0x130" */
	uint64_t count;
	double share; /* of all that were told of the class on this side; below 0: not known */
};

struct lock_sites {
	struct lock_site *items;
	size_t count;
	size_t capacity;
};

/* What the kernel itself counted of a class of locks: a row of /proc/lock_stat. */
struct lock_class {
	char name[96];
	enum lock_mode mode;
	uint32_t id;
	uint32_t classes; /* of this name, when their numbers had to be summed; else 1 */
	bool has_bounces;
	bool has_extremes; /* of waits and holds: a difference of two counts has none */
	uint64_t contentions;
	uint64_t contended_bounces;
	uint64_t wait_min_ns;
	uint64_t wait_max_ns;
	uint64_t wait_ns;
	uint64_t wait_mean_ns;
	uint64_t acquisitions;
	uint64_t acquired_bounces;
	uint64_t hold_min_ns;
	uint64_t hold_max_ns;
	uint64_t hold_ns;
	uint64_t hold_mean_ns;
	double contended_share;    /* of the acquisitions; below 0: not known */
	double contention_share;   /* of all contentions */
	double wait_share;         /* of all time waited */
	struct lock_sites waiting; /* of readers and writers together */
	struct lock_sites holding;
};

/* The kernel's own statistics. */
struct lock_classes {
	bool is_told;
	bool is_difference; /* of two counts: those between them */
	char version[16];   /* of the kernel's text; "": not told */
	uint64_t contentions;
	uint64_t acquisitions;
	uint64_t wait_ns;
	uint64_t hold_ns;
	uint64_t quiet; /* rows without a contention */
	ARRAY(struct lock_class) rows;
};

/* How a lock came to its name. */
enum lock_naming {
	LOCK_NAMED_NOT,
	LOCK_NAMED_STATIC, /* a variable of the kernel */
	LOCK_NAMED_FIELD,  /* type and field of the object it lies in */
	LOCK_NAMED_SLAB,   /* only the slab cache of that object */
	LOCK_NAMED_MMAP,   /* a process's mmap_lock */
	LOCK_NAMED_CALLER, /* guessed from the function that waits */
	LOCK_NAMED_CODE,   /* of a user lock: the function that waits */
};
/* "static", "field", …; "unknown". Never NULL. */
const char *lock_naming_name(enum lock_naming naming);

/* Who held it while others waited. */
struct lock_holder {
	char who[64];  /* the thread's name; "": not known */
	uint32_t tid;  /* 0: not known */
	bool is_waker; /* told by the end of the wait alone: it is who let the lock go */
	uint64_t waits;
	uint64_t ns;  /* waited for it */
	double share; /* of the lock's wait_ns */
};

/* What the chain behind the wait was doing meanwhile: first of all the holder. */
struct lock_doing {
	char state[24];  /* a cause's id, "running", "runnable", "unknown" */
	char detail[80]; /* function, device, file …; "" when there is none */
	uint64_t ns;
	double share; /* of the time that was followed */
};

/* A call path, innermost function first. */
struct lock_path {
	ARRAY(struct text) frames;
	uint64_t count;
	uint64_t ns;
	double share; /* of the time whose path is known */
};

struct lock_paths_list {
	struct lock_path *items;
	size_t count;
	size_t capacity;
};

/* One lock as the watch saw it. */
struct lock {
	bool is_user;     /* a futex; else a kernel lock */
	uint64_t address; /* of user locks: in process tgid */
	uint32_t tgid;
	char process[64]; /* of user locks */
	char name[96];    /* "": not known */
	enum lock_naming naming;
	const char *type; /* "mutex", "rwsem", "spin lock", … */
	uint64_t contentions;
	uint64_t open; /* of them not over when the watch ended */
	uint64_t wait_ns;
	uint64_t wait_mean_ns;
	uint64_t wait_max_ns;
	uint64_t wait_p50_ns;
	uint64_t wait_p99_ns;
	uint64_t slept_ns; /* of it asleep; the rest was spun */
	double wait_share; /* of all time waited for locks */
	ARRAY(struct lock_holder) holders;
	ARRAY(struct lock_doing) doings;
	struct lock_paths_list waiters;  /* where was waited */
	struct lock_paths_list releases; /* where it was let go */
};

/* What the watch saw. */
struct lock_watch {
	bool is_told;
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint64_t window_ns;
	uint64_t contentions;
	uint64_t wait_ns;
	bool knows_sleeps; /* the scheduler was watched: slept_ns is known */
	uint64_t lost;     /* records in which lock waits may have been */
	ARRAY(struct lock) locks;
};

struct lock_report {
	enum lock_order order;
	struct lock_watch watch;
	struct lock_classes classes;
	ARRAY(struct text) notes; /* what to know before believing it */
};

void lock_free(struct lock *lock);
void lock_class_free(struct lock_class *class);
void lock_report_free(struct lock_report **report);

#endif
