/* What is known of the block devices? All the parts of a fold over requests in one place. */
#ifndef ANALYSE_DISK_STATE_H
#define ANALYSE_DISK_STATE_H

#include "analyse/disks.h"
#include "analyse/histogram.h"
#include "analyse/names.h"
#include "analyse/requests.h"
#include "base/array.h"
#include "base/hash.h"

/* --- who queues requests (disk_issuers.c) --- */

/* A thread as it was told. */
struct disk_task {
	uint32_t comm; /* names */
	uint32_t kind; /* names: the same with its numbers folded */
	uint32_t tgid;
	uint32_t flags;  /* enum task_flags */
	uint32_t issuer; /* the last it was; 0: none yet */
	bool has_many;   /* it was several: a kernel worker with several kinds of work */
};

/* A process, or the kernel threads of one name that do one work. */
struct disk_issuer {
	uint32_t tgid;   /* 0: kernel threads */
	uint32_t name;   /* of kernel threads, or while the process has not been told */
	uint32_t work;   /* name: the function that a kernel worker ran; 0: none */
	bool is_several; /* of a kernel worker with several kinds of work that are not told apart */
};

#define DISK_TASKS_MAX   (1u << 16)
#define DISK_ISSUERS_MAX 4096u

/* Zero is a valid empty set. */
struct disk_issuers {
	struct hash_map tasks; /* tid → place in list + 1 */
	ARRAY(struct disk_task) list;
	ARRAY(struct disk_issuer) issuers; /* [0] is one not known */
	struct hash_map by_who;            /* → place in issuers */
	struct hash_map symbols;           /* id → name */
};

must_check int issuers_take_task(struct disk_issuers *issuers, struct names *names,
				 const struct event_task *event);
must_check int issuers_take_symbol(struct disk_issuers *issuers, struct names *names,
				   const struct event_symbol *event);
/* NULL: not told. */
struct disk_task *issuers_task(const struct disk_issuers *issuers, uint32_t tid);
/* Who queued a request: *ret is the place of its issuer; 0: not known. work: symbol; 0: none. 0 or
 * -ENOMEM. */
must_check int issuers_find(struct disk_issuers *issuers, struct names *names, uint32_t tid,
			    uint32_t work, uint32_t *ret);
/* The same of a thread of which only the sum is told. */
must_check int issuers_find_sum(struct disk_issuers *issuers, struct names *names, uint32_t tid,
				uint32_t *ret);
/* What it is called: "fio", "kworker/#:# (wb_workfn)". */
void issuers_say(const struct disk_issuers *issuers, const struct names *names, uint32_t issuer,
		 char *to, size_t bytes);
void issuers_free(struct disk_issuers *issuers);

/* --- sums (disk_sums.c) --- */

/* What tells sums apart; all of it is compared. */
struct disk_id {
	uint32_t dev;    /* 0: of all */
	uint32_t flags;  /* enum request_flags */
	uint32_t issuer; /* + 1; 0: of all */
};

struct disk_sum {
	struct disk_id id;
	bool is_rest;
	uint64_t errors;
	uint64_t bytes;
	uint64_t merged;
	struct histogram total;
	struct histogram device;
	struct histogram queue; /* of those told one by one */
};

#define DISK_SUMS_MAX 1024u

/* They do not move once they are made. */
struct disk_sum_slot {
	struct disk_sum *sum; /* owned */
};

/* Zero is a valid empty set. */
struct disk_sums {
	ARRAY(struct disk_sum_slot) items;
	struct hash_map by_id; /* hash of the id → place in items + 1 */
	struct disk_sum *rest; /* of those there was no room for; NULL: none. One of the items */
};

/* The sum of this id, made when it was not there; that of the rest when there is no room; NULL:
 * memory is out. */
struct disk_sum *sums_get(struct disk_sums *sums, const struct disk_id *id);
void sum_merge(struct disk_sum *sum, const struct disk_sum *other);
void sum_say(const struct disk_sum *sum, struct disk_times *ret);
void sums_free(struct disk_sums *sums);

enum disk_op disk_op_of(uint32_t flags);
/* A write without data that only waits for a flush: it is never given to a driver. */
bool is_empty_flush(uint32_t flags, uint64_t bytes);
/* "sync meta"; "" for none. */
void disk_flags_say(uint32_t flags, char *to, size_t bytes);

/* --- what only single requests tell (disk_lines.c) --- */

#define DISK_COLUMNS   64u
#define DISK_PLACES    32u /* where so many requests began and ended is remembered */
#define DISK_INTERVALS 16u
#define DISK_LINES_MAX 256u

