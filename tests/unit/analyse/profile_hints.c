/* Is a profile told what its hot functions mean, by its threads? */
#include "analyse/profile_hints.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static const struct hotspot_facts MACHINE = { .sampler = "cpu-clock", .hypervisor = "kvm" };

/* A call tree on the way to be written down. */
struct tree {
	struct profile profile;
};

static void tree_free(struct tree *tree)
{
	for (size_t i = 0; i < tree->profile.notes.count; i++)
		free(tree->profile.notes.items[i].words);
	array_free(&tree->profile.notes);
	array_free(&tree->profile.frames);
	array_free(&tree->profile.nodes);
}

/* The next node in depth-first order; its total is what it has itself and what is added below. */
static void add_node(struct tree *tree, uint32_t depth, enum profile_frame_kind kind,
		     const char *name, uint64_t self)
{
	struct profile *profile = &tree->profile;
	struct profile_frame *frame = array_push(&profile->frames);
	struct profile_node *node = array_push(&profile->nodes);
	uint32_t above = depth + 1;

	assert_true(frame && node);
	*frame = (struct profile_frame){ .kind = kind, .name = name, .module = "", .place = "" };
	*node = (struct profile_node){ .frame = (uint32_t)profile->frames.count - 1,
				       .depth = depth,
				       .self = self };
	for (size_t i = profile->nodes.count; i-- > 0;) {
		node = &profile->nodes.items[i];
		if (node->depth >= above)
			continue;
		above = node->depth;
		node->total += self;
		node->samples += self;
	}
	profile->amount += self;
	profile->samples += self;
}

static void begin(struct tree *tree)
{
	add_node(tree, 0, FRAME_THREADS, "", 0);
	/* The root has no frame. */
	tree->profile.nodes.items[0].frame = UINT32_MAX;
}

static void add_decryption(struct tree *tree)
{
	add_node(tree, 1, FRAME_THREADS, "z_rd_int_*", 0);
	add_node(tree, 2, FRAME_KERNEL, "zio_execute", 5);
	add_node(tree, 3, FRAME_KERNEL, "zio_do_crypt_uio", 0);
	add_node(tree, 4, FRAME_KERNEL, "ccm_mode_decrypt_contiguous_blocks", 5);
	add_node(tree, 5, FRAME_KERNEL, "aes_encrypt_block", 10);
	add_node(tree, 6, FRAME_KERNEL, "kfpu_end", 380);
	add_node(tree, 3, FRAME_KERNEL, "memmove", 0);
}

static void a_pools_functions_are_explained(void **state)
{
	struct tree tree = {};

	begin(&tree);
	add_decryption(&tree);
	add_node(&tree, 1, FRAME_THREADS, "game", 0);
	add_node(&tree, 2, FRAME_USER, "main", 600);
	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	assert_int_equal(tree.profile.notes.count, 1);
	assert_non_null(strstr(tree.profile.notes.items[0].words,
			       "z_rd_int_*, 38 % in all: the FPU's state is saved and restored for "
			       "each block of ZFS's AES-CCM: kfpu_end 95 %, with "
			       "ccm_mode_decrypt_contiguous_blocks 99 % of their samples. Use "
			       "AES-GCM"));
	tree_free(&tree);
}

static void a_caller_counts_only_above_its_own_functions(void **state)
{
	struct tree tree = {};

	begin(&tree);
	add_node(&tree, 1, FRAME_THREADS, "server", 0);
	add_node(&tree, 2, FRAME_KERNEL, "futex_wake", 100);
	add_node(&tree, 2, FRAME_KERNEL, "ep_poll", 100);
	add_node(&tree, 3, FRAME_KERNEL, "native_queued_spin_lock_slowpath", 200);
	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	assert_int_equal(tree.profile.notes.count, 1);
	assert_non_null(strstr(tree.profile.notes.items[0].words, "kernel locks that other CPUs"));
	tree_free(&tree);
}

static void what_did_not_run_is_left_out(void **state)
{
	struct tree tree = {};

	begin(&tree);
	add_node(&tree, 1, FRAME_THREADS, "reader", 0);
	add_node(&tree, 2, FRAME_USER, "main", 0);
	add_node(&tree, 3, FRAME_BLOCKED, "disk.device", 700);
	add_node(&tree, 3, FRAME_USER, "inflate_fast", 300);
	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	assert_int_equal(tree.profile.notes.count, 1);
	assert_non_null(strstr(tree.profile.notes.items[0].words,
			       "reader, 30 % in all: data is compressed or decompressed with "
			       "deflate (zlib, gzip): inflate_fast 100 % of their samples."));
	tree_free(&tree);
}

static void little_is_not_worth_a_note(void **state)
{
	struct tree tree = {};

	begin(&tree);
	add_node(&tree, 1, FRAME_THREADS, "game", 0);
	add_node(&tree, 2, FRAME_USER, "main", 960);
	add_node(&tree, 1, FRAME_THREADS, "helper", 0);
	add_node(&tree, 2, FRAME_USER, "malloc", 40);
	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	assert_int_equal(tree.profile.notes.count, 0);
	tree_free(&tree);
}

static void an_empty_profile_has_no_notes(void **state)
{
	struct tree tree = {};

	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	begin(&tree);
	assert_int_equal(profile_hints(&tree.profile, &MACHINE), 0);
	assert_int_equal(tree.profile.notes.count, 0);
	tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pools_functions_are_explained),
		cmocka_unit_test(a_caller_counts_only_above_its_own_functions),
		cmocka_unit_test(what_did_not_run_is_left_out),
		cmocka_unit_test(little_is_not_worth_a_note),
		cmocka_unit_test(an_empty_profile_has_no_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
