/* Who are the threads, and which code have their processes mapped? What perf's records of tasks and
 * mappings tell, told on when it is of use. */
#ifndef IMPORT_PERF_TASKS_H
#define IMPORT_PERF_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "import/perf_bytes.h"
#include "import/perf_input.h"
#include "import/perf_tell.h"

enum {
	PERF_TASKS_MAX = 1 << 20,
	PERF_MAPS_BYTES_MAX = 64 << 20,
};

/* A mapping as it will be told; the one before it in the same process. Never changed or freed
 * before the end, so that a forked process can go on with its parent's. */
struct perf_map {
	const struct perf_map *before;
	struct event_mapping event;
};

struct perf_map_slot {
	struct perf_map *map; /* owned */
};

struct perf_task {
	uint32_t tid;
	uint32_t tgid;
	uint32_t parent_tgid;
	bool is_known; /* a record named it */
	bool has_line; /* its descent is known */
	bool is_kernel;
	bool is_target;
	bool is_told; /* as it is now */
	bool is_dead;
	bool has_stacks; /* with the generation as it is */
	uint64_t birth_ns;
	char comm[16];
	/* Of the process, when tid == tgid: */
	const struct perf_map *maps; /* the newest */
	const struct perf_map *maps_told;
	uint32_t generation;
};

/* A file's, as perf's header tells it. */
struct perf_build_id {
	uint8_t bytes;
	uint8_t id[24];
	char *path; /* owned */
};

/* Born zero. */
struct perf_tasks {
	ARRAY(struct perf_task) items;
	struct hash_map by_tid;           /* tid → index */
	ARRAY(struct perf_map_slot) maps; /* all */
	size_t maps_bytes;
	ARRAY(struct perf_build_id) build_ids;
	struct hash_map by_path; /* hash of a path → index of its build-id */
	struct perf_task kernel; /* its mappings */
	bool all_are_targets;    /* of the watch */
	uint64_t unnamed;        /* threads for which there was no room */
	uint64_t left_out;       /* mappings for which there was no room */
};

/* A file's build-id as perf's header tells it, for mappings that do not have one. */
must_check int perf_tasks_build_id(struct perf_tasks *tasks, struct perf_bytes body, uint16_t misc);

/* Take records, without head and trailer. */
must_check int perf_tasks_comm(struct perf_tasks *tasks, struct perf_bytes body, uint16_t misc,
			       uint64_t time_ns, struct perf_out *out, struct diag *why);
must_check int perf_tasks_fork(struct perf_tasks *tasks, struct perf_bytes body, uint64_t time_ns,
			       struct perf_out *out, struct diag *why);
must_check int perf_tasks_exit(struct perf_tasks *tasks, struct perf_bytes body, uint64_t time_ns,
			       struct perf_out *out, struct diag *why);
/* The kernel's own mapping is also put into *kernel. */
struct perf_kernel;
must_check int perf_tasks_map(struct perf_tasks *tasks, const struct perf_record *record,
			      struct perf_bytes body, struct perf_kernel *kernel, struct diag *why);

/*
 * A thread is going to be spoken of: tell it, if that was not done. pid: its process; 0: not known.
 * in_user: it was seen outside of the kernel.
 */
must_check int perf_tasks_seen(struct perf_tasks *tasks, uint32_t pid, uint32_t tid, bool in_user,
			       struct perf_out *out, struct diag *why);

/* A name that another record gave: used when nothing better is known. */
must_check int perf_tasks_hint(struct perf_tasks *tasks, uint32_t tid, const char comm[16],
			       struct perf_out *out, struct diag *why);

/* The mappings of a process (0: of the kernel) are going to be needed: tell those that were not,
 * and say in which generation they are. */
must_check int perf_tasks_mappings(struct perf_tasks *tasks, uint32_t tgid, struct perf_out *out,
				   uint32_t *ret_generation, struct diag *why);

/* The name of a thread as far as it is known, or "". */
const char *perf_tasks_name(const struct perf_tasks *tasks, uint32_t tid);

void perf_tasks_free(struct perf_tasks *tasks);

#endif
