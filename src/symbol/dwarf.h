/* Where in the source is this address? The line tables of one ELF file, by libdw. */
#ifndef SYMBOL_DWARF_H
#define SYMBOL_DWARF_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "symbol/elf_file.h"

struct dwarf;

/*
 * The debug information inside of file, which must live longer. -ENODATA: it has none, or only that
 * of a module, whose addresses are not known before it is loaded; -EFBIG: more than limit bytes;
 * -EBADMSG: broken.
 */
must_check int dwarf_open(const struct elf_file *file, size_t limit, struct dwarf **ret);

/* The line of address, which is in the file's own terms; *ret_path is the file's name as the
 * compiler was given it, and valid as long as the dwarf is. -ENOENT: not known. */
must_check int dwarf_find(const struct dwarf *dwarf, uint64_t address, const char **ret_path,
			  uint32_t *ret_line);

/*
 * The functions whose code the compiler put, at address, into the one that holds it: the innermost
 * first, at most capacity. Returns how many there are. The names are as the linker knows them where
 * the compiler tells, and valid as long as the dwarf is.
 */
size_t dwarf_find_inlined(const struct dwarf *dwarf, uint64_t address, const char **names,
			  size_t capacity);

/*
 * For a file of the kernel's, a module or the kernel itself, whose functions are found by their
 * names: where they are loaded depends on the machine.
 */
must_check int dwarf_open_named(const struct elf_file *file, size_t limit, struct dwarf **ret);
/* -ENOENT also when several functions have this name. */
must_check int dwarf_find_named(const struct dwarf *dwarf, const char *name, const char **ret_path,
				uint32_t *ret_line);

void dwarf_free(struct dwarf **dwarf);

#endif
