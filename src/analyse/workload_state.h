/* What does a modeller know? All its parts in one place. */
#ifndef ANALYSE_WORKLOAD_STATE_H
#define ANALYSE_WORKLOAD_STATE_H

#include "analyse/histogram.h"
#include "analyse/names.h"
#include "analyse/tasks.h"
#include "analyse/workload.h"
#include "base/array.h"
#include "base/hash.h"

enum {
	STREAMS_MAX = 16, /* places in one file that are gone on from in turn */
	RECENT_MAX = 8,   /* places among which a step is looked for */
	PLACES = 1024,    /* registers of the estimate: off by 3 % on average */
	DEPTHS_MAX = 256,
	FLIGHTS_MAX = 4096, /* operations of one actor in flight at once */
	HELD_MAX = 1024,    /* operations of one actor that wait to be put in order */
	ACTORS_MAX = 1024,
	VISITS_MAX = 1024,     /* that are kept apart */
	VISITS_EVER = 1 << 16, /* later ones are not told apart */
	FILES_MAX = 1 << 16,
	WORKLOAD_JOBS_MAX = 32,
	MISSING_MAX = 32,
};

#define WORKLOAD_SHARE_MIN 0.01 /* what does less is no job of its own */

/* --- workload_order.c: in which order are places visited? --- */

/* A place that may be gone on from. */
struct order_stream {
	uint64_t last;
	uint64_t next; /* where the last one ended */
	int64_t step;  /* from one's begin to the next one's; 0: not known */
	uint64_t turn; /* when it last went on; 0: unused */
	uint64_t run;  /* operations so far */
};

struct order_sums {
	uint64_t turns;
	uint64_t firsts;  /* of a file each: there is nothing that they could follow */
	uint64_t whole;   /* firsts at the begin of their file */
	uint64_t follows; /* went on where another had ended */
	uint64_t strides; /* went on by a step as before */
	uint64_t apart;   /* turns since the same stream last went on, summed */
	uint64_t runs;    /* ended ones */
	uint64_t run_sum;
	double run_squares;
	int64_t stride; /* that most went on by, as far as a vote by majority tells */
	uint64_t votes;
};

struct order {
	struct order_stream streams[STREAMS_MAX];
	uint64_t recent[RECENT_MAX];
	uint64_t begin; /* of what was visited */
	uint64_t end;
	struct order_sums sums;
};

/* The next operation took place here. */
void order_take(struct order *order, uint64_t offset, uint64_t bytes);
/* No more come: what still ran has ended. */
void order_end(struct order *order);
void order_sums_merge(struct order_sums *into, const struct order_sums *from);

/* --- workload_sizes.c: how large are they? --- */

struct sizes {
	struct {
		uint64_t bytes;
		uint64_t count;
	} items[WORKLOAD_SIZES];
	uint32_t used;
	uint64_t rounded; /* counted under the nearest, for want of room */
};

void sizes_add(struct sizes *sizes, uint64_t bytes, uint64_t count);
void sizes_merge(struct sizes *into, const struct sizes *from);

/* --- workload_places.c: how many different places? --- */

/* Zero is a valid empty set. */
struct places {
	uint8_t registers[PLACES];
};

void places_add(struct places *places, uint64_t hash);
void places_merge(struct places *into, const struct places *from);
double places_estimate(const struct places *places);

/* --- workload_pace.c: when are they begun, and how many at once? --- */

/* An operation on its way. */
struct flight {
	uint64_t submit_ns;
	uint64_t from_ns; /* its latency begins */
	uint64_t done_ns; /* the program had it back */
	uint32_t visit;
	uint16_t side; /* enum workload_direction, or SIDE_SYNC */
	uint16_t spare;
};

enum {
	SIDE_SYNC = WORKLOAD_DIRECTIONS
};

/* How values scatter, one by one. */
struct scatter {
	uint64_t count;
	double mean;
	double squares; /* of the distances from the mean, summed */
};

void scatter_add(struct scatter *scatter, double value);
void scatter_merge(struct scatter *into, const struct scatter *from);
/* Standard deviation by mean; 0 when there are too few. */
double scatter_ratio(const struct scatter *scatter);

