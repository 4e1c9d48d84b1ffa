/* Which function of the kernel lies at an address? Its symbols are read when they are first needed,
 * and anew when they lack something. Inner to the namer. */
#ifndef SYMBOL_KERNEL_NAMES_H
#define SYMBOL_KERNEL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "symbol/retry.h"
#include "symbol/symbol.h"
#include "symbol/telling.h"

/* On the 64-bit machines that can be watched the kernel has the upper half. */
#define KERNEL_ADDRESS_MIN (UINT64_MAX / 2 + 1)

/* With its first two fields set it knows nothing so far; ended with kernel_names_clear(). */
struct kernel_names {
	const struct symbol_source *source; /* both must outlive it */
	struct telling *telling;
	struct kallsyms *table; /* NULL: not needed so far, or not to be had */
	struct retry retry;
	uint32_t generation; /* another one: addresses may be called otherwise than before */
	bool is_told;        /* that there are no names */
};

/*
 * The kernel's function at address, or -ENOENT. A module or BPF program may have been loaded since
 * the last look: the source is asked again, but not too often. Where it has nothing, a FACT tells
 * so once.
 */
must_check int kernel_names_find(struct kernel_names *kernel, uint64_t address, uint64_t time_ns,
				 struct symbol_name *ret, struct diag *why);

void kernel_names_clear(struct kernel_names *kernel);

#endif
