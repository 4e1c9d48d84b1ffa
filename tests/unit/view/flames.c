/* What profiles are flame graphs tested with? */
#include "unit/view/flames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

static void *needed(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static uint32_t find_frame(struct profile *profile, const struct flame_step *step)
{
	struct profile_frame *frame;

	/* Only the last few: the large samples have too many to look at all. */
	for (size_t i = profile->frames.count; i-- > 0 && i + 64 > profile->frames.count;) {
		frame = &profile->frames.items[i];
		if (frame->kind == step->kind && strcmp(frame->name, step->name) == 0 &&
		    strcmp(frame->module, step->module) == 0)
			return (uint32_t)i;
	}
	frame = needed(array_push(&profile->frames));
	*frame = (struct profile_frame){
		.kind = step->kind, .name = step->name, .module = step->module, .place = ""
	};
	return (uint32_t)profile->frames.count - 1;
}

/* Each node adds its total to the one it hangs on, the last node first. */
static void sum_up(struct profile *profile)
{
	struct profile_node *nodes = profile->nodes.items;
	size_t count = profile->nodes.count;
	uint32_t *last = needed(calloc(count, sizeof(*last))); /* of each depth */
	uint32_t *up = needed(calloc(count, sizeof(*up)));

	for (uint32_t i = 1; i < count; i++) {
		uint32_t depth = nodes[i].depth;

		up[i] = last[depth - 1];
		if (last[depth] && up[last[depth]] == up[i])
			nodes[last[depth]].next = i;
		last[depth] = i;
	}
	for (size_t i = count; i-- > 1;) {
		nodes[up[i]].total += nodes[i].total;
		nodes[up[i]].before_total += nodes[i].before_total;
	}
	free(last);
	free(up);

	profile->amount = nodes[0].total;
	for (size_t i = 0; i < count; i++) {
		nodes[i].samples = (nodes[i].total + MS - 1) / MS;
		nodes[i].share =
			profile->amount ? (double)nodes[i].total / (double)profile->amount : 0;
	}
	profile->samples = nodes[0].samples;
}

struct profile *flames_build(const struct flame_step *steps, size_t count)
{
	struct profile *profile = needed(calloc(1, sizeof(*profile)));
	struct profile_node *node = needed(array_push(&profile->nodes));

	node->frame = UINT32_MAX;
	profile->target = TARGET_PROCESS;
	profile->pid = 4711;
	profile->window_ns = 10000 * MS;
	profile->cpus = 8;
	(void)snprintf(profile->name, sizeof(profile->name), "postgres");
	(void)snprintf(profile->sampler, sizeof(profile->sampler), "cpu-clock");
	for (size_t i = 0; i < count; i++) {
		node = needed(array_push(&profile->nodes));
		node->frame = find_frame(profile, &steps[i]);
		node->depth = steps[i].depth;
		node->self = node->total = steps[i].self;
		node->before_total = steps[i].before;
	}
	sum_up(profile);
	return profile;
}

void flames_free(struct profile **profile)
{
	if (!*profile)
		return;
	for (size_t i = 0; i < (*profile)->notes.count; i++)
		free((*profile)->notes.items[i].words);
	array_free(&(*profile)->frames);
	array_free(&(*profile)->nodes);
	array_free(&(*profile)->notes);
	free((*profile)->names);
	free(*profile);
	*profile = NULL;
}

#define POSTGRES "/usr/lib/postgresql/15/bin/postgres"

/* clang-format off */
static const struct flame_step ON_CPU[] = {
	{ 1, FRAME_THREADS, "postgres", "", 30 * MS, 30 * MS },
	{ 2, FRAME_USER, "main", POSTGRES, 0, 0 },
	{ 3, FRAME_USER, "ServerLoop", POSTGRES, 12 * MS, 12 * MS },
	{ 4, FRAME_USER, "exec_simple_query", POSTGRES, 100 * MS, 110 * MS },
	{ 5, FRAME_USER, "PortalRun", POSTGRES, 40 * MS, 40 * MS },
	{ 6, FRAME_USER, "ExecHashJoin", POSTGRES, 700 * MS, 300 * MS },
	{ 7, FRAME_USER, "ExecSeqScan", POSTGRES, 420 * MS, 500 * MS },
	{ 8, FRAME_USER, "heap_getnextslot", POSTGRES, 640 * MS, 600 * MS },
	{ 9, FRAME_USER, "pread", "/lib/x86_64-linux-gnu/libc.so.6", 60 * MS, 60 * MS },
	{ 10, FRAME_KERNEL, "entry_SYSCALL_64_after_hwframe", "", 5 * MS, 5 * MS },
	{ 11, FRAME_KERNEL, "ksys_pread64", "", 5 * MS, 5 * MS },
	{ 12, FRAME_KERNEL, "ext4_file_read_iter", "[ext4]", 90 * MS, 91 * MS },
	{ 13, FRAME_KERNEL, "filemap_read", "", 300 * MS, 200 * MS },
	{ 14, FRAME_KERNEL, "copy_page_to_iter", "", 500 * MS, 900 * MS },
	{ 7, FRAME_USER, "hash_search_with_hash_value", POSTGRES, 340 * MS, 0 },
	{ 6, FRAME_USER, "ExecSort", POSTGRES, 210 * MS, 700 * MS },
	{ 7, FRAME_USER, "qsort_tuple", POSTGRES, 505 * MS, 1400 * MS },
	{ 5, FRAME_USER, "pg_plan_queries", POSTGRES, 180 * MS, 180 * MS },
	{ 6, FRAME_USER, "", POSTGRES, 44 * MS, 40 * MS },
	{ 1, FRAME_THREADS, "z_rd_int_*", "", 8 * MS, 8 * MS },
	{ 2, FRAME_KERNEL, "taskq_thread", "[spl]", 20 * MS, 20 * MS },
	{ 3, FRAME_KERNEL, "zio_execute", "[zfs]", 30 * MS, 30 * MS },
	{ 4, FRAME_KERNEL, "zio_do_crypt_uio", "[zfs]", 400 * MS, 90 * MS },
	{ 5, FRAME_KERNEL, "kfpu_begin", "[zfs]", 350 * MS, 45 * MS },
	{ 5, FRAME_KERNEL, "", "[zfs]", 120 * MS, 30 * MS },
	{ 4, FRAME_KERNEL, "zio_checksum_verify", "[zfs]", 1, 1 },
	{ 4, FRAME_KERNEL, "zio_taskq_dispatch", "[zfs]", 2, 2 },
	{ 1, FRAME_THREADS, "checkpointer", "", 0, 40 * MS },
	{ 2, FRAME_USER, "BufferSync", POSTGRES, 0, 80 * MS },
};

static const struct flame_step WALL[] = {
	{ 1, FRAME_THREADS, "postgres", "", 0, 0 },
	{ 2, FRAME_USER, "main", POSTGRES, 3 * MS, 0 },
	{ 3, FRAME_USER, "CommitTransaction", POSTGRES, 120 * MS, 0 },
	{ 4, FRAME_USER, "fdatasync", "/lib/x86_64-linux-gnu/libc.so.6", 0, 0 },
	{ 5, FRAME_KERNEL, "ext4_sync_file", "[ext4]", 80 * MS, 0 },
	{ 6, FRAME_KERNEL, "jbd2_log_wait_commit", "[jbd2]", 4 * MS, 0 },
	{ 7, FRAME_BLOCKED, "fs.journal", "", 4200 * MS, 0 },
	{ 6, FRAME_BLOCKED, "disk.device", "", 1900 * MS, 0 },
	{ 3, FRAME_USER, "ExecHashJoin", POSTGRES, 900 * MS, 0 },
	{ 4, FRAME_RUNNABLE, "cpu.runqueue", "", 800 * MS, 0 },
	{ 1, FRAME_THREADS, "walwriter", "", 0, 0 },
	{ 2, FRAME_USER, "WalWriterMain", POSTGRES, 40 * MS, 0 },
	{ 3, FRAME_BLOCKED, "wait.sleep", "", 1500 * MS, 0 },
};

/* What a process may call itself and its functions to hurt whoever looks. */
static const struct flame_step HOSTILE[] = {
	{ 1, FRAME_THREADS, "</text><script>alert(1)</script>", "", 900 * MS, 0 },
	{ 2, FRAME_USER, "<script>alert(1)</script>", "\" onload=\"alert(2)", 500 * MS, 0 },
	{ 3, FRAME_USER, "]]></script><svg onload=\"alert(3)\">", "' onclick='alert(4)", 400 * MS, 0 },
	{ 4, FRAME_USER, "&lt;img src=x onerror=alert(5)&gt;", "javascript:alert(6)", 300 * MS, 0 },
	{ 5, FRAME_KERNEL, "\033]0;owned\007\033[2J\x01\x7f", "\xff\xfe\x80", 200 * MS, 0 },
	{ 6, FRAME_USER, "\u202egpj.exe\u202c \xc0\xbc" "script\xc0\xbe", "a\nb\tc", 150 * MS, 0 },
	{ 7, FRAME_USER, "Größe 大きい関数の名前 ✓ a;b;c", "${alert(7)}`", 140 * MS, 0 },
	{ 8, FRAME_USER, "std::map<std::string, std::vector<int>>::operator[](std::string const&)", "\\u003cscript", 130 * MS, 0 },
	{ 9, FRAME_USER, "&#60;script&#62;alert(8)", "<!--", 120 * MS, 0 },
	{ 10, FRAME_USER, "-->", "<![CDATA[", 110 * MS, 0 },
};
/* clang-format on */

static struct profile *make_hostile(struct flame_options *options)
{
	struct profile *profile = flames_build(HOSTILE, array_count(HOSTILE));
	struct text *note = needed(array_push(&profile->notes));

	note->words = needed(strdup("<script>alert(9)</script> ]]> \033[2J"));
	(void)snprintf(profile->name, sizeof(profile->name), "<b onclick='x'>\"&\x9b");
	(void)snprintf(profile->sampler, sizeof(profile->sampler), "\"><script>alert(10)</script>");
	profile->unit = PROFILE_COUNT;
	profile->frames.items[0].place = "<script>alert(11)</script>.c:1";
	return profile;
}

static struct profile *make_on_cpu(struct flame_options *options)
{
	return flames_build(ON_CPU, array_count(ON_CPU));
}

static struct profile *make_differential(struct flame_options *options)
{
	options->is_differential = true;
	return flames_build(ON_CPU, array_count(ON_CPU));
}

static struct profile *make_wall(struct flame_options *options)
{
	struct profile *profile = flames_build(WALL, array_count(WALL));

	profile->is_wall = true;
	return profile;
}

static struct profile *make_empty(struct flame_options *options)
{
	return flames_build(NULL, 0);
}

static struct profile *make_named(struct flame_step *steps, size_t count, char (*names)[24])
{
	struct profile *profile = flames_build(steps, count);

	profile->names = names;
	return profile;
}

/* One call path, 3,000 calls deep, with a second callee here and there. */
static struct profile *make_deep(struct flame_options *options)
{
	enum {
		LEVELS = 3000
	};
	struct flame_step *steps = needed(calloc(LEVELS, sizeof(*steps)));
	char(*names)[24] = needed(calloc(LEVELS, sizeof(*names)));
	struct profile *profile;

	for (size_t i = 0; i < LEVELS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "recurse_%zu", i);
		steps[i] = (struct flame_step){ (uint32_t)i + 1, FRAME_USER, names[i], "", MS, MS };
	}
	profile = make_named(steps, LEVELS, names);
	free(steps);
	return profile;
}