struct pace_sums {
	uint64_t at_depth[DEPTHS_MAX + 1]; /* time with so many in flight */
	uint64_t peaks[DEPTHS_MAX + 1];    /* how often it stopped rising there */
	uint64_t calls;                    /* that handed operations over */
	uint64_t submitted;
	uint32_t batch_max;
	uint32_t depth_max;
	uint64_t rounds; /* in which completions were taken, between calls */
	uint64_t taken;
	uint64_t pauses; /* with nothing in flight, longer than PAUSE_MIN_NS */
	uint64_t pause_ns;
	struct scatter pause_apart; /* operations from one to the next */
	/* Intervals between calls, as they differ from their median; what is beyond twice that
	 * counts as so much. */
	uint64_t intervals;
	double interval_squares;
	double interval_pairs; /* products of neighbours */
	uint64_t late;         /* began before what was already looked at */
};

struct pace {
	ARRAY(struct flight) flights; /* a heap, by done_ns */
	uint64_t cursor_ns;           /* time before it is accounted */
	uint64_t submit_ns;           /* of the last call; 0: none */
	double median_ns;             /* of the intervals so far, by small steps */
	double last_apart;            /* of the last interval from it */
	uint64_t idle_ns; /* since when nothing is in flight; 0: something is, or was never */
	uint64_t since_pause;
	uint32_t batch;
	bool is_rising;
	bool has_taken; /* since the last call */
	struct pace_sums sums;
	struct histogram *pauses;    /* owned; NULL: none yet */
	struct histogram *intervals; /* between calls; owned; NULL: none yet */
};

#define PAUSE_MIN_NS 20000

struct modeller;
struct actor;
struct held;

/* The actor's next operation, in the order in which they were begun. What is complete by then is
 * handed to visits_finish(). 0 or -ENOMEM. */
must_check int pace_take(struct modeller *modeller, struct actor *actor, const struct held *held);
/* No more come. */
must_check int pace_end(struct modeller *modeller, struct actor *actor);
void pace_free(struct pace *pace);

/* --- workload_visits.c: who does what to which file? --- */

/* What goes in one direction, in one file. */
struct side {
	uint64_t count;
	uint64_t bytes;
	uint64_t errors;
	uint64_t unplaced; /* of which the offset is not known */
	uint64_t bare;     /* caused no block request */
	uint64_t handing_ns;
	uint64_t handed; /* whose handing over is known apart */
	struct sizes sizes;
	struct order order;
	struct histogram *latency; /* owned; NULL: none yet */
};

/* What an actor does to one file; or, when there was no room to tell them apart, to many. */
struct visit {
	uint32_t actor;
	uint32_t files;
	uint32_t dev;
	bool is_rest;
	bool appends;
	uint64_t inode;
	uint64_t turn; /* when it was last used */
	struct side side[WORKLOAD_DIRECTIONS];
	uint64_t begin; /* of the bytes touched */
	uint64_t end;
	struct places places;
	uint64_t syncs[2];   /* by fsync, by fdatasync or sync_file_range */
	uint64_t since_sync; /* writes */
	struct scatter writes_a_sync;
	struct histogram *sync_latency; /* owned; NULL: none yet */
};

/* What tells actors apart. All of it is compared, byte for byte. */
struct actor_id {
	uint32_t thread; /* index */
	uint16_t engine; /* enum workload_engine */
	uint16_t flags;  /* of enum io_flags: IO_DIRECT, IO_FILE_SYNC, IO_FILE_DSYNC */
	int32_t syscall; /* with WORKLOAD_ENGINE_OTHER; else 0 */
};

/* A thread that asks for I/O in one way. */
struct actor {
	struct actor_id id;
	uint32_t number; /* in the modeller's list */
	uint64_t first_ns;
	uint64_t last_ns;
	uint32_t rest; /* visit + 1 of the files there was no room for; 0: none */
	uint32_t held_head;
	ARRAY(struct held) held; /* by start_ns, from held_head on */
	struct pace pace;
};

/* An operation that waits for those begun before it. */
struct held {
	uint64_t submit_ns;
	uint64_t start_ns;
	uint64_t handed_ns;
	uint64_t done_ns; /* the program had it back, or was seen to have it */
	uint64_t offset;
	uint64_t wanted;
	uint64_t file; /* hash */
	int64_t result;
	uint32_t visit;
	uint32_t requests;
	uint16_t flags; /* enum io_flags that matter here: the lower 16 bits */
	uint16_t operation;
};

struct file_known {
	uint32_t name;
	uint32_t fs_type;
	bool is_outside; /* no file whose content is kept */
};

