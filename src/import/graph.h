/*
 * Which calls were made? Rebuilds them from what ftrace's function_graph tracer tells: entries and
 * exits of functions, of all CPUs, in the order of their times. A thread keeps its calls when it
 * moves to another CPU; interrupts are put aside; where entries or exits are missing nothing is
 * guessed.
 */
#ifndef IMPORT_GRAPH_H
#define IMPORT_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_tell.h"

/* What interrupted what: a higher one the lower. */
enum graph_level {
	GRAPH_TASK,
	GRAPH_SOFT_IRQ,
	GRAPH_HARD_IRQ,
	GRAPH_NMI,
};

#define GRAPH_NOT_TOLD UINT64_MAX

enum {
	GRAPH_DEPTH_UNKNOWN = -1,
	GRAPH_CPUS_MAX = 8192,
};

/* An entry or an exit. */
struct graph_record {
	uint64_t time_ns;  /* without a clock: the record's place in the file, from 1 on */
	uint64_t function; /* its address, or with options.has_symbols its symbol; of an exit 0: not
			      told */
	/* Of an exit, as the kernel itself says it, or GRAPH_NOT_TOLD: */
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t duration_ns;
	int64_t result;
	bool has_result;
	uint32_t cpu; /* below GRAPH_CPUS_MAX */
	uint32_t tid; /* 0: the idle thread of the CPU */
	int32_t depth;
	enum graph_level level;
};

struct graph_options {
	bool has_symbols; /* functions are told by symbol, not by address */
	bool has_clock;   /* else only durations are known */
};

struct graph;

/* out must live as long. *ret is the caller's, to end with graph_free(). -ENOMEM. */
must_check int graph_new(const struct graph_options *options, struct perf_out *out,
			 struct graph **ret);
void graph_free(struct graph **graph);

/* Take the next record; calls that are over are told. -ENOMEM, or as the sink says. */
must_check int graph_enter(struct graph *graph, const struct graph_record *record,
			   struct diag *why);
must_check int graph_exit(struct graph *graph, const struct graph_record *record, struct diag *why);

/* The CPU leaves one thread for another. */
struct graph_switch {
	uint64_t time_ns;
	uint32_t cpu;
	uint32_t from_tid;
	uint32_t to_tid;
};

must_check int graph_switch(struct graph *graph, const struct graph_switch *change,
			    struct diag *why);

/*
 * Of this CPU the records between this moment and its next one were lost: told when the moment has
 * come, not when the next record has. count: how many; 0: not known, at least one. At 0 ns: its
 * first records are missing.
 */
must_check int graph_lose(struct graph *graph, uint32_t cpu, uint64_t time_ns, uint64_t count,
			  struct diag *why);

/* All was taken: tell what is still open. */
must_check int graph_finish(struct graph *graph, uint64_t end_ns, struct diag *why);

/* What does not fit: see graph_finish(). */
struct graph_odds {
	uint64_t overlaps;   /* calls whose parts sum to more than they lasted */
	uint64_t left_out;   /* records of threads or of depths for which there was no room */
};

struct graph_odds graph_odds(const struct graph *graph);

#endif
