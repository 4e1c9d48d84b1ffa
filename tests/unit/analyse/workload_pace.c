/* Is it found out how many operations are in flight, in which batches, and what they wait for? */
#include "analyse/workload_state.h"
#include "asked.h"
#include "harness/test.h"

static const struct workload_job *only_job(const struct workload *workload)
{
	assert_int_equal(workload->jobs.count, 1);
	return &workload->jobs.items[0];
}

static struct asker async_asker(struct stream *stream, enum io_engine engine)
{
	struct asker asker = asker_of(stream, 10);

	asked_begin(stream, 10, "db");
	asker.engine = engine;
	asker.syscall = engine == IO_AIO ? CALL_IO_SUBMIT : CALL_IO_URING_ENTER;
	asker.flags = IO_DIRECT;
	return asker;
}

static void the_depth_of_a_closed_loop_is_found(void **state)
{
	static const unsigned int DEPTHS[] = { 1, 2, 8, 32, 64 };

	for (size_t i = 0; i < array_count(DEPTHS); i++) {
		owns(stream_free) struct stream stream = {};
		owns(workload_free) struct workload *workload = NULL;
		struct asker asker = async_asker(&stream, i % 2 ? IO_AIO : IO_URING);
		const struct workload_job *job;

		ask_many(&asker, 3000, DEPTHS[i], 1, 1 << 20);
		stream_end(&stream, 5000);
		workload = asked_model(&stream);
		job = only_job(workload);
		/* When many are in flight, some end while others are handed over. */
		assert_in_range(job->depth, DEPTHS[i] - DEPTHS[i] / 32, DEPTHS[i]);
		assert_true(job->depth_mean > 0.9 * DEPTHS[i] && job->depth_mean <= DEPTHS[i]);
		assert_int_equal(job->depth_max, DEPTHS[i]);
		assert_int_equal(job->arrival, WORKLOAD_ARRIVAL_CLOSED);
		assert_int_equal(job->trust[WORKLOAD_TERM_DEPTH].confidence, CONFIDENCE_HIGH);
	}
}

static void batches_are_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = async_asker(&stream, IO_AIO);
	const struct workload_job *job;

	ask_many(&asker, 4000, 16, 4, 1 << 20);
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_int_equal(job->depth, 16);
	assert_true(job->batch_mean == 4);
	assert_int_equal(job->batch_max, 4);
	assert_true(job->reaped_mean > 3.5 && job->reaped_mean < 4.6);
}

/* The latency of an operation begins when the call returned that handed it over. */
static void handing_over_is_not_in_the_latency(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = async_asker(&stream, IO_AIO);
	const struct workload_side *reads;

	ask_many(&asker, 1000, 4, 1, 1 << 20);
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	reads = &only_job(workload)->side[WORKLOAD_READ];
	assert_in_range(reads->latency.min_ns, 100000, 100100);
	assert_in_range(reads->latency.max_ns, 109000, 110000);
	assert_true(reads->submit_share > 0.008 && reads->submit_share < 0.011);
}

/* What lies complete in the ring is in flight for the program, until it takes it. */
static void completions_left_in_the_ring_count_as_in_flight(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t begin_ns = BEGIN_NS + 1000000 + i * 10000;
		struct event_io io = {
			.head.time_ns = begin_ns + 3000,
			.id = i + 1,
			.submit_ns = begin_ns,
			.start_ns = begin_ns + 500,
			.handed_ns = begin_ns + 4000,
			.result = 4096,
			.offset = i * 4096,
			.wanted = 4096,
			.inode = 1,
			.dev = ASKED_DEV,
			.tid = 10,
			.engine = IO_URING,
			.operation = IO_READ,
			.syscall = CALL_IO_URING_ENTER,
			.reaped_ns = begin_ns + 74100,
		};

		stream_add(&stream, EVENT_IO, &io, sizeof(io));
	}
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_int_equal(job->depth, 8);
	assert_true(job->depth_mean > 7 && job->depth_mean <= 8);
	/* From when its call had handed it over until it was taken out. */
	assert_int_equal(job->side[WORKLOAD_READ].latency.min_ns, 70100);
	assert_int_equal(job->side[WORKLOAD_READ].latency.max_ns, 70100);
}

