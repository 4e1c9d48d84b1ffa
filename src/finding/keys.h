/* Which keys does a list name? "comm,symbol", as options take it. */
#ifndef FINDING_KEYS_H
#define FINDING_KEYS_H

#include <stddef.h>

#include "base/own.h"

/*
 * How many keys the text names, each once; their places among the names are in `places`, which has
 * room for `count` of them. -EINVAL: one is none of the names, or comes twice.
 */
must_check int keys_read(const char *text, const char *const *names, size_t count, size_t *places);

#endif