/* Take an operation on a file. 0 or -ENOMEM. */
must_check int visits_take(struct modeller *modeller, const struct event_io *event);
/* One is over: its latency is known. */
must_check int visits_finish(struct modeller *modeller, const struct flight *flight);
/* No more come. */
must_check int visits_end(struct modeller *modeller);
/* Into may be made for it. 0 or -ENOMEM. */
must_check int histograms_merge(struct histogram **into, const struct histogram *from);
must_check int histograms_add(struct histogram **into, uint64_t ns);
/* Sum what two visits saw; orders are summed, not joined. 0 or -ENOMEM. */
must_check int visit_merge(struct visit *into, const struct visit *from);
void visit_free(struct visit *visit);

static inline uint64_t visit_operations(const struct visit *visit)
{
	return visit->side[WORKLOAD_READ].count + visit->side[WORKLOAD_WRITE].count;
}

/* --- all --- */

#define MODELLER_LOSSES 32

struct modeller {
	struct modeller_options options;
	struct names names;
	struct tasks tasks;
	struct event_watch watch;
	bool is_seen; /* the watch was told */
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t losses[MODELLER_LOSSES];
	ARRAY(struct text) missing;   /* what could not be seen, as told */
	ARRAY(struct actor *) actors; /* owned */
	ARRAY(struct visit *) visits; /* owned; NULL: folded into its actor's rest */
	struct hash_map by_actor;     /* hash of the id → actor + 1 */
	struct hash_map by_kin;     /* hash of the id, with the name for the thread → actor + 1 */
	struct hash_map by_visit;   /* actor, dev, inode → visit + 1 */
	struct hash_map by_written; /* thread, dev, inode → visit + 1 */
	struct hash_map by_file;    /* dev, inode → file + 1 */
	ARRAY(struct file_known) files;
	uint64_t turn;
	size_t live; /* visits that are not folded */
	uint64_t operations;
	uint64_t bytes;
	uint64_t outside;
	uint64_t crowded;     /* operations of actors there was no room for: nobody of their name */
	uint64_t adopted;     /* the same, which are counted with another's of their name */
	uint64_t stray_syncs; /* of files that the thread did not write to */
	uint64_t copies;      /* from file to file, inside the kernel */
	uint64_t copied_bytes;
	bool is_blind;   /* block requests were not seen */
	uint64_t opened; /* begun before the watch, or not over at its end */
	uint64_t reaped_unseen;
	uint64_t untaken; /* of io_uring, of which it is not known when the program took them */
	uint64_t tallied; /* reads and writes that were counted where they happened; 0: they were
			     not */
	uint64_t files_folded;
};

/* Reads and writes that were not told, by those that were: lost, or left out of a sample. */
double modeller_untold(const struct modeller *modeller);

const struct file_known *modeller_file(const struct modeller *modeller, uint32_t dev,
				       uint64_t inode);

/* --- workload_jobs.c: which of them are alike? --- */

/* What an actor does to files that it treats alike; and the actors that do the same. */
struct lane {
	struct visit sum;
	uint32_t actor;   /* the first */
	uint32_t actors;  /* how many */
	uint32_t visits;  /* how many were summed */
	uint32_t busiest; /* visit */
	uint64_t busiest_count;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t active_ns; /* of all actors */
	struct pace_sums pace;
	struct histogram *pauses;    /* owned; NULL: none */
	struct histogram *intervals; /* owned; NULL: none */
	uint64_t range_sum;
	uint32_t name; /* what the threads are called */
	bool is_alone; /* its actors do nothing else */
	bool are_small;
	struct hash_map files; /* different ones */
};

struct lanes {
	ARRAY(struct lane *) items; /* owned */
};

/* Which lanes there are, like ones together. 0 or -ENOMEM. */
must_check int lanes_make(struct modeller *modeller, struct lanes **ret);
void workload_lanes_free(struct lanes **lanes);

/* --- workload_terms.c: how is a job described? --- */

must_check int terms_make(struct modeller *modeller, const struct lane *lane,
			  struct workload_job *job);

/* How are the places visited? */
enum workload_access order_access(const struct order_sums *sums);
/* What the actor fills up to again and again. */
uint32_t pace_depth(const struct pace_sums *sums);
/* The size of most; 0: none. */
uint64_t sizes_main(const struct sizes *sizes);

/* --- workload_notes.c --- */

must_check int workload_notes_make(const struct modeller *modeller, struct workload *workload);

#endif
