/* Which functions of others does an ELF file call through stubs of its own? */
#ifndef SYMBOL_ELF_PLT_H
#define SYMBOL_ELF_PLT_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/* One stub of the procedure linkage table; the name is that of the function it leads to, in the
 * file's own strings. */
struct elf_stub {
	uint64_t start;
	uint64_t bytes;
	const char *name;
	size_t name_bytes;
};

/*
 * Call seen() for each, and stop when it returns other than 0, which is returned. A file without
 * stubs, with broken ones, or of a machine whose stubs are not known has none.
 */
must_check int elf_plt_list(Elf *elf, int (*seen)(void *self, const struct elf_stub *stub),
			    void *self);

#endif
