/* What profile do the views' tests show? Made by hand, so that no analysis changes how it looks. */
#include "unit/view/sample_profile.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static uint32_t frame(struct profile *profile, enum profile_frame_kind kind, const char *name,
		      const char *module)
{
	uint32_t index = profile_add_frame(profile, kind, name, module);

	assert_int_not_equal(index, UINT32_MAX);
	return index;
}

static void add_row(struct profile *profile, uint32_t threads, uint32_t function, uint64_t self_ms,
		    uint64_t total_ms)
{
	struct profile_row *row = array_push(&profile->rows);

	assert_non_null(row);
	*row = (struct profile_row){
		.threads = threads,
		.pool = UINT32_MAX,
		.frame = function,
		.self = MS(self_ms),
		.total = MS(total_ms),
		.self_samples = self_ms / 10,
		.total_samples = total_ms / 10,
		.self_share = (double)MS(self_ms) / (double)profile->amount,
		.total_share = (double)MS(total_ms) / (double)profile->amount,
	};
}

static void add_node(struct profile *profile, uint32_t depth, uint32_t function, uint64_t self_ms,
		     uint64_t total_ms)
{
	struct profile_node *node = array_push(&profile->nodes), *other;

	assert_non_null(node);
	*node = (struct profile_node){
		.frame = function,
		.depth = depth,
		.self = MS(self_ms),
		.total = MS(total_ms),
		.samples = total_ms / 10,
		.self_samples = self_ms / 10,
		.share = (double)MS(total_ms) / (double)profile->amount,
	};
	for (size_t i = profile->nodes.count - 1; i-- > 1;) {
		other = &profile->nodes.items[i];
		if (other->depth < depth)
			return;
		if (other->depth == depth) {
			other->next = (uint32_t)profile->nodes.count - 1;
			return;
		}
	}
}

static struct profile *add_profile(struct profiles *profiles)
{
	struct profile **place = array_push(&profiles->items);

	assert_non_null(place);
	*place = calloc(1, sizeof(**place));
	assert_non_null(*place);
	(*place)->window_ns = MS(10000);
	(*place)->cpus = 2;
	(*place)->min_share = 0.005;
	strcpy((*place)->sampler, "cpu-clock at 99 Hz");
	strcpy((*place)->by, "comm,dso,symbol");
	assert_int_equal(profile_keys_read((*place)->by, &(*place)->keys), 0);
	return *place;
}

static void add_pools(struct profile *profile)
{
	static const struct profile_pool pools[] = {
		{ .name = "z_rd_int_*",
		  .threads = 8,
		  .born = 2,
		  .died = 1,
		  .is_kernel = true,
		  .run_ns = MS(9000),
		  .kernel_ns = MS(9000),
		  .cpu_share = 0.45 },
		{ .name = "game\033[2J\n",
		  .threads = 1,
		  .run_ns = MS(1000),
		  .user_ns = MS(900),
		  .kernel_ns = MS(100),
		  .cpu_share = 0.05 },
	};

	for (size_t i = 0; i < array_count(pools); i++) {
		struct profile_pool *pool = array_push(&profile->pools);

		assert_non_null(pool);
		*pool = pools[i];
	}
	profile->pools_are_exact = true;
}

struct profiles sample_profiles(void)
{
	struct profiles profiles = {};
	struct profile *profile = add_profile(&profiles);
	uint32_t reader, game, begin, end, uio, taskq, spin, play, lone;

	profile->amount = MS(10000);
	profile->samples = 1000;
	profile->hidden_rows = 12;
	profile->lost_samples = 3;
	reader = frame(profile, FRAME_THREADS, "z_rd_int_0", "");
	game = frame(profile, FRAME_THREADS, "game\033[2J\n", "");
	begin = frame(profile, FRAME_KERNEL, "kfpu_begin", "zfs");
	end = frame(profile, FRAME_KERNEL, "kfpu_end", "zfs");
	uio = frame(profile, FRAME_KERNEL, "zio_do_crypt_uio", "zfs");
	taskq = frame(profile, FRAME_KERNEL, "taskq_thread", "spl");
	spin = frame(profile, FRAME_KERNEL, "_raw_spin_unlock_irqrestore", "");
	play = frame(profile, FRAME_USER,
		     "std::vector<std::pair<int, world::Entity*>>::emplace_back<int const&, "
		     "world::Entity*&>(int const&, world::Entity*&); \033]0;x\007",
		     "/opt/game/bin/game");
	assert_int_equal(profile_set_place(profile, uio, "zio_crypt.c:1847"), 0);
	lone = frame(profile, FRAME_USER, "", "/usr/lib/x86_64-linux-gnu/libc.so.6");
	add_row(profile, reader, begin, 4600, 4600);
	add_row(profile, reader, end, 3400, 3400);
	add_row(profile, game, play, 900, 1000);
	add_row(profile, reader, spin, 600, 600);
	add_row(profile, reader, uio, 400, 8400);
	add_row(profile, game, lone, 100, 100);
	add_row(profile, reader, taskq, 0, 9000);
	add_node(profile, 0, reader, 0, 10000);
	add_node(profile, 1, reader, 0, 9000);
	add_node(profile, 2, taskq, 0, 9000);
	add_node(profile, 3, uio, 400, 8400);
	add_node(profile, 4, begin, 4600, 4600);
	add_node(profile, 4, end, 3400, 3400);
	add_node(profile, 3, spin, 600, 600);
	add_node(profile, 1, game, 0, 1000);
	add_node(profile, 2, play, 900, 1000);
	add_node(profile, 3, lone, 100, 100);
	add_pools(profile);
	assert_int_equal(text_add(&profile->notes, "3 samples were lost (1,000 were kept)."), 0);
	return profiles;
}

struct profiles sample_wall(void)
{
	struct profiles profiles = {};
	struct profile *profile = add_profile(&profiles);
	uint32_t threads, commit, sync, main, blocked, unknown, ready;

	profile->target = TARGET_PROCESS;
	strcpy(profile->name, "postgres");
	profile->pid = 4711;
	profile->is_wall = true;
	profile->amount = MS(10000);
	profile->samples = 120;
	threads = frame(profile, FRAME_THREADS, "postgres", "");
	main = frame(profile, FRAME_USER, "XLogFlush", "/usr/bin/postgres");
	sync = frame(profile, FRAME_KERNEL, "ext4_sync_file", "ext4");
	commit = frame(profile, FRAME_KERNEL, "jbd2_log_wait_commit", "jbd2");
	blocked = frame(profile, FRAME_BLOCKED, "a journal commit", "fs.journal");
	unknown = frame(profile, FRAME_BLOCKED, "", "");
	ready = frame(profile, FRAME_RUNNABLE, "", "");
	add_row(profile, threads, blocked, 7000, 7000);
	add_row(profile, threads, main, 1200, 8200);
	add_row(profile, threads, unknown, 1000, 1000);
	add_row(profile, threads, ready, 800, 800);
	add_node(profile, 0, threads, 0, 10000);
	add_node(profile, 1, threads, 0, 10000);
	add_node(profile, 2, main, 1200, 8200);
	add_node(profile, 3, sync, 0, 7000);
	add_node(profile, 4, commit, 0, 7000);
	add_node(profile, 5, blocked, 7000, 7000);
	add_node(profile, 2, unknown, 1000, 1000);
	add_node(profile, 2, ready, 800, 800);
	return profiles;
}
