/* How much of what was there in the last few seconds? Sums by key, in turns: each second a new one
 * begins, and the oldest is forgotten. */
#ifndef ANALYSE_TOP_SUMS_H
#define ANALYSE_TOP_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

enum {
	TOP_TURNS = 5,        /* that are over make the window */
	TOP_SUMS_MAX = 32768, /* in a turn; what is more goes to the rest of its kind */
	TOP_RESTS_MAX = 2 * TOP_SUMS_MAX,
};

enum top_what {
	TOP_CHARGE, /* time of a thread: a: TOP_CHARGE_A(), b: kind and holder of the blame, c: its
		       id */
	TOP_STACK,  /* a: 1: it was seen running, 0: it waited; b: kernel stack, c: user stack */
	TOP_FILE,   /* time it lost in operations on a file; a: its number */
	TOP_DISK,   /* requests it queued; a: device, b: 1: reads */
	TOP_FUNCTION, /* samples of all threads; a: name of the process, b: 1: in user code, c:
			 function */
};

#define TOP_CHARGE_A(span_kind, cause) ((uint64_t)(span_kind) << 32 | (cause))
#define TOP_B(kind, holder)            ((uint64_t)(kind) << 32 | (holder))

struct top_key {
	uint32_t what;   /* enum top_what */
	uint32_t thread; /* index + 1; 0: of all */
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

struct top_sum {
	struct top_key key;
	uint64_t ns;
	uint64_t longest_ns; /* of one that was added */
	uint64_t count;
	uint64_t bytes;
	uint32_t path; /* of the longest one */
	uint32_t tgid; /* of all; 0: not told, or several */
};

struct top_turn {
	ARRAY(struct top_sum) sums;
	struct hash_map by_key;
	uint64_t end_ns; /* 0: it goes on */
	uint64_t refused;
};

/* Zero is valid and empty. */
struct top_sums {
	/* The one that goes on, the next one (of what ended after the mark), and those that are
	 * over. */
	struct top_turn turns[TOP_TURNS + 2];
	uint32_t now;      /* the one that goes on; those before it in the ring are over */
	uint64_t mark_ns;  /* where it will end; 0: not known yet */
	uint64_t begin_ns; /* of the first one that is kept */
	uint64_t refused;  /* since the begin */
};

/* Add what ended at that time. -ENOMEM. */
must_check int top_sums_add(struct top_sums *sums, uint64_t time_ns, const struct top_sum *amount);
/* The turn that goes on will end there: what ended later is of the next one. */
void top_sums_mark(struct top_sums *sums, uint64_t mark_ns);
/* What ended up to the mark is forgotten: there the first turn begins. */
void top_sums_begin(struct top_sums *sums);
/* It ends, at its mark. */
void top_sums_turn(struct top_sums *sums);
/* How long the turns that are over last together. */
uint64_t top_sums_window_ns(const struct top_sums *sums);
/* What found no room in them. */
uint64_t top_sums_refused(const struct top_sums *sums);

struct top_merged {
	ARRAY(struct top_sum) sums; /* by key */
};

/* The sums of the turns that are over. -ENOMEM. */
must_check int top_sums_merge(const struct top_sums *sums, struct top_merged *ret);
/* The first of this kind and thread (index + 1), and how many there are. */
const struct top_sum *top_merged_find(const struct top_merged *merged, enum top_what what,
				      uint32_t thread, size_t *ret_count);
/* The first of this kind, and how many there are of all threads. */
const struct top_sum *top_merged_all(const struct top_merged *merged, enum top_what what,
				     size_t *ret_count);

void top_sums_free(struct top_sums *sums);

#endif
