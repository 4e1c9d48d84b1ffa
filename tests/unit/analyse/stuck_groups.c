/* Are threads with the same stack told once, and what matters first? */
#include <stdio.h>
#include <string.h>

#include "harness/test.h"
#include "unit/analyse/looked.h"

static void add_workers(struct stream *stream, uint32_t first, uint32_t count, uint64_t stack)
{
	for (uint32_t tid = first; tid < first + count; tid++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "worker-%u", tid);
		looked_task(stream, tid, first, name, 0);
		looked_asleep(stream, tid, 1000 + tid,
			      (struct event_thread){ .stack = stack, .syscall = 232 });
	}
}

static void the_same_functions_are_one_group(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_group *group;

	looked_begin(&stream, 0);
	/* Two stacks that were told apart, with the same functions. */
	add_workers(&stream, 100, 20, stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL));
	add_workers(&stream, 200, 10, stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL));
	report = looked_report(&stream);
	assert_int_equal(report->groups.count, 1);
	group = &report->groups.items[0];
	assert_int_equal(group->threads, 30);
	assert_string_equal(group->states, "S");
	assert_int_equal(group->min_ns, MS(1100));
	assert_int_equal(group->max_ns, MS(1209));
	assert_int_equal(group->names.count, 1);
	assert_string_equal(group->names.items[0].words, "worker-*");
	assert_int_equal(group->kernel.count, 2);
	assert_string_equal(group->kernel.items[0].words, "ep_poll");
	assert_int_equal(report->threads, 30);
}

static void frames_without_names_are_told_once_each_run(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct stuck_group *group;

	looked_begin(&stream, 0);
	looked_task(&stream, 1, 0, "stripped", 0);
	looked_asleep(&stream, 1, 5000,
		      (struct event_thread){ .user_stack = stream_user_stack(
						     &stream, "read", "", "", "main", "", NULL) });
	report = looked_report(&stream);
	group = &report->groups.items[0];
	assert_int_equal(group->user.count, 4);
	assert_string_equal(group->user.items[1].words, "?");
	assert_string_equal(group->user.items[2].words, "main");
}

static void what_matters_comes_first(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 0);
	add_workers(&stream, 100, 20, stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL));
	looked_task(&stream, 9, 0, "dd", 0);
	looked_asleep(&stream, 9, 5000,
		      (struct event_thread){
			      .state = 2,
			      .stack = stream_stack(&stream, "folio_wait_bit_common", NULL) });
	report = looked_report(&stream);
	assert_int_equal(report->groups.count, 2);
	assert_string_equal(report->groups.items[0].states, "D");
}

static struct stuck_report *idle_threads(struct stream *stream, bool is_all)
{
	looked_begin(stream, 0);
	for (uint32_t tid = 10; tid < 80; tid++) {
		looked_task(stream, tid, 0, "kworker/0:1", TASK_KERNEL);
		looked_asleep(stream, tid, 5000,
			      (struct event_thread){
				      .state = 0x402,
				      .stack = stream_stack(stream, "worker_thread", NULL) });
	}
	return looked_report_of(stream, &(struct stuck_options){ .is_all = is_all });
}

static void idle_kernel_threads_are_one_number(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = idle_threads(&stream, false);

	assert_int_equal(report->idle_kernel_threads, 70);
	assert_int_equal(report->groups.count, 0);
}

static void all_shows_idle_kernel_threads(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = idle_threads(&stream, true);

	assert_int_equal(report->idle_kernel_threads, 0);
	assert_int_equal(report->groups.count, 1);
	assert_int_equal(report->groups.items[0].threads, 70);
}

static void of_a_named_process_only_its_stacks_are_told_and_those_of_its_chain(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;

	looked_begin(&stream, 1);
	looked_task(&stream, 1, 0, "reader", TASK_TARGET);
	looked_task(&stream, 2, 0, "writer", 0);
	looked_task(&stream, 3, 0, "other", 0);
	for (uint32_t tid = 1; tid <= 3; tid++) {
		static const char *const FUNCTIONS[] = { "anon_pipe_read", "ep_poll", "do_wait" };

		looked_asleep(&stream, tid, 5000,
			      (struct event_thread){
				      .stack = stream_stack(&stream, FUNCTIONS[tid - 1], NULL) });
	}
	looked_relation(&stream, 1, RELATION_PIPE, 2, RELATION_PROCESS, "pipe:[1]");
	report = looked_report(&stream);
	assert_int_equal(report->groups.count, 2);
}

static void rare_stacks_are_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(stuck_report_free) struct stuck_report *report = NULL;
	static char names[300][16];

	looked_begin(&stream, 0);
	for (uint32_t i = 0; i < 300; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "function_%u", i);
		looked_task(&stream, i + 1, 0, "x", 0);
		looked_asleep(
			&stream, i + 1, 5000,
			(struct event_thread){ .stack = stream_stack(&stream, names[i], NULL) });
	}
	report = looked_report(&stream);
	assert_int_equal(report->groups.count, 200);
	assert_int_equal(report->hidden_groups, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_functions_are_one_group),
		cmocka_unit_test(frames_without_names_are_told_once_each_run),
		cmocka_unit_test(what_matters_comes_first),
		cmocka_unit_test(idle_kernel_threads_are_one_number),
		cmocka_unit_test(all_shows_idle_kernel_threads),
		cmocka_unit_test(
			of_a_named_process_only_its_stacks_are_told_and_those_of_its_chain),
		cmocka_unit_test(rare_stacks_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
