/* Which threads do one kind of work? Those of one pool: their names are alike but for numbers. */
#ifndef ANALYSE_POOLS_H
#define ANALYSE_POOLS_H

#include <stdint.h>

#include "analyse/names.h"
#include "base/hash.h"
#include "base/own.h"

/* The pool's name that a thread's name is of: "z_rd_int_3" → "z_rd_int_*". */
uint32_t pool_name(struct names *names, uint32_t comm);

/* The same, kept in a map of those asked for before (zero is empty; the caller's). 0 or -ENOMEM. */
must_check int pool_find(struct hash_map *kept, struct names *names, uint32_t comm, uint32_t *ret);

#endif
