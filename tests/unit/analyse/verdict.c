/* Is the verdict ranked, sure of itself only as far as it may be, and always the same? */
#include "analyse/verdict.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

static void tell_busy(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "burn", TASK_TARGET);
	for (int ms = 0; ms < 1000; ms += 2)
		stream_run(stream, 10, ms, ms + 2, 0.5);
	stream_end(stream, 1000);
}

static void without_a_watch_there_is_no_verdict(void **state)
{
	struct analysis *analysis = NULL;
	struct verdict *verdict = NULL;
	struct diag why = {};

	assert_int_equal(analysis_new(&analysis), 0);
	assert_int_equal(analysis_verdict(analysis, &verdict, &why), -ENODATA);
	assert_null(verdict);
	assert_true(why.text[0]);
	analysis_free(&analysis);
}

static void a_watch_without_switches_is_no_verdicts(void **state)
{
	static const struct {
		const char *fact;
		const char *words;
	} rows[] = {
		{ "facility.calls", "slowpath syscalls -i" },
		{ "facility.files", "slowpath files -i" },
		{ "facility.block", "slowpath disk -i" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(stream_free) struct stream stream = {};
		struct verdict *verdict = NULL;
		struct diag why = {};

		tell_busy(&stream);
		stream_fact(&stream, rows[i].fact, "tp_btf");
		assert_int_equal(stream_try(&stream, &verdict, &why), -ENODATA);
		assert_null(verdict);
		assert_non_null(strstr(why.text, rows[i].words));
		stream_fact(&stream, "facility.scheduler", "tp_btf");
		verdict = stream_judge(&stream);
		verdict_free(&verdict);
	}
}

static void findings_fall_by_weight(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_busy(&stream);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.count, 2);
	assert_int_equal(verdict->findings.items[0].cause, CAUSE_CPU_USER);
	assert_int_equal(verdict->findings.items[1].cause, CAUSE_CPU_KERNEL);
	assert_near(verdict->findings.items[0].speedup_limit, 4);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_sole_cause_has_no_speedup_limit(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "burn", TASK_TARGET);
	stream_run(&stream, 10, 0, 1000, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_true(verdict->findings.items[0].speedup_limit == 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static enum confidence judge_samples(unsigned int samples)
{
	struct stream stream = {};
	struct verdict *verdict;
	enum confidence confidence;

	tell_busy(&stream);
	/* Another process is sampled in any case. */
	stream_task(&stream, 99, "other", 0);
	stream_samples(&stream, 99, 10, 0, 0);
	stream_samples(&stream, 10, samples, 0, 0);
	verdict = stream_judge(&stream);
	confidence = verdict->findings.items[0].confidence;
	verdict_free(&verdict);
	stream_free(&stream);
	return confidence;
}

static void few_samples_lower_confidence(void **state)
{
	assert_int_equal(judge_samples(50), CONFIDENCE_HIGH);
	assert_int_equal(judge_samples(10), CONFIDENCE_MEDIUM);
	assert_int_equal(judge_samples(3), CONFIDENCE_LOW);
}

static enum confidence judge_loss(enum loss_what what, uint64_t count)
{
	struct stream stream = {};
	struct verdict *verdict;
	enum confidence confidence;

	tell_busy(&stream);
	stream_samples(&stream, 10, 50, 0, 0);
	if (count)
		stream_loss(&stream, what, count);
	verdict = stream_judge(&stream);
	assert_int_equal(verdict->lost_events, count);
	assert_int_equal(verdict->losses.count, count ? 1 : 0);
	confidence = verdict->findings.items[0].confidence;
	verdict_free(&verdict);
	stream_free(&stream);
	return confidence;
}

static void lost_events_lower_confidence(void **state)
{
	assert_int_equal(judge_loss(LOSS_SWITCH, 0), CONFIDENCE_HIGH);
	assert_int_equal(judge_loss(LOSS_SWITCH, 2), CONFIDENCE_MEDIUM);
	assert_int_equal(judge_loss(LOSS_SWITCH, 100), CONFIDENCE_LOW);
	assert_int_equal(judge_loss(LOSS_STACK, 1), CONFIDENCE_LOW);
	/* Lost file names make no claim less sure. */
	assert_int_equal(judge_loss(LOSS_FILE, 100), CONFIDENCE_HIGH);
}

static void the_hottest_function_is_the_subject(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *finding;
	struct event_syscall_sum calls = {
		.tid = 10, .number = 0, .count = 4000, .total_ns = MS(200)
	};
	uint64_t hot = stream_stack(&stream, "deflate_slow", "main", NULL);
	uint64_t warm = stream_stack(&stream, "crc32", "main", NULL);
	uint64_t copy = stream_stack(&stream, "copy_page_to_iter", "vfs_read", NULL);

	tell_busy(&stream);
	stream_samples(&stream, 10, 30, hot, 0);
	stream_samples(&stream, 10, 10, warm, 0);
	stream_samples(&stream, 10, 20, hot, copy);
	stream_add(&stream, EVENT_SYSCALL_SUM, &calls, sizeof(calls));
	verdict = stream_judge(&stream);

	finding = verdict_find(verdict, CAUSE_CPU_USER, "deflate_slow");
	assert_non_null(finding);
	assert_true(finding_tells(
		finding, "40 samples of burn in user code: deflate_slow 75 %, crc32 25 %"));
	finding = verdict_find(verdict, CAUSE_CPU_KERNEL, "copy_page_to_iter");
	assert_non_null(finding);
	assert_true(finding_tells(finding, "burn called read 4,000 times, 200 ms in all"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void hits_of_tracepoints_are_no_samples(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	uint64_t hot = stream_stack(&stream, "deflate_slow", "main", NULL);
	struct event_sample hit = { .tid = 10, .sampler = 1, .period = 1 };

	hit.user_stack = stream_stack(&stream, "crc32", "main", NULL);
	tell_busy(&stream);
	stream_samples(&stream, 10, 30, hot, 0);
	for (int i = 0; i < 100; i++)
		stream_add(&stream, EVENT_SAMPLE, &hit, sizeof(hit));
	verdict = stream_judge(&stream);
	assert_true(finding_tells(verdict_find(verdict, CAUSE_CPU_USER, "deflate_slow"),
				  "30 samples of burn in user code: deflate_slow 100 %"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void samples_alone_lead_to_the_profile(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "burn", 0);
	stream_samples(&stream, 10, 50, stream_user_stack(&stream, "work", NULL), 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.count, 0);
	assert_string_equal(verdict->next_command, "slowpath cpu -i FILE");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void steal_is_told_as_what_it_is(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	struct event_counter first = { .key = COUNTER_STEAL_NS, .value = MS(5000) };
	struct event_counter last = { .head.time_ns = AT(1000),
				      .key = COUNTER_STEAL_NS,
				      .value = MS(5500) };

	tell_busy(&stream);
	stream_add(&stream, EVENT_COUNTER, &first, sizeof(first));
	stream_add(&stream, EVENT_COUNTER, &last, sizeof(last));
	verdict = stream_judge(&stream);

	/* Half a second on two CPUs in one second. */
	assert_true(finding_tells(&verdict->findings.items[0], "for 25 % of all CPUs' time"));
	assert_null(verdict_find(verdict, CAUSE_CPU_STEAL, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static struct verdict *judge_signal(struct stream *stream, int signal_number, uint32_t flags)
{
	struct event_watch_end end = {
		.head.time_ns = AT(1000),
		.exit_status = signal_number,
		.flags = WATCH_END_SIGNALED | flags,
	};

	stream_watch(stream, WATCH_COMMAND, 10);
	stream_task(stream, 10, "burn", TASK_TARGET);
	stream_run(stream, 10, 0, 1000, 0);
	stream_add(stream, EVENT_WATCH_END, &end, sizeof(end));
	return stream_judge(stream);
}

static void a_crash_comes_first(void **state)
{
	struct stream stream = {};
	struct verdict *verdict = judge_signal(&stream, SIGSEGV, 0);

	assert_true(verdict->was_signaled);
	assert_int_equal(verdict->findings.items[0].cause, CAUSE_CRASH_SIGNAL);
	assert_string_equal(verdict->findings.items[0].subject.name, "SIGSEGV");
	assert_int_equal(verdict->findings.items[1].cause, CAUSE_CPU_USER);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_polite_signal_comes_last(void **state)
{
	struct stream stream = {};
	struct verdict *verdict = judge_signal(&stream, SIGTERM, 0);

	assert_int_equal(verdict->findings.items[1].cause, CAUSE_CRASH_SIGNAL);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void the_user_s_own_interrupt_is_no_crash(void **state)
{
	struct stream stream = {};
	struct verdict *verdict = judge_signal(&stream, SIGKILL, WATCH_END_INTERRUPTED);

	assert_null(verdict_find(verdict, CAUSE_CRASH_SIGNAL, ""));
	assert_true(verdict->was_interrupted);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void facts_tell_how_it_was_seen_and_what_was_not(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_fact(&stream, "facility.scheduler", "tp_btf");
	stream_fact(&stream, "facility.block", "tp_btf");
	stream_fact(&stream, "missing.calls",
		    "single kernel functions: this kernel has no kprobes");
	stream_fact(&stream, "kernel.release", "6.1.0");
	tell_busy(&stream);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->how.count, 2);
	assert_string_equal(verdict->how.items[0].words, "block: tp_btf");
	assert_string_equal(verdict->how.items[1].words, "scheduler: tp_btf");
	assert_int_equal(verdict->not_seen.count, 1);
	assert_string_equal(verdict->not_seen.items[0].words,
			    "single kernel functions: this kernel has no kprobes");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void unnamed_user_functions_are_admitted(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_busy(&stream);
	stream_samples(&stream, 10, 50, 0, 0);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->not_seen.count, 1);
	assert_non_null(strstr(verdict->not_seen.items[0].words, "50 of 50 samples in user code"));
	assert_string_equal(verdict_find(verdict, CAUSE_CPU_USER, "burn")->subject.kind, "process");
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_verdict_in_between_changes_nothing_that_follows(void **state)
{
	struct stream stream = {};
	struct analysis *analysis = NULL;
	struct verdict *early = NULL, *late = NULL, *plain;

	tell_busy(&stream);
	plain = stream_judge(&stream);
	assert_int_equal(analysis_new(&analysis), 0);
	for (size_t i = 0; i < stream.items.count; i++) {
		assert_int_equal(analysis_take(analysis, stream.items.items[i].event, NULL), 0);
		if (i == stream.items.count / 2)
			assert_int_equal(analysis_verdict(analysis, &early, NULL), 0);
	}
	assert_int_equal(analysis_verdict(analysis, &late, NULL), 0);

	assert_true(early->base_ns > 0 && early->base_ns < late->base_ns);
	assert_int_equal(late->base_ns, plain->base_ns);
	assert_int_equal(late->findings.items[0].ns, plain->findings.items[0].ns);
	assert_int_equal(late->unknown_ns, 0);
	verdict_free(&early);
	verdict_free(&late);
	verdict_free(&plain);
	analysis_free(&analysis);
	stream_free(&stream);
}

/* The command's first thread sleeps while its two others work. */
static uint64_t charged_ns(void (*choose)(struct analysis *analysis), enum cause cause)
{
	struct stream stream = {};
	struct analysis *analysis = NULL;
	struct verdict *verdict = NULL;
	uint64_t ns = 0;

	stream_watch(&stream, WATCH_COMMAND, 10);
	stream_task(&stream, 10, "fio", TASK_TARGET);
	stream_run(&stream, 10, 0, 100, 0);
	for (uint32_t tid = 11; tid < 13; tid++) {
		stream_child(&stream, tid, "fio", 10, 100);
		stream_run(&stream, tid, 100, 500, 0);
		stream_death(&stream, tid, 500);
	}
	stream_wait(&stream, 10, 100, 1000, (struct event_wait){});
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);
	verdict_free(&verdict);

	assert_int_equal(analysis_new(&analysis), 0);
	if (choose)
		choose(analysis);
	for (size_t i = 0; i < stream.items.count; i++)
		assert_int_equal(analysis_take(analysis, stream.items.items[i].event, NULL), 0);
	assert_int_equal(analysis_verdict(analysis, &verdict, NULL), 0);
	for (size_t i = 0; i < verdict->findings.count; i++) {
		if (verdict->findings.items[i].cause == cause)
			ns += verdict->findings.items[i].ns;
	}
	verdict_free(&verdict);
	analysis_free(&analysis);
	stream_free(&stream);
	return ns;
}

static void of_a_command_all_threads_can_be_charged_or_all_but_the_first(void **state)
{
	assert_int_equal(charged_ns(NULL, CAUSE_CPU_USER), MS(100));
	assert_int_equal(charged_ns(analysis_charge_all, CAUSE_CPU_USER), MS(900));
	assert_int_equal(charged_ns(analysis_charge_others, CAUSE_CPU_USER), MS(800));
}

static void many_short_processes_of_one_name_are_one_finding(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, 1);
	for (uint32_t i = 0; i < 100; i++) {
		stream_child(&stream, 100 + i, "cc1", 1, 10 * i);
		stream_run(&stream, 100 + i, 10 * i, 10 * i + 10, 0);
		stream_death(&stream, 100 + i, 10 * i + 10);
	}
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.count, 1);
	assert_string_equal(verdict->findings.items[0].subject.name, "cc1");
	assert_int_equal(verdict->threads.count, 100);
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_watch_there_is_no_verdict),
		cmocka_unit_test(a_watch_without_switches_is_no_verdicts),
		cmocka_unit_test(findings_fall_by_weight),
		cmocka_unit_test(a_sole_cause_has_no_speedup_limit),
		cmocka_unit_test(few_samples_lower_confidence),
		cmocka_unit_test(lost_events_lower_confidence),
		cmocka_unit_test(the_hottest_function_is_the_subject),
		cmocka_unit_test(hits_of_tracepoints_are_no_samples),
		cmocka_unit_test(samples_alone_lead_to_the_profile),
		cmocka_unit_test(steal_is_told_as_what_it_is),
		cmocka_unit_test(a_crash_comes_first),
		cmocka_unit_test(a_polite_signal_comes_last),
		cmocka_unit_test(the_user_s_own_interrupt_is_no_crash),
		cmocka_unit_test(facts_tell_how_it_was_seen_and_what_was_not),
		cmocka_unit_test(unnamed_user_functions_are_admitted),
		cmocka_unit_test(a_verdict_in_between_changes_nothing_that_follows),
		cmocka_unit_test(of_a_command_all_threads_can_be_charged_or_all_but_the_first),
		cmocka_unit_test(many_short_processes_of_one_name_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
