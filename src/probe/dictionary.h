/* In which order are names told at once? Births first, then what the newborn mapped, then the
 * stacks that lie in it. */
#ifndef PROBE_DICTIONARY_H
#define PROBE_DICTIONARY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "probe/translate.h"

struct dictionary;

/*
 * with_mappings: there will be some; else nothing has to wait. of_all: every process's mappings are
 * told, else only those of the target. -ENOMEM. *ret is the caller's, to end with
 * dictionary_free().
 */
must_check int dictionary_new(bool with_mappings, bool of_all, struct dictionary **ret);
void dictionary_free(struct dictionary **dictionary);

/*
 * This process is the target's. Of the others, the records of the rings tell it; but one that a
 * program has begun to write when a ring is read comes a round late, and what its process mapped
 * meanwhile is not told. -ENOMEM.
 */
must_check int dictionary_follow(struct dictionary *dictionary, uint32_t tgid);

/* Takes MAPPINGs, as a sink does: all up to now, before the rings are read. A stack in the rings
 * then lies in one of them, or in what its process still has. */
must_check int dictionary_keep(void *dictionary, const struct event *event, struct diag *why);

/* A record of the rings that is told at once: see wire_is_dictionary(). With mappings an exec is
 * such a one as well: the new name must come before what the new program maps. */
must_check int dictionary_take(struct dictionary *dictionary, struct translator *translator,
			       const struct wire *wire, size_t bytes, struct diag *why);

/* When the rings were read: tell what had to wait. */
must_check int dictionary_tell(struct dictionary *dictionary, struct translator *translator,
			       struct diag *why);

#endif
