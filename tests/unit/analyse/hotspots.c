/* Is what is said of hot functions right, and is nothing said where it would be wrong? */
#include "analyse/hotspots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"
#include "unit/analyse/fixtures_folder.h"

enum {
	FRAMES_MAX = 16,
	STACKS_MAX = 16,
	HITS_MAX = 8
};

/* Stacks in words, and what is found in them. */
struct scene {
	struct hotspot_facts facts;
	char texts[4096];
	size_t used;
	struct hot_frame frames[STACKS_MAX][FRAMES_MAX];
	struct hot_stack stacks[STACKS_MAX];
	size_t count;
	struct hotspot_hit hits[HITS_MAX];
	size_t hit_count;
};

static const struct hotspot_facts FACTS = { .whose = "the samples of it", .samples = 1000 };

/* "function@module function@module", innermost first; '~' in a name stands for a blank. */
static void add_stack(struct scene *scene, enum hot_kind kind, double share, const char *words)
{
	struct hot_stack *stack = &scene->stacks[scene->count];
	char *text = scene->texts + scene->used, *rest = NULL;

	assert_true(scene->count < STACKS_MAX);
	assert_true(strlen(words) + 1 < sizeof(scene->texts) - scene->used);
	memcpy(text, words, strlen(words) + 1);
	scene->used += strlen(words) + 1;
	stack->frames = scene->frames[scene->count];
	stack->share = share;
	for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		struct hot_frame *frame = &scene->frames[scene->count][stack->count];
		char *module = strchr(name, '@');

		assert_true(stack->count < FRAMES_MAX);
		for (char *blank = strchr(name, '~'); blank; blank = strchr(blank, '~'))
			*blank = ' ';
		if (module)
			*module++ = '\0';
		frame->kind = kind;
		frame->name = name;
		frame->module = module;
		frame->is_leaf = stack->count == 0;
		stack->count++;
	}
	scene->count++;
}

static void judge(struct scene *scene)
{
	assert_int_equal(hotspots_match(scene->stacks, scene->count, &scene->facts, scene->hits,
					HITS_MAX, &scene->hit_count),
			 0);
}

static const struct hotspot_hit *find_hit(const struct scene *scene, const char *id)
{
	for (size_t i = 0; i < scene->hit_count; i++) {
		if (strcmp(scene->hits[i].id, id) == 0)
			return &scene->hits[i];
	}
	return NULL;
}

/* The id of the heaviest hit of one stack that has this share; "" when there is none. */
static const char *heaviest(enum hot_kind kind, double share, const char *words)
{
	struct scene scene = { .facts = FACTS };

	add_stack(&scene, kind, share, words);
	judge(&scene);
	return scene.hit_count ? scene.hits[0].id : "";
}

struct row {
	const char *family;
	const char *id;
	enum hot_kind kind;
	bool is_inside;
	double least;
	const char *functions;
	const char *relation;
	const char *companions;
	const char *need;
	const char *meaning;
	const char *advice;
};

static const struct row ROWS[] = {
#define SELF   false
#define INSIDE true
#define HOTSPOT(family, id, KIND, WAY, least, functions, RELATION, companions, NEED, meaning, \
		advice)                                                                       \
	{ family,    id,         HOT_##KIND, WAY,     least, functions,                       \
	  #RELATION, companions, #NEED,      meaning, advice },
#include "analyse/hotspots.def"
#undef HOTSPOT
#undef SELF
#undef INSIDE
};

static bool is(const char *text, const char *other)
{
	return strcmp(text, other) == 0;
}

/* A character of a name that a pattern with this one fits. */
static char example_of(char character)
{
	if (character == '*')
		return 'x';
	return character == ' ' ? '~' : character;
}

/* A frame that the pattern at *patterns fits; the next one is then there. */
static const char *next_example(const char **patterns, char *ret, size_t room)
{
	size_t bytes = strcspn(*patterns, "|"), used = 0;

	for (size_t i = 0; i < bytes && used + 1 < room; i++)
		ret[used++] = example_of((*patterns)[i]);
	ret[used] = '\0';
	*patterns += bytes;
	*patterns += **patterns == '|';
	return ret;
}

static struct hotspot_facts facts_for(const struct row *row)
{
	struct hotspot_facts facts = FACTS;

