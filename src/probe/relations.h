/* Whom or what do the threads of a look wait for? Each kind has a file of its own. */
#ifndef PROBE_RELATIONS_H
#define PROBE_RELATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "host/polled.h"
#include "probe/looked.h"

struct guard;
struct mounts;
struct look_iter;

/* A thread that polls, and what. */
struct polling {
	const struct looked *looked;
	struct polled polled;
};

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
	ARRAY(struct polling) polling;
	struct hash_map peers; /* inode of a socket → its peer's; 0: none */
	bool is_blind; /* not all descriptors were seen: that nobody has one cannot be said */
	uint64_t lost; /* relations that are not told, as there are too many */
};

enum {
	RELATION_PEERS_MAX = 16, /* that are told of one thread and kind */
};

/* Find the descriptors, once, for those that need them. */
must_check int relations_find_files(struct relations *relations);
/* Before that: find what is polled, and which sockets are connected. */
must_check int relations_find_polled(struct relations *relations);
must_check int relations_find_peers(struct relations *relations);
void relations_free(struct relations *relations);

must_check int relations_tell_futexes(struct relations *relations);
must_check int relations_tell_pipes(struct relations *relations); /* and local sockets */
must_check int relations_tell_file_locks(struct relations *relations);
must_check int relations_tell_fuse(struct relations *relations);
must_check int relations_tell_children(struct relations *relations);
must_check int relations_tell_requests(struct relations *relations);
must_check int relations_tell_tracers(struct relations *relations);
must_check int relations_tell_frozen(struct relations *relations);
must_check int relations_tell_polled(struct relations *relations);

/* May a frozen file system hold it? */
bool relations_may_be_frozen(const struct looked *looked);
/* Does it wait for any of several descriptors? */
bool relations_is_polling(const struct looked *looked);

/* Who holds the end that has to act, so that one who sleeps on this pipe or socket gets on. */
struct other_end {
	struct look_key key;
	uint32_t access; /* that a holder must have: 1 to read, 2 to write */
};

/* false: it is no pipe and no socket whose other end is here. */
bool relations_other_end(const struct relations *relations, const struct polled_file *file,
			 struct other_end *ret);

/* The holders: their processes, each once, in order. */
struct holders {
	uint32_t tgids[RELATION_PEERS_MAX];
	uint32_t count;
	uint32_t more; /* that found no room */
	bool has_own;  /* the thread's own process is one more */
};

void relations_holders(const struct relations *relations, const struct other_end *end,
		       uint32_t own_tgid, struct holders *ret);

/* All of the above. */
must_check int relations_tell(struct relations *relations);

/* Tell one: head, tail and sizes are filled in. name may be cut. */
must_check int relation_tell(const struct relations *relations,
			     const struct event_relation *relation, const char *name);

/* Tell which limit keeps a thread's I/O from this device, if one does, where nothing is in flight:
 * what waits for its turn is no request yet. */
must_check int relation_tell_limit(const struct relations *relations, const struct mounts *mounts,
				   uint32_t tid, uint32_t dev);

/* RELATION_GONE, unless there is such a thread. */
uint32_t relation_gone(const struct relations *relations, uint32_t tid);

/* What the descriptor of a thread's process stands for, as /proc shows it: "pipe:[4711]", a path;
 * "" when that is not to be had. */
void relation_name_file(const struct looked *looked, char *name, size_t bytes);

#endif
