/* Does the kernel have the function that is asked for, and which ones does a pattern stand for? */
#ifndef CMD_KERNEL_FUNCTION_H
#define CMD_KERNEL_FUNCTION_H

#include <stddef.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"

enum {
	KERNEL_FUNCTIONS_MAX = 1000, /* that programs are put at; more would cost too much */
};

/* Zero is valid: none. */
struct kernel_functions {
	char *text; /* the names lie in it */
	ARRAY(const char *) names;
};

/*
 * Look in the text of /proc/kallsyms, bytes long, for functions (of the kernel, its loaded modules
 * or BPF programs) that wanted, a name or a pattern, fits. The text is cut into its names. -ENOENT:
 * there is none; why says so, and names the function that is nearest.
 */
must_check int kernel_function_check(const char *wanted, char *text, size_t bytes,
				     struct diag *why);

/*
 * Find those that the pattern fits in a text that lists what programs can be put at: tracefs,
 * available_filter_functions, "name" or "name [module]". Each name is found once. The text is freed
 * with them, whatever comes of it. -ENOENT: there is none; -E2BIG: there are too many; -ENOMEM.
 */
must_check int kernel_functions_find(const char *pattern, char *text, struct kernel_functions *ret,
				     struct diag *why);
void kernel_functions_free(struct kernel_functions *functions);

#endif
