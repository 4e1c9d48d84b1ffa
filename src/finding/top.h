/*
 * Who loses time just now, and who is to blame? What analyse makes anew each second of the last few
 * seconds of a watch, and the live screen shows. All amounts are of that window.
 */
#ifndef FINDING_TOP_H
#define FINDING_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

/* What is not known of the machine. */
#define TOP_UNKNOWN UINT64_MAX

struct top_machine {
	uint32_t cpus;
	/* CPU time of all CPUs, by the kernel's own count; TOP_UNKNOWN. */
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t steal_ns;
	uint64_t idle_ns;
	/* Pressure: time in which some, or all, who had something to do could not; TOP_UNKNOWN. */
	uint64_t cpu_some_ns;
	uint64_t io_some_ns;
	uint64_t io_full_ns;
	uint64_t memory_some_ns;
	uint64_t memory_full_ns;
};

/* Requests of one device that were completed; of a thread: that it had queued. */
struct top_disk {
	char name[32];
	uint64_t reads;
	uint64_t read_bytes;
	uint64_t writes; /* flushes and discards too */
	uint64_t write_bytes;
	uint64_t wait_ns;    /* from queueing to completion, of all together */
	uint64_t longest_ns; /* of one */
	uint64_t busy_ns;    /* when it had requests, by the kernel's own count; TOP_UNKNOWN */
};

/* A part of a thread's time that has one cause and one to blame for it. */
struct top_cause {
	enum cause cause;
	struct subject culprit;
	uint64_t ns;
	bool is_lost; /* else it ran, slept by its own wish or had nothing to do */
	ARRAY(struct link)
	chain; /* of a detail only: who waited for whom; its times are not told */
};

struct top_thread {
	uint32_t tid;
	uint32_t tgid;
	char name[64];
	char process[64];
	bool is_kernel;
	bool has_ended;
	bool wait_is_idle;   /* wait_ns: it is no lost time */
	bool wait_is_older;  /* that began before the watch: it lasts longer */
	uint64_t lost_ns;    /* it could not get on: blocked for a reason, or ready without a CPU */
	uint64_t cpu_ns;     /* it ran */
	uint64_t idle_ns;    /* it slept by its own wish, or had nothing to do */
	uint64_t unknown_ns; /* of lost_ns: what for is not known */
	uint64_t wait_ns; /* how long its present wait lasts, idle ones too; 0: it does not wait */
	struct top_cause heaviest; /* of what it lost; when it lost nothing: of all; no chain */
};

/* The time that all threads lost by one cause to one culprit. */
struct top_culprit {
	enum cause cause;
	struct subject culprit;
	uint64_t lost_ns; /* of all threads together: may exceed the window */
	uint64_t threads;
};

struct top_report {
	uint64_t window_ns; /* what the amounts are of */
	uint64_t age_ns;    /* of the watch */
	enum target_kind target;
	char target_name[64];
	struct top_machine machine;
	ARRAY(struct top_disk) disks;       /* busiest first; those that did nothing are left out */
	ARRAY(struct top_thread) threads;   /* by falling lost time, then CPU time, then tid */
	ARRAY(struct top_culprit) culprits; /* by falling lost time */
	uint64_t lost_ns;                   /* of all threads together */
	uint64_t hidden_threads;            /* that the kernel hides from whoever watches */
	uint64_t lost_events;               /* since the watch began */
	uint64_t refused;                   /* amounts that found no room in this window */
	ARRAY(struct text) not_seen;        /* what could not be seen, and what that costs */
};

struct top_stack {
	bool is_running;           /* it was seen running there; else it waited there */
	uint64_t ns;               /* samples: what they stand for */
	ARRAY(struct text) frames; /* innermost first */
	size_t more;               /* frames that are left out */
};

struct top_file {
	char name[128];
	char fs_type[16];
	uint64_t lost_ns; /* waited for in operations on it */
};

/* All about one thread. */
struct top_detail {
	struct top_thread thread;
	ARRAY(struct top_cause) causes; /* heaviest first */
	ARRAY(struct top_stack) stacks; /* heaviest first */
	ARRAY(struct top_file) files;   /* heaviest first */
	ARRAY(struct top_disk) disks;   /* by time waited */
};

/* The part of the window that an amount of one thread's time is; negative when it is not known. */
double top_share(const struct top_report *report, uint64_t ns);
/* Of all CPUs' time, as the kernel counts it: in ticks, so that it is not exactly the window's. */
double top_cpu_share(const struct top_report *report, uint64_t ns);
/* How many (or how much) in a second of the window. */
double top_per_second(const struct top_report *report, uint64_t amount);
/* On average; 0 when there was none. */
uint64_t top_mean_ns(const struct top_disk *disk);

/* All NULL-safe. */
void top_report_free(struct top_report **report);
void top_detail_free(struct top_detail **detail);

/* What the rows can be put in order by. */
enum top_order {
#define TOP_ORDER(NAME, key, id, words) TOP_BY_##NAME,
#include "finding/top_orders.def"
#undef TOP_ORDER
	TOP_ORDERS
};

/* "lost", …; never NULL. */
const char *top_order_id(enum top_order order);
/* The key that chooses it on the screen. */
char top_order_key(enum top_order order);
/* What it means, in a few words. Never NULL. */
const char *top_order_words(enum top_order order);
/* -EINVAL: there is none. */
must_check int top_order_read(const char *id, enum top_order *ret);

/* The rows to show of a report, in their order: places in report->threads. */
struct top_rows {
	ARRAY(uint32_t) places;
	ARRAY(uint32_t) tids; /* of these: where each row was tells where it shall be */
};

/* What is to be shown. */
struct top_choice {
	enum top_order order;
	bool with_idle;     /* those that neither lost time nor ran, too */
	const char *filter; /* of thread, process, cause, culprit or number some part; "": all */
};

/* Is it one that the choice has? */
bool top_matches(const struct top_thread *thread, const struct top_choice *choice);

/*
 * Choose and order the rows anew. A row changes places with a neighbour only when it is clearly
 * heavier (by a tenth, and by a hundredth of the window), so that rows of nearly equal weight stay
 * where they are; *rows is that of the report before, or empty. -ENOMEM.
 */
must_check int top_rows_choose(struct top_rows *rows, const struct top_report *report,
			       const struct top_choice *choice);
void top_rows_free(struct top_rows *rows);

#endif
