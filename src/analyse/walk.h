/* Where in a chain are we? The links above, and what becomes of the leaf below. */
#ifndef ANALYSE_WALK_H
#define ANALYSE_WALK_H

#include "analyse/leaf.h"
#include "analyse/state.h"

#define WALK_DEPTH_MAX 16

/* A thread that waits, and on what: one link above. */
struct hop {
	const struct thread *thread;
	enum cause cause;
	enum cause context; /* what it makes of block requests below; CAUSE_UNKNOWN: nothing */
	struct detail detail;
	uint32_t label;
	uint32_t dev;  /* the device it waits for; 0: none */
	bool is_stack; /* that device is served by others, or by threads */
	uint64_t lock;
	uint64_t wait_start_ns;
	bool is_leaf;           /* whoever ended it does not matter by itself */
	bool is_condition;      /* a futex wait that is not for a mutex */
	bool is_open;           /* the wait had not ended when the watch ended */
	bool is_owner_followed; /* the next link is known to hold the lock */
	bool has_request;       /* a block request ended the wait */
};

struct walk {
	struct analysis *analysis;
	struct digest *digest;       /* where leaves go; NULL: to the ledger */
	const struct thread *thread; /* whose time it is, and in which span; NULL: see digest */
	const struct span *span;
	uint64_t unknown_ns;
	uint32_t depth;
	struct hop hops[WALK_DEPTH_MAX];
};

/* A stretch of time. */
struct window {
	uint64_t from_ns;
	uint64_t to_ns;
};

/* Follow what a thread did in the window; the links above it are on the walk. */
void walk_window(struct walk *walk, const struct thread *thread, struct window window);
/* Charge a part of a block request's time, waited for by the hop's thread. */
void walk_request(struct walk *walk, const struct hop *hop, const struct span *span,
		  struct window window);
/* Charge the time of a wait to what `peer` did meanwhile; the hop becomes a link. */
void walk_peer(struct walk *walk, const struct hop *hop, uint32_t peer, struct window window);

/* The leaf that a wait is, when nothing below it is followed; holder: name of who holds the lock;
 * 0: not known. */
struct leaf leaf_of_wait(const struct walk *walk, const struct hop *hop, uint32_t holder);
/* The leaf of a thread in a state of its own. */
struct leaf leaf_of_thread(const struct walk *walk, const struct thread *thread,
			   enum leaf_kind kind, unsigned int cause);
/* Add a thread of which nothing is known as the leaf's last step. */
void leaf_add_peer(struct leaf *leaf, const struct thread *peer);
/* Add the request's device as the leaf's last step. */
void leaf_add_device(const struct walk *walk, struct leaf *leaf, const struct request *request,
		     enum cause state);

/* Charge so much time to a leaf, with what the links above make of it. */
void settle_leaf(struct walk *walk, const struct leaf *found, uint64_t ns);

#endif