	if (is(row->need, "SLOW_CLOCK"))
		facts.clock = "hpet";
	if (strncmp(row->need, "CLOCK_SAMPLER", 13) == 0)
		facts.sampler = "cpu-clock at 99 Hz";
	facts.hypervisor = is(row->need, "CLOCK_SAMPLER_ON_XEN")     ? "xen"
			   : is(row->need, "CLOCK_SAMPLER_ON_KVM")   ? "kvm"
			   : is(row->need, "CLOCK_SAMPLER_IN_GUEST") ? "vmware"
								     : "none";
	return facts;
}

/* Is the row told of a stack that begins with the example, with its companion further out? */
static bool is_told(const struct row *row, const char *example, double share, bool has_companion)
{
	struct scene scene = { .facts = facts_for(row) };
	char companion[128] = "", words[300];
	const char *patterns = row->companions;

	if (has_companion && row->companions[0])
		next_example(&patterns, companion, sizeof(companion));
	assert_true(snprintf(words, sizeof(words), "%s caller_of_both %s", example, companion) <
		    (int)sizeof(words));
	add_stack(&scene, row->kind, share, words);
	judge(&scene);
	return find_hit(&scene, row->id) != NULL;
}

static void every_row_is_told_for_all_that_it_asks_for(void **state)
{
	char example[128];

	for (size_t i = 0; i < array_count(ROWS); i++) {
		const char *patterns = ROWS[i].functions;

		while (*patterns) {
			next_example(&patterns, example, sizeof(example));
			if (!is_told(&ROWS[i], example, ROWS[i].least + 0.01, true))
				fail_msg("%s is not told of %s", ROWS[i].id, example);
		}
	}
}

static void no_row_is_told_below_its_share_or_without_its_companion(void **state)
{
	char example[128];

	for (size_t i = 0; i < array_count(ROWS); i++) {
		const char *patterns = ROWS[i].functions;
		bool is_alone = is(ROWS[i].relation, "ALONE");

		next_example(&patterns, example, sizeof(example));
		if (is_told(&ROWS[i], example, ROWS[i].least - 0.01, true))
			fail_msg("%s is told of too small a share", ROWS[i].id);
		if (!is_alone && is_told(&ROWS[i], example, 0.9, false))
			fail_msg("%s is told of %s alone", ROWS[i].id, example);
	}
}

static void a_function_that_only_called_others_is_not_hot_itself(void **state)
{
	char example[128], words[200];

	for (size_t i = 0; i < array_count(ROWS); i++) {
		const char *patterns = ROWS[i].functions;

		next_example(&patterns, example, sizeof(example));
		(void)snprintf(words, sizeof(words), "callee %s", example);
		if (is(ROWS[i].relation, "ALONE") &&
		    is_told(&ROWS[i], words, 0.9, true) != ROWS[i].is_inside)
			fail_msg("%s inside of %s", words, ROWS[i].id);
	}
}

static void rows_that_need_a_sampler_or_a_machine_are_silent_elsewhere(void **state)
{
	const struct hotspot_facts others[] = {
		{ .samples = 1000 },
		{ .samples = 1000, .sampler = "PMU cycles at 99 Hz", .hypervisor = "kvm" },
		{ .samples = 1000, .sampler = "cycles", .clock = "tsc", .hypervisor = "xen" },
	};
	const char *needy[] = { "skid", "skid.guest", "skid.kvm", "skid.xen", "clock.slow" };

	for (size_t i = 0; i < array_count(others); i++) {
		struct scene scene = { .facts = others[i] };

		add_stack(&scene, HOT_KERNEL, 0.5, "_raw_spin_unlock_irqrestore");
		add_stack(&scene, HOT_KERNEL, 0.4, "read_hpet");
		judge(&scene);
		for (size_t k = 0; k < array_count(needy); k++)
			assert_null(find_hit(&scene, needy[k]));
		assert_non_null(find_hit(&scene, "clock.device"));
	}
}

static size_t count_patterns(const char *patterns)
{
	size_t count = 0;

	while (*patterns) {
		count++;
		patterns += strcspn(patterns, "|");
		patterns += *patterns == '|';
	}
	return count;
}

static void the_index_has_room_for_all_patterns(void **state)
{
	size_t count = 64; /* more than what is no row */

	for (size_t i = 0; i < array_count(ROWS); i++)
		count += count_patterns(ROWS[i].functions) + count_patterns(ROWS[i].companions);
	assert_true(count <= HOT_PATTERNS_MAX);
}

