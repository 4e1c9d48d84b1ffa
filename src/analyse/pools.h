/* Which threads do one kind of work? Those of one pool: their names are alike but for numbers. */
#ifndef ANALYSE_POOLS_H
#define ANALYSE_POOLS_H

#include <stdint.h>

#include "analyse/names.h"

/* The pool's name that a thread's name is of: "z_rd_int_3" → "z_rd_int_*". */
uint32_t pool_name(struct names *names, uint32_t comm);

#endif
