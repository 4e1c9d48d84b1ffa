/*
 * What is stuck, and what does it wait for? The report that analyse builds and view shows. As with
 * the verdict, nothing is computed twice: a view lays out what stands here.
 */
#ifndef FINDING_STUCK_H
#define FINDING_STUCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

/* Worst first. */
enum stuck_class {
#define STUCK_CLASS(NAME, id, exit_status, title, advice) STUCK_##NAME,
#include "finding/stuck.def"
#undef STUCK_CLASS
	STUCK_CLASS_COUNT
};

/* The rows of the decision table, those of the worst class first. */
enum stuck_row {
#define STUCK_ROW(NAME, id, CLASS, CAUSE, TOLD, words) ROW_##NAME,
#include "finding/stuck.def"
#undef STUCK_ROW
	STUCK_ROW_COUNT
};

/* "user_lockup". Never NULL, like all texts of the two tables. */
const char *stuck_class_id(enum stuck_class class);
const char *stuck_class_title(enum stuck_class class);
/* "" when there is nothing to do. */
const char *stuck_class_advice(enum stuck_class class);
/* 0: nothing is wrong with such a process; else 10 or more. */
int stuck_class_exit_status(enum stuck_class class);

/* "user_lockup.deadlock" */
const char *stuck_row_id(enum stuck_row row);
const char *stuck_row_words(enum stuck_row row);
enum stuck_class stuck_row_class(enum stuck_row row);
/* CAUSE_UNKNOWN: its stack tells. */
enum cause stuck_row_cause(enum stuck_row row);
/* Is it told of processes that nobody asked for? */
bool stuck_row_is_told(enum stuck_row row);

/* One link of the chain: who waits for the next one, and by what. */
struct stuck_link {
	char who[64];
	uint32_t tid;    /* 0: not a thread */
	char what[16];   /* "futex", "pipe", "mutex", …; of the last one how it stands: "runs",
			    "sleeps",   "blocked", "stopped", "gone", "nobody", "circle", … */
	char detail[96]; /* which one, or in which function; "" when that is not known */
	uint64_t ns;     /* for how long; 0: not known */
};

/* A process that is told. */
struct stuck_process {
	uint32_t pid;
	char name[64];
	enum stuck_row row; /* of the decision table: it says the class */
	enum cause cause;
	char *words; /* owned: which row, and on what evidence, in a sentence */
	uint64_t ns; /* for how long it has stood so; 0: not known */
	struct subject subject;
	ARRAY(struct stuck_link) chain;
	ARRAY(struct text) evidence;
	ARRAY(struct text) advice;
	ARRAY(struct text) log; /* lines of the kernel's log */
};

struct stuck_member {
	char who[64];
	uint32_t tid;
	char holds[96]; /* what the one before it waits for */
	char waits_for[96];
	ARRAY(struct text)
	stack; /* functions of the kernel and then the program, innermost first */
};

struct stuck_deadlock {
	ARRAY(struct stuck_member)
	members;         /* each waits for the next one, the last for the first */
	uint32_t hidden; /* members that are left out: there are too many */
};

/* Threads with the same stack. */
struct stuck_group {
	uint32_t threads;
	char states[8];  /* as ps has them, each once: "DS" */
	uint64_t min_ns; /* how long they have stood so; 0: not known */
	uint64_t max_ns;
	ARRAY(struct text) names; /* the commonest, their numbers folded */
	uint32_t more_names;
	ARRAY(struct text) kernel; /* functions, innermost first */
	ARRAY(struct text) user;
};

struct stuck_report {
	enum target_kind target;
	char name[64];
	uint32_t pid;
	uint32_t looks;
	uint64_t looked_ns;                    /* between the first and the last look */
	uint32_t threads;                      /* seen at the last one */
	uint32_t processes_seen;               /* with kernel threads */
	uint32_t counts[STUCK_CLASS_COUNT];    /* of these, told or not */
	ARRAY(struct stuck_process) processes; /* the worst first */
	uint32_t hidden_processes;             /* that would be told, but are too many */
	ARRAY(struct stuck_deadlock) deadlocks;
	uint32_t hidden_deadlocks;
	ARRAY(struct stuck_group) groups; /* what matters most first */
	uint32_t hidden_groups;           /* that are left out */
	uint32_t idle_kernel_threads;     /* that are left out */
	ARRAY(struct loss_count) losses;
	ARRAY(struct text) not_seen;
	ARRAY(struct text) how;
	bool was_interrupted;
	int exit_status;
};

void stuck_report_free(struct stuck_report **report);

#endif
