/* What is known of the system calls? All its parts in one place. */
#ifndef ANALYSE_SYSCALLS_STATE_H
#define ANALYSE_SYSCALLS_STATE_H

#include "analyse/latency_maps.h"
#include "analyse/profile_state.h"
#include "analyse/requests.h"
#include "analyse/spread.h"
#include "analyse/syscalls.h"

/* What tells a row apart; 0 where the keys do not ask. All of it is compared, byte for byte. */
struct call_id {
	uint32_t tid;
	uint32_t tgid;
	uint32_t name; /* names */
	int32_t number;
};
_Static_assert(sizeof(struct call_id) == 16, "no padding");

#define CALL_ROWS_MAX 16384u

struct error_count {
	uint32_t error; /* 0: not told which */
	uint64_t count;
};

struct call_sum {
	struct call_id id;
	uint32_t tgid; /* of its thread */
	uint32_t name; /* names: the last one of its thread, or process */
	bool is_rest;
	bool lacks_bytes;   /* of some calls it is not told how many they moved */
	bool lacks_buckets; /* of some it is only told what they sum to */
	struct spread times;
	/* Calls of which only the sum is told, each shorter than any of the others. */
	uint64_t short_count;
	uint64_t short_ns;
	uint64_t bytes;
	uint64_t counted_errors; /* of tallies: some may not be told by number */
	uint64_t begun_before;
	uint64_t unreturned;
	ARRAY(struct error_count) errors;
};

/* A wait of a thread whose system call has not ended, or a stay in the queue for a CPU. */
struct call_wait {
	uint64_t start_ns;
	uint64_t ns;
	uint64_t count;
	uint16_t class_id;
	bool is_queue;
	bool is_open;
	bool is_idle;        /* it had nothing to do */
	uint32_t waker_kind; /* enum waker_kind */
	uint32_t waker_tid;
	uint32_t waker_name; /* names */
	uint32_t device;     /* names */
};

/* The last waits of one thread. */
#define CALL_WAITS_MAX   32u
#define CALL_THREADS_MAX (1u << 16)

struct call_waits {
	ARRAY(struct call_wait) items; /* as they came; beyond the bound the oldest goes */
};

#define SLOW_KEPT 20u

/* One long call. */
struct slow_call {
	struct event_syscall event;
	uint64_t ns;
	uint32_t comm; /* names */
	uint32_t tgid;
	uint32_t user;                 /* content of the user stack */
	ARRAY(struct call_wait) waits; /* like ones are one */
};

struct syscalls {
	struct syscalls_options options;
	struct profiler *profiler; /* owned: names, stacks, classes and threads */
	struct requests objects;   /* files and devices; no requests */
	ARRAY(struct call_sum) sums;
	struct hash_map by_id;    /* hash of the id → place in sums + 1 */
	uint32_t rest;            /* sum + 1 of those without room; 0: none */
	struct latency_maps maps; /* by number */
	struct hash_map pools;    /* thread's name → its pool's + 1 */
	bool is_counted;          /* TALLYs have all calls */
	bool has_calls;           /* something was told of calls at all */
	ARRAY(struct call_waits) waits;
	struct hash_map waits_by_tid; /* place in waits + 1 */
	struct slow_call slow[SLOW_KEPT];
	size_t slow_count;
	uint64_t idle_count;
	uint64_t idle_ns;
	ARRAY(uint32_t) missing; /* names: what could not be seen */
	uint64_t losses[LOSS_IO + 1];
};

static inline struct names *names_of(struct syscalls *syscalls)
{
	return &syscalls->profiler->names;
}

/* --- syscalls_rows.c --- */

/* A call that was told by itself. */
must_check int call_rows_take_call(struct syscalls *syscalls, const struct event_syscall *event);
/* Calls that were told as a sum. */
must_check int call_rows_take_sum(struct syscalls *syscalls, const struct event_syscall_sum *event);
must_check int call_rows_take_tally(struct syscalls *syscalls, const struct event_tally *event);
/* Forget what calls that were told by themselves added: all of them are in tallies. */
void call_rows_forget(struct syscalls *syscalls);
must_check int call_rows_tell(struct syscalls *syscalls, struct syscall_report *report);
void call_rows_free(struct syscalls *syscalls);

/* --- syscalls_slow.c --- */

must_check int slow_take_wait(struct syscalls *syscalls, const struct event_wait *event);
must_check int slow_take_queue(struct syscalls *syscalls, const struct event_queue *event);
must_check int slow_take_call(struct syscalls *syscalls, const struct event_syscall *event);
must_check int slow_tell(struct syscalls *syscalls, struct syscall_report *report);
void slow_free(struct syscalls *syscalls);

/* --- syscalls_notes.c --- */

must_check int syscalls_notes_make(const struct syscalls *syscalls, struct syscall_report *report);

/* The call's name, kept by the report; its number where it has none. NULL: out of memory. */
const char *call_name(struct syscall_report *report, int32_t number);

#endif
