/* What does a profiler know? All its parts in one place. */
#ifndef ANALYSE_PROFILE_STATE_H
#define ANALYSE_PROFILE_STATE_H

#include "analyse/classify.h"
#include "analyse/dense.h"
#include "analyse/names.h"
#include "analyse/pools.h"
#include "analyse/profile.h"
#include "analyse/profile_stacks.h"

/* All samples of threads of one name with one kernel and one user stack. */
struct aggregate {
	uint32_t comm;   /* names */
	uint32_t kernel; /* contents; the user stack calls the kernel's */
	uint32_t user;
	uint32_t samples;
	uint64_t weight;
};

#define AGGREGATES_MAX ((size_t)1 << 24)

/* Zero is a valid empty set. */
struct aggregates {
	ARRAY(struct aggregate) items;
	struct dense index;
	uint64_t weight;  /* of all */
	uint64_t samples; /* of all */
	uint64_t refused; /* whose weights no sum could hold */
	uint64_t crowded; /* that stand without their stacks, for want of room */
	size_t limit;     /* of kinds of samples with stacks; 0: AGGREGATES_MAX */
	size_t *room;     /* for kinds of samples with stacks, shared with others; NULL: limit */
	uint32_t crowd;   /* content: stands for their stacks; 0: nothing does */
};

/* Add what it stands for; 0 or -ENOMEM. */
must_check int aggregates_add(struct aggregates *aggregates, const struct aggregate *amount);
/* Only what all of them sum to stays. */
void aggregates_forget(struct aggregates *aggregates);
void aggregates_free(struct aggregates *aggregates);

/* A row of the table, as it grows. */
struct sum {
	uint32_t group; /* names: what stands in the row's first columns */
	uint32_t pool;
	uint32_t item;  /* function, as far as the keys tell it apart */
	uint32_t stamp; /* of the last aggregate counted in the total */
	uint64_t self;
	uint64_t total;
	uint64_t self_samples;
	uint64_t total_samples;
};

/* Zero is a valid empty set. */
struct sums {
	ARRAY(struct sum) items;
	struct dense index; /* by group and item */
};

/* A call path that forgotten stacks had. */
struct twig {
	uint32_t caller;   /* twig */
	uint32_t function; /* below the root: a group of threads */
	uint32_t first;    /* what it calls; 0: nothing is kept */
	uint32_t next;     /* what else its caller calls; 0: nothing */
	uint64_t total;
	uint64_t samples : 63;
	uint64_t is_cut  : 1; /* of some of them it is not known what they called */
};

/* What makes one doubt a profile: sums over its samples. */
struct doubts {
	struct hash_map skids; /* names: function that turns interrupts on → weight */
	uint64_t user_samples; /* with a user stack */
	uint64_t alone;        /* of them those with one frame */
};

/* What is kept of samples whose stacks were forgotten. Zero: nothing was. */
struct folded {
	struct sums sums;
	ARRAY(struct twig) twigs; /* [0] is the root */
	struct dense by_path;     /* by caller and function */
	struct doubts doubts;
};

#define SAMPLERS_MAX 64u

struct sampler {
	uint32_t id;
	enum profile_unit unit;
	uint32_t name; /* names; 0: as the facts say */
	struct aggregates aggregates;
	struct folded folded; /* what aggregates no longer has */
	uint64_t idle_weight;
	uint64_t unstacked; /* samples whose stack was not told */
};

/* A wait of a thread whose system call has not ended. */
struct held_wait {
	uint32_t kernel; /* content */
	int32_t syscall;
	uint32_t count; /* of waits; none where only time counts */
	uint64_t ns;
};

#define HELD_WAITS_MAX 32u