/* 100,000 nodes, 10 calls deep each: like the tree of 200,000 stacks. */
static struct profile *make_wide(struct flame_options *options)
{
	enum {
		NODES = 100000,
		NAMES = 5000
	};
	struct flame_step *steps = needed(calloc(NODES, sizeof(*steps)));
	char(*names)[24] = needed(calloc(NAMES, sizeof(*names)));
	struct profile *profile;
	uint32_t random = 1;

	for (size_t i = 0; i < NAMES; i++)
		(void)snprintf(names[i], sizeof(names[i]), "function_%zu", i);
	for (size_t i = 0; i < NODES; i++) {
		random = random * 1664525 + 1013904223;
		steps[i] = (struct flame_step){ (uint32_t)(i % 10) + 1,
						i % 10 > 6 ? FRAME_KERNEL : FRAME_USER,
						names[i % 10 ? random % NAMES : i / 10 % NAMES],
						"libwide.so",
						(random >> 8) % (i % 61 ? 4096 : 4096 * 4096),
						0 };
	}
	profile = make_named(steps, NODES, names);
	free(steps);
	return profile;
}

struct profile *flames_sample(const char *name, struct flame_options *options)
{
	static const struct {
		const char *name;
		struct profile *(*make)(struct flame_options *options);
	} SAMPLES[] = {
		{ "on-cpu", make_on_cpu },
		{ "wall", make_wall },
		{ "differential", make_differential },
		{ "hostile", make_hostile },
		{ "empty", make_empty },
		{ "deep", make_deep },
		{ "wide", make_wide },
	};

	for (size_t i = 0; i < array_count(SAMPLES); i++) {
		if (strcmp(SAMPLES[i].name, name) == 0)
			return SAMPLES[i].make(options);
	}
	return NULL;
}