static void a_thread_that_waits_for_each_has_depth_one(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (int i = 0; i < 500; i++)
		ask(&asker, IO_READ, asker_dice(&asker, 1000) * 4096, 4096);
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_int_equal(job->depth, 1);
	assert_int_equal(job->think_ns, 0);
	assert_int_equal(job->arrival, WORKLOAD_ARRIVAL_CLOSED);
	assert_true(job->rate > 9800 && job->rate < 9900);
}

static void a_pause_after_each_is_think_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (int i = 0; i < 500; i++) {
		asker.latency_ns = 80000 + asker_dice(&asker, 60000);
		asker.gap_ns = 500000 + asker_dice(&asker, 20000);
		ask(&asker, IO_READ, asker_dice(&asker, 1000) * 4096, 4096);
	}
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_in_range(job->think_ns, 490000, 530000);
	assert_int_equal(job->think_every, 1);
	assert_int_equal(job->arrival, WORKLOAD_ARRIVAL_CLOSED);
}

static void a_pause_after_every_tenth_is_told_so(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (int i = 1; i <= 1000; i++) {
		asker.gap_ns = i % 10 ? 1500 : 2000000;
		ask(&asker, IO_READ, asker_dice(&asker, 1000) * 4096, 4096);
	}
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_in_range(job->think_ns, 1900000, 2100000);
	assert_int_equal(job->think_every, 10);
	assert_int_equal(job->trust[WORKLOAD_TERM_THINK].confidence, CONFIDENCE_HIGH);
}

/* Begins at its own times, later only when the operation before took too long. */
static void even_moments_of_its_own_are_an_open_loop(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	uint64_t due_ns = asker.now_ns;
	const struct workload_job *job;

	asked_begin(&stream, 10, "db");
	for (int i = 0; i < 500; i++) {
		asker.latency_ns = 80000 + asker_dice(&asker, 200000);
		asker.gap_ns = 0;
		ask(&asker, IO_READ, asker_dice(&asker, 1000) * 4096, 4096);
		due_ns += 1000000;
		asker.now_ns = due_ns + asker_dice(&asker, 60000);
	}
	stream_end(&stream, 5000);
	workload = asked_model(&stream);
	job = only_job(workload);
	assert_int_equal(job->arrival, WORKLOAD_ARRIVAL_EVEN);
	assert_true(job->rate > 990 && job->rate < 1010);
}

static void random_moments_of_its_own_are_an_open_loop(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(workload_free) struct workload *workload = NULL;
	struct asker asker = asker_of(&stream, 10);
	uint64_t due_ns = asker.now_ns;

	asked_begin(&stream, 10, "db");
	for (int i = 0; i < 2000; i++) {
		uint64_t apart = 0;

		ask(&asker, IO_READ, asker_dice(&asker, 1000) * 4096, 4096);
		/* Geometric: as good as exponential. */
		while (asker_dice(&asker, 100))
			apart += 10000;
		due_ns += apart;
		if (due_ns > asker.now_ns)
			asker.now_ns = due_ns;
	}
	stream_end(&stream, 9000);
	workload = asked_model(&stream);
	assert_int_equal(only_job(workload)->arrival, WORKLOAD_ARRIVAL_POISSON);
}

static void how_values_scatter_is_the_same_in_parts(void **state)
{
	struct scatter whole = {}, one = {}, other = {};

	for (int i = 0; i < 100; i++) {
		scatter_add(&whole, i * i);
		scatter_add(i < 30 ? &one : &other, i * i);
	}
	scatter_merge(&one, &other);
	assert_int_equal(one.count, whole.count);
	assert_near(one.mean, whole.mean);
	assert_true(scatter_ratio(&one) - scatter_ratio(&whole) < 1e-9);
	assert_true(scatter_ratio(&whole) - scatter_ratio(&one) < 1e-9);
	assert_true(scatter_ratio(&whole) > 0.89 && scatter_ratio(&whole) < 0.91);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_depth_of_a_closed_loop_is_found),
		cmocka_unit_test(batches_are_counted),
		cmocka_unit_test(handing_over_is_not_in_the_latency),
		cmocka_unit_test(completions_left_in_the_ring_count_as_in_flight),
		cmocka_unit_test(a_thread_that_waits_for_each_has_depth_one),
		cmocka_unit_test(a_pause_after_each_is_think_time),
		cmocka_unit_test(a_pause_after_every_tenth_is_told_so),
		cmocka_unit_test(even_moments_of_its_own_are_an_open_loop),
		cmocka_unit_test(random_moments_of_its_own_are_an_open_loop),
		cmocka_unit_test(how_values_scatter_is_the_same_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