static void the_texts_of_the_rows_are_whole(void **state)
{
	for (size_t i = 0; i < array_count(ROWS); i++) {
		const struct row *row = &ROWS[i];

		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->id, ROWS[k].id);
		assert_true(row->family[0] && row->functions[0] && row->meaning[0]);
		assert_true(row->least > 0.01 && row->least < 0.5);
		assert_int_equal(is(row->relation, "ALONE"), row->companions[0] == '\0');
		/* A clause and a sentence. */
		assert_null(strchr(".:", row->meaning[strlen(row->meaning) - 1]));
		assert_int_equal(row->advice[strlen(row->advice) - 1], '.');
		assert_null(strstr(row->functions, "||"));
		assert_null(strstr(row->companions, "||"));
	}
}

/* The lines of a thread of perf's report, as shares of that thread. */
static void read_report(struct scene *scene, const char *thread)
{
	FILE *file = fopen(FIXTURES_FOLDER "/perf-report-zfs-aes-ccm.txt", "re");
	char percent[32], comm[32], module[64], symbol[128], words[200];

	assert_non_null(file);
	while (fscanf(file, "%31s %31s %63s [k] %127s", percent, comm, module, symbol) == 4) {
		if (strcmp(comm, thread) != 0)
			continue;
		(void)snprintf(words, sizeof(words), "%s@%s", symbol, module);
		add_stack(scene, HOT_KERNEL, strtod(percent, NULL), words);
	}
	assert_int_equal(fclose(file), 0);
}

static void to_shares(struct scene *scene)
{
	double sum = 0;

	for (size_t i = 0; i < scene->count; i++)
		sum += scene->stacks[i].share;
	for (size_t i = 0; i < scene->count; i++)
		scene->stacks[i].share /= sum;
}

static void aes_ccm_is_known_by_perfs_report_alone(void **state)
{
	struct scene scene = { .facts = { .whose = "z_rd_int's samples",
					  .samples = 900,
					  .sampler = "cpu-clock",
					  .hypervisor = "kvm" } };

	read_report(&scene, "z_rd_int");
	assert_int_equal(scene.count, 10);
	to_shares(&scene);
	judge(&scene);
	assert_int_equal(scene.hit_count, 2);
	assert_string_equal(scene.hits[0].id, "zfs.ccm_fpu");
	assert_string_equal(
		scene.hits[0].evidence,
		"the FPU's state is saved and restored for each block of ZFS's AES-CCM: "
		"kfpu_end 94 %, with ccm_mode_decrypt_contiguous_blocks 0.8 % of "
		"z_rd_int's samples");
	assert_non_null(strstr(scene.hits[0].advice, "AES-GCM"));
	assert_non_null(strstr(scene.hits[0].advice, "9749"));
	/* The sampler is a timer, and kfpu_end() is where interrupts come back on. */
	assert_string_equal(scene.hits[1].id, "skid.kvm");
	assert_non_null(strstr(scene.hits[1].advice, "pmu=on"));
}

static void the_reader_of_that_file_zeroes_and_copies(void **state)
{
	struct scene scene = { .facts = FACTS };

	read_report(&scene, "dd");
	assert_int_equal(scene.count, 3);
	to_shares(&scene);
	judge(&scene);
	assert_int_equal(scene.hit_count, 2);
	assert_string_equal(scene.hits[0].id, "copying");
	assert_string_equal(scene.hits[0].evidence,
			    "data is copied in the kernel: copy_user_enhanced_fast_string 27 %, "
			    "memcpy_erms 23 % of the samples of it");
	assert_string_equal(scene.hits[1].id, "zeroing");
}

