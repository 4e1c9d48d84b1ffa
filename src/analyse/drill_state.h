/* What does a drill know? All its parts in one place. */
#ifndef ANALYSE_DRILL_STATE_H
#define ANALYSE_DRILL_STATE_H

#include "analyse/drill.h"
#include "analyse/histogram.h"
#include "analyse/profile_state.h"
#include "analyse/requests.h"

enum {
	DRILL_PIECES_MAX = 4096, /* of one thread are held */
	DRILL_EACH_MAX = 10000,
	DRILL_SLOWEST_MAX = 1000,
	DRILL_TIMED_MAX = 16,
};

#define DRILL_PIECES_ALL_MAX (UINT64_C(1) << 19)
/* No sum of so many of such calls or samples overflows, whatever a file says. */
#define DRILL_CALL_NS_MAX    (UINT64_C(1) << 46)
#define DRILL_WEIGHT_MAX     (UINT64_C(1) << 40)
#define DRILL_WINDOWS_MAX    (1u << 17)
#define DRILL_PARTS_MAX      (1u << 21)
#define DRILL_CAUSES_MAX     4096u

enum piece_kind {
	PIECE_WAIT,
	PIECE_QUEUE,
	PIECE_SAMPLE,
};

/* What a thread did for a while, or was seen doing. */
struct drill_piece {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t weight; /* of a sample */
	uint32_t kernel; /* content; 0: none */
	uint32_t user;   /* the same; of a wait: of its system call, when that is told */
	uint32_t waker;  /* name */
	uint32_t device; /* name */
	int32_t syscall;
	uint16_t class_id;
	uint8_t kind;       /* enum piece_kind */
	uint8_t waker_kind; /* enum waker_kind */
};

/* A thread's newest pieces, in order of time. */
struct drill_thread {
	uint32_t tid;
	ARRAY(struct drill_piece) pieces;
	uint64_t gone_ns; /* what was before it is not all there */
	/* Of the rung of stacks: the stretch in which the function is in each stack. */
	bool is_in;
	uint32_t root; /* name of the function that is in them */
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t tail_ns;  /* it may have gone on for so long behind a sample */
	uint64_t other_ns; /* until then it was seen elsewhere */
};

/* A call that is over. */
struct drill_window {
	uint32_t root; /* place in roots */
	uint32_t tid;
	uint32_t comm;  /* name */
	uint32_t flags; /* SPAN_OPEN_START, SPAN_OPEN_END */
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t blocked_ns;
	uint64_t runnable_ns;
	uint64_t unknown_ns;
};

/* A part of a window. */
struct drill_share {
	uint32_t window;
	uint32_t content; /* of the tree */
	uint32_t cause;   /* place in causes + 1; 0: not blocked */
	uint32_t kind;    /* enum piece_kind */
	uint64_t ns;      /* of a sample: its weight */
};

struct drill_cause_sum {
	uint16_t class_id;
	uint8_t waker_kind;
	bool is_rest;
	uint32_t waker;
	uint32_t device;
	uint64_t count;
	uint64_t ns;
};

/* A function that was asked for. */
struct drill_root {
	uint32_t name;
	uint64_t on_cpu_ns;
	uint64_t weight; /* of its samples */
	uint64_t seen;   /* of them given their time */
	uint64_t given_ns;
};

/* A function that was timed in the calls. */
struct drill_timed {
	uint32_t name; /* 0: not told */
	uint64_t calls;
	uint64_t calls_ns; /* of these calls, all of it */
	uint64_t count;
	uint64_t ns;
	uint64_t max_ns;
	uint64_t unsure;
};

struct drill {
	struct drill_options options;
	enum drill_by by;
	int32_t syscall;
	bool is_watched;           /* programs are at its entry and return */
	bool is_user;              /* a function of a program */
	char pattern[128];         /* of the function's name alone */
	struct profiler *profiler; /* owned: names, stacks, classes, threads and the tree */
	struct requests devices;   /* no requests */
	ARRAY(uint8_t) matches;    /* by number of a function: enum match */
	ARRAY(struct drill_thread) threads;
	struct hash_map by_tid; /* place in threads + 1 */
	uint64_t piece_count;
	ARRAY(struct drill_root) roots;
	struct hash_map by_root; /* name → place + 1 */
	ARRAY(struct drill_window) windows;
	ARRAY(struct drill_share) shares;
	ARRAY(struct drill_cause_sum) causes;
	struct hash_map by_cause;    /* place + 1 */
	struct histogram *histogram; /* owned */
	struct drill_timed timed[DRILL_TIMED_MAX];
	uint64_t short_calls;
	uint64_t nested_calls;
	uint64_t standing;
	uint64_t left_over;
	uint64_t refused; /* pieces of threads for which there was no room */
	uint64_t crowded; /* parts without room: they are in the tree, but in no single call */
	uint64_t samples;
	uint64_t waits;
	uint64_t stackless;
	uint64_t losses[LOSS_CALL + 1];
	ARRAY(struct text) how;
	ARRAY(struct text) missing;
	bool is_settled;
};

/* A call to be looked into. */
struct drill_call_span {
	uint32_t root; /* name */
	uint32_t tid;
	uint32_t flags;
	uint64_t start_ns;
	uint64_t end_ns;
};

/* --- drill_paths.c --- */

/* Is the function, by its number, one that was asked for? 1, 0 or -ENOMEM. */
must_check int drill_is_wanted(struct drill *drill, uint32_t function);
/* The place of the outermost such function in the content; UINT32_MAX: none. 0 or -ENOMEM. */
must_check int drill_find(struct drill *drill, uint32_t content, uint32_t *ret);
/* The content of the piece's stacks below the function, and what it was doing there. */
must_check int drill_path(struct drill *drill, const struct drill_piece *piece, uint32_t *ret);

/* --- drill_windows.c --- */

/* Put the thread's pieces into the call, if it is long enough. 0 or -ENOMEM. */
must_check int drill_add_call(struct drill *drill, const struct drill_thread *thread,
			      const struct drill_call_span *call);
/* No call will be added any more: on-CPU time is spread over the samples. */
must_check int drill_settle(struct drill *drill);
static inline uint64_t drill_on_cpu(const struct drill_window *window)
{
	uint64_t ns = window->end_ns - window->start_ns;
	uint64_t other = window->blocked_ns + window->runnable_ns + window->unknown_ns;

	return ns > other ? ns - other : 0;
}

/* --- drill_steps.c --- */

must_check int drill_tell_path(struct drill *drill, struct drill_report *report);

/* --- drill_report.c --- */

const char *drill_text(const struct drill *drill, struct drill_report *report, uint32_t name);

/* --- drill_notes.c --- */

must_check int drill_tell_notes(const struct drill *drill, struct drill_report *report);

#endif
