/* Is the workload that was made up recovered, term by term, whatever the stream holds? */
#include "analyse/workload.h"

#include <string.h>

#include "asked.h"
#include "harness/test.h"

static const struct workload_job *job_named(const struct workload *workload, const char *name)
{
	for (size_t i = 0; i < workload->jobs.count; i++) {
		if (strcmp(workload->jobs.items[i].name, name) == 0)
			return &workload->jobs.items[i];
	}
	return NULL;
}

static void ask_randomly(struct asker *asker, unsigned int count, unsigned int read_percent)
{
	for (unsigned int i = 0; i < count; i++) {
		bool is_read = asker_dice(asker, 100) < read_percent;

		asker->syscall = is_read ? CALL_PREAD : CALL_PWRITE;
		ask(asker, is_read ? IO_READ : IO_WRITE, asker_dice(asker, 16384) * 4096, 4096);
	}
}

static void threads_that_do_the_same_are_one_job(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	const struct workload_job *job;

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t tid = 10; tid < 14; tid++) {
		struct asker asker = asker_of(&stream, tid);

		stream_task(&stream, tid, "db", 0);
		asker.flags = IO_DIRECT;
		ask_randomly(&asker, 500, 70);
	}
	stream_end(&stream, 1000);
	workload = asked_model(&stream);

	assert_int_equal(workload->jobs.count, 1);
	job = &workload->jobs.items[0];
	assert_string_equal(job->name, "db");
	assert_int_equal(job->jobs, 4);
	assert_int_equal(job->files, 1);
	assert_int_equal(job->files_total, 4);
	assert_false(job->is_file_shared);
	assert_int_equal(job->engine, WORKLOAD_ENGINE_PSYNC);
	assert_true(job->is_direct);
	assert_int_equal(job->access, WORKLOAD_ACCESS_RANDOM);
	assert_true(job->read_share > 0.66 && job->read_share < 0.74);
	assert_int_equal(job->side[WORKLOAD_READ].size_count, 1);
	assert_int_equal(job->side[WORKLOAD_READ].sizes[0].bytes, 4096);
	assert_int_equal(workload->operations, 2000);
	assert_true(job->share == 1);
}

static void one_file_for_all_threads_is_shared(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t tid = 10; tid < 12; tid++) {
		struct asker asker = asker_of(&stream, tid);

		stream_task(&stream, tid, "db", 0);
		asker.inode = 7;
		ask_randomly(&asker, 200, 100);
	}
	workload = asked_model(&stream);
	assert_int_equal(workload->jobs.count, 1);
	assert_true(workload->jobs.items[0].is_file_shared);
	assert_int_equal(workload->jobs.items[0].files_total, 1);
}

static void threads_that_do_different_things_are_different_jobs(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker reader = asker_of(&stream, 10), writer = asker_of(&stream, 11);

	asked_begin(&stream, 10, "db");
	stream_task(&stream, 11, "db", 0);
	ask_randomly(&reader, 1000, 100);
	writer.syscall = CALL_PWRITE;
	for (uint64_t i = 0; i < 300; i++)
		ask(&writer, IO_WRITE, i * 65536, 65536);
	workload = asked_model(&stream);

	assert_int_equal(workload->jobs.count, 2);
	assert_non_null(job_named(workload, "db"));
	assert_non_null(job_named(workload, "db-2"));
	assert_int_equal(job_named(workload, "db")->access, WORKLOAD_ACCESS_SEQUENTIAL);
	assert_int_equal(job_named(workload, "db-2")->access, WORKLOAD_ACCESS_RANDOM);
	assert_int_equal(job_named(workload, "db")->range_end, 300 * 65536);
}

static void a_thread_that_treats_files_differently_has_several_jobs(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	for (uint64_t i = 0; i < 300; i++) {
		asker.inode = 1;
		asker.syscall = CALL_PREAD;
		ask(&asker, IO_READ, asker_dice(&asker, 10000) * 8192, 8192);
		asker.inode = 2;
		asker.syscall = CALL_PWRITE;
		ask(&asker, IO_WRITE, i * 512, 512);
		ask(&asker, IO_FDATASYNC, 0, 0);
	}
	workload = asked_model(&stream);

	assert_int_equal(workload->jobs.count, 2);
	assert_int_equal(workload->jobs.items[0].side[WORKLOAD_READ].count, 300);
	assert_int_equal(workload->jobs.items[1].side[WORKLOAD_WRITE].count, 300);
	assert_true(workload->jobs.items[1].syncs_data);
	assert_true(workload->jobs.items[1].writes_a_sync == 1);
	assert_int_equal(workload->jobs.items[1].sync_latency.count, 300);
	assert_false(workload->jobs.items[0].trust[WORKLOAD_TERM_ARRIVAL].is_known);
}

