/* Does the kernel have the function that is asked for? */
#ifndef CMD_KERNEL_FUNCTION_H
#define CMD_KERNEL_FUNCTION_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"

/*
 * Look in the text of /proc/kallsyms, bytes long, for functions (of the kernel, its loaded modules
 * or BPF programs) that wanted, a name or a pattern, fits. The text is cut into its names. -ENOENT:
 * there is none; why says so, and names the function that is nearest.
 */
must_check int kernel_function_check(const char *wanted, char *text, size_t bytes,
				     struct diag *why);

#endif
