/* What code does this process have mapped: which files, and how much that is in none? */
#ifndef HOST_MAPPED_H
#define HOST_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"

enum mapped_state {
	MAPPED_AS_IT_IS,
	MAPPED_DELETED,  /* nothing is at its path any more */
	MAPPED_REPLACED, /* another file is */
};

struct mapped_file {
	char *path;      /* any bytes */
	bool is_outside; /* the path is ours: the process itself, in a chroot, does not see it */
	uint64_t inode;
	enum mapped_state state;
};

struct mapped_code {
	char comm[16];                   /* any bytes */
	bool has_own_root;               /* it sees other files than we do: a container */
	ARRAY(struct mapped_file) files; /* each once, by rising address */
	unsigned int anonymous;          /* executable mappings of no file: made while it runs */
	uint64_t anonymous_bytes;
	bool has_perf_map;
	char perf_map[64]; /* where its names would be, as the process sees it */
};

/*
 * The executable mappings of a process of the machine below root. On success *ret is the caller's,
 * to end with mapped_free(). -ESRCH: there is no such process. -EACCES: it is another user's.
 */
must_check int mapped_read(const char *root, uint32_t pid, struct mapped_code *ret,
			   struct diag *why);
void mapped_free(struct mapped_code *code);

#endif
