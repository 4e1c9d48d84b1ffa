/* What does the memory at a futex say of who holds it? Inner to relation_futex.c and its test. */
#ifndef PROBE_RELATION_FUTEX_H
#define PROBE_RELATION_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/looked.h"

struct peek_words;

struct futex_wait {
	uint64_t address;
	uint32_t expected; /* what stood there when it began to wait */
	bool inherits;     /* with priority inheritance: the holder stands in the word itself */
};

/* Does the thread wait on a futex? */
bool futex_wait_read(const struct look_thread *thread, struct futex_wait *ret);

struct futex_holder {
	uint32_t number; /* as its process knows it; 0: there is none, or it is not known */
	bool is_gone;
	const char *what;
};

/*
 * Who holds it, by the words there? Believed is a word with the kernel's own marks (PI and robust
 * mutexes), glibc's mutex in all its parts, and a number that is a thread of the process, which
 * is_thread() says.
 */
struct futex_holder futex_holder_find(const struct futex_wait *wait, const struct peek_words *words,
				      bool (*is_thread)(void *self, uint32_t number), void *self);

#endif
