/* Whom or what do the threads of a look wait for? Each kind has a file of its own. */
#ifndef PROBE_RELATIONS_H
#define PROBE_RELATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/looked.h"

struct guard;
struct look_iter;

/* What all kinds need. */
struct relations {
	const struct looked_threads *threads;
	struct guard *guard;
	struct look_iter *iter; /* NULL: /proc is asked */
	const char *root;       /* of /proc and /sys: "", but in tests */
	const struct event_sink *sink;
	uint64_t time_ns;
	struct diag *why;
	/* The descriptors that were found to stand for what threads wait for, by inode. */
	ARRAY(struct look_file) files;
	bool is_blind; /* not all descriptors were seen: that nobody has one cannot be said */
	uint64_t lost; /* relations that are not told, as there are too many */
};

enum {
	RELATION_PEERS_MAX = 16, /* that are told of one thread and kind */
};

/* Find the descriptors, once, for those that need them. */
must_check int relations_find_files(struct relations *relations);
void relations_free(struct relations *relations);

must_check int relations_tell_futexes(struct relations *relations);
must_check int relations_tell_pipes(struct relations *relations); /* and local sockets */
must_check int relations_tell_file_locks(struct relations *relations);
must_check int relations_tell_fuse(struct relations *relations);
must_check int relations_tell_children(struct relations *relations);
must_check int relations_tell_requests(struct relations *relations);
must_check int relations_tell_tracers(struct relations *relations);

/* All of the above. */
must_check int relations_tell(struct relations *relations);

/* Tell one: head, tail and sizes are filled in. name may be cut. */
must_check int relation_tell(const struct relations *relations,
			     const struct event_relation *relation, const char *name);

/* RELATION_GONE, unless there is such a thread. */
uint32_t relation_gone(const struct relations *relations, uint32_t tid);

/* What the descriptor of a thread's process stands for, as /proc shows it: "pipe:[4711]", a path;
 * "" when that is not to be had. */
void relation_name_file(const struct looked *looked, char *name, size_t bytes);

#endif
