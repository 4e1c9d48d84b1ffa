/* Which function of which file does an address of a process lie in? */
#ifndef SYMBOL_USER_H
#define SYMBOL_USER_H

#include <stdint.h>

#include "base/own.h"
#include "symbol/inlined.h"
#include "symbol/places.h"
#include "symbol/symbol.h"

struct user_place {
	const char
		*name; /* of the function; "": only the file is known. Valid until the next call */
	const char *module; /* path of the file, "[vdso]", or the perf map of generated code */
	uint64_t address;   /* of the function, in the file's own terms */
	uint32_t file;      /* for user_table_want_place(); 0: no function of a file */
	uint32_t offset;    /* in the function; without one: in the file, cut to 32 bits */
};

struct user_table;
/* What is known of one process: valid until the next call that may forget it (process, end,
 * user_table_free). */
struct user_process;

must_check int user_table_new(const struct symbol_source *source, struct user_table **ret);

/* The process, known from now on; NULL when memory is out. */
struct user_process *user_table_process(struct user_table *table, uint32_t tgid);

/* Changes with every new reading of the process's mappings: never 0, and never that of another
 * process. */
uint32_t user_process_generation(const struct user_process *process);

/* What is at address? -ENOENT: nothing is known. now_ns bounds how often mappings are read again.
 * The kernel's modules are those of process 0. */
must_check int user_table_find(struct user_table *table, struct user_process *process,
			       uint64_t address, uint64_t now_ns, struct user_place *ret);

/* The process has this name now: with another name it runs another program. */
must_check int user_table_rename(struct user_table *table, uint32_t tgid, const char comm[16]);

/* The stream told of a mapping. */
must_check int user_table_map(struct user_table *table, const struct event_mapping *mapping);

/* A process was born: until its own mappings are known it has its parent's. */
must_check int user_table_fork(struct user_table *table, uint32_t parent_tgid, uint32_t tgid);

/* The next file whose symbols were refused because it is not of the build that ran; NULL: no more.
 * Valid until the next call. */
const char *user_table_refused(struct user_table *table);

/* The functions that were put into others at address: inlined_find(), for one that has a place. */
size_t user_table_inlined(struct user_table *table, const struct user_process *process,
			  const struct user_place *place, const char *names[INLINED_DEPTH_MAX]);

/* Files of which that cannot be told. */
struct inlined_lacks user_table_inlined_lacks(const struct user_table *table);

/* That this function, which is now called symbol, shall be looked for in its source. */
must_check int user_table_want_place(struct user_table *table, const struct user_process *process,
				     const struct user_place *place, uint32_t symbol);
/* The same for the kernel's function at address, called name in its file. */
must_check int user_table_want_kernel_place(struct user_table *table, uint64_t address,
					    const char *name, uint32_t symbol);
/* Look for all that was wanted: places_tell(). */
must_check int user_table_tell_places(struct user_table *table,
				      const struct places_listener *listener);

/* The process is gone. */
void user_table_end(struct user_table *table, uint32_t tgid);

void user_table_free(struct user_table **table);

#endif
