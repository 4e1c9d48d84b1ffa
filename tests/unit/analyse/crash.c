/* Is a crash told with its reason, its place, its sender and its core, as far as they were seen? */
#include "analyse/crash.h"

#include <signal.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

#define DUMPED 0x80 /* wait(2) */

enum fixture {
	TARGET = 10,
	OTHER = 20,
};

/* The command ends at 1000 ms by this signal, or with exit status 3. */
static void tell_command(struct stream *stream, int signal_number)
{
	struct event_watch_end end = {
		.head.time_ns = AT(1000),
		.exit_status = signal_number ? signal_number : 3,
		.flags = signal_number ? WATCH_END_SIGNALED : WATCH_END_EXITED,
	};

	stream_watch(stream, WATCH_COMMAND, TARGET);
	stream_task(stream, TARGET, "subject", TASK_TARGET);
	stream_run(stream, TARGET, 0, 1000, 0);
	stream_add(stream, EVENT_WATCH_END, &end, sizeof(end));
}

static void tell_signal(struct stream *stream, struct event_signal signal)
{
	if (!signal.head.time_ns)
		signal.head.time_ns = AT(999);
	stream_add(stream, EVENT_SIGNAL, &signal, sizeof(signal));
}

static void tell_end(struct stream *stream, uint32_t tid, int32_t exit_code)
{
	struct event_task_end end = { .head.time_ns = AT(999.5),
				      .tid = tid,
				      .exit_code = exit_code };

	stream_add(stream, EVENT_TASK_END, &end, sizeof(end));
}

/* A write behind a null pointer in write_nowhere(), called by main(). */
static struct event_signal a_crash(struct stream *stream, uint32_t tid)
{
	return (struct event_signal){
		.tid = tid,
		.signal = SIGSEGV,
		.code = SEGV_MAPERR,
		.flags = SIGNAL_ADDRESS,
		.address = 0x10,
		.user_stack = stream_user_stack(stream, "write_nowhere", "main", NULL),
	};
}

static bool advises(const struct finding *finding, const char *words)
{
	for (size_t i = 0; i < finding->advice.count; i++) {
		if (strstr(finding->advice.items[i].words, words))
			return true;
	}
	return false;
}