static void how_often_writes_are_made_durable_is_found(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	asker.syscall = CALL_PWRITE;
	for (uint64_t i = 1; i <= 320; i++) {
		ask(&asker, IO_WRITE, i * 4096, 4096);
		if (i % 32 == 0)
			ask(&asker, IO_FSYNC, 0, 0);
	}
	workload = asked_model(&stream);
	job = &workload->jobs.items[0];
	assert_true(job->writes_a_sync == 32);
	assert_false(job->syncs_data);
	assert_int_equal(job->sync_count, 10);
	assert_int_equal(job->depth, 1);
}

static void syncs_of_a_ring_count_for_what_its_thread_writes(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	for (uint64_t i = 1; i <= 400; i++) {
		asker.engine = IO_URING;
		asker.syscall = CALL_IO_URING_ENTER;
		ask(&asker, IO_WRITE, i * 4096, 4096);
		asker.engine = i % 8 ? IO_URING : IO_SYNC;
		if (i % 4 == 0)
			ask(&asker, IO_FSYNC, 0, 0);
	}
	workload = asked_model(&stream);
	assert_int_equal(workload->jobs.count, 1);
	assert_true(workload->jobs.items[0].writes_a_sync == 4);
	assert_int_equal(workload->jobs.items[0].engine, WORKLOAD_ENGINE_IO_URING);
}

static void a_sync_of_somebody_elses_writes_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	ask(&asker, IO_FSYNC, 0, 0);
	workload = asked_model(&stream);
	assert_int_equal(workload->jobs.count, 0);
	assert_true(asked_tells(workload, "did not write"));
}

static void flags_of_the_file_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	asker.syscall = CALL_PWRITE;
	asker.flags = IO_DIRECT | IO_FILE_DSYNC;
	for (uint64_t i = 0; i < 100; i++)
		ask(&asker, IO_WRITE, i * 4096, 4096);
	workload = asked_model(&stream);
	assert_true(workload->jobs.items[0].is_direct);
	assert_int_equal(workload->jobs.items[0].sync, WORKLOAD_SYNC_DATA);
}

static void engines_are_told_by_their_calls(void **state)
{
	static const struct {
		int16_t syscall;
		enum io_engine engine;
		enum workload_engine wanted;
	} CALLS[] = {
		{ CALL_READ, IO_SYNC, WORKLOAD_ENGINE_SYNC },
		{ CALL_PREAD, IO_SYNC, WORKLOAD_ENGINE_PSYNC },
		{ CALL_PREADV2, IO_SYNC, WORKLOAD_ENGINE_PVSYNC2 },
		{ CALL_SENDFILE, IO_SYNC, WORKLOAD_ENGINE_OTHER },
		{ CALL_IO_SUBMIT, IO_AIO, WORKLOAD_ENGINE_LIBAIO },
		{ CALL_IO_URING_ENTER, IO_URING, WORKLOAD_ENGINE_IO_URING },
		{ -1, IO_FAULT, WORKLOAD_ENGINE_MMAP },
	};

	for (size_t i = 0; i < array_count(CALLS); i++) {
		owns(stream_free) struct stream stream = {};
		owns(workload_free) struct workload *workload = NULL;
		struct asker asker = asker_of(&stream, 10);

		asked_begin(&stream, 10, "db");
		asker.syscall = CALLS[i].syscall;
		asker.engine = CALLS[i].engine;
		for (int k = 0; k < 50; k++)
			ask(&asker, IO_READ, asker_dice(&asker, 999) * 4096, 4096);
		workload = asked_model(&stream);
		assert_int_equal(workload->jobs.items[0].engine, CALLS[i].wanted);
		if (CALLS[i].wanted == WORKLOAD_ENGINE_OTHER)
			assert_string_equal(workload->jobs.items[0].method, "sendfile");
	}
}

/* Faults come page by page: as many in sequence as an access is large. */
static void the_size_of_random_mapped_accesses_is_that_of_their_runs(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	asker.engine = IO_FAULT;
	asker.syscall = -1;
	for (int i = 0; i < 100; i++) {
		uint64_t place = asker_dice(&asker, 100000) * 65536;

		for (uint64_t k = 0; k < 16; k++)
			ask(&asker, IO_READ, place + k * 4096, 4096);
	}
	workload = asked_model(&stream);
	job = &workload->jobs.items[0];
	assert_int_equal(job->access, WORKLOAD_ACCESS_RANDOM);
	assert_int_equal(job->side[WORKLOAD_READ].sizes[0].bytes, 65536);
	assert_int_equal(job->trust[WORKLOAD_TERM_READ_SIZE].confidence, CONFIDENCE_MEDIUM);
	assert_false(job->trust[WORKLOAD_TERM_RATE].is_known);
	assert_true(asked_tells(workload, "page faults"));
}

