/* Are threads and mappings told as perf recorded them, and when they are needed? */
#include "import/perf_tasks.h"

#include "harness/test.h"
#include "unit/import/image.h"
#include "unit/import/kept.h"

static const uint64_t CHAIN[] = { (uint64_t)-512, 0x401000 };

static void add_user_sample(struct bytes *records, uint32_t pid, uint32_t tid, uint64_t time_ns)
{
	const struct spot spot = { .misc = PERF_MODE_USER,
				   .pid = pid,
				   .tid = tid,
				   .time_ns = time_ns,
				   .period = 1,
				   .ip = CHAIN[1],
				   .chain = CHAIN,
				   .frames = array_count(CHAIN) };

	add_sample(records, &CPU_CLOCK, &spot);
}

static void add_kernel_sample(struct bytes *records, uint32_t tid, uint64_t time_ns)
{
	const struct spot spot = {
		.pid = tid, .tid = tid, .time_ns = time_ns, .period = 1, .ip = 0xffffffff81000000
	};

	add_sample(records, &CPU_CLOCK, &spot);
}

static void add_program(struct bytes *records, uint32_t pid, const char *path, uint64_t time_ns)
{
	const struct mmap map = { .misc = PERF_MODE_USER,
				  .pid = pid,
				  .start = 0x400000,
				  .count = 0x10000,
				  .path = path,
				  .time_ns = time_ns };

	add_mmap(records, &CPU_CLOCK, &map);
}

static void read_records(struct bytes *records, struct kept *kept)
{
	struct bytes file = {};

	make_file(&file, &CPU_CLOCK, 1, records, NULL, 0);
	assert_int_equal(read_image(&file, true, kept), 0);
	bytes_free(&file);
	bytes_free(records);
}

static void mappings_of_processes_that_were_not_seen_are_not_told(void **state)
{
	struct bytes records = {};
	struct kept kept = {};

	add_program(&records, 10, "/bin/seen", 0);
	add_program(&records, 12, "/bin/idle", 0);
	add_user_sample(&records, 10, 10, 100);
	read_records(&records, &kept);
	assert_int_equal(kept_count(&kept, EVENT_MAPPING), 1);
	kept_free(&kept);
}

static void a_forked_process_has_its_parents_mappings_until_it_runs_a_program(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_mapping *map;

	add_program(&records, 10, "/bin/parent", 0);
	add_user_sample(&records, 10, 10, 50);
	add_life(&records, &CPU_CLOCK, PERF_REC_FORK, 12, 12, 10, 100);
	add_user_sample(&records, 12, 12, 150);
	add_comm(&records, &CPU_CLOCK, PERF_MISC_COMM_EXEC, 12, 12, "other", 200);
	add_program(&records, 12, "/bin/other", 210);
	add_user_sample(&records, 12, 12, 250);
	read_records(&records, &kept);
	assert_int_equal(kept_count(&kept, EVENT_MAPPING), 3);
	map = kept_at(&kept, EVENT_MAPPING, 1);
	assert_int_equal(map->tgid, 12);
	assert_memory_equal(map->path, "/bin/parent", map->path_bytes);
	map = kept_at(&kept, EVENT_MAPPING, 2);
	assert_memory_equal(map->path, "/bin/other", map->path_bytes);
	kept_free(&kept);
}

static void the_same_addresses_in_another_program_are_another_stack(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_sample *before, *after;

	add_program(&records, 10, "/bin/one", 0);
	add_user_sample(&records, 10, 10, 50);
	add_comm(&records, &CPU_CLOCK, PERF_MISC_COMM_EXEC, 10, 10, "two", 100);
	add_program(&records, 10, "/bin/two", 110);
	add_user_sample(&records, 10, 10, 150);
	read_records(&records, &kept);
	before = kept_at(&kept, EVENT_SAMPLE, 0);
	after = kept_at(&kept, EVENT_SAMPLE, 1);
	assert_true(before->user_stack != after->user_stack);
	assert_int_equal(kept_count(&kept, EVENT_STACK), 2);
	kept_free(&kept);
}

static void children_of_kthreadd_are_kernel_threads(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_task *task;

	add_life(&records, &CPU_CLOCK, PERF_REC_FORK, 40, 40, 2, 0);
	add_comm(&records, &CPU_CLOCK, 0, 40, 40, "z_rd_int_0", 0);
	add_life(&records, &CPU_CLOCK, PERF_REC_FORK, 41, 41, 1, 0);
	add_comm(&records, &CPU_CLOCK, 0, 41, 41, "daemon", 0);
	add_program(&records, 41, "/bin/daemon", 0);
	add_kernel_sample(&records, 40, 100);
	add_kernel_sample(&records, 41, 110);
	read_records(&records, &kept);
	task = kept_at(&kept, EVENT_TASK, 0);
	assert_int_equal(task->tid, 40);
	assert_string_equal(task->comm, "z_rd_int_0");
	assert_int_equal(task->flags, TASK_KERNEL | TASK_TARGET);
	assert_int_equal(task->birth_ns, 0);
	task = kept_at(&kept, EVENT_TASK, 1);
	assert_int_equal(task->flags, TASK_TARGET);
	kept_free(&kept);
}

static void a_thread_that_nobody_named_has_its_number_for_a_name(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct event_task *task;

	add_user_sample(&records, 10, 77, 100);
	read_records(&records, &kept);
	task = kept_at(&kept, EVENT_TASK, 0);
	assert_string_equal(task->comm, ":77");
	assert_int_equal(task->tgid, 10);
	kept_free(&kept);
}

static void modules_are_told_by_their_names(void **state)
{
	struct bytes records = {};
	struct kept kept = {};
	const struct mmap module = { .misc = PERF_MODE_KERNEL,
				     .pid = UINT32_MAX,
				     .start = 0xffffffffc0000000,
				     .count = 0x1000,
				     .path = "/lib/modules/6.1.0/extra/dm-mod.ko.zst" };
	const struct event_mapping *map;

	add_mmap(&records, &CPU_CLOCK, &module);
	add_kernel_sample(&records, 5, 100);
	read_records(&records, &kept);
	map = kept_at(&kept, EVENT_MAPPING, 0);
	assert_int_equal(map->tgid, 0);
	assert_int_equal(map->path_bytes, 8);
	assert_memory_equal(map->path, "[dm_mod]", 8);
	kept_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_of_processes_that_were_not_seen_are_not_told),
		cmocka_unit_test(a_forked_process_has_its_parents_mappings_until_it_runs_a_program),
		cmocka_unit_test(the_same_addresses_in_another_program_are_another_stack),
		cmocka_unit_test(children_of_kthreadd_are_kernel_threads),
		cmocka_unit_test(a_thread_that_nobody_named_has_its_number_for_a_name),
		cmocka_unit_test(modules_are_told_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