static void a_crash_tells_its_address_function_and_callers(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *first;

	tell_command(&stream, SIGSEGV);
	tell_signal(&stream, a_crash(&stream, TARGET));
	tell_end(&stream, TARGET, SIGSEGV);
	verdict = stream_judge(&stream);
	first = &verdict->findings.items[0];

	assert_int_equal(first->cause, CAUSE_CRASH_SIGNAL);
	assert_string_equal(first->subject.name, "SIGSEGV in write_nowhere, address 0x10");
	assert_string_equal(first->chain.items[0].detail, "write_nowhere");
	assert_true(finding_tells(first, "subject was ended by SIGSEGV after 999 ms"));
	assert_true(finding_tells(first, "it touched address 0x10: nothing is mapped there "
					 "(SEGV_MAPERR); so near to 0 it is a null pointer"));
	assert_true(finding_tells(first, "it was in write_nowhere ← main"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_limit_of_0_is_why_there_is_no_core(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_fact(&stream, "kernel.core_pattern", "core");
	tell_command(&stream, SIGSEGV);
	tell_signal(&stream, a_crash(&stream, TARGET));
	tell_end(&stream, TARGET, SIGSEGV);
	verdict = stream_judge(&stream);

	assert_true(finding_tells(&verdict->findings.items[0],
				  "no core was written: the limit (ulimit -c) was 0 B"));
	assert_true(advises(&verdict->findings.items[0], "ulimit -c unlimited"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_may_not_be_dumped_leaves_no_core(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	struct event_signal signal = a_crash(&stream, TARGET);

	signal.flags |= SIGNAL_UNDUMPABLE;
	signal.core_limit = UINT64_MAX;
	tell_command(&stream, SIGSEGV);
	tell_signal(&stream, signal);
	tell_end(&stream, TARGET, SIGSEGV);
	verdict = stream_judge(&stream);

	assert_true(finding_tells(&verdict->findings.items[0], "is not to be dumped"));
	verdict_free(&verdict);
	stream_free(&stream);
}

/* Only the thread that crashed has the bit: the others ended before the core was whole. */
static void a_core_is_told_whichever_thread_wrote_it(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	struct event_task thread = { .tid = 11, .tgid = TARGET, .flags = TASK_TARGET };
	struct event_signal signal = a_crash(&stream, 11);

	signal.core_limit = UINT64_MAX;
	memcpy(thread.comm, "worker", 6);
	stream_fact(&stream, "kernel.core_pattern", "/var/cores/core.%p");
	tell_command(&stream, SIGSEGV);
	stream_add(&stream, EVENT_TASK, &thread, sizeof(thread));
	tell_signal(&stream, signal);
	tell_end(&stream, TARGET, SIGSEGV);
	tell_end(&stream, 11, SIGSEGV | DUMPED);
	verdict = stream_judge(&stream);

	assert_string_equal(verdict->findings.items[0].chain.items[0].who, "worker");
	assert_int_equal(verdict->findings.items[0].chain.items[0].tid, 11);
	assert_true(finding_tells(&verdict->findings.items[0],
				  "written as kernel.core_pattern says, /var/cores/core.%p"));
	assert_true(advises(&verdict->findings.items[0], "gdb PROGRAM CORE"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void who_takes_cores_is_named(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_fact(&stream, "kernel.core_pattern", "|/lib/systemd/systemd-coredump %P %u");
	tell_command(&stream, SIGSEGV);
	tell_signal(&stream, a_crash(&stream, TARGET));
	tell_end(&stream, TARGET, SIGSEGV | DUMPED);
	verdict = stream_judge(&stream);

	assert_true(finding_tells(&verdict->findings.items[0], "handed to the program"));
	assert_true(advises(&verdict->findings.items[0], "coredumpctl"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void an_abort_names_who_called_it_and_why(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *first;

	tell_command(&stream, SIGABRT);
	tell_signal(&stream, (struct event_signal){ .head.time_ns = AT(998),
						    .tid = TARGET,
						    .signal = SIGABRT,
						    .code = -6,
						    .flags = SIGNAL_SENT,
						    .sender = TARGET });
	tell_signal(&stream, (struct event_signal){
				     .tid = TARGET,
				     .signal = SIGABRT,
				     .code = -6,
				     .user_stack = stream_user_stack(
					     &stream, "__pthread_kill_implementation", "raise",
					     "abort", "malloc_printerr", "_int_free", "free",
					     "drop_request", "main", NULL),
			     });
	tell_end(&stream, TARGET, SIGABRT);
	verdict = stream_judge(&stream);
	first = &verdict->findings.items[0];

	assert_string_equal(first->subject.name, "SIGABRT in drop_request");
	assert_true(finding_tells(first, "the heap is corrupt"));
	assert_true(finding_tells(first, "it sent the signal to itself, as abort() does"));
	verdict_free(&verdict);
	stream_free(&stream);
}

/* libc has no frame pointers. */
static void a_stack_that_goes_astray_is_cut(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + 4 * sizeof(struct event_frame)];
	} astray;

	memset(&astray, 0, sizeof(astray));
	astray.stack =
		(struct event_stack){ .id = 77, .flags = STACK_USER, .tgid = TARGET, .frames = 4 };
	/* The name that this stack's one has, too. */
	(void)stream_user_stack(&stream, "__pthread_kill_implementation", NULL);
	astray.stack.frame[0].symbol = 1;
	for (int i = 1; i < 4; i++)
		astray.stack.frame[i].address = 0x7fb3b31560e0;
	stream_add(&stream, EVENT_STACK, &astray, sizeof(astray));
	tell_command(&stream, SIGABRT);
	tell_signal(&stream,
		    (struct event_signal){
			    .tid = TARGET, .signal = SIGABRT, .code = -6, .user_stack = 77 });
	verdict = stream_judge(&stream);

	assert_string_equal(verdict->findings.items[0].subject.name, "SIGABRT");
	assert_true(finding_tells(&verdict->findings.items[0], "__pthread_kill_implementation"));
	assert_false(finding_tells(&verdict->findings.items[0], "0x7fb3b31560e0"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void children_that_crash_alike_are_one_finding(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *first;

	tell_command(&stream, 0);
	for (uint32_t i = 0; i < 3; i++) {
		stream_child(&stream, OTHER + i, "worker", TARGET, 10);
		tell_signal(&stream, a_crash(&stream, OTHER + i));
		tell_end(&stream, OTHER + i, SIGSEGV);
	}
	verdict = stream_judge(&stream);
	first = &verdict->findings.items[0];

	assert_int_equal(verdict->findings.count, 2);
	assert_int_equal(first->cause, CAUSE_CRASH_SIGNAL);
	assert_true(finding_tells(first, "worker (20) was ended by SIGSEGV, and 2 more"));
	assert_int_equal(verdict->findings.items[1].cause, CAUSE_CPU_USER);
	verdict_free(&verdict);
	stream_free(&stream);
}

/* Children are ended by signals all the time, by those who started them. */
static void a_child_that_was_told_to_go_is_no_finding(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, 0);
	stream_child(&stream, OTHER, "worker", TARGET, 10);
	tell_signal(&stream, (struct event_signal){ .tid = OTHER,
						    .signal = SIGKILL,
						    .flags = SIGNAL_SENT,
						    .sender = TARGET });
	tell_end(&stream, OTHER, SIGKILL);
	verdict = stream_judge(&stream);

	assert_null(verdict_find(verdict, CAUSE_CRASH_SIGNAL, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_child_that_the_kernel_killed_is_told(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, 0);
	stream_child(&stream, OTHER, "worker", TARGET, 10);
	tell_signal(&stream,
		    (struct event_signal){
			    .tid = OTHER, .signal = SIGKILL, .code = 0x80, .flags = SIGNAL_SENT });
	tell_end(&stream, OTHER, SIGKILL);
	verdict = stream_judge(&stream);

	assert_true(finding_tells(verdict_find(verdict, CAUSE_CRASH_SIGNAL, "SIGKILL"),
				  "sent by the kernel: memory ran out"));
	assert_true(advises(verdict_find(verdict, CAUSE_CRASH_SIGNAL, "SIGKILL"), "dmesg"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void who_ended_the_target_is_told(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, SIGTERM);
	stream_task(&stream, OTHER, "supervisor", 0);
	tell_signal(&stream, (struct event_signal){ .tid = TARGET,
						    .signal = SIGTERM,
						    .flags = SIGNAL_SENT,
						    .sender = OTHER });
	tell_end(&stream, TARGET, SIGTERM);
	verdict = stream_judge(&stream);

	/* It may well have been meant: it comes last. */
	assert_int_equal(verdict->findings.items[1].cause, CAUSE_CRASH_SIGNAL);
	assert_true(finding_tells(&verdict->findings.items[1],
				  "the signal was sent by supervisor (20)"));
	assert_true(advises(&verdict->findings.items[1], "See who sent the signal"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_watched_process_that_dies_is_a_crash(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, TARGET);
	stream_task(&stream, TARGET, "subject", TASK_TARGET);
	stream_run(&stream, TARGET, 0, 999, 0);
	tell_end(&stream, TARGET, SIGSEGV);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.items[0].cause, CAUSE_CRASH_SIGNAL);
	assert_string_equal(verdict->findings.items[0].subject.name, "SIGSEGV");
	assert_true(finding_tells(&verdict->findings.items[0],
				  "no core was written, why is not known: the limit (ulimit -c) "
				  "was not seen, kernel.core_pattern is not known"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_process_that_ends_by_itself_is_no_crash(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	stream_watch(&stream, WATCH_PROCESS, TARGET);
	stream_task(&stream, TARGET, "subject", TASK_TARGET);
	stream_run(&stream, TARGET, 0, 999, 0);
	tell_end(&stream, TARGET, 3 << 8);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);

	assert_null(verdict_find(verdict, CAUSE_CRASH_SIGNAL, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_was_not_seen_of_a_crash_is_said(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, SIGSEGV);
	tell_signal(&stream, (struct event_signal){ .tid = TARGET,
						    .signal = SIGSEGV,
						    .code = SEGV_MAPERR,
						    .core_limit = UINT64_MAX });
	verdict = stream_judge(&stream);

	assert_string_equal(verdict->findings.items[0].subject.name, "SIGSEGV");
	assert_true(finding_tells(&verdict->findings.items[0], "only this is known: nothing is "
							       "mapped there (SEGV_MAPERR)"));
	assert_true(finding_tells(&verdict->findings.items[0], "no stack was taken"));
	assert_true(finding_tells(&verdict->findings.items[0], "its end was not seen"));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void signals_of_unknown_threads_are_passed_over(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, 0);
	tell_signal(&stream, (struct event_signal){ .tid = 99, .signal = SIGSEGV });
	tell_signal(&stream, (struct event_signal){ .tid = TARGET, .signal = 0 });
	verdict = stream_judge(&stream);

	assert_null(verdict_find(verdict, CAUSE_CRASH_SIGNAL, ""));
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_there_was_no_room_for_is_counted(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_command(&stream, 0);
	for (uint32_t i = 0; i < 300; i++) {
		stream_child(&stream, 1000 + i, "worker", TARGET, 10);
		tell_signal(&stream,
			    (struct event_signal){ .tid = 1000 + i, .signal = SIGSEGV, .code = 1 });
	}
	verdict = stream_judge(&stream);

	assert_true(finding_tells(&verdict->findings.items[0], "and 255 more"));
	assert_int_equal(verdict->not_seen.count, 1);
	assert_non_null(strstr(verdict->not_seen.items[0].words, "44 more signals"));
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_tells_its_address_function_and_callers),
		cmocka_unit_test(a_limit_of_0_is_why_there_is_no_core),
		cmocka_unit_test(what_may_not_be_dumped_leaves_no_core),
		cmocka_unit_test(a_core_is_told_whichever_thread_wrote_it),
		cmocka_unit_test(who_takes_cores_is_named),
		cmocka_unit_test(an_abort_names_who_called_it_and_why),
		cmocka_unit_test(a_stack_that_goes_astray_is_cut),
		cmocka_unit_test(children_that_crash_alike_are_one_finding),
		cmocka_unit_test(a_child_that_was_told_to_go_is_no_finding),
		cmocka_unit_test(a_child_that_the_kernel_killed_is_told),
		cmocka_unit_test(who_ended_the_target_is_told),
		cmocka_unit_test(a_watched_process_that_dies_is_a_crash),
		cmocka_unit_test(a_process_that_ends_by_itself_is_no_crash),
		cmocka_unit_test(what_was_not_seen_of_a_crash_is_said),
		cmocka_unit_test(signals_of_unknown_threads_are_passed_over),
		cmocka_unit_test(what_there_was_no_room_for_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
