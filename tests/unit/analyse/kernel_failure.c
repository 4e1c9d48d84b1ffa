/* Is it told when the kernel fails under the target? The texts are real ones. */
#include "analyse/kernel_failure.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

enum fixture {
	TARGET = 10,
	OTHER = 20,
};

struct told {
	uint32_t tid;
	const char *text;
};

static const struct told OOPS[] = {
	{ 0, "BUG: kernel NULL pointer dereference, address: 0000000000000008" },
	{ 0, "#PF: supervisor read access in kernel mode" },
	{ 0, "Oops: 0000 [#1] PREEMPT SMP PTI" },
	{ TARGET, "CPU: 1 PID: 10 Comm: subject Tainted: P           OE      6.1.0" },
	{ 0, "RIP: 0010:dbuf_write_ready+0x42/0x2f0 [zfs]" },
	{ 0, "---[ end trace 0000000000000000 ]---" },
	{ 0, "EXT4-fs (vda1): mounted filesystem" },
};

static const struct told HUNG[] = {
	{ TARGET, "INFO: task subject:10 blocked for more than 120 seconds." },
	{ 0, "      Not tainted 6.1.0-18-amd64 #1 Debian 6.1.76-1" },
};

static const struct told HUNG_OTHER[] = {
	{ OTHER, "INFO: task other:20 blocked for more than 120 seconds." },
};

static const struct told LOCKUP[] = {
	{ 0, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [subject:10]" },
	{ TARGET, "CPU: 0 PID: 10 Comm: subject Not tainted 6.1.0" },
};

/* Two threads, one of them the target, or both when it is the machine. */
static void tell_watch(struct stream *stream, enum watch_target target)
{
	stream_watch(stream, target, target == WATCH_MACHINE ? 0 : TARGET);
	stream_task(stream, TARGET, "subject", TASK_TARGET);
	stream_task(stream, OTHER, "other", target == WATCH_MACHINE ? TASK_TARGET : 0);
	stream_run(stream, TARGET, 0, 1000, 0);
	stream_end(stream, 1000);
}

static void tell_lines(struct stream *stream, const struct told *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strlen(lines[i].text);
		struct event_log *line = calloc(1, sizeof(*line) + bytes + 1);

		assert_non_null(line);
		line->head.time_ns = AT(999);
		line->written_ns = AT(500 + i);
		line->tid = lines[i].tid;
		line->text_bytes = (uint16_t)bytes;
		memcpy(line->text, lines[i].text, bytes);
		stream_add(stream, EVENT_LOG, line, sizeof(*line) + bytes);
		free(line);
	}
}

static size_t count_failures(const struct verdict *verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < verdict->findings.count; i++)
		count += verdict->findings.items[i].cause == CAUSE_KERNEL_OOPS ||
			 verdict->findings.items[i].cause == CAUSE_KERNEL_HANG;
	return count;
}

static bool lacks(const struct verdict *verdict, const char *words)
{
	for (size_t i = 0; i < verdict->not_seen.count; i++) {
		if (strstr(verdict->not_seen.items[i].words, words))
			return true;
	}
	return false;
}

