/* Do those who read the output of perf script find who, when, what and every frame? */
#include <stdlib.h>
#include <string.h>

#include "harness/golden.h"
#include "unit/export/exported.h"

static void add_sample(struct stream *stream, uint32_t tid, uint64_t user_stack, uint64_t stack)
{
	const struct event_sample sample = {
		.head.time_ns = AT(5),
		.tid = tid,
		.cpu = 1,
		.stack = stack,
		.user_stack = user_stack,
		.weight_ns = 1001001,
	};

	stream_add(stream, EVENT_SAMPLE, &sample, sizeof(sample));
}

static void a_sample_is_its_head_its_frames_and_an_empty_line(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *text = NULL;
	uint64_t kernel = stream_stack(&stream, "inner", "outer", NULL);
	uint64_t user = stream_user_stack(&stream, "std::vector<int, a b>::f()", NULL);

	stream_task(&stream, 7, "tokio worker", 0);
	add_sample(&stream, 7, user, kernel);
	text = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	assert_non_null(
		strstr(text, "tokio worker     7/7 [001] 1.005000000: 1001001 cpu-clock: \n\t"));
	assert_non_null(strstr(text, " inner+0x0 ([kernel.kallsyms])\n\t"));
	assert_non_null(strstr(text, " outer+0x0 ([kernel.kallsyms])\n\t"));
	assert_non_null(strstr(text, " std::vector<int, a b>::f()+0x0 ("));
	assert_string_equal(text + strlen(text) - 3, ")\n\n");
}

static void a_name_cannot_pretend_to_be_another_thread(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *text = NULL;

	stream_task(&stream, 7, "a 99/99 \n", 0);
	add_sample(&stream, 7, 0, 0);
	text = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	assert_int_equal(strncmp(text, "a_99/99 \\x0a", 12), 0);
	*strchr(text, '\n') = '\0';
	assert_harmless(text);
	assert_non_null(strstr(text, " 7/7 [001] "));
}

static void a_sample_without_a_stack_says_so(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *text = NULL;

	add_sample(&stream, 0, 0, 0);
	text = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	assert_int_equal(strncmp(text, "swapper ", 8), 0);
	assert_non_null(strstr(text, "\t0 [unknown] ([unknown])\n\n"));
}

static void waits_are_told_only_where_they_are_asked_for(void **state)
{
	static const struct export_options wall = { .is_wall = true };
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *without = NULL, *with = NULL;

	stream_task(&stream, 7, "waiter", 0);
	stream_wait(&stream, 7, 1, 3, (struct event_wait){ .syscall = -1 });
	without = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	with = exported(EXPORT_PERF_SCRIPT, &wall, &stream, NULL);
	assert_string_equal(without, "");
	assert_non_null(
		strstr(with, ": 2000000 offcpu-time: \n\t0 [stack not taken] ([unknown])\n\n"));
}

static void of_a_process_only_its_own_threads_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *text = NULL;

	stream_watch(&stream, WATCH_PROCESS, 7);
	stream_task(&stream, 7, "mine", TASK_TARGET);
	stream_task(&stream, 8, "helper", TASK_KERNEL);
	add_sample(&stream, 7, 0, 0);
	add_sample(&stream, 8, 0, 0);
	text = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	assert_non_null(strstr(text, "mine "));
	assert_null(strstr(text, "helper"));
}

static void samples_of_another_event_have_its_name(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(own_free) char *text = NULL;
	const struct event_sampler sampler = { .id = 3, .unit = SAMPLER_COUNT, .name = "cycles:u" };
	const struct event_sample sample = {
		.head.time_ns = AT(1), .tid = 7, .sampler = 3, .period = 4242
	};

	stream_add(&stream, EVENT_SAMPLER, &sampler, sizeof(sampler));
	stream_add(&stream, EVENT_SAMPLE, &sample, sizeof(sample));
	text = exported(EXPORT_PERF_SCRIPT, NULL, &stream, NULL);
	assert_non_null(strstr(text, ": 4242 cycles:u: \n"));
}

static void a_full_disk_is_a_failure(void **state)
{
	owns(stream_free) struct stream stream = {};

	add_sample(&stream, 7, 0, 0);
	export_fails_when_full(EXPORT_PERF_SCRIPT, &stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_is_its_head_its_frames_and_an_empty_line),
		cmocka_unit_test(a_name_cannot_pretend_to_be_another_thread),
		cmocka_unit_test(a_sample_without_a_stack_says_so),
		cmocka_unit_test(waits_are_told_only_where_they_are_asked_for),
		cmocka_unit_test(of_a_process_only_its_own_threads_are_told),
		cmocka_unit_test(samples_of_another_event_have_its_name),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