static void stacks_tell_which_copy_and_which_lock_it_is(void **state)
{
	static const struct {
		const char *id;
		const char *stack;
	} rows[] = {
		{ "copying.page_cache", "rep_movs_alternative _copy_to_iter copy_page_to_iter "
					"filemap_read vfs_read ksys_read do_syscall_64" },
		{ "copying.socket", "rep_movs_alternative _copy_from_iter tcp_sendmsg_locked "
				    "tcp_sendmsg sock_write_iter" },
		{ "copying.pipe", "copy_user_enhanced_fast_string copyin _copy_from_iter "
				  "copy_page_from_iter pipe_write vfs_write" },
		{ "faults.cow", "copy_page wp_page_copy do_wp_page __handle_mm_fault" },
		{ "copying", "memcpy some_driver_does do_syscall_64" },
		{ "spin.futex",
		  "native_queued_spin_lock_slowpath _raw_spin_lock futex_wake do_futex" },
		{ "spin.dentry", "native_queued_spin_lock_slowpath _raw_spin_lock dput path_put" },
		{ "spin.directory", "rwsem_spin_on_owner rwsem_down_write_slowpath down_write "
				    "open_last_lookups path_openat" },
		{ "spin.mmap", "osq_lock rwsem_down_write_slowpath down_write_killable "
			       "vm_mmap_pgoff ksys_mmap_pgoff" },
		{ "spin.owner", "mutex_spin_on_owner __mutex_lock pipe_write" },
		{ "spin", "__pv_queued_spin_lock_slowpath _raw_spin_lock try_to_wake_up" },
		{ "zeroing.huge", "clear_page_erms clear_huge_page do_huge_pmd_anonymous_page" },
		{ "zeroing.first_touch", "clear_page_erms get_page_from_freelist __alloc_pages "
					 "__handle_mm_fault handle_mm_fault" },
		{ "zeroing", "clear_page_erms get_page_from_freelist abd_alloc_chunks" },
		/* Calls without arguments have one address for all their names. */
		{ "sched_yield", "__schedule schedule __ia32_sys_sched_yield do_syscall_64" },
		{ "random", "chacha_permute chacha_block_generic get_random_bytes_user vfs_read" },
		{ "", "chacha_permute chacha_block_generic wg_packet_encrypt_worker" },
		{ "tlb.shootdown", "smp_call_function_many_cond on_each_cpu_cond_mask "
				   "flush_tlb_mm_range tlb_finish_mmu" },
		{ "membarrier", "smp_call_function_many_cond membarrier_private_expedited" },
		{ "", "smp_call_function_many_cond text_poke_bp_batch" },
		{ "md.parity", "raid6_avx24_gen_syndrome ops_run_reconstruct6 raid_run_ops" },
		{ "parity", "raid6_avx24_gen_syndrome rmw_rbio" },
		{ "swap.compression", "lzo1x_1_do_compress zcomp_compress zram_write_page" },
		{ "crypto.dm_crypt",
		  "aes_xts_encrypt_aesni_avx xts_crypt crypt_convert kcryptd_crypt" },
		{ "zfs.gzip",
		  "longest_match deflate_slow zlib_deflate gzip_compress zio_compress_data" },
	};

	for (size_t i = 0; i < array_count(rows); i++)
		assert_string_equal(heaviest(HOT_KERNEL, 0.4, rows[i].stack), rows[i].id);
}

static void a_name_that_only_begins_alike_is_another(void **state)
{
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "clear_page_dirty_for_io"), "");
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "copy_page_range"), "");
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "kernel_read_hpet"), "");
	assert_string_equal(heaviest(HOT_USER, 0.9, "mallocate"), "");
	/* Nor is it the same in another place. */
	assert_string_equal(heaviest(HOT_USER, 0.9, "clear_page_erms"), "");
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "malloc"), "");
	assert_string_equal(heaviest(HOT_USER, 0.9, "GC~Thread#0"), "");
}

static void what_compilers_add_to_a_name_does_not_matter(void **state)
{
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "clear_page_rep.isra.0"), "zeroing");
	assert_string_equal(heaviest(HOT_USER, 0.9, "_int_malloc.constprop.0.cold"), "malloc");
	/* In Go the point belongs to the name. */
	assert_string_equal(heaviest(HOT_USER, 0.9, "runtime.mallocgc"), "go.malloc");
	assert_string_equal(heaviest(HOT_USER, 0.9, "runtime"), "");
}

static void a_library_names_itself_where_its_functions_have_no_names(void **state)
{
	struct scene scene = { .facts = FACTS };

	add_stack(&scene, HOT_USER, 0.3, "@/usr/lib/x86_64-linux-gnu/libcrypto.so.3");
	add_stack(&scene, HOT_USER, 0.2, "do_work@/opt/program");
	judge(&scene);
	assert_int_equal(scene.hit_count, 1);
	assert_string_equal(scene.hits[0].id, "crypto.library");
	assert_non_null(strstr(scene.hits[0].evidence, ": libcrypto.so.3 30 % of "));
	assert_string_equal(heaviest(HOT_USER, 0.3, "@/srv/libcrypto.so.d/program"), "");
}

