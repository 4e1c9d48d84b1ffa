/* What did the kernel itself count of its locks? Its statistics, at one moment or between two. */
#ifndef ANALYSE_LOCK_CLASSES_H
#define ANALYSE_LOCK_CLASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/locks.h"

/* The statistics at one moment. Zero is a valid empty one. */
struct class_look {
	ARRAY(struct lock_class) rows;
	struct hash_map by_id; /* id → place in rows */
	uint64_t refused;      /* rows and sites there was no room for */
};

/* Zero is valid: nothing was told. */
struct class_looks {
	struct class_look first;
	struct class_look last; /* of several looks; else empty */
};

must_check int class_looks_take(struct class_looks *looks, const struct event_lock_class *event);
must_check int class_looks_take_site(struct class_looks *looks,
				     const struct event_lock_site *event);
/* Were there any? */
bool class_looks_are_told(const struct class_looks *looks);

/*
 * The rows of the report, sorted and with their shares, and what is to be known of them; `before`:
 * what had been counted earlier, to be taken off; NULL: nothing. Both are used up, and empty then.
 * 0 or -ENOMEM.
 */
must_check int class_looks_report(struct class_looks *looks, struct class_looks *before,
				  struct lock_report *report);

void class_looks_free(struct class_looks *looks);

#endif
