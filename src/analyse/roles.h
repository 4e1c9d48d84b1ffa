/* What is a thread there for? As its name says, its process's, and where these are not enough a
 * function that it was seen in. The rows are in roles.def. */
#ifndef ANALYSE_ROLES_H
#define ANALYSE_ROLES_H

#include <stdbool.h>
#include <stddef.h>

struct role_facts {
	const char *name;    /* of the thread */
	const char *process; /* the name of its process's first thread; "": not known */
	bool is_kernel;
	bool is_main; /* it is its process's first thread */
	bool is_pool; /* one of several: the name is that of the first that was seen */
	/* May be NULL: was the thread seen in a function of this name? */
	bool (*was_in)(const void *context, const char *function);
	const void *context;
};

struct role {
	char words[96]; /* "" : none that is known */
};

/* What an interrupt serves whose stack has this function; NULL: that does not tell. */
const char *role_of_interrupt(const char *function);

/* What a process is there for that calls itself so (event_title); NULL: that does not tell. It says
 * more than what the rows for its name do. */
const char *role_of_title(const char *title);

struct role role_of(const struct role_facts *facts);

#endif