static void threads_are_known_by_their_names(void **state)
{
	assert_string_equal(heaviest(HOT_THREADS, 0.3, "GC~Thread#0"), "jvm.gc");
	assert_string_equal(heaviest(HOT_THREADS, 0.3, "C2~CompilerThre"), "jvm.jit");
	assert_string_equal(heaviest(HOT_THREADS, 0.3, "worker"), "");
}

static void shares_of_several_functions_are_summed(void **state)
{
	struct scene scene = { .facts = FACTS };

	add_stack(&scene, HOT_USER, 0.06, "_int_malloc");
	add_stack(&scene, HOT_USER, 0.05, "malloc");
	add_stack(&scene, HOT_USER, 0.05, "_int_free");
	add_stack(&scene, HOT_USER, 0.01, "cfree");
	judge(&scene);
	assert_int_equal(scene.hit_count, 1);
	assert_true(scene.hits[0].share > 0.1699 && scene.hits[0].share < 0.1701);
	assert_non_null(strstr(scene.hits[0].evidence,
			       "_int_malloc 6.0 %, _int_free 5.0 %, malloc 5.0 % of"));
}

static void a_recursion_counts_once(void **state)
{
	struct scene scene = { .facts = FACTS };

	add_stack(&scene, HOT_KERNEL, 0.4,
		  "folio_referenced shrink_folio_list shrink_lruvec shrink_node");
	judge(&scene);
	assert_int_equal(scene.hit_count, 1);
	assert_string_equal(scene.hits[0].id, "reclaim");
	assert_true(scene.hits[0].share > 0.3999 && scene.hits[0].share < 0.4001);
}

static void hits_fall_by_share_and_keep_to_the_room(void **state)
{
	struct scene scene = { .facts = FACTS };
	size_t count;

	add_stack(&scene, HOT_USER, 0.2, "memset");
	add_stack(&scene, HOT_USER, 0.4, "inflate_fast");
	add_stack(&scene, HOT_USER, 0.3, "malloc");
	judge(&scene);
	assert_int_equal(scene.hit_count, 3);
	assert_string_equal(scene.hits[0].id, "deflate");
	assert_string_equal(scene.hits[1].id, "malloc");
	assert_string_equal(scene.hits[2].id, "memset");
	assert_int_equal(hotspots_match(scene.stacks, scene.count, &FACTS, scene.hits, 2, &count),
			 0);
	assert_int_equal(count, 2);
	assert_string_equal(scene.hits[0].id, "deflate");
	assert_string_equal(scene.hits[1].id, "malloc");
}

static void few_samples_prove_nothing(void **state)
{
	struct scene scene = { .facts = { .samples = 19 } };

	add_stack(&scene, HOT_KERNEL, 1, "clear_page_erms");
	judge(&scene);
	assert_int_equal(scene.hit_count, 0);
	scene.facts.samples = 20;
	judge(&scene);
	assert_int_equal(scene.hit_count, 1);
	assert_non_null(strstr(scene.hits[0].evidence, "clear_page_erms 100 % of the samples"));
	/* Four of them neither. */
	scene.stacks[0].share = 0.2;
	judge(&scene);
	assert_int_equal(scene.hit_count, 0);
}

static void the_watching_itself_is_no_bpf_program_of_others(void **state)
{
	assert_string_equal(heaviest(HOT_KERNEL, 0.2,
				     "bpf_prog_0123_firewall bpf_prog_run_generic_xdp "
				     "netif_receive_generic_xdp"),
			    "bpf");
	assert_string_equal(heaviest(HOT_KERNEL, 0.2,
				     "bpf_prog_0123_on_switch bpf_trace_run4 "
				     "__traceiter_sched_switch __schedule"),
			    "");
	/* What called it still counts. */
	assert_string_equal(heaviest(HOT_KERNEL, 0.2,
				     "bpf_prog_0123_on_switch bpf_trace_run4 "
				     "__traceiter_sched_switch __schedule "
				     "do_sched_yield"),
			    "sched_yield");
}