static void what_is_lost_makes_what_depends_on_it_doubtful(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	ask_randomly(&asker, 1000, 100);
	stream_loss(&stream, LOSS_IO, 100);
	workload = asked_model(&stream);
	job = &workload->jobs.items[0];
	assert_int_equal(workload->lost, 100);
	assert_int_equal(job->trust[WORKLOAD_TERM_RW].confidence, CONFIDENCE_LOW);
	assert_int_equal(job->trust[WORKLOAD_TERM_RATE].confidence, CONFIDENCE_LOW);
	assert_int_equal(job->trust[WORKLOAD_TERM_READ_SIZE].confidence, CONFIDENCE_HIGH);
	assert_int_equal(job->trust[WORKLOAD_TERM_DEPTH].confidence, CONFIDENCE_HIGH);
	assert_true(asked_tells(workload, "100 operations on files were lost"));
}

static void a_sample_is_said_to_be_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct event_tally tally = { .what = TALLY_FILES,
					   .operation = IO_SYNC << 16 | IO_READ,
					   .count = 5000 };

	asked_begin(&stream, 10, "db");
	ask_randomly(&asker, 1000, 100);
	asker.flags = IO_LENGTH_ALONE;
	ask_randomly(&asker, 50, 100);
	stream_add(&stream, EVENT_TALLY, &tally, sizeof(tally));
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 1000);
	assert_int_equal(workload->jobs.items[0].trust[WORKLOAD_TERM_RATE].confidence,
			 CONFIDENCE_LOW);
	assert_true(asked_tells(workload, "only a sample was told: 1,000 of 5,000 operations"));
}

static void late_and_open_events_do_no_harm(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	ask_randomly(&asker, 100, 100);
	asker.now_ns -= 3000000; /* begins before others had ended */
	ask_randomly(&asker, 100, 100);
	asker.flags = IO_OPEN_START;
	ask_randomly(&asker, 3, 100);
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 200);
	assert_int_equal(workload->jobs.items[0].side[WORKLOAD_READ].latency.count, 200);
	assert_true(asked_tells(workload, "begun before the watch"));
}

static void hostile_values_do_no_harm(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	uint64_t random = 1;

	asked_begin(&stream, 10, "a]\n\033[31m\n;x");
	stream_file(&stream, ASKED_DEV, 5, "a\n[global]\nfilename=/dev/vda");
	for (int i = 0; i < 3000; i++) {
		struct event_io io = { .tid = 10, .inode = 5, .dev = ASKED_DEV };
		uint64_t *words = (uint64_t *)&io;

		for (size_t k = 2; k < sizeof(io) / 8; k++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			words[k] = random >> (random % 64);
		}
		io.head.time_ns = BEGIN_NS + (uint64_t)i;
		io.tid = 10 + i % 3;
		io.engine %= 6;
		io.operation %= 7;
		stream_add(&stream, EVENT_IO, &io, sizeof(io));
	}
	workload = asked_model(&stream);
	for (size_t i = 0; i < workload->jobs.count; i++) {
		const char *name = workload->jobs.items[i].name;

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
				 strlen(name));
		assert_true(name[0]);
	}
}

static void strangers_of_a_watched_process_do_not_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker own = asker_of(&stream, 10), other = asker_of(&stream, 11);

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "db", TASK_TARGET);
	stream_task(&stream, 11, "kworker", TASK_KERNEL);
	ask_randomly(&own, 50, 100);
	ask_randomly(&other, 50, 100);
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 50);
}

static void little_things_are_left_out_and_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "db");
	ask_randomly(&asker, 1000, 100);
	asker.inode = 9999;
	ask(&asker, IO_READ, 0, 800);
	workload = asked_model(&stream);
	assert_int_equal(workload->jobs.count, 1);
	assert_int_equal(workload->left_out, 1);
	assert_true(asked_tells(workload, "left out: 1 operation"));
}

static void many_small_files_are_one_job(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);

	asked_begin(&stream, 10, "cc");
	asker.syscall = CALL_READ;
	for (uint64_t i = 0; i < 3000; i++) {
		asker.inode = 1000 + i;
		ask(&asker, IO_READ, 0, 4096);
		ask(&asker, IO_READ, 4096, 4096);
	}
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 6000);
	assert_int_equal(workload->jobs.count, 1);
	assert_true(workload->jobs.items[0].are_small);
	assert_int_equal(workload->jobs.items[0].access, WORKLOAD_ACCESS_SEQUENTIAL);
	assert_int_equal(workload->jobs.items[0].files, 3000);
	assert_true(asked_tells(workload, "summed together"));
}

