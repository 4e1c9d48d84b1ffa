/* Which function of a mapped file is it? Files by number, with the symbols of those in use. */
#ifndef SYMBOL_FILES_H
#define SYMBOL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "symbol/elf_file.h"
#include "symbol/symbol.h"

/* What makes a file that file, beside its path: what /proc says, or what the stream told. */
struct file_key {
	uint64_t dev;
	uint64_t inode;
	struct build_id build_id; /* bytes 0: not known */
	uint8_t is_told;          /* dev and inode are not known */
	uint8_t is_nameless;      /* it is not to be opened */
	uint8_t spare[5];
};

struct file_table;

must_check int file_table_new(const struct symbol_source *source, struct file_table **ret);
void file_table_free(struct file_table **table);

/* The number of a file, from 1 on; 0: there are too many, or its path is too long. -ENOMEM. */
must_check int file_table_put(struct file_table *table, const struct file_key *key,
			      const char *path, size_t path_bytes, uint32_t *ret);

/* Valid until the next put or clear. */
const char *file_table_path(const struct file_table *table, uint32_t id);

/*
 * The function at this offset; false when only the file is known. tgid has it mapped, and is who is
 * looked through. Valid until the next call.
 */
bool file_table_find(struct file_table *table, uint32_t tgid, uint32_t id, uint64_t file_offset,
		     struct symbol_name *ret);

/* The file itself, when it is still the one that is mapped; NULL: it is not to be had. */
struct elf_file *file_table_open(struct file_table *table, uint32_t tgid, uint32_t id);
/* The separate debug file of main, which is this file opened; NULL: it is not to be had. */
struct elf_file *file_table_open_debug(struct file_table *table, uint32_t tgid, uint32_t id,
				       const struct elf_file *main);

/* The next file whose symbols were refused, because it is not the one that ran; NULL: no more.
 * Valid until the next put or clear. */
const char *file_table_refused(struct file_table *table);

/* So full that it should be cleared before more is put. */
bool file_table_is_full(const struct file_table *table);

/* Forget all; numbers begin anew. */
void file_table_clear(struct file_table *table);

#endif
