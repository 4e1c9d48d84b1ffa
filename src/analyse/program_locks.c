/* Which locks are known to a program alone? The table, looked up. */
#include "analyse/program_locks.h"

#include <stddef.h>
#include <string.h>

#include "analyse/patterns.h"
#include "base/array.h"

static const struct program_lock LOCKS[] = {
#define PROGRAM_LOCK(function, title, keeper, words, remedy) \
	{ function, title, keeper, words, remedy },
#include "analyse/program_locks.def"
#undef PROGRAM_LOCK
};

const struct program_lock *program_lock_of_function(const char *function)
{
	for (size_t i = 0; i < array_count(LOCKS); i++) {
		if (strcmp(LOCKS[i].function, function) == 0)
			return &LOCKS[i];
	}
	return NULL;
}

const struct program_lock *program_lock_of_title(const char *title)
{
	for (size_t i = 0; i < array_count(LOCKS); i++) {
		if (LOCKS[i].title[0] && pattern_fits(title, LOCKS[i].title, NULL))
			return &LOCKS[i];
	}
	return NULL;
}