static void threads_one_after_the_other_are_few_at_once(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	uint64_t now_ns = AT(1);

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t tid = 10; tid < 2010; tid++) {
		struct asker asker = asker_of(&stream, tid);

		stream_task(&stream, tid, "cc", 0);
		asker.now_ns = now_ns;
		asker.inode = 5;
		asker.syscall = CALL_READ;
		for (uint64_t i = 0; i < 3; i++)
			ask(&asker, IO_READ, i * 4096, 4096);
		now_ns = asker.now_ns;
	}
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 6000);
	assert_int_equal(workload->jobs.count, 1);
	assert_int_equal(workload->jobs.items[0].jobs, 1);
	assert_int_equal(workload->jobs.items[0].trust[WORKLOAD_TERM_JOBS].confidence,
			 CONFIDENCE_MEDIUM);
	assert_int_equal(workload->jobs.items[0].side[WORKLOAD_READ].count, 6000);
	assert_true(asked_tells(workload, "counted with others of their name"));
}

static void reads_at_the_end_of_a_file_do_not_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	const struct event_io io = { .head.time_ns = AT(5),
				     .submit_ns = AT(4),
				     .start_ns = AT(4),
				     .wanted = 4096,
				     .inode = 3,
				     .tid = 10,
				     .engine = IO_SYNC,
				     .operation = IO_READ };

	asked_begin(&stream, 10, "cat");
	stream_add(&stream, EVENT_IO, &io, sizeof(io));
	workload = asked_model(&stream);
	assert_int_equal(workload->operations, 0);
}

static void in_a_run_jobs_are_told_by_their_files(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_file(&stream, ASKED_DEV, 110, "db.0.0");
	stream_file(&stream, ASKED_DEV, 111, "db-2.0.0");
	for (uint32_t tid = 10; tid < 12; tid++) {
		struct asker asker = asker_of(&stream, tid);

		stream_task(&stream, tid, "fio", 0);
		ask_randomly(&asker, 100, 100);
	}
	workload = asked_model_of_run(&stream);
	assert_int_equal(workload->jobs.count, 2);
	assert_non_null(job_named(workload, "db"));
	assert_non_null(job_named(workload, "db-2"));
}

static void the_working_set_is_estimated(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (uint64_t i = 0; i < 4000; i++)
		ask(&asker, IO_READ, i % 1000 * 4096, 4096);
	workload = asked_model(&stream);
	job = &workload->jobs.items[0];
	assert_in_range(job->distinct_bytes, 900 * 4096, 1100 * 4096);
	assert_true(job->revisits > 3.6 && job->revisits < 4.4);
	assert_int_equal(job->range_mean, 1000 * 4096);
}

static void nothing_asked_is_a_model_without_jobs(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;

	asked_begin(&stream, 10, "db");
	stream_end(&stream, 100);
	workload = asked_model(&stream);
	assert_int_equal(workload->jobs.count, 0);
	assert_int_equal(workload->window_ns, MS(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_do_the_same_are_one_job),
		cmocka_unit_test(one_file_for_all_threads_is_shared),
		cmocka_unit_test(threads_that_do_different_things_are_different_jobs),
		cmocka_unit_test(a_thread_that_treats_files_differently_has_several_jobs),
		cmocka_unit_test(how_often_writes_are_made_durable_is_found),
		cmocka_unit_test(syncs_of_a_ring_count_for_what_its_thread_writes),
		cmocka_unit_test(a_sync_of_somebody_elses_writes_is_told),
		cmocka_unit_test(flags_of_the_file_are_told),
		cmocka_unit_test(engines_are_told_by_their_calls),
		cmocka_unit_test(the_size_of_random_mapped_accesses_is_that_of_their_runs),
		cmocka_unit_test(what_is_lost_makes_what_depends_on_it_doubtful),
		cmocka_unit_test(a_sample_is_said_to_be_one),
		cmocka_unit_test(late_and_open_events_do_no_harm),
		cmocka_unit_test(hostile_values_do_no_harm),
		cmocka_unit_test(strangers_of_a_watched_process_do_not_count),
		cmocka_unit_test(little_things_are_left_out_and_counted),
		cmocka_unit_test(many_small_files_are_one_job),
		cmocka_unit_test(threads_one_after_the_other_are_few_at_once),
		cmocka_unit_test(reads_at_the_end_of_a_file_do_not_count),
		cmocka_unit_test(in_a_run_jobs_are_told_by_their_files),
		cmocka_unit_test(the_working_set_is_estimated),
		cmocka_unit_test(nothing_asked_is_a_model_without_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
