/* Who is charged with how much? Time by cause and by whom it is blamed on. */
#ifndef ANALYSE_LEDGER_H
#define ANALYSE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/histogram.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "finding/finding.h"

enum blame_kind {
	BLAME_NOBODY,
	BLAME_CPU,     /* what a process did on a CPU: id is its name */
	BLAME_PROCESS, /* id: its name */
	BLAME_DEVICE,  /* id: device number */
	BLAME_LOCK,    /* id: label; holder: process name */
	BLAME_FUTEX,   /* id: user address; holder */
	BLAME_FILE,    /* id: file; holder */
	BLAME_WAIT,    /* id: label of what was waited for */
	BLAME_CGROUP,  /* id: its path */
	BLAME_CYCLE,   /* id: name of the cycle */
	BLAME_REST,    /* all that there was no room to tell apart */
};

struct blame {
	enum blame_kind kind;
	uint32_t holder; /* name; of an unsplit run: the thread's index */
	uint64_t id;
};

/*
 * A cause beside the causes: a run that had not ended when it was charged, so that its parts in
 * user and kernel are not known yet. The verdict splits it as all runs of that thread.
 */
#define CAUSE_RUN_UNSPLIT CAUSE_COUNT

/* In which wait: which call, which file, which function. */
struct detail {
	uint16_t class_id;
	int16_t syscall;
	uint32_t file;
};

struct charge {
	unsigned int cause; /* enum cause or CAUSE_RUN_UNSPLIT */
	struct blame blame;
	struct detail detail;
	uint32_t path;
	uint32_t tgid;   /* of the process at the end of the chain */
	bool is_outside; /* that process is not of the target */
	uint64_t ns;
	/* One wait can be charged in parts: these two tell which. Charges of forgotten waits have
	 * count > 0 instead. */
	uint64_t wait_start_ns;
	uint32_t wait_thread;
	uint64_t count;
	uint64_t longest_ns;
};

#define ENTRY_SLOTS 8

struct path_slot {
	uint32_t path;
	uint64_t ns;
};

struct detail_slot {
	struct detail detail;
	uint64_t ns;
	uint64_t count;
};

/* A row of the ledger; it becomes a finding. */
struct entry {
	unsigned int cause;
	struct blame blame;
	uint64_t ns;
	uint32_t tgid;
	bool has_many_processes;
	bool is_outside;
	struct histogram waits;
	uint64_t forgotten_count; /* waits whose single durations are forgotten */
	uint64_t forgotten_longest_ns;
	struct path_slot paths[ENTRY_SLOTS];
	struct detail_slot details[ENTRY_SLOTS];
	/* The wait being charged. */
	uint64_t open_start_ns;
	uint64_t open_ns;
	uint32_t open_thread;
};

/* Zero is a valid empty ledger. */
struct ledger {
	ARRAY(struct entry) entries; /* in order of first charge */
	struct hash_map by_key;
};

must_check int ledger_charge(struct ledger *ledger, const struct charge *charge);
/* Count the waits that are still being charged: before their histograms are read. */
void ledger_settle(struct ledger *ledger);
/* Move part_ns of the time of the entry at this place to another cause with the same kind of blame.
 */
must_check int ledger_move(struct ledger *ledger, size_t place, enum cause cause, uint64_t part_ns);
/* Time charged to a cause, whoever is blamed. */
uint64_t ledger_sum(const struct ledger *ledger, enum cause cause);

void ledger_free(struct ledger *ledger);

#endif
