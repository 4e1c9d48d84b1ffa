/*
 * What do we claim, on what evidence? The verdict that analyse builds and view shows. Nothing here
 * is computed twice: every share, percentile and sentence is made by analyse; a view only lays it
 * out.
 */
#ifndef FINDING_FINDING_H
#define FINDING_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

/* Why a thread did not get on. The ids (names) are a public contract: see docs/causes.md. */
enum cause {
	CAUSE_UNKNOWN,
#define CAUSE(NAME, id, title, advice) CAUSE_##NAME,
#include "finding/causes.def"
#undef CAUSE
	CAUSE_COUNT
};

/* "fs.sync"; "unknown" for CAUSE_UNKNOWN. Never NULL. */
const char *cause_id(enum cause cause);
/* A few words for a heading: "flushing written data to the device". Never NULL. */
const char *cause_title(enum cause cause);
/* What to do about it: one sentence or two; "" when there is nothing general to say. Never NULL. */
const char *cause_advice(enum cause cause);
/* A crash, or a failure of the kernel, does not: it is told with a share of 0, but first. */
bool cause_takes_time(enum cause cause);
/* The cause with this id; CAUSE_UNKNOWN when there is none. */
enum cause cause_find(const char *id);

enum confidence {
	CONFIDENCE_LOW,
	CONFIDENCE_MEDIUM,
	CONFIDENCE_HIGH,
};
const char *confidence_name(enum confidence confidence);

/* What the finding blames: {"device", "vda"}, {"function", "deflate_slow"}, {"process", "postgres
 * (4711)"}, … */
struct subject {
	char kind[16];
	char name[112];
};

/* A subject whose name is formatted, cut to fit. */
struct subject subject_say(const char *kind, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One link of the chain: who was in which state for how long, because of the next link. */
struct link {
	char who[64];    /* thread name, or device name for the last link */
	uint32_t tid;    /* 0: not a thread */
	char state[24];  /* a cause id, or "running", "runnable" */
	char detail[80]; /* function, file or lock; "" when there is none */
	uint64_t ns;
};

struct text {
	char *words; /* owned */
};

struct finding {
	enum cause cause;
	struct subject subject;
	enum confidence confidence;
	double share;         /* of the verdict's base time, 0…1 */
	uint64_t ns;          /* the same as time */
	double speedup_limit; /* T / (T − ns); 0 when it is without bound */
	ARRAY(struct link) chain;
	ARRAY(struct text) evidence;
	ARRAY(struct text) advice;
};

enum {
	CAUSE_SLICES_MAX = 64,
};

/* What a thread did, as the parts of its account: blocked by the cause of that number (0: unknown),
 * or one of these. */
enum thread_state {
	THREAD_RUNS_USER = CAUSE_COUNT,
	THREAD_RUNS_KERNEL,
	THREAD_RUNS_IRQ,
	THREAD_QUEUES,
	THREAD_STATE_COUNT,
};
/* "runs.user", "cpu.queue", "fs.sync". Never NULL. */
const char *thread_state_name(unsigned int state);

/* When a thread was in that state, in the slices of the verdict. */
struct state_slices {
	unsigned int state;
	uint64_t ns[CAUSE_SLICES_MAX];
};

/* One row of the accounting: where one thread's wall time went. The parts sum to wall_ns. */
struct thread_account {
	uint32_t tid;
	uint32_t tgid;
	char comm[17];
	bool is_target;
	uint64_t wall_ns;
	uint64_t user_ns;
	uint64_t kernel_ns;
	uint64_t irq_ns; /* interrupts taken while it ran: part of neither user_ns nor kernel_ns */
	uint64_t queue_ns;
	uint64_t blocked_ns[CAUSE_COUNT]; /* by the immediate cause, before redistribution */
	uint64_t unknown_ns;
	/* The same by when, but running as the switches tell it; all of it that fits. */
	ARRAY(struct state_slices) over_time;
};

enum target_kind {
	TARGET_MACHINE,
	TARGET_PROCESS,
	TARGET_COMMAND,
};
const char *target_kind_name(enum target_kind kind);

struct loss_count {
	char what[48];
	uint64_t count;
};

/* When each cause took its time, in slices of equal length. What a run took is user time here until
 * its parts are known at its end. */
struct cause_slices {
	uint64_t slice_ns; /* 0: nothing is known */
	uint32_t count;    /* whole ones */
	uint64_t ns[CAUSE_SLICES_MAX][CAUSE_COUNT];
};

struct verdict {
	enum target_kind target;
	char name[64];
	uint32_t pid;
	bool has_exit_status;
	bool was_signaled; /* exit_status is a signal number */
	int exit_status;
	uint64_t window_ns;
	uint64_t base_ns;    /* what share is a share of: see base_words */
	char base_words[64]; /* "the command's wall time", "the target's non-idle thread time" */
	uint64_t wall_ns;    /* of all threads of the target */
	uint64_t idle_ns;    /* of it wait.idle, when that is left out of base_ns */
	uint64_t unknown_ns; /* of base_ns */
	uint64_t lost_events;
	bool was_interrupted;
	ARRAY(struct thread_account) threads; /* of the target, most wall time outside idle first */
	ARRAY(struct finding)
	findings; /* by falling share; shares + unknown_ns / base_ns sum to 1 */
	ARRAY(struct loss_count) losses;
	ARRAY(struct text) not_seen; /* what could not be seen, and what that costs */
	ARRAY(struct text) how;      /* facilities used: "scheduler: tp_btf" */
	struct cause_slices slices;
	uint64_t states_left_out_ns; /* of the threads' time: in no over_time */
	char next_command[160];      /* what to try next; "" when there is nothing */
};

/* Add a sentence, formatted; 0 or -ENOMEM. list is any ARRAY(struct text). */
must_check int text_add(void *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Free the words; the list itself stays the caller's. */
void texts_free(struct text *texts, size_t count);

void verdict_free(struct verdict **verdict);

/* Move the last finding to this place, if there are so many. */
void verdict_move_last(struct verdict *verdict, size_t place);

/* The part of base_ns that is unknown; 0 when base_ns is. */
double verdict_unknown_share(const struct verdict *verdict);

/* All that the thread was blocked, and the cause that it was blocked by longest (CAUSE_UNKNOWN when
 * by none). */
uint64_t thread_blocked_ns(const struct thread_account *thread, enum cause *ret_most);

#endif
