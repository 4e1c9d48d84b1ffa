/*
 * What would function_graph have recorded? A machine whose threads call functions, move from CPU to
 * CPU and are interrupted, by lot: what truly happened is known.
 */
#ifndef TESTS_UNIT_IMPORT_STORY_H
#define TESTS_UNIT_IMPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "import/fgraph.h"

enum {
	STORY_CPUS = 4,
	STORY_TASKS = 9,      /* threads; each CPU has an idle one as well */
	STORY_TID = 100,      /* of the first */
	STORY_FUNCTIONS = 12, /* from 1 on */
	STORY_DEPTH = 12,
};

#define STORY_ADDRESS(function) (UINT64_C(0xffffffff81000000) + (uint64_t)(function)*0x100)

enum story_kind {
	STORY_ENTRY,
	STORY_EXIT,
	STORY_SWITCH,
};

struct story_record {
	enum story_kind kind;
	uint32_t cpu;
	uint32_t tid;
	uint32_t next_tid; /* of a switch */
	uint32_t function;
	int32_t depth;
	enum fgraph_level level;
	uint64_t time_ns;
	uint64_t start_ns; /* of an exit, as the kernel tells it */
	uint64_t end_ns;
	bool is_lost;    /* the kernel had no room, and says so */
	bool is_missing; /* it is not there, and nobody says so */
};

struct story_call {
	uint32_t function;
	uint32_t tid;
	uint32_t cpu; /* of idle threads */
	int parent;   /* place; -1: none */
	int32_t depth;
	enum fgraph_level level;
	uint64_t start_ns;
	uint64_t end_ns;   /* 0: it has not ended */
	uint64_t entry_ns; /* of its record */
	uint64_t self_ns;
	uint64_t irq_ns;
	uint64_t off_ns;
};

struct story {
	ARRAY(struct story_record) records; /* in order of time */
	ARRAY(struct story_call) calls;
	uint64_t end_ns;
};

struct story_options {
	uint64_t seed;
	size_t steps;
	bool has_times; /* exits tell when the kernel saw the call begin and end */
	bool has_edges; /* interrupts come between these times and the records */
	bool has_interrupts;
	bool has_switches; /* are recorded */
};

void story_make(const struct story_options *options, struct story *ret);
void story_free(struct story *story);

/* Lose so many stretches of records, each of one CPU. */
void story_lose(struct story *story, uint64_t seed, size_t stretches);

/* A number by lot, below limit. */
uint64_t story_lot(uint64_t *seed, uint64_t limit);

#endif
