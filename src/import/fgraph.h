/*
 * Which calls were made? Rebuilds them from what ftrace's function_graph tracer tells: entries and
 * exits of functions, of all CPUs, in the order of their times. A thread keeps its calls when it
 * moves to another CPU; interrupts are put aside; where entries or exits are missing nothing is
 * guessed.
 */
#ifndef IMPORT_FGRAPH_H
#define IMPORT_FGRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "import/perf_tell.h"

/* What interrupted what: a higher one the lower. */
enum fgraph_level {
	FGRAPH_TASK,
	FGRAPH_SOFT_IRQ,
	FGRAPH_HARD_IRQ,
	FGRAPH_NMI,
};

#define FGRAPH_NOT_TOLD UINT64_MAX

enum {
	FGRAPH_DEPTH_UNKNOWN = -1,
	FGRAPH_CPUS_MAX = 8192,
};

/* An entry or an exit. */
struct fgraph_record {
	uint64_t time_ns;  /* without a clock: the record's place in the file, from 1 on */
	uint64_t function; /* its address, or with options.has_symbols its symbol; of an exit 0: not
			      told */
	/* Of an exit, as the kernel itself says it, or FGRAPH_NOT_TOLD: */
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t duration_ns;
	int64_t result;
	bool has_result;
	uint32_t cpu; /* below FGRAPH_CPUS_MAX */
	uint32_t tid; /* 0: the idle thread of the CPU */
	int32_t depth;
	enum fgraph_level level;
};

struct fgraph_options {
	bool has_symbols; /* functions are told by symbol, not by address */
	bool has_clock;   /* else only durations are known */
};

struct fgraph;

/* out must live as long. *ret is the caller's, to end with fgraph_free(). -ENOMEM. */
must_check int fgraph_new(const struct fgraph_options *options, struct perf_out *out,
			  struct fgraph **ret);
void fgraph_free(struct fgraph **graph);

/* Take the next record; calls that are over are told. -ENOMEM, or as the sink says. */
must_check int fgraph_enter(struct fgraph *graph, const struct fgraph_record *record,
			    struct diag *why);
must_check int fgraph_exit(struct fgraph *graph, const struct fgraph_record *record,
			   struct diag *why);

/* The CPU leaves one thread for another. */
struct fgraph_switch {
	uint64_t time_ns;
	uint32_t cpu;
	uint32_t from_tid;
	uint32_t to_tid;
};

must_check int fgraph_switch(struct fgraph *graph, const struct fgraph_switch *change,
			     struct diag *why);

/*
 * Of this CPU the records between this moment and its next one were lost: told when the moment has
 * come, not when the next record has. count: how many; 0: not known, at least one. At 0 ns: its
 * first records are missing.
 */
must_check int fgraph_lose(struct fgraph *graph, uint32_t cpu, uint64_t time_ns, uint64_t count,
			   struct diag *why);

/* All was taken: tell what is still open. */
must_check int fgraph_finish(struct fgraph *graph, uint64_t end_ns, struct diag *why);

/* What does not fit: see fgraph_finish(). */
struct fgraph_odds {
	uint64_t overlaps; /* calls whose parts sum to more than they lasted */
	uint64_t left_out; /* records of threads or of depths for which there was no room */
};

struct fgraph_odds fgraph_odds(const struct fgraph *graph);

#endif
