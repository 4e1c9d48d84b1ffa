/* Does the kernel have the function that is asked for, and which ones does a pattern stand for? Its
 * lists tell. */
#include "cmd/kernel_function.h"

#include <errno.h>
#include <stdlib.h>
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

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Functions of several files may have the same name. */
static void keep_each_once(struct kernel_functions *functions)
{
	const char **names = functions->names.items;
	size_t kept = 0;

	if (!functions->names.count)
		return;
	qsort(names, functions->names.count, sizeof(*names), compare_names);
	for (size_t i = 0; i < functions->names.count; i++) {
		if (!kept || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	}
	functions->names.count = kept;
}

static int gather(const char *pattern, struct kernel_functions *functions)
{
	char *rest = NULL;

	for (char *line = strtok_r(functions->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char **name;

		line[strcspn(line, " \t")] = '\0';
		if (!drill_name_fits(pattern, line))
			continue;
		name = array_push(&functions->names);
		if (!name)
			return -ENOMEM;
		*name = line;
	}
	keep_each_once(functions);
	return 0;
}

int kernel_functions_find(const char *pattern, char *text, struct kernel_functions *ret,
			  struct diag *why)
{
	size_t count;

	*ret = (struct kernel_functions){};
	ret->text = text;
	if (gather(pattern, ret) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	count = ret->names.count;
	if (!count)
		return diag_set(why, -ENOENT, "%s fits no function that programs can be put at",
				pattern);
	if (count > KERNEL_FUNCTIONS_MAX)
		return diag_set(why, -E2BIG,
				"%s fits %zu functions, and programs are put at %d at most",
				pattern, count, KERNEL_FUNCTIONS_MAX);
	return 0;
}

void kernel_functions_free(struct kernel_functions *functions)
{
	array_free(&functions->names);
	free(functions->text);
	*functions = (struct kernel_functions){};
}
