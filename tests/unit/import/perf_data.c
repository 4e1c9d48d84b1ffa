/* Does a perf.data file become the right events? Files and pipes, both byte orders, whole and cut.
 */
#include "import/perf_data.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/image.h"
#include "unit/import/kept.h"

#define KERNEL ((uint64_t)-128)
#define USER   ((uint64_t)-512)

/* Two kernel frames, three of the program. */
static const uint64_t CHAIN[] = { KERNEL,  0xffffffff81000100, 0xffffffff81000200,
				  USER,    0x401000,           0x402000,
				  0x403000 };

static struct spot spot(uint64_t time_ns)
{
	return (struct spot){
		.pid = 10,
		.tid = 11,
		.cpu = 1,
		.time_ns = time_ns,
		.period = 1000000,
		.ip = CHAIN[1],
		.chain = CHAIN,
		.frames = array_count(CHAIN),
	};
}

static void add_spot(struct bytes *records, const struct attr *attr, uint64_t time_ns)
{
	const struct spot it = spot(time_ns);

	add_sample(records, attr, &it);
}

/* Born, named, mapped, seen twice, dead. */
static void add_life_of_one(struct bytes *records)
{
	const struct mmap kernel = { .misc = PERF_MODE_KERNEL,
				     .pid = UINT32_MAX,
				     .start = 0xffffffff81000000,
				     .count = 0x100000,
				     .offset = 0xffffffff81000000,
				     .path = "[kernel.kallsyms]_text" };
	const struct mmap program = { .misc = PERF_MODE_USER,
				      .pid = 10,
				      .start = 0x400000,
				      .count = 0x10000,
				      .path = "/usr/bin/job",
				      .time_ns = 110 };

	add_mmap(records, &CPU_CLOCK, &kernel);
	add_comm(records, &CPU_CLOCK, PERF_MISC_COMM_EXEC, 10, 10, "job", 100);
	add_mmap2(records, &CPU_CLOCK, &program);
	add_life(records, &CPU_CLOCK, PERF_REC_FORK, 10, 11, 10, 120);
	add_spot(records, &CPU_CLOCK, 200);
	add_spot(records, &CPU_CLOCK, 300);
	add_life(records, &CPU_CLOCK, PERF_REC_EXIT, 10, 11, 10, 400);
}

static void assert_life_of_one(const struct kept *kept)
{
	const struct event_watch *watch = kept_at(kept, EVENT_WATCH, 0);
	const struct event_sample *sample = kept_at(kept, EVENT_SAMPLE, 1);
	const struct event_task_end *death = kept_at(kept, EVENT_TASK_END, 0);
	const struct event_mapping *map = kept_at(kept, EVENT_MAPPING, 1);
	const struct event_sampler *sampler = kept_at(kept, EVENT_SAMPLER, 0);
	const struct event_stack *kernel, *user;

	assert_non_null(watch);
	assert_int_equal(watch->head.time_ns, 100);
	assert_string_equal(sampler->name, "cpu-clock");
	assert_int_equal(sampler->unit, SAMPLER_NS);
	assert_int_equal(kept_count(kept, EVENT_SAMPLE), 2);
	assert_int_equal(sample->head.time_ns, 300);
	assert_int_equal(sample->tid, 11);
	assert_int_equal(sample->cpu, 1);
	assert_int_equal(sample->weight_ns, 1000000);
	assert_int_equal(sample->period, 1000000);
	assert_int_equal(sample->sampler, sampler->id);
	assert_int_equal(kept_count(kept, EVENT_STACK), 2);
	kernel = kept_stack(kept, sample->stack);
	user = kept_stack(kept, sample->user_stack);
	assert_int_equal(kernel->frames, 2);
	assert_true(kernel->frame[1].address == 0xffffffff81000200);
	assert_int_equal(user->frames, 3);
	assert_int_equal(user->flags, STACK_USER);
	assert_int_equal(user->tgid, 10);
	assert_int_equal(user->frame[2].address, 0x403000);
	assert_int_equal(map->tgid, 10);
	assert_int_equal(map->build_id_bytes, 20);
	assert_memory_equal(map->path, "/usr/bin/job", map->path_bytes);
	assert_int_equal(death->tid, 11);
	assert_string_equal(kept->kernel.symbol, "_text");
	assert_true(kept->kernel.symbol_address == 0xffffffff81000000);
	assert_non_null(kept_at(kept, EVENT_WATCH_END, 0));
}

