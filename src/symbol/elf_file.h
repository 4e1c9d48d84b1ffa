/* What does this ELF file consist of? Opened by libelf out of a descriptor or out of memory. */
#ifndef SYMBOL_ELF_FILE_H
#define SYMBOL_ELF_FILE_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/* Linkers make 20 bytes, or 16; what is longer is cut. */
#define BUILD_ID_BYTES_MAX 24

struct build_id {
	uint8_t data[BUILD_ID_BYTES_MAX];
	uint8_t bytes; /* 0: none */
};

/* Do they name the same build? False when one of them is missing. Some writers pad with zeros. */
bool build_id_is_same(const struct build_id *a, const struct build_id *b);

struct elf_file;

/*
 * Open what fd holds: an ELF file, or one that is compressed (a kernel module), which is unpacked
 * into memory. fd stays the caller's, who may close it at once. -EBADMSG: not an ELF file, or a
 * broken one.
 */
must_check int elf_file_open(int fd, struct elf_file **ret);

/* The same for bytes in memory; they are given away, whatever the outcome. */
must_check int elf_file_from_memory(void *bytes, size_t count, struct elf_file **ret);

/* The small ELF file with more function names that some distributions put, compressed, into a
 * section of a stripped file (.gnu_debugdata). -ENODATA: there is none. */
must_check int elf_file_open_debugdata(const struct elf_file *file, struct elf_file **ret);

void elf_file_free(struct elf_file **file);

/* Valid as long as the file is. */
Elf *elf_file_elf(const struct elf_file *file);

/* A descriptor of what it is read from, or -1 when that is *ret_bytes at *ret_image. Valid as long
 * as the file is. */
int elf_file_where(const struct elf_file *file, const void **ret_image, size_t *ret_bytes);

/* It was linked with this; bytes is 0 when it does not say. */
struct build_id elf_file_build_id(const struct elf_file *file);

/* Has it a table of all its functions, local ones too (.symtab)? */
bool elf_file_has_symtab(const struct elf_file *file);

/* The name of the separate file with its debug information, without a folder, and that file's CRC
 * (.gnu_debuglink). NULL: it does not say. Valid as long as the file is. */
const char *elf_file_debuglink(const struct elf_file *file, uint32_t *ret_crc);

/* The CRC of all that fd holds, as .gnu_debuglink has it. */
must_check int elf_file_crc(int fd, uint32_t *ret);

#endif
