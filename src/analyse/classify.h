/* What was a thread waiting for? As its stack says, or as it waited before. */
#ifndef ANALYSE_CLASSIFY_H
#define ANALYSE_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "analyse/heat.h"
#include "analyse/names.h"
#include "analyse/program_locks.h"
#include "analyse/waits.h"
#include "base/array.h"
#include "base/hash.h"
#include "event/event.h"

/* A kind of wait; waits by the million share a few hundred of these. */
struct class
{
	enum cause cause;
	enum cause context; /* what it makes of block requests waited for inside; CAUSE_UNKNOWN:
			       nothing */
	enum wait_way way;
	bool is_final;     /* overrides even a block request that ended it */
	bool is_generic;   /* label only says in which way it slept: "a mutex" */
	bool is_program;   /* a lock that only the program knows: label says which */
	bool is_limit;     /* a cgroup's limit on I/O: label says whose */
	uint32_t function; /* name */
	uint32_t label;    /* name for people: the rule's note, or the function */
};

/* The ways in which what is known beside a stack can change what it says: all hints of waits.h. */
#define STACK_HINTS 4

/* What is kept of a stack. */
struct stack {
	uint16_t class_ids[STACK_HINTS]; /* by enum wait_hint */
	uint32_t function;               /* innermost named one */
	struct heat_piece marks;         /* hot spots that a sample with this stack shows */
	const struct program_lock *lock; /* of a user stack: what its program waits for there */
};

struct symbol {
	uint32_t name;
	uint32_t module; /* name */
	bool is_known;   /* hot spots may ask for it */
};

/* Zero is a valid empty set. */
struct classes {
	ARRAY(struct class) classes;
	struct hash_map ids; /* contents → class id + 1 */
	ARRAY(struct stack) stacks;
	size_t stacks_max;        /* 0: as many as is good */
	struct hash_map by_stack; /* stack id → place in stacks */
	ARRAY(struct symbol) symbols;
	struct hash_map by_symbol; /* symbol id → place in symbols */
	struct heat heat;
	struct hash_map sticky;   /* thread and circumstances → class id */
	uint64_t stackless_waits; /* waits of unknown kind because no stack was taken */
};

must_check int classes_take_symbol(struct classes *classes, struct names *names,
				   const struct event_symbol *event);
must_check int classes_take_stack(struct classes *classes, struct names *names,
				  const struct event_stack *event);
/* The kind of this wait. 0 or -ENOMEM. */
must_check int classes_of_wait(struct classes *classes, struct names *names,
			       const struct event_wait *event, uint16_t *ret);
/* The same of this wait by itself: where no stack was taken its system call tells, and no earlier
 * wait does. */
must_check int classes_of_wait_alone(struct classes *classes, struct names *names,
				     const struct event_wait *event, uint16_t *ret);
/* The kind of a wait for such a lock. 0 or -ENOMEM. */
must_check int classes_of_program_lock(struct classes *classes, struct names *names,
				       const struct program_lock *lock, uint16_t *ret);
/* The kind of a wait for a turn under a limit of that name. 0 or -ENOMEM. */
must_check int classes_of_limit(struct classes *classes, uint32_t name, uint16_t *ret);
/* The lock of its own that a program waits for with this user stack; NULL: none that is known. */
const struct program_lock *classes_program_lock(const struct classes *classes, uint64_t user_stack);
/* The class with this id. */
const struct class *classes_get(const struct classes *classes, uint16_t id);
/* The stack's innermost named function, as a name; 0: not known. */
uint32_t classes_function(const struct classes *classes, uint64_t stack);
/* The hot spots that a sample with this stack shows. */
struct heat_piece classes_marks(const struct classes *classes, uint64_t stack);
/* What a wait for a kernel lock with this stack is, by its caller. */
const struct class *classes_of_lock(const struct classes *classes, uint64_t stack);
/* The name of a symbol, and of the file or module that it is in; 0: not known. */
uint32_t classes_symbol(const struct classes *classes, uint32_t symbol);
uint32_t classes_module(const struct classes *classes, uint32_t symbol);

/* Is it of the watching itself: how a tracepoint calls BPF programs? */
bool function_is_tracing(const char *function);

void classes_free(struct classes *classes);

#endif
