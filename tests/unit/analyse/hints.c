/* Does the verdict say what hot functions mean, beside what it said before? */
#include <stdlib.h>
#include <string.h>

#include "finding/finding.h"
#include "harness/golden.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "stream.h"
#include "view/text.h"

#define SYMBOL_OWN 5000u /* above the numbers that stream_stack() gives */

static void tell_machine(struct stream *stream)
{
	stream_fact(stream, "facility.samples", "cpu-clock at 99 Hz");
	stream_fact(stream, "hypervisor.kind", "kvm");
	stream_fact(stream, "clock.source", "tsc");
}

/* A kernel thread that decrypts a file with AES-CCM: as in tests/fixtures, with the stacks. */
static void tell_decryption(struct stream *stream)
{
	uint64_t end = stream_stack(stream, "kfpu_end", "aes_aesni_encrypt", "aes_encrypt_block",
				    "ccm_mode_decrypt_contiguous_blocks", "crypto_update_uio",
				    "aes_decrypt_atomic", "crypto_decrypt", "zio_do_crypt_uio",
				    "zio_do_crypt_data", "zio_decrypt", "zio_done", "zio_execute",
				    "taskq_thread", "kthread", NULL);
	uint64_t mode =
		stream_stack(stream, "ccm_mode_decrypt_contiguous_blocks", "crypto_update_uio",
			     "zio_do_crypt_uio", "zio_execute", "taskq_thread", "kthread", NULL);
	uint64_t move = stream_stack(stream, "memmove", "abd_copy_to_buf_off_cb", "zio_execute",
				     "taskq_thread", "kthread", NULL);

	stream_watch(stream, WATCH_MACHINE, 0);
	stream_task(stream, 20, "z_rd_int", TASK_KERNEL | TASK_TARGET);
	stream_run(stream, 20, 0, 1000, 0);
	stream_samples(stream, 20, 94, 0, end);
	stream_samples(stream, 20, 1, 0, mode);
	stream_samples(stream, 20, 5, 0, move);
	stream_end(stream, 1000);
}

static void hot_functions_are_explained_before_the_general_advice(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct finding *finding;

	tell_machine(&stream);
	tell_decryption(&stream);
	verdict = stream_judge(&stream);
	finding = verdict_find(verdict, CAUSE_CPU_KERNEL, "kfpu_end");
	assert_non_null(finding);
	assert_true(finding_tells(finding,
				  "the FPU's state is saved and restored for each block of ZFS's "
				  "AES-CCM: kfpu_end 94 %, with ccm_mode_decrypt_contiguous_blocks "
				  "95 % of the samples of z_rd_int in the kernel"));
	assert_true(finding_tells(finding, "samples pile up where interrupts come back on"));
	assert_int_equal(finding->advice.count, 3);
	assert_non_null(strstr(finding->advice.items[0].words, "AES-GCM"));
	assert_non_null(strstr(finding->advice.items[1].words, "pmu=on"));
	assert_string_equal(finding->advice.items[2].words, cause_advice(CAUSE_CPU_KERNEL));
	stream_free(&stream);
}

static void the_verdict_on_a_hot_spot_looks_as_accepted(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	owns(own_free) char *text = NULL;
	const struct view_style style = { .columns = 80, .utf8 = true };
	struct printed printed = {};

	tell_machine(&stream);
	tell_decryption(&stream);
	verdict = stream_judge(&stream);
	printed_begin(&printed);
	assert_int_equal(view_text(verdict, &style, printed.out), 0);
	text = printed_end(&printed);
	golden_assert("hotspot-80", text);
	stream_free(&stream);
}

static void a_counter_has_no_skid(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct finding *finding;

	stream_fact(&stream, "facility.samples", "PMU cycles at 99 Hz");
	stream_fact(&stream, "hypervisor", "xen");
	tell_decryption(&stream);
	verdict = stream_judge(&stream);
	finding = verdict_find(verdict, CAUSE_CPU_KERNEL, "kfpu_end");
	assert_non_null(finding);
	assert_int_equal(finding->advice.count, 2);
	assert_false(finding_tells(finding, "pile up"));
	stream_free(&stream);
}

static struct verdict *judge_sampler(const char *first, const char *second)
{
	const char *names[] = { first, second };
	struct stream stream = {};
	struct verdict *verdict;

	for (uint32_t i = 0; i < 2 && names[i]; i++) {
		struct event_sampler sampler = { .id = i + 1, .unit = SAMPLER_NS };

		memcpy(sampler.name, names[i], strlen(names[i]));
		stream_add(&stream, EVENT_SAMPLER, &sampler, sizeof(sampler));
	}
	/* From before the fact hypervisor.kind. */
	stream_fact(&stream, "hypervisor", "xen");
	tell_decryption(&stream);
	verdict = stream_judge(&stream);
	stream_free(&stream);
	return verdict;
}

static void an_imported_sampler_is_known_when_it_is_the_only_one(void **state)
{
	owns(verdict_free) struct verdict *one = judge_sampler("cpu-clock", NULL);
	owns(verdict_free) struct verdict *two = judge_sampler("cpu-clock", "sched:sched_switch");

	assert_true(finding_tells(&one->findings.items[0], "pile up"));
	assert_non_null(strstr(one->findings.items[0].advice.items[1].words, "vpmu=1"));
	assert_false(finding_tells(&two->findings.items[0], "pile up"));
}

