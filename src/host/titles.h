/* What does a process call itself? Some write it over their command line, for ps to show. */
#ifndef HOST_TITLES_H
#define HOST_TITLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "host/guard.h"

enum {
	TITLE_BYTES = 256, /* longer ones are cut */
};

struct title {
	char text[TITLE_BYTES]; /* NUL-terminated; any bytes: never print unescaped */
};

/*
 * Is the content of a /proc/PID/cmdline a title? As setproctitle(3) and its like leave it: one
 * string, "program: words", and nothing but NULs behind it. All else is a command line as it was
 * given, which may have passwords in it, and is none.
 */
bool title_parse(const char *bytes, size_t count, struct title *ret);

/*
 * Call seen() for each of these processes that has a title now; what it returns other than 0 ends
 * it and is returned. Titles lie in the processes' memory: a helper reads them, and those that are
 * not to be had are left out. time_is_over(self) ends it, too, with 0.
 */
struct titles_wanted {
	const uint32_t *tgids;
	size_t count;
	int (*seen)(void *self, uint32_t tgid, const struct title *title);
	bool (*time_is_over)(void *self);
	void *self;
};

must_check int titles_read(struct guard *guard, const struct titles_wanted *wanted);

#endif
