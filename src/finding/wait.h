/*
 * Where did threads wait, what for, and who ended it? The report that analyse builds and view
 * shows. As with the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_WAIT_H
#define FINDING_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/profile.h"

/* What tells the rows of the table apart. The first three are the grain: of wakers, too. */
enum wait_key {
	WAIT_BY_THREAD,
	WAIT_BY_COMM,     /* the thread's name when it waited */
	WAIT_BY_POOL,     /* the same with its numbers folded: see struct profile_pool */
	WAIT_BY_CAUSE,    /* what for */
	WAIT_BY_FUNCTION, /* of the kernel, that it slept in */
	WAIT_BY_WAKER,
	WAIT_BY_SYSCALL,
	WAIT_BY_STATE,
	WAIT_KEY_COUNT,
};

struct wait_keys {
	enum wait_key items[WAIT_KEY_COUNT]; /* in the order in which they were given */
	size_t count;
};

/* "thread", "comm", "pool", "cause", "function", "waker", "syscall", "state". Never NULL. */
const char *wait_key_name(enum wait_key key);

/* Read "pool,cause": each key at most once, at least one. -EINVAL. */
must_check int wait_keys_read(const char *text, struct wait_keys *ret);

bool wait_keys_have(const struct wait_keys *keys, enum wait_key key);

/* Which waits count. */
enum wait_state {
	WAIT_STATE_ALL,
	WAIT_STATE_D, /* uninterruptible */
	WAIT_STATE_S, /* interruptible */
};

/* "all", "D", "S". Never NULL. */
const char *wait_state_name(enum wait_state state);

enum waker_kind {
	WAKER_THREAD,
	WAKER_INTERRUPT,
	WAKER_SOFTIRQ,
	WAKER_UNKNOWN, /* the wake-up was not seen */
	WAKER_NONE,    /* nobody: the wait had not ended when the watch did */
	WAKER_REST,    /* one of many there was no room for */
};

/* "thread", "interrupt", "softirq", "unknown", "none", "rest". */
const char *waker_kind_name(enum waker_kind kind);

/* Texts are the tree's (profile_keep_text()): they live as long as it. Names are as the traced
 * system calls it: any bytes. */
struct wait_waker {
	enum waker_kind kind;
	uint32_t tid;       /* 0: not told apart by thread, or no thread */
	const char *name;   /* of the thread or pool; "": an interrupt */
	const char *role;   /* what such a thread, or the interrupt, is for; "": not known */
	const char *device; /* whose request's completion it was; "": none */
};

/* Waits that the keys do not tell apart. */
struct wait_row {
	uint32_t tid;     /* 0: not told apart by thread */
	const char *name; /* of the thread or pool; "": not told apart by it */
	const char *role;
	enum cause cause;     /* that most of its time is for; CAUSE_UNKNOWN: not known */
	const char *what;     /* the same in words; "": not known */
	double cause_share;   /* of the row's time */
	const char *function; /* "": not known, or not told apart by it */
	bool is_untaken;      /* told apart by function: no stack was taken */
	const char *syscall;  /* "": none, or not told apart by it; told of untaken stacks, too */
	char state;           /* 'D', 'S', 'I', …; '?': not known; 0: not told apart by it */
	bool has_waker;
	bool is_rest; /* all those for which there was no room */
	struct wait_waker waker;
	uint64_t count;
	uint64_t total_ns;
	uint64_t avg_ns;
	uint64_t p50_ns;
	uint64_t p99_ns;
	uint64_t max_ns;
	double share; /* of the report's total */
};

/* Somebody who wakes or is woken. */
struct wake_node {
	struct wait_waker who;
	bool is_target;
	bool is_kernel;
	uint64_t woken; /* how often */
	uint64_t wakes;
	uint64_t waited_ns; /* of it ended by wake-ups */
	uint64_t idle_ns;   /* of that, with nothing to do */
};

struct wake_edge {
	uint32_t waker; /* nodes */
	uint32_t sleeper;
	uint64_t count;
	uint64_t waited_ns;
	uint64_t avg_ns;
	double share;       /* of the sleeper's wake-ups */
	double waker_share; /* of the waker's */
};

struct wait_report {
	/* What was asked for. */
	struct wait_keys keys;
	char by[96]; /* the same in words */
	uint64_t over_ns;
	enum wait_state state;
	bool has_idle; /* waits of threads that had nothing to do are in the rows */

	/*
	 * All waits of the target's threads, clipped to the watch, to the nanosecond:
	 * all = total + idle + outside, and total = rows + hidden.
	 */
	uint64_t all_ns, all_count;
	uint64_t total_ns, total_count;
	uint64_t idle_ns, idle_count;
	uint64_t outside_ns, outside_count; /* shorter than over_ns, or in another state */
	uint64_t hidden_ns, hidden_count, hidden_rows;
	uint64_t untaken_ns, untaken_count; /* of total: without a stack */
	uint64_t open_count;                /* of total: not over when the watch ended */
	uint64_t lost_switches;             /* whose waits are in no sum */
	uint64_t hidden_edges;

	ARRAY(struct wait_row) rows; /* by falling total, then names: always the same order */
	/* The target's first, then by falling waited time that was not idle; those who only wake
	 * are last. */
	ARRAY(struct wake_node) nodes;
	ARRAY(struct wake_edge) edges; /* by sleeper, then falling count */
	ARRAY(uint32_t) by_waker;      /* the same edges by waker, then falling count */
	ARRAY(struct text) notes;
	struct profile *tree; /* owned: total by stack; its amounts are nanoseconds, its samples
				 waits */
};

void wait_report_free(struct wait_report **report);

#endif