struct disk_cell {
	uint64_t count;
	uint64_t bytes;
	uint64_t queue_ns; /* of all requests together: over a column's length it is their depth */
	uint64_t device_ns;
	uint32_t heat[LATENCY_DOUBLINGS];
};

struct disk_place {
	uint64_t begin; /* sectors */
	uint64_t end;
};

/* The last places of one operation. */
struct disk_stream {
	struct disk_place places[DISK_PLACES];
	uint64_t count;
	uint64_t judged;
	uint64_t sequential;
};

struct disk_interval {
	uint64_t begin_ns;
	uint64_t end_ns;
};

/* One whole device. */
struct disk_line {
	uint32_t dev;
	uint64_t told;
	uint64_t last_id;
	uint64_t sizes[DISK_OP_COUNT][DISK_SIZES];
	struct disk_stream streams[DISK_OP_COUNT];
	struct disk_interval open[DISK_INTERVALS]; /* when it was busy: may still grow together */
	size_t open_count;
	uint64_t busy_ns; /* of those that cannot */
	struct disk_cell cells[DISK_COLUMNS];
};

struct disk_line_slot {
	struct disk_line *line; /* owned */
};

/* Zero is a valid empty set. */
struct disk_lines {
	ARRAY(struct disk_line_slot) items;
	struct hash_map by_dev; /* → place in items + 1 */
	uint64_t begin_ns;      /* of the first column */
	uint64_t column_ns;     /* 0: no request yet */
};

/* Take a request of this whole device. 0 or -ENOMEM. */
must_check int lines_take(struct disk_lines *lines, uint32_t dev,
			  const struct event_request *event);
/* NULL: there was none, or no room. */
struct disk_line *lines_find(const struct disk_lines *lines, uint32_t dev);
/* How long something was under way. */
uint64_t line_busy_ns(const struct disk_line *line);
/* Below 0: not known. */
double line_sequential_share(const struct disk_line *line, enum disk_op op);
/* Columns up to this time. 0 or -ENOMEM. */
must_check int line_say(const struct disk_lines *lines, const struct disk_line *line,
			uint64_t end_ns, struct disk_device *device);
void disk_lines_free(struct disk_lines *lines);

/* --- the slowest (disk_slowest.c) --- */

enum {
	DISK_SLOWEST = 20,     /* kept when no limit is given */
	DISK_SLOWEST_MAX = 500 /* else */
};

struct disk_candidate {
	struct event_request event;
	uint32_t issuer;
};

struct disk_slowest {
	ARRAY(struct disk_candidate) items; /* the slowest first */
	uint64_t count;                     /* that took so long, kept or not */
};

must_check int slowest_take(struct disk_slowest *slowest, uint64_t over_ns,
			    const struct event_request *event, uint32_t issuer);

/* --- all --- */

struct disks {
	struct disks_options options;
	struct names names;
	struct requests devices; /* no requests */
	struct disk_issuers issuers;
	struct event_watch watch;
	bool is_seen; /* the watch was told */
	uint64_t end_ns;
	struct disk_sums told;      /* of single requests, by all that tells them apart */
	struct disk_sums tallied;   /* of TALLY_REQUESTS, TALLY_SERVICE and TALLY_MERGES */
	bool has_requests;          /* of the first there were some */
	bool is_classic;            /* seen through classic tracepoints */
	struct disk_sums by_issuer; /* of TALLY_ISSUERS */
	struct disk_lines lines;
	struct disk_slowest slowest;
	uint64_t told_count;
	uint64_t losses[LOSS_IO + 1];
	struct hash_map blocks;  /* whole device → bytes of a physical block */
	ARRAY(uint32_t) missing; /* names: what could not be seen */
	ARRAY(uint32_t) logged;  /* names: what the kernel's log says of devices */
};

/* The whole disk that a partition is of. */
uint32_t disks_whole(const struct disks *disks, uint32_t dev);
/* Where it is larger than the logical one, in bytes; 0. */
uint32_t disks_physical_block(const struct disks *disks, uint32_t whole_dev);

/* --- disk_report.c --- */

must_check int disk_report_make(struct disks *disks, struct disk_report *report);

/* --- disk_judge.c --- */

/* Add what the numbers of this device show. */
must_check int disk_judge(const struct disk_device *device, struct disk_report *report);

/* --- disk_notes.c --- */

must_check int disk_notes_make(const struct disks *disks, struct disk_report *report);

#endif