static void an_oops_of_the_target_is_told_first_with_its_lines(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *first;

	tell_watch(&stream, WATCH_PROCESS);
	tell_lines(&stream, OOPS, array_count(OOPS));
	verdict = stream_judge(&stream);
	first = &verdict->findings.items[0];

	assert_int_equal(first->cause, CAUSE_KERNEL_OOPS);
	assert_near(first->share, 0);
	assert_string_equal(first->subject.kind, "thread");
	assert_string_equal(first->subject.name, "subject (10)");
	assert_int_equal(first->chain.items[0].tid, TARGET);
	assert_true(finding_tells(first, "kernel NULL pointer dereference, address"));
	assert_true(finding_tells(first, "RIP: 0010:dbuf_write_ready+0x42/0x2f0 [zfs]"));
	assert_false(finding_tells(first, "EXT4-fs"));
	assert_int_equal(first->advice.count, 1);
	assert_int_equal(count_failures(verdict), 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_hung_task_hangs_in_the_kernel(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;
	const struct finding *first;

	tell_watch(&stream, WATCH_COMMAND);
	tell_lines(&stream, HUNG, array_count(HUNG));
	tell_lines(&stream, HUNG, array_count(HUNG));
	verdict = stream_judge(&stream);
	first = &verdict->findings.items[0];

	assert_int_equal(first->cause, CAUSE_KERNEL_HANG);
	assert_string_equal(first->subject.name, "subject (10)");
	assert_true(finding_tells(first, "the kernel's log told of it 2 times; the last time:"));
	assert_true(finding_tells(first, "blocked for more than 120 seconds"));
	assert_int_equal(count_failures(verdict), 1);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void a_soft_lockup_hangs_in_the_kernel_and_comes_after_an_oops(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_watch(&stream, WATCH_PROCESS);
	tell_lines(&stream, LOCKUP, array_count(LOCKUP));
	tell_lines(&stream, HUNG, array_count(HUNG));
	tell_lines(&stream, OOPS, array_count(OOPS));
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.items[0].cause, CAUSE_KERNEL_OOPS);
	assert_int_equal(verdict->findings.items[1].cause, CAUSE_KERNEL_HANG);
	assert_true(finding_tells(&verdict->findings.items[1], "soft lockup - CPU#0"));
	assert_true(finding_tells(&verdict->findings.items[2], "blocked for more than"));
	assert_int_equal(verdict->findings.items[3].cause, CAUSE_CPU_USER);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_befalls_others_is_told_of_the_machine_alone(void **state)
{
	static const enum watch_target TARGETS[] = { WATCH_PROCESS, WATCH_COMMAND, WATCH_MACHINE };

	for (size_t i = 0; i < array_count(TARGETS); i++) {
		struct stream stream = {};
		struct verdict *verdict;

		tell_watch(&stream, TARGETS[i]);
		tell_lines(&stream, HUNG_OTHER, array_count(HUNG_OTHER));
		verdict = stream_judge(&stream);
		assert_int_equal(count_failures(verdict), TARGETS[i] == WATCH_MACHINE);
		verdict_free(&verdict);
		stream_free(&stream);
	}
}

static void a_failure_of_no_known_thread_is_the_machine_s(void **state)
{
	static const struct told LINES[] = { { 0, "kernel BUG at fs/inode.c:1!" } };
	struct stream stream = {};
	struct verdict *verdict;

	tell_watch(&stream, WATCH_MACHINE);
	tell_lines(&stream, LINES, array_count(LINES));
	verdict = stream_judge(&stream);

	assert_int_equal(verdict->findings.items[0].cause, CAUSE_KERNEL_OOPS);
	assert_string_equal(verdict->findings.items[0].subject.kind, "kernel");
	assert_int_equal(verdict->findings.items[0].chain.items[0].tid, 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void what_the_kernel_tells_of_programs_is_no_failure_of_its_own(void **state)
{
	static const struct told LINES[] = {
		{ TARGET, "subject[10]: segfault at 0 ip 000055d0 sp 00007ffe error 6" },
		{ TARGET, "Out of memory: Killed process 10 (subject) total-vm:1kB" },
		{ 0, "EXT4-fs (vda1): re-mounted. Opts: errors=remount-ro" },
	};
	struct stream stream = {};
	struct verdict *verdict;

	tell_watch(&stream, WATCH_PROCESS);
	tell_lines(&stream, LINES, array_count(LINES));
	verdict = stream_judge(&stream);

	assert_int_equal(count_failures(verdict), 0);
	verdict_free(&verdict);
	stream_free(&stream);
}

static void of_many_failures_the_first_are_told_and_the_others_counted(void **state)
{
	struct stream stream = {};
	struct verdict *verdict;

	tell_watch(&stream, WATCH_MACHINE);
	for (uint32_t tid = 1000; tid < 1020; tid++)
		tell_lines(&stream, &(struct told){ tid, HUNG[0].text }, 1);
	verdict = stream_judge(&stream);

	assert_int_equal(count_failures(verdict), 16);
	assert_true(lacks(verdict, "4 more failures in the kernel's log"));
	verdict_free(&verdict);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_oops_of_the_target_is_told_first_with_its_lines),
		cmocka_unit_test(a_hung_task_hangs_in_the_kernel),
		cmocka_unit_test(a_soft_lockup_hangs_in_the_kernel_and_comes_after_an_oops),
		cmocka_unit_test(what_befalls_others_is_told_of_the_machine_alone),
		cmocka_unit_test(a_failure_of_no_known_thread_is_the_machine_s),
		cmocka_unit_test(what_the_kernel_tells_of_programs_is_no_failure_of_its_own),
		cmocka_unit_test(of_many_failures_the_first_are_told_and_the_others_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
