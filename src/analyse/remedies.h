/* What are the exact steps that bring these names back? One remedy for all code that needs the same
 * one. */
#ifndef ANALYSE_REMEDIES_H
#define ANALYSE_REMEDIES_H

#include "analyse/symbols.h"

/* In the order in which they are told: what would mislead comes first. */
enum remedy_kind {
	REMEDY_NONE,   /* nothing is missing */
	REMEDY_RELOAD, /* what runs is not what is in the file */
	REMEDY_RESTART,
	REMEDY_READ, /* look with the rights to */
	REMEDY_DKMS,
	REMEDY_PACKAGE,
	REMEDY_DISTRIBUTION,
	REMEDY_DEPMOD,
	REMEDY_BUILD_KERNEL,
	REMEDY_BUILD,
	REMEDY_KINDS,
};

/* Which remedy does it need? */
enum remedy_kind remedy_kind_of(const struct symbols_facts *facts, enum symbols_state state);

/* Does the same remedy help both, in one go? Both need one of the same kind. */
bool remedy_is_shared(enum remedy_kind kind, const struct symbols_facts *a,
		      const struct symbols_facts *b);

/* Those that share a remedy, in the order of the facts. */
struct remedy_group {
	enum remedy_kind kind;
	const struct symbols_facts *const *members;
	size_t count; /* at least 1 */
};

/* Fill in the title and the steps. 0 or -ENOMEM. */
must_check int remedy_tell(const struct symbols_input *input, const struct remedy_group *group,
			   struct symbols_fix *fix);

/* A word as a shell takes it: as it stands when that is safe, else in quotes. The caller's to free;
 * NULL when memory is out. */
must_check char *shell_quote(const char *word);

#endif
