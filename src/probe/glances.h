/*
 * What lasts, while the watch goes on? A glance tells each thread's open span up to now; the rest
 * of it is told at the next glance, or when it ends. Inner to the watch.
 */
#ifndef PROBE_GLANCES_H
#define PROBE_GLANCES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "probe/owners.h"
#include "probe/watch.wire.h"

/* A span of which a part was told. */
struct glanced {
	uint32_t tid;
	uint32_t glances; /* so many saw it */
	bool is_run;
	bool was_asked; /* who owns its futex */
	bool has_futex;
	uint64_t start_ns; /* as the programs tell it: 0: before the watch */
	uint64_t told_ns;  /* the part before this was told */
	uint64_t part_ns;  /* of it: in the kernel (a run), throttled (others) */
	struct owned_futex futex;
};

/* Zero is a valid empty set. At most one span of each thread that lives. */
struct glances {
	ARRAY(struct glanced) items;
	struct hash_map by_tid; /* place in items */
};

/*
 * Take the record of a glance (WIRE_OPEN): what of its span was told before is cut off, and the
 * rest remembered as told. 1: tell it; 0: there is nothing to tell, or no room to remember it;
 * -ENOMEM.
 */
must_check int glances_take(struct glances *glances, struct wire_switch *wire);

/*
 * A switch ends a run and what another thread waited for: cut off what was told of both, and forget
 * them. true: *ret is the record to tell instead. bytes: of the record.
 */
bool glances_cut(struct glances *glances, const struct wire_switch *wire, size_t bytes,
		 struct wire_switch *ret);

/*
 * The futex that a thread waits for, as of a glance that just saw it: its owner is only asked for
 * when the wait lasts since an earlier one, and again now and then. false: none, or not known.
 */
bool glances_futex(struct glances *glances, struct owners *owners, uint32_t tid,
		   struct owned_futex *ret);

void glances_free(struct glances *glances);

#endif
