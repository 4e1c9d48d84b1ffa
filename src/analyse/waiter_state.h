/* What does a waiter know? All its parts in one place. */
#ifndef ANALYSE_WAITER_STATE_H
#define ANALYSE_WAITER_STATE_H

#include "analyse/histogram.h"
#include "analyse/profile_state.h"
#include "analyse/requests.h"
#include "analyse/waiter.h"

/* What wakers and sleepers are told apart by. */
enum grain {
	GRAIN_THREAD,
	GRAIN_COMM,
	GRAIN_POOL,
};

#define SYSCALL_UNTOLD INT32_MIN /* rows are not told apart by it */

/* What tells a row apart; 0 where the keys do not ask. All of it is compared, byte for byte. */
struct wait_id {
	uint32_t tid;
	uint32_t name;
	uint32_t function;
	uint32_t waker;  /* node + 1 */
	uint32_t device; /* name */
	uint32_t cause;  /* + 1 */
	int32_t syscall;
	uint32_t state; /* letter */
	uint32_t is_untaken;
	uint32_t role; /* name: what the sleeper's title says */
};
_Static_assert(sizeof(struct wait_id) == 40, "no padding");

#define WAIT_ROWS_MAX 8192u

struct wait_sum {
	struct wait_id id;
	uint32_t node;  /* the first sleeper's: for its role */
	uint32_t label; /* name: what for */
	bool has_many_labels;
	bool is_rest;
	uint64_t cause_ns[CAUSE_COUNT];
	struct histogram histogram;
};

#define WAKE_NODES_MAX (1u << 16)
#define WAKE_EDGES_MAX (1u << 18)

/* A thread, a name or a pool; or what else wakes. */
struct node {
	uint32_t kind; /* enum waker_kind */
	uint32_t tid;
	uint32_t name;
	uint32_t device; /* name: of an interrupt */
	/* For its role: of the first thread that was seen of it. */
	uint32_t comm;
	uint32_t role;    /* name: what the title says; 0: nothing */
	uint32_t process; /* name */
	uint32_t work;    /* name: what a kernel worker was seen doing, what an interrupt served */
	uint32_t kernel;  /* a content: the last stack it slept on */
	uint32_t user;    /* a content: the last stack it called from */
	bool has_many_works;
	bool is_target;
	bool is_kernel;
	bool is_main;
	bool woke_target;
};

struct edge {
	uint32_t waker; /* nodes */
	uint32_t sleeper;
	uint64_t count;
	uint64_t waited_ns;
	uint64_t idle_ns;
};

/* Zero is a valid empty graph. */
struct graph {
	ARRAY(struct node) nodes;
	struct hash_map by_who; /* node + 1 */
	ARRAY(struct edge) edges;
	struct hash_map by_ends; /* edge + 1 */
	uint64_t refused;        /* waits whose node or edge found no room: those of the rest */
};

struct tally_ns {
	uint64_t count;
	uint64_t ns;
};

struct waiter {
	struct waiter_options options;
	enum grain grain;
	struct profiler *profiler; /* owned: names, stacks, classes, threads and the tree */
	struct requests devices;   /* no requests */
	struct graph graph;
	ARRAY(struct wait_sum) sums;
	struct hash_map by_id;   /* hash of the id → place in sums + 1 */
	uint32_t rest;           /* sum + 1 of those without room; 0: none */
	struct hash_map pools;   /* thread's name → its pool's + 1 */
	struct hash_map paths;   /* what a wait's content is made of → that content */
	ARRAY(uint32_t) missing; /* names: what could not be seen */
	uint64_t losses[LOSS_MAPPING + 1];
	struct tally_ns all;
	struct tally_ns total;
	struct tally_ns idle;
	struct tally_ns outside;
	struct tally_ns untaken;
	uint64_t stateless; /* of outside: whose state is not known */
	uint64_t open;
	uint64_t with_waker_stack;
	uint64_t with_waker;
	uint64_t untold_stacks; /* their stack was taken, but it is not there */
	uint64_t crowded;       /* waits that stand in the tree without stacks, for want of room */
	size_t paths_limit;     /* 0: WAIT_PATHS_MAX */
};

/* Stacks that waits and wakers make together. */
#define WAIT_PATHS_MAX (1u << 18)

/* A wait as it is looked at. */
struct seen {
	const struct event_wait *event;
	const struct class *class;
	uint64_t ns;
	uint16_t class_id;
	bool is_untaken;
	uint32_t stack;       /* content; 0: none */
	uint32_t waker_stack; /* content; 0: none */
	uint32_t sleeper;     /* nodes */
	uint32_t waker;       /* nodes */
	uint32_t device;      /* name: whose request's completion ended it; 0: none */
};

/* The task state's letter, as ps has it; '?': not known. */
char wait_state_letter(uint32_t state);

/* --- waiter_rows.c --- */

must_check int rows_add(struct waiter *waiter, const struct seen *seen);
must_check int rows_tell(struct waiter *waiter, struct wait_report *report);
void rows_free(struct waiter *waiter);

/* --- waiter_paths.c --- */

/* The content that stands for the wait in the tree: the stack it slept on, what for, who ended it,
 * and that one's stack from the inside out. 0 or -ENOMEM. */
must_check int path_of(struct waiter *waiter, const struct seen *seen, uint32_t *ret);

/* The function inside of the kernel's work loop, in a stack of a kernel worker, as a name; 0: none.
 */
uint32_t path_work(const struct waiter *waiter, uint32_t content);
/* What the innermost interrupt of the stack serves, as a name; 0: that does not tell. */
uint32_t path_interrupt(struct waiter *waiter, uint32_t content);
/* Is a function of this name in the stack? */
bool path_has(const struct waiter *waiter, uint32_t content, const char *function);
/* The same of a waker's stack: what an interrupt came in between does not count. */
bool path_wakes_in(const struct waiter *waiter, uint32_t content, const char *function);

/* --- waiter_graph.c --- */

/* Who slept, and who ended it: seen->sleeper and seen->waker. 0 or -ENOMEM. */
must_check int graph_find(struct waiter *waiter, struct seen *seen);
/* Count the wake-up. */
must_check int graph_add(struct waiter *waiter, const struct seen *seen, bool is_idle);
/* The code that a thread called from. */
must_check int graph_take_call(struct waiter *waiter, const struct event_syscall *event);
must_check int graph_tell(struct waiter *waiter, struct wait_report *report);
/* What is said of a node. NULL texts: memory is out. */
struct wait_waker graph_who(const struct waiter *waiter, const struct node *node,
			    struct profile *texts);
void graph_free(struct graph *graph);

/* --- waiter_notes.c --- */

must_check int wait_notes_make(const struct waiter *waiter, struct wait_report *report);

#endif