static void what_an_interrupt_interrupted_is_not_to_blame(void **state)
{
	assert_string_equal(heaviest(HOT_KERNEL, 0.2,
				     "native_queued_spin_lock_slowpath try_to_wake_up "
				     "handle_softirqs asm_sysvec_apic_timer_interrupt "
				     "futex_wait_setup do_futex"),
			    "spin");
	assert_string_equal(heaviest(HOT_KERNEL, 0.9,
				     "hrtimer_interrupt asm_sysvec_apic_timer_interrupt "
				     "copy_page wp_page_copy do_sched_yield"),
			    "");
	/* A page fault is the thread's own doing. */
	assert_string_equal(heaviest(HOT_KERNEL, 0.9, "clear_page_erms asm_exc_page_fault"),
			    "zeroing.first_touch");
}

static void frames_that_no_row_asks_for_may_be_left_out(void **state)
{
	const struct hot_frame known = { .kind = HOT_KERNEL, .name = "filemap_read" };
	const struct hot_frame library = { .kind = HOT_USER,
					   .name = "x",
					   .module = "/lib/libz.so.1" };
	const struct hot_frame unknown = { .kind = HOT_KERNEL, .name = "vfs_read" };
	const struct hot_frame nameless = { .kind = HOT_USER };
	const struct hot_frame watching = { .kind = HOT_KERNEL, .name = "bpf_trace_run4" };
	struct hot_index index;

	hotspots_index(&index);
	assert_true(hotspots_know(&index, &known));
	assert_true(hotspots_know(&index, &library));
	assert_true(hotspots_know(&index, &watching));
	assert_false(hotspots_know(&index, &unknown));
	assert_false(hotspots_know(&index, &nameless));
}

static void a_guest_is_told_how_to_get_a_counter(void **state)
{
	struct hotspot_facts facts = { .sampler = "cpu-clock at 99 Hz", .hypervisor = "xen" };

	assert_non_null(strstr(hotspots_sampler_advice(&facts), "vpmu=1"));
	facts.hypervisor = "kvm";
	assert_non_null(strstr(hotspots_sampler_advice(&facts), "-cpu host,pmu=on"));
	facts.hypervisor = "hyperv";
	assert_non_null(strstr(hotspots_sampler_advice(&facts), "whoever runs the hypervisor"));
	facts.hypervisor = "none";
	assert_null(hotspots_sampler_advice(&facts));
	facts.hypervisor = NULL;
	assert_null(hotspots_sampler_advice(&facts));
	facts = (struct hotspot_facts){ .sampler = "PMU cycles at 99 Hz", .hypervisor = "kvm" };
	assert_null(hotspots_sampler_advice(&facts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_told_for_all_that_it_asks_for),
		cmocka_unit_test(no_row_is_told_below_its_share_or_without_its_companion),
		cmocka_unit_test(a_function_that_only_called_others_is_not_hot_itself),
		cmocka_unit_test(rows_that_need_a_sampler_or_a_machine_are_silent_elsewhere),
		cmocka_unit_test(the_index_has_room_for_all_patterns),
		cmocka_unit_test(the_texts_of_the_rows_are_whole),
		cmocka_unit_test(aes_ccm_is_known_by_perfs_report_alone),
		cmocka_unit_test(the_reader_of_that_file_zeroes_and_copies),
		cmocka_unit_test(stacks_tell_which_copy_and_which_lock_it_is),
		cmocka_unit_test(a_name_that_only_begins_alike_is_another),
		cmocka_unit_test(what_compilers_add_to_a_name_does_not_matter),
		cmocka_unit_test(a_library_names_itself_where_its_functions_have_no_names),
		cmocka_unit_test(threads_are_known_by_their_names),
		cmocka_unit_test(shares_of_several_functions_are_summed),
		cmocka_unit_test(a_recursion_counts_once),
		cmocka_unit_test(hits_fall_by_share_and_keep_to_the_room),
		cmocka_unit_test(few_samples_prove_nothing),
		cmocka_unit_test(the_watching_itself_is_no_bpf_program_of_others),
		cmocka_unit_test(what_an_interrupt_interrupted_is_not_to_blame),
		cmocka_unit_test(frames_that_no_row_asks_for_may_be_left_out),
		cmocka_unit_test(a_guest_is_told_how_to_get_a_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
