/*
 * Which code burnt the CPU, called from where, in which threads? The profile that analyse builds
 * and view shows. As with the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_PROFILE_H
#define FINDING_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

/* What tells the rows of the table apart. */
enum profile_key {
	PROFILE_COMM,   /* the thread's name when it was seen */
	PROFILE_POOL,   /* the same with its numbers folded: see struct profile_pool */
	PROFILE_DSO,    /* program, library or kernel module */
	PROFILE_SYMBOL, /* function */
	PROFILE_KEY_COUNT,
};

struct profile_keys {
	enum profile_key items[PROFILE_KEY_COUNT]; /* in the order in which they are shown */
	size_t count;
};

/* "comm", "pool", "dso", "symbol". Never NULL. */
const char *profile_key_name(enum profile_key key);

/* Read "comm,dso,symbol": each key at most once, at least one. -EINVAL. */
must_check int profile_keys_read(const char *text, struct profile_keys *ret);

enum profile_unit {
	PROFILE_NS,    /* amounts are nanoseconds */
	PROFILE_COUNT, /* amounts are counts of the sampler's event */
};

/* What a frame of the tree or a row of the table stands for. */
enum profile_frame_kind {
	FRAME_THREADS,  /* threads of one name, or of one pool: the root's children */
	FRAME_USER,     /* a function of a program or library */
	FRAME_KERNEL,   /* a function of the kernel or of a module */
	FRAME_BLOCKED,  /* wall clock only: it did not run; name is what it waited for, module the
			   cause's id; name "": not known */
	FRAME_RUNNABLE, /* wall clock only: it waited for a CPU */
	FRAME_WAKER, /* waits only: who ended the wait; module: the device whose request it was */
};

/* A name, kept once; rows and nodes have its index. */
struct profile_frame {
	enum profile_frame_kind kind;
	const char *name;   /* as the traced system calls it: any bytes; "": not known */
	const char *module; /* file or kernel module; "": the kernel itself, or not known */
	const char *place;  /* "file.c:123" of the function, where known; else "" */
};

struct profile_row {
	uint32_t threads; /* frame of kind FRAME_THREADS (without names: of the pool); UINT32_MAX:
			     of all */
	uint32_t frame;   /* UINT32_MAX: rows are not told apart by function or file; its name or
			     module is "" where they are not by that */
	uint64_t self;
	uint64_t total; /* with all it called; a sample counts once however often it recurses */
	uint64_t self_samples;
	uint64_t total_samples;
	double self_share; /* of the profile's amount */
	double total_share;
	uint32_t pool; /* frame of kind FRAME_THREADS; UINT32_MAX: not told apart by pool */
};

/* A call path's end. Nodes are in depth-first order, a node's children by falling total, then name:
 * the first child of node i, if it has any, is i + 1. */
struct profile_node {
	uint32_t frame;
	uint32_t depth; /* 0: the root, which stands for all */
	uint32_t next;  /* its next sibling's index; 0: none */
	uint64_t self;
	uint64_t total;
	uint64_t samples;
	double share;          /* total, of the profile's amount */
	int64_t before_total;  /* in a comparison: the other profile's total, on this one's scale;
				  else 0 */
	uint64_t self_samples; /* that ended here, and those of callees too small to show */
};

/* Threads that do one kind of work, known by their names: z_rd_int_0 … z_rd_int_7. */
struct profile_pool {
	char name[64]; /* "z_rd_int_*" */
	uint32_t threads;
	uint32_t born; /* of them, during the watch */
	uint32_t died;
	bool is_kernel;
	uint64_t run_ns; /* exact where the scheduler was seen, else by samples: see pools_are_exact
			  */
	uint64_t user_ns;
	uint64_t kernel_ns;
	double cpu_share; /* run_ns of the window times all CPUs */
};

struct profile;

/* Is told each node of a tree, in the order of the nodes; < 0: it wants no more. */
typedef int (*profile_taker)(void *self, const struct profile *profile,
			     const struct profile_node *node);

/* Whoever tells a tree that is too large to be kept. */
struct profile_teller {
	int (*tell)(struct profile_teller *teller, profile_taker take, void *self);
	void (*end)(struct profile_teller *teller); /* with the profile */
};

struct profile {
	/* Of what. */
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint64_t window_ns;
	uint32_t cpus;
	bool is_wall;  /* blocked and runnable time is in it */
	bool is_waits; /* wall clock only: nothing but waits is in it; samples are waits */
	char sampler[64];
	enum profile_unit unit;
	char by[64];              /* what tells the rows apart: "comm,dso,symbol" */
	struct profile_keys keys; /* the same */
	double min_share;         /* what is below is in hidden_rows only */

	uint64_t amount; /* of all samples, in its unit */
	uint64_t samples;
	uint64_t lost_samples;
	uint64_t hidden_rows; /* rows and nodes below the least share */
	bool pools_are_exact;
	bool is_compared;    /* before_total is told */
	double before_scale; /* in a comparison: this amount by the other's, or 1 */

	ARRAY(struct profile_frame) frames;
	ARRAY(struct profile_row)
	rows; /* by falling self, then total, then names: always the same order */
	ARRAY(struct profile_node) nodes; /* [0] is the root */
	struct profile_teller *teller;    /* NULL: the tree is in nodes */
	ARRAY(struct profile_pool) pools; /* by falling run_ns, then name */
	ARRAY(struct text) notes; /* what to know before believing it: skid, no PMU, lost samples */
	void *names;              /* memory of the frames' texts: profile_free() ends it */
};

/*
 * Tell all nodes of the tree. Where it is not kept they are made while they are told: a node's
 * frame is in profile->frames when the node is told, not before, and `next` is not known. 0,
 * -ENOMEM, or what the taker said.
 */
must_check int profile_each_node(const struct profile *profile, profile_taker take, void *self);

/* All profiles of one stream, one for each sampler, in the order in which they were told. */
struct profiles {
	ARRAY(struct profile *) items;
};

/*
 * Add a frame with texts of the profile's own; its index, or UINT32_MAX when memory is out. That it
 * is not there already is the caller's care.
 */
must_check uint32_t profile_add_frame(struct profile *profile, enum profile_frame_kind kind,
				      const char *name, const char *module);

/* A copy of the text that lives as long as the profile; NULL when memory is out. */
const char *profile_keep_text(struct profile *profile, const char *text);

/* Tell where the frame's function is in its source. 0 or -ENOMEM. */
must_check int profile_set_place(struct profile *profile, uint32_t frame, const char *place);

/* "threads", "user", "kernel", "blocked", "runnable", "waker". */
const char *profile_frame_kind_name(enum profile_frame_kind kind);

/* Where there is no place for a second sampler (folded stacks, flame graphs): the first that saw
 * something, else the first. */
struct profile **profiles_first_seen(const struct profiles *profiles);

void profile_free(struct profile **profile);
void profiles_free(struct profiles *profiles);

#endif
