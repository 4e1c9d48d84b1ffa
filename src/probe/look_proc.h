/* How are all threads looked at without BPF? Through /proc, one after the other. */
#ifndef PROBE_LOOK_PROC_H
#define PROBE_LOOK_PROC_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "probe/look.wire.h"

struct guard;
struct look_proc;

/* The guard stays the caller's and must outlive it. -ENOMEM. End with look_proc_free(). */
must_check int look_proc_new(struct guard *guard, struct look_proc **ret, struct diag *why);
void look_proc_free(struct look_proc **proc);

/*
 * Call seen() for each thread but our own; what it returns other than 0 ends the look and is
 * returned. What /proc does not tell, or not us, is not known: see look_proc_tell_missing(). Of a
 * process that cannot be read without hanging only the first of it is told: names and states.
 */
must_check int look_proc_threads(struct look_proc *proc,
				 int (*seen)(void *self, const struct look_record *record),
				 void *self, struct diag *why);

/* As look_iter_files(), but for the FUSE connections of kernels that do not show them. *ret_left:
 * so many processes' descriptors are not ours to see. */
must_check int look_proc_files(const struct look_key *keys, size_t count,
			       int (*seen)(void *self, const struct look_file *file), void *self,
			       uint64_t *ret_left);

/* How many threads' stacks and system calls were not ours to see in the last look? */
uint64_t look_proc_hidden(const struct look_proc *proc);

/* Did stacks have names of functions whose addresses are not known? */
bool look_proc_lacks_addresses(const struct look_proc *proc);

#endif
