/* Where is what ZFS said of itself? Facts by look, source, subject and name. */
#ifndef ANALYSE_ZFS_FACTS_H
#define ANALYSE_ZFS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

enum {
	ZFS_FACTS_MAX = 400000,
};

/* All four stand in one block, one after the other, each with a NUL. */
struct zfs_fact {
	unsigned int look; /* 1 or 2 */
	char *source;      /* owns the block */
	const char *subject;
	const char *name;
	const char *value;
};

/* Zero is none. */
struct zfs_facts {
	ARRAY(struct zfs_fact) all;
	struct hash_map places; /* of a key's hash: 1 + the place in all */
	uint64_t lost;          /* that found no room */
	bool has_second;        /* there was a second look */
	bool is_sorted;         /* then places is not used any more */
};

/* Keep a fact, if it is ZFS's; what was said of the same key before is forgotten. 0 or -ENOMEM. */
must_check int zfs_facts_take(struct zfs_facts *facts, const struct event_fact *fact);
/* No more come: sort them by look, source, subject, name. */
void zfs_facts_sort(struct zfs_facts *facts);
void zfs_facts_free(struct zfs_facts *facts);

/* --- of sorted facts --- */

/* The facts of one source in the last look (or an earlier one): [*ret_begin, *ret_end). */
void zfs_facts_of(const struct zfs_facts *facts, unsigned int look, const char *source,
		  size_t *ret_begin, size_t *ret_end);
/* The last look: 1 or 2. */
unsigned int zfs_last_look(const struct zfs_facts *facts);

/* NULL: it was not said. */
const char *zfs_value(const struct zfs_facts *facts, unsigned int look, const char *source,
		      const char *subject, const char *name);
/* As a number: digits, or with a unit as zfs prints it for people (1.5K, 128K, 15%, 1.00x). */
bool zfs_number(const struct zfs_facts *facts, unsigned int look, const char *source,
		const char *subject, const char *name, uint64_t *ret);
/* Read such a text. False: it is none. */
bool zfs_read_amount(const char *text, uint64_t *ret);
/* How much a counter grew between the looks, or its value where there was one look; where the
 * counter began anew, its last value. False: it was not said. */
bool zfs_grown(const struct zfs_facts *facts, const char *source, const char *subject,
	       const char *name, uint64_t *ret);

#endif
