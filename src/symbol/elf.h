/* Which functions are in this ELF file? For those who have opened it already. */
#ifndef SYMBOL_ELF_H
#define SYMBOL_ELF_H

#include "base/own.h"
#include "symbol/elf_file.h"
#include "symbol/symbol.h"

/*
 * The functions of file; debug is its separate debug file (NULL: none). The first that has any is
 * taken: file's own .symtab, that of debug, the one inside of .gnu_debugdata together with .dynsym,
 * .dynsym alone. A kernel module's offsets are those from the place where the kernel loads its code
 * (the address in /proc/modules), others those in the file. Errors as elf_symbols_read().
 */
must_check int elf_symbols_make(const struct elf_file *file, const struct elf_file *debug,
				struct elf_symbols **ret);

#endif