struct task {
	uint32_t tid;
	uint32_t tgid;  /* 0: not told */
	uint32_t comm;  /* of a kernel worker: with the workqueue that it works for */
	uint32_t role;  /* name: what its title says that it is there for; 0: that is not told */
	uint32_t flags; /* enum task_flags */
	bool is_used;
	bool is_dead;
	bool has_usage;
	bool is_told; /* by a TASK */
	uint64_t birth_ns;
	uint64_t death_ns;
	uint64_t cursor_ns; /* wall: time before it is accounted; 0: not begun */
	uint64_t gap_ns;    /* wall: of it, time of which nothing was told */
	uint64_t run_ns;    /* by spans */
	uint64_t run_kernel_ns;
	uint64_t sample_ns;
	uint64_t sample_kernel_ns;
	struct event_usage usage;
	struct held_wait *held; /* owned; NULL: none yet */
	uint32_t held_count;
};

struct pool_sum {
	uint32_t name;
	uint32_t threads;
	uint32_t born;
	uint32_t died;
	bool is_kernel;
	uint64_t run_ns;
	uint64_t user_ns;
	uint64_t kernel_ns;
};

/* Dead threads are kept for what is told of them late. */
#define DEAD_KEPT 4096u
#define TASKS_MAX (1u << 18)

struct threads {
	ARRAY(struct task) tasks;
	ARRAY(uint32_t) free;     /* places in tasks */
	struct hash_map by_tid;   /* place + 1 */
	uint32_t dead[DEAD_KEPT]; /* ring of places, oldest first */
	uint32_t dead_head;
	uint32_t dead_count;
	ARRAY(struct pool_sum) pools;
	struct hash_map by_pool; /* place in pools + 1 */
	uint64_t refused;
	bool has_spans;
	bool has_usage;
};

/* Wall time, beside that of samples. */
struct wall {
	struct classes classes;
	struct aggregates aggregates; /* what was not running */
	struct hash_map run_by_comm;  /* time that its samples stand for */
	struct hash_map last_calls;   /* thread and system call → its last user stack's content */
	uint32_t runnable;            /* content, when it was met */
	uint32_t unknown;
	bool is_seen; /* it was told what threads did */
};

struct profiler {
	struct profiler_options options;
	struct names names;
	struct stacks stacks;
	struct threads threads;
	struct wall wall;
	ARRAY(struct sampler) samplers;
	struct sampler nobody; /* where there was no sampler */
	size_t room;           /* for kinds of samples and waits, where that is bounded */
	bool has_imported;     /* another tool's sampler was told */
	bool is_finished;
	bool is_cut;  /* a profile lacks what was forgotten */
	bool is_seen; /* a WATCH */
	bool has_ended;
	struct event_watch watch;
	uint64_t end_ns;
	uint64_t now_ns;
	uint64_t lost_samples;
	uint64_t lost_stacks;
	uint64_t lost_other;
	uint32_t how_sampled;     /* names: what the facts say */
	uint32_t no_kernel_names; /* names: why there are none */
	uint32_t clock;           /* names: the kernel's clock source */
	uint32_t hypervisor;      /* names: its kind */
	uint32_t not_seen[3];     /* names: what the stacks lack */
};

/* Are the thread's samples and spans of the profile? */
bool profiler_wants(const struct profiler *profiler, const struct task *task);

/* --- profile_threads.c --- */

/* The thread with this number; NULL: none was told. */
struct task *threads_find(const struct threads *threads, uint32_t tid);
/* The thread with this number, made when it was not told. 1 and *ret; 0: no room; -ENOMEM. */
must_check int threads_get(struct profiler *profiler, uint32_t tid, struct task **ret);
must_check int threads_take_task(struct profiler *profiler, const struct event_task *event);
must_check int threads_take_title(struct profiler *profiler, const struct event_title *event);
must_check int threads_take_end(struct profiler *profiler, const struct event_task_end *event);
/* All threads that still live give up what they know. */
must_check int threads_finish(struct profiler *profiler);
void threads_free(struct threads *threads);

/* --- profile_pools.c --- */

