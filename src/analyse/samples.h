/* What did a process do on the CPU? Its hottest functions and its system calls, by process name. */
#ifndef ANALYSE_SAMPLES_H
#define ANALYSE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"

enum tally_kind {
	TALLY_USER,        /* samples by function, in user code; 0: an unnamed one */
	TALLY_KERNEL,      /* samples by function, in the kernel */
	TALLY_SYSCALL,     /* calls by number */
	TALLY_SPIN,        /* waits for kernel locks without sleeping, by function */
	TALLY_USER_HEAT,   /* samples by mark (heat.h), in user code */
	TALLY_KERNEL_HEAT, /* the same in the kernel */
	TALLY_UNKNOWN,     /* waits of a kind that no rule knows, by function; of no process */
	TALLY_KINDS,
};

/* So often a process did this one thing. */
struct tally {
	uint32_t process; /* name */
	uint32_t what;
	enum tally_kind kind;
	uint64_t count;
	uint64_t ns; /* samples: the time they stand for */
};

/* Zero is valid and empty. */
struct samples {
	ARRAY(struct tally) tallies;
	struct hash_map by_key;
};

must_check int samples_add(struct samples *samples, enum tally_kind kind, uint32_t process,
			   uint32_t what, const struct tally *amount);

/* The sum of a process's things of a kind. */
struct tally samples_total(const struct samples *samples, enum tally_kind kind, uint32_t process);
/* Its heaviest ones (by time, then count, then `what`), at most `room`; returns how many. */
size_t samples_top(const struct samples *samples, enum tally_kind kind, uint32_t process,
		   struct tally *ret, size_t room);

void samples_free(struct samples *samples);

#endif
