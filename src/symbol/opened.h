/* Where is the debug information of a mapped file? In itself, or apart from it. */
#ifndef SYMBOL_OPENED_H
#define SYMBOL_OPENED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "symbol/dwarf.h"
#include "symbol/files.h"

/* A file and its debug information. Zero is none. */
struct opened {
	struct elf_file *main;
	struct elf_file *debug; /* NULL: it is in main */
	struct dwarf *dwarf;
};

/* What is wanted of it. */
struct opened_wanted {
	size_t limit;  /* of debug information, in bytes */
	uint32_t tgid; /* who has it mapped */
	uint32_t file; /* its number */
	bool by_names; /* dwarf_open_named() */
};

/* -ENOENT, -ENODATA: there is none to be had; else as dwarf_open(). On failure too *ret is to be
 * ended with opened_close(). */
must_check int opened_open(struct file_table *files, const struct opened_wanted *wanted,
			   struct opened *ret);
void opened_close(struct opened *opened);

#endif