must_check int pools_add(struct profiler *profiler, const struct task *task);
must_check int pools_tell(const struct profiler *profiler, struct profile *profile);

/* --- profile_held.c --- */

/*
 * Add a wait, or a part of one: its content stands below the user stack of its system call, which
 * is told when that call ends, and not of each. Until then it is held; one that no one tells the
 * end of stands under the stack that the thread's last such call had.
 */
must_check int held_add(struct profiler *profiler, struct task *task, const struct held_wait *wait);
must_check int held_take_syscall(struct profiler *profiler, struct task *task,
				 const struct event_syscall *event);
/* No call will be told any more. */
must_check int held_let_go(struct profiler *profiler, struct task *task);

/* --- profile_wall.c --- */

/* The frame that says what a wait of that kind is for. */
must_check int blocked_frame(struct profiler *profiler, const struct class *class, uint32_t *ret);
must_check int wall_take_run(struct profiler *profiler, struct task *task,
			     const struct event_run *event);
must_check int wall_take_wait(struct profiler *profiler, struct task *task,
			      const struct event_wait *event);
must_check int wall_take_queue(struct profiler *profiler, struct task *task,
			       const struct event_queue *event);
/* The thread is no more, or the watch. */
must_check int wall_close(struct profiler *profiler, struct task *task);
/*
 * Samples and what was not running as one list, in which some may be alike; *ret is the caller's,
 * to end with aggregates_free(). Where trees are told the samples' list becomes it.
 */
must_check int wall_merge(struct profiler *profiler, struct aggregates *samples,
			  struct aggregates *ret);
void wall_free(struct wall *wall);

/* --- profile_make.c and its parts --- */

/* What the parts of one profile are made from. */
struct making {
	struct profiler *profiler;
	struct profile *profile;
	const struct sampler *sampler;
	const struct aggregates *aggregates;
	struct folded *folded;        /* what belongs to them; NULL: nothing */
	bool keys[PROFILE_KEY_COUNT]; /* which of them tell rows apart */
	uint32_t *pools; /* by name of a thread: its pool's name; NULL: no pool is asked for */
	uint32_t *
		order; /* places in aggregates, those of one group together; the tree's to change */
	size_t count;
	struct hash_map told; /* functions and groups → index in the profile + 1 */
};

/* The threads that are one branch of the tree: their name, or their pool's where only that counts.
 */
static inline uint32_t making_group(const struct making *making, uint32_t comm)
{
	return making->keys[PROFILE_POOL] && !making->keys[PROFILE_COMM] ? making->pools[comm]
									 : comm;
}

/* The index in the profile of a function, or of a group of threads. 0 or -ENOMEM. */
must_check int making_frame(struct making *making, uint32_t function, uint32_t *ret);
must_check int making_threads(struct making *making, uint32_t name, uint32_t *ret);
/* <0: the first function's name comes before the other's. */
int making_compare(const struct making *making, uint32_t one, uint32_t other);

/* Know the keys, the pools, and the order of the aggregates' groups. -ENOMEM. */
must_check int making_begin(struct making *making);
void making_end(struct making *making);

/* Make that part of the profile; in this order, the table first. */
must_check int table_make(struct making *making);
must_check int tree_make(struct making *making);
must_check int notes_make(const struct making *making);
/* The whole tree, node by node, whatever the profile leaves out. */
must_check int tree_tell(struct making *making, profile_taker take, void *self);

/* Put the aggregates into making->folded; in this order. */
must_check int table_fold(struct making *making);
must_check int tree_fold(struct making *making);
must_check int notes_fold(const struct making *making);

/* --- profile_fold.c --- */

/* Put all samples into what is kept when stacks are forgotten, and forget these. -ENOMEM. */
must_check int profiler_fold(struct profiler *profiler);
/* Would what is kept now be so few samples that what will be shown could not be told from what will
 * not? */
bool profiler_folds_early(const struct profiler *profiler);
void folded_free(struct folded *folded);

#endif
