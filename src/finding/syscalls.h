/*
 * Which system calls did the threads make, how long did they take, and what did the longest wait
 * for? The report that analyse builds and view shows. As with the verdict, nothing is computed
 * twice: a view lays out what stands here.
 */
#ifndef FINDING_SYSCALLS_H
#define FINDING_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"
#include "finding/latency_map.h"
#include "finding/profile.h"
#include "finding/wait.h"

/* What tells the rows of the table apart. Of the first four at most one makes sense. */
enum syscall_key {
	SYSCALL_BY_THREAD,
	SYSCALL_BY_COMM,
	SYSCALL_BY_POOL, /* comm with its numbers folded: see struct profile_pool */
	SYSCALL_BY_PROCESS,
	SYSCALL_BY_SYSCALL,
	SYSCALL_KEY_COUNT,
};

struct syscall_keys {
	enum syscall_key items[SYSCALL_KEY_COUNT]; /* in the order in which they were given */
	size_t count;
};

/* "thread", "comm", "pool", "process", "syscall". Never NULL. */
const char *syscall_key_name(enum syscall_key key);

/* Read "process,syscall": each key at most once, at least one. -EINVAL. */
must_check int syscall_keys_read(const char *text, struct syscall_keys *ret);

bool syscall_keys_have(const struct syscall_keys *keys, enum syscall_key key);

/* By what the rows are sorted, the largest first, then by name. */
enum syscall_order {
	SYSCALL_ORDER_TOTAL, /* time in them */
	SYSCALL_ORDER_COUNT,
	SYSCALL_ORDER_ERRORS,
	SYSCALL_ORDER_AVG,
	SYSCALL_ORDER_MAX,
	SYSCALL_ORDER_NAME, /* the smallest first */
	SYSCALL_ORDERS,
};

/* "total", "count", … Never NULL. */
const char *syscall_order_name(enum syscall_order order);
/* -EINVAL: there is no such order. */
must_check int syscall_order_read(const char *text, enum syscall_order *ret);

/* A number in a row that the events do not tell. */
#define SYSCALL_UNKNOWN UINT64_MAX

/* How often calls failed in one way. */
struct syscall_error {
	int32_t error;    /* errno; 0: it was not told which */
	const char *name; /* "ENOENT"; "" for numbers without a name, and for 0 */
	uint64_t count;
};

/* Calls that the keys do not tell apart. Texts are the subject's (profile_keep_text()). */
struct syscall_row {
	uint32_t tid;        /* 0: not told apart by thread */
	uint32_t pid;        /* told apart by thread: its process; else 0: not told apart by it */
	const char *name;    /* of the thread, pool or process; "": not told apart by it */
	const char *syscall; /* "": not told apart by it */
	bool is_rest;        /* all those for which there was no room */
	/*
	 * Of the calls that began and returned in the watch. bytes, min_ns, p…_ns and max_ns may be
	 * SYSCALL_UNKNOWN (and the times are where there is no such call); of calls that move no
	 * bytes these are 0.
	 */
	struct latency times;
	uint64_t avg_ns;
	double share;       /* of the report's total time */
	double error_share; /* of its calls */
	/* Beside these. */
	uint64_t begun_before; /* they returned, but began before the watch */
	uint64_t unreturned;   /* they had not returned when the watch, or their thread, ended */
	ARRAY(struct syscall_error) errors; /* by falling count, then number */
};

/* What a call waited for, and for how long. */
struct syscall_wait {
	bool is_queue; /* for a CPU: the rest means nothing */
	enum cause cause;
	const char *what;     /* the same in words; "": not known */
	const char *function; /* of the kernel, that it slept in; "": not known */
	struct wait_waker waker;
	uint64_t count;
	uint64_t ns;
	bool is_open; /* it had not ended when the watch did */
};

/* One long call. */
struct syscall_slow {
	const char *syscall;
	uint32_t tid;
	uint32_t pid;      /* of its process; 0: not told */
	const char *name;  /* of the thread */
	uint64_t start_ns; /* from the watch's begin */
	uint64_t ns;       /* as far as it lies in the watch */
	bool has_begun_before;
	bool is_open;      /* it has not returned: result means nothing */
	int64_t result;    /* as returned: -errno or a value */
	const char *error; /* "ENOENT"; "": it did not fail, or that number has no name */
	int32_t fd;        /* -1: none */
	const char *file;  /* the last part of its path; "": not known */
	uint64_t size;     /* bytes asked for, where it tells; else 0 */
	/* ns = waits + rest: it ran, or waited for too short a time to be told. */
	uint64_t rest_ns;
	ARRAY(struct syscall_wait) waits; /* by falling time */
	ARRAY(const char *) frames;       /* of the program, the innermost first */
};

struct syscall_report {
	struct profile *subject; /* owned: what was watched, for how long; no samples, no tree */
	struct syscall_keys keys;
	char by[64]; /* the same in words */
	enum syscall_order order;

	uint64_t count; /* of all rows, that began and returned in the watch */
	uint64_t errors;
	uint64_t total_ns;
	uint64_t begun_before;
	uint64_t unreturned;
	double per_second; /* calls; below 0: the watch's length is not known */
	bool is_counted; /* they were counted where they returned: quantiles and bytes are whole */
	uint64_t lost;   /* calls that are in no row */

	ARRAY(struct syscall_row) rows;
	struct latency_map_list maps;    /* of the same calls, by system call */
	ARRAY(struct syscall_slow) slow; /* the longest first */
	uint64_t over_ns;                /* shorter ones are not among them; 0: that is not told */
	/* Long calls that had nothing to do, and so are not among them. */
	uint64_t idle_count, idle_ns;
	bool has_idle; /* they are */
	ARRAY(struct text) notes;
};

void syscall_report_free(struct syscall_report **report);

#endif
