/* Are the loaded modules found with their files and their build-ids? */
#include "host/modules.h"

#include <errno.h>

#include "tree.h"

static const char LOADED[] = "zfs 4173824 4 - Live 0xffffffffc0537000 (POE)\n"
			     "nls_base 12288 0 - Live 0x0000000000000000\n"
			     "virtio_blk 28672 2 - Live 0xffffffffc02ba000\n"
			     "stranger 4096 0 - Live 0x0\n"
			     "../escape 4096 0 - Live 0x0\n";

static const char FILES[] = "kernel/fs/nls/nls-base.ko.xz:\n"
			    "updates/dkms/zfs.ko.zst: updates/dkms/spl.ko.zst\n"
			    "kernel/drivers/block/virtio_blk.ko:\n"
			    "/opt/else/where.ko:\n"
			    "an odd line\n";

/* A note as the kernel tells it: sizes, type, "GNU", the bytes. */
static void add_note(const struct tree *tree, const char *path, unsigned char first, size_t bytes)
{
	unsigned char note[64] = {
		4, 0, 0, 0, (unsigned char)bytes, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, first
	};
	char full[512];
	FILE *file;

	tree_add(tree, path, "");
	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	file = fopen(full, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(note, 1, 16 + bytes, file), 16 + bytes);
	assert_int_equal(fclose(file), 0);
}

static void make_machine(struct tree *tree)
{
	tree_make(tree);
	tree_add(tree, "/proc/modules", LOADED);
	tree_add(tree, "/lib/modules/6.1.0/modules.dep", FILES);
	tree_add(tree, "/lib/modules/6.1.0/modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	add_note(tree, "/sys/module/zfs/notes/.note.gnu.build-id", 0xab, 20);
	add_note(tree, "/sys/kernel/notes", 0xcd, 20);
}

static void modules_have_their_files_and_builds(void **state)
{
	owns(modules_free) struct host_modules modules = {};
	const struct host_module *module;
	struct tree tree;

	make_machine(&tree);
	assert_int_equal(modules_read(tree.root, "6.1.0", &modules, NULL), 0);
	assert_int_equal(modules.items.count, 4);
	assert_true(modules.has_list);
	assert_false(modules.has_none);

	module = modules_find(&modules, "zfs");
	assert_non_null(module);
	assert_string_equal(module->path, "/lib/modules/6.1.0/updates/dkms/zfs.ko.zst");
	assert_int_equal(module->build_id_bytes, 20);
	assert_int_equal(module->build_id[0], 0xab);

	module = modules_find(&modules, "nls-base");
	assert_non_null(module);
	assert_string_equal(module->path, "/lib/modules/6.1.0/kernel/fs/nls/nls-base.ko.xz");
	assert_int_equal(module->build_id_bytes, 0);

	assert_null(modules_find(&modules, "stranger")->path);
	assert_null(modules_find(&modules, "where"));
	assert_null(modules_find(&modules, "ext4"));
	tree_remove(&tree);
}

static void a_module_that_is_not_loaded_has_a_file(void **state)
{
	struct tree tree;
	char *path;

	make_machine(&tree);
	path = module_find_file(tree.root, "6.1.0", "where");
	assert_string_equal(path, "/opt/else/where.ko");
	free(path);
	path = module_find_file(tree.root, "6.1.0", "virtio-blk");
	assert_string_equal(path, "/lib/modules/6.1.0/kernel/drivers/block/virtio_blk.ko");
	free(path);
	assert_null(module_find_file(tree.root, "6.1.0", "ext4"));
	assert_null(module_find_file(tree.root, "5.10", "where"));
	tree_remove(&tree);
}

static void a_kernel_without_modules_says_so(void **state)
{
	owns(modules_free) struct host_modules modules = {};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(modules_read(tree.root, "6.1.0", &modules, NULL), 0);
	assert_true(modules.has_none);
	assert_int_equal(modules.items.count, 0);
	tree_remove(&tree);
}

static void what_is_built_in_is_known(void **state)
{
	struct tree tree;

	make_machine(&tree);
	assert_true(module_is_builtin(tree.root, "6.1.0", "ext4"));
	assert_false(module_is_builtin(tree.root, "6.1.0", "zfs"));
	assert_false(module_is_builtin(tree.root, "5.10", "ext4"));
	tree_remove(&tree);
}

static void a_file_has_the_name_of_its_module(void **state)
{
	char name[64];

	assert_true(module_name_of("/lib/modules/6.1.0/kernel/nls-base.ko.xz", name));
	assert_string_equal(name, "nls_base");
	assert_true(module_name_of("zfs.ko", name));
	assert_string_equal(name, "zfs");
	assert_false(module_name_of("/x.ko/program", name));
	assert_false(module_name_of("/x.kontrol", name));
	assert_false(module_name_of("/.ko", name));
}

static void the_kernel_has_a_build_id(void **state)
{
	uint8_t id[MODULE_BUILD_ID_BYTES], bytes = 0;
	struct tree tree;

	make_machine(&tree);
	kernel_build_id(tree.root, id, &bytes);
	assert_int_equal(bytes, 20);
	assert_int_equal(id[0], 0xcd);
	tree_remove(&tree);
}

static void notes_that_lie_about_their_size_have_none(void **state)
{
	static const char *const NOTES[] = { "", "short",
					     "\377\377\377\377\377\377\377\377\3xxxGNU" };
	uint8_t id[MODULE_BUILD_ID_BYTES], bytes = 9;
	struct tree tree;

	tree_make(&tree);
	for (size_t i = 0; i < sizeof(NOTES) / sizeof(NOTES[0]); i++) {
		tree_add(&tree, "/sys/kernel/notes", NOTES[i]);
		kernel_build_id(tree.root, id, &bytes);
		assert_int_equal(bytes, 0);
	}
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_have_their_files_and_builds),
		cmocka_unit_test(a_module_that_is_not_loaded_has_a_file),
		cmocka_unit_test(a_kernel_without_modules_says_so),
		cmocka_unit_test(what_is_built_in_is_known),
		cmocka_unit_test(a_file_has_the_name_of_its_module),
		cmocka_unit_test(the_kernel_has_a_build_id),
		cmocka_unit_test(notes_that_lie_about_their_size_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
