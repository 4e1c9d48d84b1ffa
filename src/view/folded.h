/* How do other tools take a profile? As folded stacks: one line for each call path. */
#ifndef VIEW_FOLDED_H
#define VIEW_FOLDED_H

#include <stdio.h>

#include "base/own.h"
#include "finding/profile.h"

/*
 * Print "threads;outermost;…;innermost COUNT" for each call path that samples ended in, with the
 * number of samples, or in a profile of wall time the nanoseconds. A kernel function ends with
 * _[k]; semicolons in names become colons, and what a terminal could obey is escaped. -ENOMEM, or
 * -errno when out took no more; it is flushed.
 */
must_check int view_folded(const struct profile *profile, FILE *out);

#endif
