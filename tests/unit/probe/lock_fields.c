/* Are the locks of an object found where the types say they lie, and nowhere else? */
#include "probe/lock_fields.h"

#include <bpf/btf.h>
#include <string.h>

#include "harness/test.h"

enum {
	SPIN = 1,
	READ = 2,
	WRITE = 4,
	MUTEX = 32,
};

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

static uint32_t add_struct(struct btf *btf, const char *name, uint32_t bytes)
{
	int id = btf__add_struct(btf, name, bytes);

	assert_true(id > 0);
	return (uint32_t)id;
}

static void add_member(struct btf *btf, const char *name, uint32_t type, uint32_t offset)
{
	assert_int_equal(btf__add_field(btf, name, (int)type, offset * 8, 0), 0);
}

/* Types as a kernel has them: a pipe's locks are in no known cache, an inode's in two. */
static struct btf *make_types(void)
{
	struct btf *btf = btf__new_empty();
	uint32_t number, rwsem, raw, spin, spin_t, rwlock, rwlock_t, mutex, nameless, inode, ext4;

	assert_non_null(btf);
	number = (uint32_t)btf__add_int(btf, "long", 8, 0);
	rwsem = add_struct(btf, "rw_semaphore", 40);
	add_member(btf, "count", number, 0);
	raw = add_struct(btf, "raw_spinlock", 4);
	spin = add_struct(btf, "spinlock", 4);
	add_member(btf, "rlock", raw, 0);
	spin_t = (uint32_t)btf__add_typedef(btf, "spinlock_t", (int)spin);
	rwlock = add_struct(btf, NULL, 8);
	rwlock_t = (uint32_t)btf__add_typedef(btf, "rwlock_t", (int)rwlock);
	mutex = add_struct(btf, "mutex", 32);
	nameless = add_struct(btf, NULL, 48);
	add_member(btf, "i_mutex", mutex, 0);
	add_member(btf, "i_tree_lock", rwlock_t, 32);
	inode = add_struct(btf, "inode", 200);
	add_member(btf, "i_mode", number, 0);
	add_member(btf, "i_lock", spin_t, 8);
	add_member(btf, "i_rwsem", rwsem, 16);
	add_member(btf, NULL, nameless, 64);
	ext4 = add_struct(btf, "ext4_inode_info", 400);
	add_member(btf, "i_data_sem", rwsem, 8);
	add_member(btf, "vfs_inode", inode, 100);
	assert_true(ext4 > 0);
	return btf;
}

static void assert_field(const struct lock_fields *fields, const char *cache, uint32_t offset,
			 uint32_t flags, const char *wanted)
{
	const char *name = lock_fields_find(fields, cache, offset, flags);

	if (wanted)
		assert_string_equal(name ? name : "(none)", wanted);
	else
		assert_null(name);
}

static void fields_are_named_through_the_structs_around_them(void **state)
{
	owns(free_btf) struct btf *btf = make_types();
	owns(lock_fields_free) struct lock_fields fields = {};

	assert_int_equal(lock_fields_learn(&fields, btf), 0);
	assert_field(&fields, "ext4_inode_cache", 8, READ, "ext4_inode_info.i_data_sem");
	assert_field(&fields, "ext4_inode_cache", 116, WRITE, "ext4_inode_info.vfs_inode.i_rwsem");
	assert_field(&fields, "ext4_inode_cache", 108, SPIN, "ext4_inode_info.vfs_inode.i_lock");
	assert_field(&fields, "ext4_inode_cache", 164, MUTEX, "ext4_inode_info.vfs_inode.i_mutex");
	assert_field(&fields, "inode_cache", 16, READ, "inode.i_rwsem");
	assert_field(&fields, "inode_cache", 64, SPIN | MUTEX, "inode.i_mutex");
	assert_field(&fields, "inode_cache", 96, SPIN | WRITE, "inode.i_tree_lock");
}

static void another_place_kind_or_cache_is_no_lock(void **state)
{
	owns(free_btf) struct btf *btf = make_types();
	owns(lock_fields_free) struct lock_fields fields = {};

	assert_int_equal(lock_fields_learn(&fields, btf), 0);
	assert_field(&fields, "inode_cache", 17, READ, NULL);
	assert_field(&fields, "inode_cache", 16, MUTEX, NULL);
	assert_field(&fields, "inode_cache", 16, SPIN, NULL);
	assert_field(&fields, "inode_cache", 8, SPIN | READ, NULL);
	assert_field(&fields, "kmalloc-192", 16, READ, NULL);
	/* This kernel has no such type. */
	assert_field(&fields, "xfs_inode", 16, READ, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_named_through_the_structs_around_them),
		cmocka_unit_test(another_place_kind_or_cache_is_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
