/* What is known of the calls so far? Inner to the analysis of calls. */
#ifndef ANALYSE_CALL_GRAPH_STATE_H
#define ANALYSE_CALL_GRAPH_STATE_H

#include "analyse/call_graph.h"
#include "analyse/histogram.h"
#include "analyse/names.h"
#include "base/array.h"
#include "base/hash.h"

enum {
	CALL_NODES_MAX = 1 << 21,
	CALL_SYMBOLS_MAX = 1 << 20,    /* numbers of symbols: those above are not told apart */
	CALL_HISTOGRAMS_MAX = 1 << 14, /* 5 KB each */
	CALL_PENDING_MAX = 1 << 16,    /* calls of one thread that are held */
	CALL_PENDING_ALL_MAX = 1 << 20,
	CALL_STEPS_MAX = 2000, /* of one call's tree */
	CALL_EACH_MAX = 10000,
};

#define CALL_NODE_NONE UINT32_MAX

/* A function, as the stream names it. */
struct call_function {
	uint32_t name;   /* names; 0: not known */
	uint32_t module; /* names; 0: the kernel itself */
	struct call_count count;
	uint64_t self_ns;
	uint64_t off_ns;
	uint64_t unknown_ns;
	struct histogram *histogram; /* owned; NULL: there was no room, or nothing in it */
};

/* What the children of the root stand for. */
enum call_group_kind {
	CALL_GROUP_THREADS, /* of one name */
	CALL_GROUP_SOFT_IRQ,
	CALL_GROUP_HARD_IRQ,
	CALL_GROUP_NMI,
};

/* A path's end. Function UINT32_MAX: it is not known yet, or never will be. */
struct call_node {
	uint32_t parent; /* CALL_NODE_NONE: a group, or not known */
	uint32_t group;
	uint32_t function;
	bool is_group; /* function is then an enum call_group_kind, group the threads' name */
	struct call_count count;
	uint64_t self_ns;
	uint64_t off_ns;
	uint64_t unknown_ns;
};

/* Paths, and how they hang together. */
struct call_nodes {
	ARRAY(struct call_node) items;
	struct hash_map by_key;
	uint64_t refused; /* calls of paths for which there was no room */
};

/* A call that is over, held until it is known whether it is of interest. */
struct call_held {
	uint64_t start_ns;
	uint64_t duration_ns;
	uint64_t irq_ns;
	uint64_t self_ns;
	uint64_t off_ns; /* with what it called */
	uint64_t self_off_ns;
	uint64_t unknown_ns;
	uint32_t function;
	uint32_t depth;
	uint32_t flags; /* enum call_flags */
	uint32_t cpu;
};

/* Those of a thread, or of the interrupts of one kind in it, as they ended: each behind the calls
 * that it made. */
struct call_pending {
	uint32_t tid;
	ARRAY(struct call_held) items;
};

struct call_graph {
	struct call_graph_options options;
	struct names names;
	ARRAY(struct call_function) functions;
	struct hash_map by_name;   /* pair of name and module → function */
	ARRAY(uint32_t) by_symbol; /* function + 1 */
	size_t histograms;
	struct hash_map comms; /* tid → name */
	/* The group of the last call: most calls are of the same thread as the one before. */
	uint32_t last_tid;
	uint32_t last_kind;
	uint32_t last_group; /* CALL_NODE_NONE: none */
	struct call_nodes nodes;
	uint32_t wanted_name; /* names: of options.function; 0: all are wanted */

	/* Of the function: */
	ARRAY(struct call_pending) pendings;
	struct hash_map pending_by_key;
	size_t held;
	uint64_t forgotten; /* of them, for want of room */
	ARRAY(struct call_one) slowest;
	ARRAY(struct call_one) each;
	uint64_t untold;  /* calls that had no room in each */
	uint64_t shorter; /* calls of the function that are left out */

	struct event_watch watch;
	uint64_t begin_ns;
	uint64_t now_ns;
	uint64_t calls;
	uint64_t group_ns[CALL_GROUP_NMI + 1]; /* outermost calls of interrupts */
	bool has_switches;
	bool has_times;
	struct call_losses losses;
	ARRAY(struct text) how;
	ARRAY(struct text) missing;
};

static inline bool call_is_timed(uint32_t flags)
{
	return !(flags & CALL_AT_LEAST);
}

/* One more call of the duration. */
void call_count_add(struct call_count *count, uint32_t flags, uint64_t net_ns);

/* The node of that key, made as a stranger's where it is new; CALL_NODE_NONE: no room (counted).
 * -ENOMEM. */
must_check int call_nodes_put(struct call_nodes *nodes, uint64_t key, uint32_t *ret);

/* The node of the threads of that name, or of interrupts. */
must_check int call_nodes_group(struct call_nodes *nodes, enum call_group_kind kind, uint32_t name,
				uint32_t *ret);

void call_nodes_free(struct call_nodes *nodes);

/* --- of one function --- */

/* Hold the call, and judge those that it ends, if it does. -ENOMEM. */
must_check int call_pending_take(struct call_graph *graph, const struct event_call *call,
				 uint32_t function);
void call_pending_free(struct call_graph *graph);

/*
 * A call of the function is known with all it made: they are in front of it. Its own place is the
 * last one.
 */
must_check int call_single_take(struct call_graph *graph, uint32_t tid,
				const struct call_held *calls, size_t count);

/* --- the report --- */

/* frames: of the tree, by function: those of the same function are one. */
must_check int call_report_make_tree(const struct call_graph *graph, struct call_report *report,
				     struct hash_map *frames);
must_check int call_report_note(const struct call_graph *graph, struct call_report *report);

/* Add what each function's calls took with all they called, those in another of its own left out.
 */
must_check int call_report_totals(const struct call_graph *graph, uint64_t *totals);

/* The profile's frame of a function: made once. */
must_check int call_report_frame(const struct call_graph *graph, struct profile *profile,
				 struct hash_map *frames, uint32_t function, uint32_t *ret);

#endif
