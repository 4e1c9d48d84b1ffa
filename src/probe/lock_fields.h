/* Which lock lies at this place of an object? Learnt from the kernel's types, once, for the slab
 * caches of lock_slabs.def. */
#ifndef PROBE_LOCK_FIELDS_H
#define PROBE_LOCK_FIELDS_H

#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

struct btf;

/* What kinds of locks a contention's flags can mean. */
enum lock_field_kind {
	LOCK_FIELD_MUTEX,
	LOCK_FIELD_RWSEM,
	LOCK_FIELD_SPIN,
	LOCK_FIELD_RWLOCK,
	LOCK_FIELD_OTHER,
};

struct lock_field {
	const char *cache; /* of lock_slabs.def */
	uint32_t offset;   /* in the object */
	enum lock_field_kind kind;
	char name[72]; /* "ext4_inode_info.vfs_inode.i_rwsem" */
};

/* Zero is valid: nothing is known. */
struct lock_fields {
	ARRAY(struct lock_field) items;
};

/* Types that this kernel does not have, or that modules have, are left out. 0 or -ENOMEM. */
must_check int lock_fields_learn(struct lock_fields *fields, const struct btf *btf);

/* The lock at this offset of this cache's objects that fits the flags of a contention; NULL: there
 * is none. */
const char *lock_fields_find(const struct lock_fields *fields, const char *cache, uint32_t offset,
			     uint32_t flags);

void lock_fields_free(struct lock_fields *fields);

#endif