static void tell_program(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_task(stream, 10, "program", TASK_TARGET);
	stream_run(stream, 10, 0, 1000, 400);
	stream_end(stream, 1000);
}

static void each_side_has_its_own_shares(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct finding *user, *kernel;
	uint64_t hot = stream_user_stack(&stream, "inflate_fast", "main", NULL);
	uint64_t zero = stream_stack(&stream, "clear_page_erms", "handle_mm_fault", NULL);
	uint64_t other = stream_stack(&stream, "vfs_read", NULL);

	tell_program(&stream);
	stream_samples(&stream, 10, 50, hot, 0);
	stream_samples(&stream, 10, 40, hot, zero);
	stream_samples(&stream, 10, 10, hot, other);
	verdict = stream_judge(&stream);
	user = verdict_find(verdict, CAUSE_CPU_USER, "inflate_fast");
	kernel = verdict_find(verdict, CAUSE_CPU_KERNEL, "clear_page_erms");
	assert_true(user && kernel);
	assert_true(finding_tells(user, "with deflate (zlib, gzip): inflate_fast 100 % of the "
					"samples of program in user code"));
	assert_true(finding_tells(kernel,
				  "touched for the first time: clear_page_erms 80 %, within "
				  "handle_mm_fault 80 % of the samples of program in the "
				  "kernel"));
	assert_false(finding_tells(kernel, "deflate"));
	stream_free(&stream);
}

static void nothing_is_said_of_functions_without_a_row(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	uint64_t hot = stream_user_stack(&stream, "own_work", "inflate_fast", "main", NULL);

	tell_machine(&stream);
	tell_program(&stream);
	stream_samples(&stream, 10, 50, hot, 0);
	verdict = stream_judge(&stream);
	assert_string_equal(verdict->findings.items[0].subject.name, "own_work");
	assert_int_equal(verdict->findings.items[0].evidence.count, 1);
	assert_int_equal(verdict->findings.items[0].advice.count, 1);
	stream_free(&stream);
}

static void the_garbage_collector_is_known_by_its_threads(void **state)
{
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	struct event_task collector = { .tid = 11, .tgid = 10, .flags = TASK_TARGET };

	memcpy(collector.comm, "GC Thread#0", sizeof("GC Thread#0"));
	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "java", TASK_TARGET);
	stream_add(&stream, EVENT_TASK, &collector, sizeof(collector));
	stream_run(&stream, 10, 0, 1000, 0);
	stream_run(&stream, 11, 0, 1000, 0);
	stream_samples(&stream, 10, 60, 0, 0);
	stream_samples(&stream, 11, 40, 0, 0);
	stream_end(&stream, 1000);
	verdict = stream_judge(&stream);
	assert_true(finding_tells(&verdict->findings.items[0],
				  "the Java virtual machine collects garbage: GC Thread#0 40 % of "
				  "the samples of java in user code"));
	stream_free(&stream);
}

/* The namer knows the file, but no function in it. */
static void a_library_without_names_is_known_by_its_file(void **state)
{
	static const char PATH[] = "/usr/lib/libcrypto.so.3";
	struct stream stream = {};
	owns(verdict_free) struct verdict *verdict = NULL;
	union {
		struct event_symbol symbol;
		char bytes[sizeof(struct event_symbol) + sizeof(PATH)];
	} symbol = { .symbol = { .id = SYMBOL_OWN, .module_bytes = sizeof(PATH) - 1 } };
	union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + sizeof(struct event_frame)];
	} stack = { .stack = { .id = SYMBOL_OWN, .flags = STACK_USER, .tgid = 10, .frames = 1 } };

	memcpy(symbol.symbol.text, PATH, sizeof(PATH) - 1);
	stack.stack.frame[0].symbol = SYMBOL_OWN;
	stream_add(&stream, EVENT_SYMBOL, &symbol, sizeof(symbol.symbol) + sizeof(PATH) - 1);
	stream_add(&stream, EVENT_STACK, &stack, sizeof(stack.bytes));
	tell_program(&stream);
	stream_samples(&stream, 10, 50, SYMBOL_OWN, 0);
	verdict = stream_judge(&stream);
	assert_true(finding_tells(&verdict->findings.items[0], ": libcrypto.so.3 100 % of "));
	/* The subject stays what it was. */
	assert_string_equal(verdict->findings.items[0].subject.kind, "process");
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hot_functions_are_explained_before_the_general_advice),
		cmocka_unit_test(the_verdict_on_a_hot_spot_looks_as_accepted),
		cmocka_unit_test(a_counter_has_no_skid),
		cmocka_unit_test(an_imported_sampler_is_known_when_it_is_the_only_one),
		cmocka_unit_test(each_side_has_its_own_shares),
		cmocka_unit_test(nothing_is_said_of_functions_without_a_row),
		cmocka_unit_test(the_garbage_collector_is_known_by_its_threads),
		cmocka_unit_test(a_library_without_names_is_known_by_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
