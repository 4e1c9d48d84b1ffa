/* Does the kernel have the function that is asked for? Its list of symbols tells. */
#include "cmd/kernel_function.h"

#include <errno.h>
#include <string.h>

#include "analyse/drill.h"
#include "cmd/nearest.h"

/* Of "ffffffff81000000 T name\t[module]" the name, which it ends there; NULL: it is no function. */
static char *function_of(char *line)
{
	char *type = strchr(line, ' ');

	if (!type || !strchr("tTwW", type[1]) || type[2] != ' ')
		return NULL;
	type[3 + strcspn(type + 3, "\t")] = '\0';
	return type + 3;
}

int kernel_function_check(const char *wanted, char *text, size_t bytes, struct diag *why)
{
	struct nearest nearest = { .word = wanted };
	char *end = text + bytes, *next;

	for (char *line = text; line < end; line = next) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *name;

		if (!newline)
			break;
		*newline = '\0';
		next = newline + 1;
		name = function_of(line);
		if (!name)
			continue;
		if (drill_name_fits(wanted, name))
			return 0;
		nearest_offer(&nearest, name);
	}
	return diag_set(why, -ENOENT,
			"neither the kernel nor its loaded modules have a function %s%s%s%s: "
			"/proc/kallsyms lists those there are",
			wanted, nearest.best ? " (did you mean " : "",
			nearest.best ? nearest.best : "", nearest.best ? "?)" : "");
}
