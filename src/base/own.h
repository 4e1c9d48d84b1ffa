/* How do we see who frees what? An owner frees its value at the end of its scope unless it is given
 * away. */
#ifndef BASE_OWN_H
#define BASE_OWN_H

/* The function's result must be looked at. */
#define must_check __attribute__((warn_unused_result))

/* The variable is freed by f(&variable) at scope end; it must be born initialised. f accepts NULL
 * and half-built objects. */
#define owns(f) __attribute__((cleanup(f)))

/* Hand an owned pointer on: yields its value and leaves NULL behind, so that the owner frees
 * nothing. */
#define give(p)                                        \
	({                                             \
		__typeof__(p) *give_from = &(p);       \
		__typeof__(p) give_value = *give_from; \
		*give_from = NULL;                     \
		give_value;                            \
	})

/* Destructors for owners of plain memory, files, directories and descriptors (a descriptor of -1 is
 * none). */
void own_free(void *pointer_to_pointer);
void own_close(int *fd);

#endif