static void assert_reads(const struct bytes *image, bool is_seekable)
{
	struct kept kept = {};

	assert_int_equal(read_image(image, is_seekable, &kept), 0);
	assert_string_equal(kept.damage, "");
	assert_life_of_one(&kept);
	kept_free(&kept);
}

static void a_file_becomes_events(void **state)
{
	struct bytes records = {}, file = {};

	add_life_of_one(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_reads(&file, true);
	assert_reads(&file, false);
	bytes_free(&records);
	bytes_free(&file);
}

static void a_pipe_becomes_the_same_events(void **state)
{
	struct bytes records = {}, file = {};

	add_life_of_one(&records);
	make_pipe(&file, &CPU_CLOCK, 1, &records);
	assert_reads(&file, true);
	assert_reads(&file, false);
	bytes_free(&records);
	bytes_free(&file);
}

static void the_other_byte_order_becomes_the_same_events(void **state)
{
	struct bytes records = { .swap = true }, file = {}, piped = {};

	add_life_of_one(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	make_pipe(&piped, &CPU_CLOCK, 1, &records);
	assert_reads(&file, true);
	assert_reads(&piped, false);
	bytes_free(&records);
	bytes_free(&file);
	bytes_free(&piped);
}

static void packed_records_become_the_same_events(void **state)
{
	static const uint32_t TYPES[] = { PERF_REC_COMPRESSED, PERF_REC_COMPRESSED2 };
	static const size_t PIECES[] = { 7, 40, 60000 };

	for (size_t i = 0; i < array_count(TYPES) * array_count(PIECES); i++) {
		struct bytes records = {}, packed = {}, file = {};

		add_life_of_one(&records);
		/* Pieces of 7 and 40 bytes end in the middle of records. */
		add_packed(&packed, &records, PIECES[i / 2], TYPES[i % 2]);
		make_file(&file, &CPU_CLOCK, 1, &packed, NULL, 0);
		assert_reads(&file, true);
		bytes_free(&records);
		bytes_free(&packed);
		bytes_free(&file);
	}
}

static void whatever_else_a_sample_holds_its_thread_time_and_stack_are_read(void **state)
{
	for (unsigned int bit = 0; bit <= 24; bit++) {
		const struct attr attr = { .type = PERF_ATTR_SOFTWARE,
					   .sample_type = USUAL | PERF_BIT(bit),
					   .branch_type = bit % 2 ? PERF_BIT(17) : 0,
					   .flags = PERF_FLAG_SAMPLE_ID_ALL,
					   .id = 77 };
		struct spot with_values = spot(200);
		struct bytes records = {}, file = {};
		struct kept kept = {};
		const struct event_sample *sample;

		with_values.values[0] = 1000000;
		add_sample(&records, &attr, &with_values);
		make_file(&file, &attr, 1, &records, NULL, 0);
		assert_int_equal(read_image(&file, true, &kept), 0);
		sample = kept_at(&kept, EVENT_SAMPLE, 0);
		assert_non_null(sample);
		assert_int_equal(sample->tid, 11);
		assert_int_equal(sample->head.time_ns, 200);
		assert_int_equal(sample->period, 1000000);
		assert_int_equal(kept_stack(&kept, sample->user_stack)->frames, 3);
		kept_free(&kept);
		bytes_free(&records);
		bytes_free(&file);
	}
}

static void the_id_says_of_which_event_a_sample_is(void **state)
{
	static const uint64_t WAYS[] = { PERF_SAMPLE_HAS_ID, PERF_SAMPLE_HAS_IDENTIFIER };

	for (size_t i = 0; i < array_count(WAYS); i++) {
		const struct attr attrs[] = {
			{ .type = 0, .config = 0, .sample_type = USUAL | WAYS[i], .id = 5 },
			{ .type = 1, .config = 1, .sample_type = USUAL | WAYS[i], .id = 6 },
		};
		struct bytes records = {}, file = {};
		struct kept kept = {};
		const struct event_sample *sample;

		add_spot(&records, &attrs[1], 200);
		add_spot(&records, &attrs[0], 300);
		make_file(&file, attrs, 2, &records, NULL, 0);
		assert_int_equal(read_image(&file, true, &kept), 0);
		sample = kept_at(&kept, EVENT_SAMPLE, 0);
		assert_int_equal(sample->sampler, 2);
		assert_int_equal(sample->weight_ns, 1000000);
		sample = kept_at(&kept, EVENT_SAMPLE, 1);
		assert_int_equal(sample->sampler, 1);
		assert_int_equal(sample->weight_ns, 0);
		kept_free(&kept);
		bytes_free(&records);
		bytes_free(&file);
	}
}

static void a_sample_of_a_group_stands_for_each_counter_that_moved(void **state)
{
	const uint64_t type = USUAL | PERF_SAMPLE_HAS_ID | PERF_SAMPLE_HAS_READ;
	const uint64_t format = PERF_READ_GROUP | PERF_READ_ID | PERF_READ_TIME_ENABLED;
	const struct attr attrs[] = {
		{ .config = 0, .sample_type = type, .read_format = format, .id = 5 },
		{ .config = 1, .sample_type = type, .read_format = format, .id = 6 },
	};
	struct spot with_values = spot(200);
	struct bytes records = {}, file = {};
	struct kept kept = {};
	const struct event_sample *sample;

	with_values.value_count = 2;
	with_values.values[0] = 50;
	with_values.value_ids[0] = 5;
	with_values.values[1] = 70;
	with_values.value_ids[1] = 6;
	add_sample(&records, &attrs[0], &with_values);
	with_values.values[0] = 80;
	add_sample(&records, &attrs[0], &with_values);
	make_file(&file, attrs, 2, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	assert_int_equal(kept_count(&kept, EVENT_SAMPLE), 3);
	sample = kept_at(&kept, EVENT_SAMPLE, 1);
	assert_int_equal(sample->sampler, 2);
	assert_int_equal(sample->period, 70);
	sample = kept_at(&kept, EVENT_SAMPLE, 2);
	assert_int_equal(sample->sampler, 1);
	assert_int_equal(sample->period, 30);
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void records_of_two_cpus_leave_in_order_of_time(void **state)
{
	static const uint64_t TIMES[] = { 200, 400, 600, 100, 300, 500 };
	struct bytes records = {}, file = {};
	struct kept kept = {};
	const struct event_sample *sample;

	for (size_t i = 0; i < array_count(TIMES); i++)
		add_spot(&records, &CPU_CLOCK, TIMES[i]);
	add_round(&records);
	add_spot(&records, &CPU_CLOCK, 550);
	add_round(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	for (size_t i = 0; i < 5; i++) {
		sample = kept_at(&kept, EVENT_SAMPLE, i);
		assert_int_equal(sample->head.time_ns, (i + 1) * 100);
	}
	sample = kept_at(&kept, EVENT_SAMPLE, 5);
	assert_int_equal(sample->head.time_ns, 550);
	assert_null(kept_at(&kept, EVENT_LOSS, 0));
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void what_comes_too_late_is_told_and_counted(void **state)
{
	struct bytes records = {}, file = {};
	struct kept kept = {};
	const struct event_loss *loss;

	add_spot(&records, &CPU_CLOCK, 500);
	add_round(&records);
	add_round(&records);
	add_spot(&records, &CPU_CLOCK, 100);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	assert_int_equal(kept_count(&kept, EVENT_SAMPLE), 2);
	loss = kept_at(&kept, EVENT_LOSS, 0);
	assert_int_equal(loss->what, LOSS_LATE);
	assert_int_equal(loss->count, 1);
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void without_times_the_order_of_the_file_stays(void **state)
{
	const struct attr attr = { .type = PERF_ATTR_SOFTWARE,
				   .sample_type = USUAL & ~PERF_SAMPLE_HAS_TIME };
	struct bytes records = {}, file = {};
	struct kept kept = {};

	for (uint32_t i = 0; i < 3; i++) {
		struct spot it = spot(0);

		it.cpu = 2 - i;
		add_sample(&records, &attr, &it);
		add_round(&records);
	}
	make_file(&file, &attr, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	for (uint32_t i = 0; i < 3; i++) {
		const struct event_sample *sample = kept_at(&kept, EVENT_SAMPLE, i);

		assert_int_equal(sample->cpu, 2 - i);
	}
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void without_a_callchain_the_address_alone_is_the_stack(void **state)
{
	struct bytes records = {}, file = {};
	struct kept kept = {};
	struct spot it = spot(100);
	const struct event_sample *sample;

	it.frames = 0;
	it.misc = PERF_MODE_USER;
	it.ip = 0x401234;
	add_sample(&records, &CPU_CLOCK, &it);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	sample = kept_at(&kept, EVENT_SAMPLE, 0);
	assert_int_equal(sample->stack, 0);
	assert_int_equal(kept_stack(&kept, sample->user_stack)->frames, 1);
	assert_int_equal(kept_stack(&kept, sample->user_stack)->frame[0].address, 0x401234);
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void idle_samples_have_no_thread(void **state)
{
	struct bytes records = {}, file = {};
	struct kept kept = {};
	struct spot it = spot(100);
	const struct event_sample *sample;

	it.pid = it.tid = 0;
	it.frames = 2;
	add_sample(&records, &CPU_CLOCK, &it);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	sample = kept_at(&kept, EVENT_SAMPLE, 0);
	assert_int_equal(sample->tid, 0);
	assert_null(kept_at(&kept, EVENT_TASK, 0));
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void unknown_records_are_skipped_by_size_and_counted(void **state)
{
	struct bytes records = {}, file = {};
	struct kept kept = {};

	for (uint32_t type = 4000; type < 4002; type++) {
		size_t begin = begin_record(&records, type, 0);

		add_u64(&records, UINT64_MAX);
		end_record(&records, begin);
	}
	add_life_of_one(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	assert_life_of_one(&kept);
	assert_true(kept_fact(&kept, "missing.records.unknown",
			      "2 records of kinds that are not known here were skipped"));
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void lost_records_are_told(void **state)
{
	struct bytes records = {}, file = {};
	struct kept kept = {};
	size_t begin = begin_record(&records, PERF_REC_LOST, 0);
	const struct event_loss *loss;

	add_u64(&records, 1);
	add_u64(&records, 42);
	add_trailer(&records, &CPU_CLOCK, 0, 150);
	end_record(&records, begin);
	begin = begin_record(&records, PERF_REC_LOST_SAMPLES, 0);
	add_u64(&records, 43);
	add_trailer(&records, &CPU_CLOCK, 0, 160);
	end_record(&records, begin);
	begin = begin_record(&records, PERF_REC_LOST_SAMPLES, 0);
	add_u64(&records, 100);
	add_trailer(&records, &CPU_CLOCK, 0, 0);
	end_record(&records, begin);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	loss = kept_at(&kept, EVENT_LOSS, 0);
	assert_int_equal(loss->what, LOSS_SAMPLE);
	assert_int_equal(loss->count, 42);
	loss = kept_at(&kept, EVENT_LOSS, 1);
	assert_int_equal(loss->count, 43);
	/* 85 of perf's sum were told before. */
	loss = kept_at(&kept, EVENT_LOSS, 2);
	assert_int_equal(loss->count, 15);
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void a_cut_file_is_read_to_its_last_whole_record_wherever_it_is_cut(void **state)
{
	struct bytes records = {}, file = {};
	size_t seen_most = 0, head;

	add_life_of_one(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	head = file.count - records.count;
	for (size_t count = 0; count < file.count; count++) {
		struct bytes cut = { .at = file.at, .count = count };
		struct kept kept = {};
		int r = read_image(&cut, true, &kept);

		assert_int_equal(r < 0, count < head);
		assert_true(r < 0 ? kept.why.text[0] != '\0' : true);
		assert_true(r < 0 || kept.damage[0]);
		if (r == 0 && kept_count(&kept, EVENT_SAMPLE) > seen_most)
			seen_most = kept_count(&kept, EVENT_SAMPLE);
		if (r == 0 && count == head + 9)
			assert_non_null(strstr(kept.damage, "cut inside a record"));
		kept_free(&kept);
	}
	assert_int_equal(seen_most, 2);
	bytes_free(&records);
	bytes_free(&file);
}

static void any_changed_byte_is_survived(void **state)
{
	struct bytes records = {}, file = {};

	add_life_of_one(&records);
	add_round(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, NULL, 0);
	for (size_t i = 0; i < file.count; i++) {
		struct kept kept = {};

		file.at[i] ^= 0xff;
		assert_true(read_image(&file, true, &kept) >= 0 || kept.why.text[0]);
		file.at[i] ^= 0xff;
		kept_free(&kept);
	}
	bytes_free(&records);
	bytes_free(&file);
}

static void what_is_no_recording_of_perf_is_refused(void **state)
{
	struct bytes text = {}, empty = {}, odd = {};
	struct kept kept = {};

	add_text(&text, "some text, long enough to be looked at");
	assert_int_equal(read_image(&text, true, &kept), -EBADMSG);
	diag_clear(&kept.why);
	assert_int_equal(read_image(&empty, true, &kept), -EBADMSG);
	diag_clear(&kept.why);
	add(&odd, "PERFILE2", 8);
	add_u64(&odd, 4096);
	assert_int_equal(read_image(&odd, true, &kept), -ENOTSUP);
	assert_non_null(strstr(kept.why.text, "header of 4096 bytes"));
	bytes_free(&text);
	bytes_free(&odd);
}

static void copies_of_user_stacks_are_said_to_be_ignored(void **state)
{
	const struct attr attr = { .type = PERF_ATTR_SOFTWARE,
				   .sample_type = USUAL | PERF_SAMPLE_HAS_STACK_USER };
	struct bytes records = {}, file = {};
	struct kept kept = {};

	add_spot(&records, &attr, 100);
	make_file(&file, &attr, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	assert_true(kept_has_fact(&kept, "missing.samples.stacks"));
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void a_command_begun_by_perf_is_the_target(void **state)
{
	const struct attr attr = { .type = PERF_ATTR_SOFTWARE,
				   .sample_type = USUAL,
				   .flags = PERF_FLAG_SAMPLE_ID_ALL | PERF_FLAG_ENABLE_ON_EXEC };
	struct bytes records = { .swap = true }, file = {};
	struct kept kept = {};
	const struct event_watch *watch;

	add_life_of_one(&records);
	make_file(&file, &attr, 1, &records, NULL, 0);
	assert_int_equal(read_image(&file, true, &kept), 0);
	watch = kept_at(&kept, EVENT_WATCH, 0);
	assert_int_equal(watch->target, WATCH_COMMAND);
	assert_int_equal(watch->pid, 10);
	assert_string_equal(watch->name, "job");
	kept_free(&kept);
	bytes_free(&records);
	bytes_free(&file);
}

static void a_recording_knows_the_machine_it_is_from(void **state)
{
	struct bytes records = {}, file = {}, host = {}, release = {};
	const struct feature features[] = { { PERF_FEAT_HOSTNAME, &host },
					    { PERF_FEAT_OSRELEASE, &release } };
	struct perf_data *data = NULL;
	int fd;

	add_string(&host, "sick");
	add_string(&release, "6.1.0");
	add_life_of_one(&records);
	make_file(&file, &CPU_CLOCK, 1, &records, features, 2);
	fd = open_image(&file, true);
	assert_int_equal(perf_data_open(fd, "image", &data, NULL), 0);
	assert_true(perf_data_is_from(data, "sick", "6.1.0"));
	assert_false(perf_data_is_from(data, "well", "6.1.0"));
	assert_false(perf_data_is_from(data, "sick", "6.1.1"));
	perf_data_free(&data);
	close(fd);
	bytes_free(&records);
	bytes_free(&file);
	bytes_free(&host);
	bytes_free(&release);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_becomes_events),
		cmocka_unit_test(a_pipe_becomes_the_same_events),
		cmocka_unit_test(the_other_byte_order_becomes_the_same_events),
		cmocka_unit_test(packed_records_become_the_same_events),
		cmocka_unit_test(whatever_else_a_sample_holds_its_thread_time_and_stack_are_read),
		cmocka_unit_test(the_id_says_of_which_event_a_sample_is),
		cmocka_unit_test(a_sample_of_a_group_stands_for_each_counter_that_moved),
		cmocka_unit_test(records_of_two_cpus_leave_in_order_of_time),
		cmocka_unit_test(what_comes_too_late_is_told_and_counted),
		cmocka_unit_test(without_times_the_order_of_the_file_stays),
		cmocka_unit_test(without_a_callchain_the_address_alone_is_the_stack),
		cmocka_unit_test(idle_samples_have_no_thread),
		cmocka_unit_test(unknown_records_are_skipped_by_size_and_counted),
		cmocka_unit_test(lost_records_are_told),
		cmocka_unit_test(a_cut_file_is_read_to_its_last_whole_record_wherever_it_is_cut),
		cmocka_unit_test(any_changed_byte_is_survived),
		cmocka_unit_test(what_is_no_recording_of_perf_is_refused),
		cmocka_unit_test(copies_of_user_stacks_are_said_to_be_ignored),
		cmocka_unit_test(a_command_begun_by_perf_is_the_target),
		cmocka_unit_test(a_recording_knows_the_machine_it_is_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
