/* Do the small tables of the analysis keep what matters within their room? */
#include "analyse/cpus.h"
#include "analyse/paths.h"
#include "analyse/requests.h"
#include "analyse/samples.h"
#include "analyse/tasks.h"
#include "harness/test.h"

static void the_runs_of_a_cpu_are_found_by_time(void **state)
{
	struct cpus cpus = {};
	uint64_t first, end, found;

	cpus_plan(&cpus, 4096);
	for (uint64_t i = 0; i < 1000; i++) {
		struct cpu_run run = { .start_ns = i * 10,
				       .end_ns = i * 10 + 10,
				       .tid = (uint32_t)i };

		assert_int_equal(cpus_take(&cpus, 3, &run), 0);
	}
	end = cpus_range(&cpus, 3, &first);
	assert_int_equal(end, 1000);
	assert_true(first > 900);
	found = cpus_find(&cpus, 3, 9985);
	assert_int_equal(cpus_get(&cpus, 3, found)->tid, 998);
	assert_int_equal(cpus_range(&cpus, 77, &first), 0);
	cpus_free(&cpus);
}

static void chains_of_one_kind_are_one(void **state)
{
	struct paths paths = {};
	struct step steps[2] = { { .who = 1, .who_kind = 9, .tid = 11, .state = 3 },
				 { .who = 2, .who_kind = 8 } };
	uint32_t first, second;
	size_t count;

	assert_int_equal(paths_put(&paths, steps, 2, &first), 0);
	steps[0].who = 5;
	steps[0].tid = 12;
	assert_int_equal(paths_put(&paths, steps, 2, &second), 0);
	assert_int_equal(first, second);
	steps[0].state = 4;
	assert_int_equal(paths_put(&paths, steps, 2, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(paths_get(&paths, first, &count)->tid, 11);
	assert_int_equal(count, 2);
	assert_null(paths_get(&paths, 0, &count));
	assert_int_equal(count, 0);
	paths_free(&paths);
}

static void the_hottest_come_first(void **state)
{
	struct samples samples = {};
	struct tally top[2];

	for (uint32_t function = 1; function <= 10; function++) {
		struct tally amount = { .count = 1, .ns = function };

		assert_int_equal(samples_add(&samples, TALLY_USER, 7, function, &amount), 0);
		assert_int_equal(samples_add(&samples, TALLY_USER, 8, function, &amount), 0);
	}
	assert_int_equal(samples_top(&samples, TALLY_USER, 7, top, 2), 2);
	assert_int_equal(top[0].what, 10);
	assert_int_equal(top[1].what, 9);
	assert_int_equal(samples_total(&samples, TALLY_USER, 7).ns, 55);
	assert_int_equal(samples_total(&samples, TALLY_KERNEL, 7).ns, 0);
	samples_free(&samples);
}

static void a_request_is_the_newest_of_its_id(void **state)
{
	struct requests requests = {};
	struct names names = {};
	struct event_request event = { .id = 5, .dev = 1, .flags = REQUEST_READ };
	uint64_t until_ns, due = 0;

	for (uint64_t i = 1; i <= 300000; i++) {
		due += requests_are_due(&requests, &until_ns);
		event.head.time_ns = i * 100;
		event.start_ns = event.issue_ns = i * 100 - 50;
		event.id = i % 100000;
		assert_int_equal(requests_take(&requests, &names, &event, 0), 0);
	}
	assert_int_equal(requests_find(&requests, 50000)->end_ns, 25000000);
	assert_null(requests_find(&requests, 100001));
	assert_true(due > 0);
	/* Chained by device, newest first, no further back than is kept. */
	assert_int_equal(requests_former(&requests, 1, NULL)->end_ns, 30000000);
	requests_free(&requests);
	names_free(&names);
}

static void a_request_s_times_are_put_in_order(void **state)
{
	struct requests requests = {};
	struct names names = {};
	struct event_request event = {
		.head.time_ns = 100,
		.id = 1,
		.dev = 1,
		.start_ns = 90,
		.issue_ns = 0,
		.flags = REQUEST_WRITE,
	};
	uint32_t work = names_put(&names, "wb_workfn", 9);

	assert_int_equal(requests_take(&requests, &names, &event, work), 0);
	assert_int_equal(requests_find(&requests, 1)->issue_ns, 90);
	assert_string_equal(names_text(&names, requests_find(&requests, 1)->label),
			    "write by wb_workfn");
	requests_free(&requests);
	names_free(&names);
}

static void a_thread_is_found_by_number_and_time(void **state)
{
	struct tasks tasks = {};
	struct names names = {};
	struct event_task event = { .tid = 5, .tgid = 5, .birth_ns = 100, .comm = "first" };
	struct thread *first, *second;

	assert_int_equal(tasks_tell(&tasks, &names, &event, &first), 1);
	event.birth_ns = 500;
	assert_int_equal(tasks_tell(&tasks, &names, &event, &second), 1);
	assert_ptr_not_equal(first, second);
	assert_ptr_equal(tasks_find(&tasks, 5), second);
	assert_ptr_equal(tasks_find_at(&tasks, 5, 200), first);
	assert_ptr_equal(tasks_find_at(&tasks, 5, 700), second);
	assert_null(tasks_find(&tasks, 0));
	tasks_free(&tasks);
	names_free(&names);
}

static void too_many_threads_are_refused_and_counted(void **state)
{
	struct tasks tasks = {};
	struct thread *thread;

	for (uint32_t tid = 1; tid <= 40000; tid++)
		assert_true(tasks_get(&tasks, tid, &thread) >= 0);
	assert_true(tasks_are_full(&tasks));
	assert_int_equal(tasks.refused_count + tasks.live, 40000);
	tasks_free(&tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_runs_of_a_cpu_are_found_by_time),
		cmocka_unit_test(chains_of_one_kind_are_one),
		cmocka_unit_test(the_hottest_come_first),
		cmocka_unit_test(a_request_is_the_newest_of_its_id),
		cmocka_unit_test(a_request_s_times_are_put_in_order),
		cmocka_unit_test(a_thread_is_found_by_number_and_time),
		cmocka_unit_test(too_many_threads_are_refused_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
