/* Does a thread wait on a futex, and what does the memory there say of who holds it? */
#ifndef PROBE_FUTEXES_H
#define PROBE_FUTEXES_H

#include <stdbool.h>
#include <stdint.h>

struct peek_words;

struct futex_wait {
	uint64_t address;
	uint32_t expected; /* what stood there when it began to wait */
	bool inherits;     /* with priority inheritance: the holder stands in the word itself */
	bool is_condition; /* as glibc waits for something to happen, not for a mutex */
};

/* Does a thread in this system call wait on a futex? */
bool futex_wait_read(int32_t syscall, const uint64_t arguments[6], struct futex_wait *ret);

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
