/* Which locks are known to a program alone? To the kernel, who waits for one sits in an event loop,
 * or on a futex. The rows are in program_locks.def. */
#ifndef ANALYSE_PROGRAM_LOCKS_H
#define ANALYSE_PROGRAM_LOCKS_H

struct program_lock {
	const char *function; /* of the program, which waits for it */
	const char *title;    /* pattern; "": none tells */
	const char *keeper;   /* the same of those who may well hold one, though they sleep */
	const char *words;
	const char *remedy;
};

/* What a function of this name waits for; NULL: for no such lock. */
const struct program_lock *program_lock_of_function(const char *function);
/* What a process waits for that calls itself so while it sleeps; NULL: that does not tell. */
const struct program_lock *program_lock_of_title(const char *title);

#endif
