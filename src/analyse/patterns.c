/* Is a name of that form? Names are short: each '*' is tried from the shortest on. */
#include "analyse/patterns.h"

#include <string.h>

struct fitting {
	struct pattern_part star;
	struct pattern_part number;
};

static bool fit(const char *name, const char *pattern, struct fitting *fitting);

/* The last star of the pattern is the one that fits last: it stays. */
static bool fit_star(const char *name, const char *rest, struct fitting *fitting)
{
	for (size_t bytes = 0;; bytes++) {
		fitting->star.bytes = 0;
		if (fit(name + bytes, rest, fitting)) {
			if (!strchr(rest, '*'))
				fitting->star = (struct pattern_part){ name, bytes };
			return true;
		}
		if (!name[bytes])
			return false;
	}
}

static bool fit(const char *name, const char *pattern, struct fitting *fitting)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*')
			return fit_star(name, pattern + 1, fitting);
		if (*pattern == '#') {
			size_t digits = strspn(name, "0123456789");

			if (!digits)
				return false;
			fitting->number = (struct pattern_part){ name, digits };
			name += digits;
		} else if (*name++ != *pattern) {
			return false;
		}
	}
	return !*name;
}

bool pattern_fits(const char *name, const char *pattern, struct pattern_part *ret)
{
	struct fitting fitting = {};

	if (!fit(name, pattern, &fitting))
		return false;
	if (ret)
		*ret = strchr(pattern, '*') ? fitting.star : fitting.number;
	return true;
}
