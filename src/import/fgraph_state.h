/* What is open at the moment? The state between the parts of the graph. Inner to it. */
#ifndef IMPORT_FGRAPH_STATE_H
#define IMPORT_FGRAPH_STATE_H

#include "base/array.h"
#include "base/hash.h"
#include "import/fgraph.h"

enum {
	FGRAPH_TASKS_MAX = 1 << 17,
	FGRAPH_DEPTH_MAX = 1024, /* of one thread: the kernel itself ends at some hundred */
	FGRAPH_FRAMES_MAX = 1 << 20,
	FGRAPH_ROOTS = 8, /* outermost calls of a thread that are remembered for a while */
};

/* Interrupts at a call's edge: the kernel times the call's begin and end a little before or after
 * these. */
struct fgraph_edge {
	uint64_t before_ns; /* the thread's record before the first of them; 0: there was none */
	struct {
		uint64_t from_ns;
		uint64_t to_ns;
		uint64_t ns; /* 0: none */
	} hits[2];           /* the first, and the others */
};

/* A call that has been entered. Times are those of records, unless they say otherwise. */
struct fgraph_frame {
	uint64_t id;
	uint64_t path;
	uint64_t function;
	uint64_t entry_ns;
	uint64_t before_ns; /* the thread's record before: the call began after it */
	uint64_t after_ns;  /* the thread's record after; 0: none yet */
	uint64_t held_ns; /* some of the thread's records from then on may be lost; 0: none were */
	/* Parts of it, whole durations: */
	uint64_t children_ns;
	uint64_t irq_ns;          /* interrupts, of itself */
	struct fgraph_edge early; /* before its entry was recorded */
	struct fgraph_edge late;  /* after it had left its place */
	struct fgraph_edge next;  /* early, of the next call in it */
	uint64_t unknown_ns;      /* see event_call.unknown_ns */
	uint64_t apart_ns;        /* calls in it that were told without a caller */
	uint64_t off_ns;          /* not a part, but of itself */
	/* Of the calls in it: */
	uint64_t irq_below_ns;
	uint64_t off_below_ns;
	int32_t depth;
	uint32_t flags; /* enum call_flags */
	enum fgraph_level level;
	bool has_parent;
	bool is_unsure;    /* a part of it is not known, nor how long that is */
	bool is_after_gap; /* records before its entry may be lost */
};

struct fgraph_root {
	uint64_t start_ns;
	uint64_t duration_ns;
};

/*
 * A thread, with its open calls. What interrupts them stands above, since it ends first. The lowest
 * `held` ones may be over: their thread's records were lost for a while.
 */
struct fgraph_task {
	uint32_t tid;
	uint32_t cpu; /* of its last record */
	uint64_t last_ns;
	uint64_t proof_ns; /* its last entry or exit: until then all was open that still seems to be
			    */
	uint64_t proof_off_ns; /* of the time since then off its CPU */
	uint64_t off_ns;       /* since then it is off its CPU; 0: it is not known to be */
	bool is_seen;
	bool has_left;     /* its CPU was seen with somebody else since */
	bool is_after_gap; /* records before the one that has come may be lost */
	size_t held;
	struct fgraph_edge next; /* early, of the next outermost call */
	ARRAY(struct fgraph_frame) frames;
	struct fgraph_root
		roots[FGRAPH_ROOTS]; /* a ring: the newest is the one before root_count */
	size_t root_count;
};

struct fgraph_cpu {
	uint64_t from_ns; /* the newest gap */
	uint64_t to_ns;   /* FGRAPH_NOT_TOLD: it goes on */
	uint32_t task;    /* place + 1 of who had the last record */
	uint32_t leaving; /* place + 1 of who was told to be switched away from, but may still do
			     something on its way; 0: nobody */
	bool has_gap;
};

struct fgraph {
	struct fgraph_options options;
	struct perf_out *out;
	ARRAY(struct fgraph_task) tasks;
	struct hash_map by_key;
	ARRAY(struct fgraph_cpu) cpus;
	size_t frames;     /* of all threads */
	bool has_switches; /* some were told */
	size_t open_gaps;
	uint64_t gap_end_ns; /* of the newest gap that is over */
	uint64_t ids;
	struct fgraph_odds odds;
};

/*
 * The thread of a record that has come: the gap of its CPU ends, and where some of the thread's own
 * records may be lost its open calls are held. *ret lives until the next call; NULL: there is no
 * room for one more thread. -ENOMEM.
 */
must_check int fgraph_arrive(struct fgraph *graph, uint32_t cpu, uint32_t tid, uint64_t time_ns,
			     struct fgraph_task **ret);

/* The thread's record was taken. */
void fgraph_leave(struct fgraph_task *task, uint32_t cpu, uint64_t time_ns);

/* The highest call, held or not; NULL: none is open. */
static inline struct fgraph_frame *fgraph_highest(struct fgraph_task *task)
{
	return task->frames.count ? &task->frames.items[task->frames.count - 1] : NULL;
}

/* The call that one entered now would be called from; NULL: none is known. */
static inline struct fgraph_frame *fgraph_top(struct fgraph_task *task)
{
	return task->frames.count > task->held ? fgraph_highest(task) : NULL;
}

/* Until when the call at this place was open for sure: an interrupt that came when it had left its
 * place says nothing of it. */
static inline uint64_t fgraph_open_until(const struct fgraph_task *task, size_t place)
{
	const struct fgraph_frame *frame = &task->frames.items[place];

	return frame->late.before_ns ?: task->proof_ns;
}

/* How a call ended. */
struct fgraph_end {
	const struct fgraph_task *task;
	uint64_t time_ns; /* of the record that says so */
	uint64_t start_ns;
	uint64_t duration_ns;
	uint64_t parent; /* id */
	uint64_t parent_path;
	int64_t result;
	uint32_t cpu;
	uint32_t flags; /* in addition to the frame's */
};

must_check int fgraph_tell(struct fgraph *graph, const struct fgraph_frame *frame,
			   const struct fgraph_end *end, struct diag *why);

#endif
