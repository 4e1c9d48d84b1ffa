/* Which lock lies at this place of an object? A walk over the members of a few structs, and of the
 * structs in them. */
#include "probe/lock_fields.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	DEPTH_MAX = 6,
	FIELDS_MAX = 2048,
	BITS_PER_BYTE = 8,
};

/* include/trace/events/lock.h, LCB_F_* */
enum contention_flags {
	CONTENDED_SPIN = 1,
	CONTENDED_READ = 2,
	CONTENDED_WRITE = 4,
	CONTENDED_MUTEX = 32,
};

static const struct {
	const char *cache;
	const char *type;
} SLABS[] = {
#define SLAB(cache, type) { cache, type },
#include "probe/lock_slabs.def"
#undef SLAB
};

/* The types whose address is the one that a contention tells: what is contended for stands at their
 * begin. */
static const struct {
	const char *type;
	enum lock_field_kind kind;
} KINDS[] = {
	{ "mutex", LOCK_FIELD_MUTEX },       { "rw_semaphore", LOCK_FIELD_RWSEM },
	{ "spinlock", LOCK_FIELD_SPIN },     { "spinlock_t", LOCK_FIELD_SPIN },
	{ "raw_spinlock", LOCK_FIELD_SPIN }, { "raw_spinlock_t", LOCK_FIELD_SPIN },
	{ "rwlock_t", LOCK_FIELD_RWLOCK },   { "semaphore", LOCK_FIELD_OTHER },
	{ "rt_mutex", LOCK_FIELD_OTHER },    { "percpu_rw_semaphore", LOCK_FIELD_OTHER },
};

struct walk {
	struct lock_fields *fields;
	const struct btf *btf;
	const char *cache;
};

static int kind_of(const char *type)
{
	for (size_t i = 0; i < array_count(KINDS); i++) {
		if (strcmp(type, KINDS[i].type) == 0)
			return (int)KINDS[i].kind;
	}
	return -1;
}

/* The type behind typedefs and qualifiers, unless one of their names is that of a lock. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t id, int *ret_kind)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	for (int i = 0; type && i < DEPTH_MAX; i++) {
		*ret_kind = kind_of(btf__name_by_offset(btf, type->name_off));
		if (*ret_kind >= 0 ||
		    (!btf_is_typedef(type) && !btf_is_mod(type) && !btf_is_type_tag(type)))
			return type;
		type = btf__type_by_id(btf, type->type);
	}
	return type;
}

static int add_field(const struct walk *walk, const char *name, uint32_t offset, int kind)
{
	struct lock_field *field;

	if (walk->fields->items.count >= FIELDS_MAX)
		return 0;
	field = array_push(&walk->fields->items);
	if (!field)
		return -ENOMEM;
	field->cache = walk->cache;
	field->offset = offset;
	field->kind = (enum lock_field_kind)kind;
	(void)snprintf(field->name, sizeof(field->name), "%.71s", name);
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): types lie in each other a few deep, and DEPTH_MAX ends it. */
static int walk_members(const struct walk *walk, const struct btf_type *outer, const char *name,
			uint32_t base, int depth)
{
	const struct btf_member *members = btf_members(outer);
	int r = 0;

	for (uint32_t i = 0; i < btf_vlen(outer) && r == 0; i++) {
		uint32_t offset = base + btf_member_bit_offset(outer, i) / BITS_PER_BYTE;
		const char *member = btf__name_by_offset(walk->btf, members[i].name_off);
		const struct btf_type *type;
		char path[128];
		int kind = -1;

		type = resolve(walk->btf, members[i].type, &kind);
		if (!type || btf_member_bitfield_size(outer, i))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s%s", name, member[0] ? "." : "", member);
		if (kind >= 0)
			r = add_field(walk, path, offset, kind);
		else if (btf_is_composite(type) && depth < DEPTH_MAX)
			r = walk_members(walk, type, path, offset, depth + 1);
	}
	return r;
}

int lock_fields_learn(struct lock_fields *fields, const struct btf *btf)
{
	int r = 0;

	for (size_t i = 0; i < array_count(SLABS) && r == 0; i++) {
		const struct walk walk = { .fields = fields, .btf = btf, .cache = SLABS[i].cache };
		int id = btf__find_by_name_kind(btf, SLABS[i].type, BTF_KIND_STRUCT);

		if (id > 0)
			r = walk_members(&walk, btf__type_by_id(btf, (uint32_t)id), SLABS[i].type,
					 0, 0);
	}
	return r;
}

static enum lock_field_kind kind_of_flags(uint32_t flags)
{
	if (flags & CONTENDED_MUTEX)
		return LOCK_FIELD_MUTEX;
	if (flags & CONTENDED_SPIN)
		return flags & (CONTENDED_READ | CONTENDED_WRITE) ? LOCK_FIELD_RWLOCK
								  : LOCK_FIELD_SPIN;
	if (flags == CONTENDED_READ || flags == CONTENDED_WRITE)
		return LOCK_FIELD_RWSEM;
	return LOCK_FIELD_OTHER;
}

const char *lock_fields_find(const struct lock_fields *fields, const char *cache, uint32_t offset,
			     uint32_t flags)
{
	for (size_t i = 0; i < fields->items.count; i++) {
		const struct lock_field *field = &fields->items.items[i];

		if (field->offset == offset && field->kind == kind_of_flags(flags) &&
		    strcmp(field->cache, cache) == 0)
			return field->name;
	}
	return NULL;
}

void lock_fields_free(struct lock_fields *fields)
{
	array_free(&fields->items);
}
