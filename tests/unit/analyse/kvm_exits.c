/* Are exits summed by reason, with idle time and the program's apart? */
#include <string.h>

#include "guested.h"
#include "harness/test.h"

#define SVM_IO  0x7b
#define SVM_HLT 0x78
#define SVM_NPF 0x400

static struct event_guest_exit svm(uint32_t reason)
{
	return (struct event_guest_exit){ .isa = GUEST_ISA_SVM, .reason = reason };
}

static void each_reason_has_its_sums(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit after_guest = svm(SVM_NPF);
	const struct kvm_guest *guest;

	stream_guest(&stream);
	after_guest.guest_ns = MS(6);
	after_guest.flags = GUEST_EXIT_GUEST;
	stream_exit(&stream, VCPU0, 0, 1, svm(SVM_IO));
	stream_exit(&stream, VCPU1, 1, 2, svm(SVM_IO));
	stream_exit(&stream, VCPU0, 7, 9, after_guest);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_true(report->has_exits);
	assert_int_equal(guest->vcpus, 2);
	assert_int_equal(guest->exit_count, 3);
	assert_int_equal(guest->exit_ns, MS(4));
	assert_int_equal(guest->in_guest_ns, MS(6));
	assert_near(guest->guest_share, 0.6);
	assert_int_equal(guest_exit(guest, "io")->count, 2);
	assert_int_equal(guest_exit(guest, "io")->times.total_ns, MS(2));
	assert_near(guest_exit(guest, "io")->share, 0.5);
	assert_string_equal(guest_exit(guest, "io")->isa, "svm");
	assert_int_equal(guest_exit(guest, "npf")->count, 1);
}

static void the_programs_time_is_apart(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit exit = svm(SVM_IO);
	const struct kvm_guest *guest;

	stream_guest(&stream);
	exit.flags = GUEST_EXIT_USER;
	exit.user_ns = MS(3);
	exit.user_reason = 2;
	stream_exit(&stream, VCPU0, 0, 4, exit);
	exit.user_ns = MS(1);
	exit.user_reason = 6;
	stream_exit(&stream, VCPU0, 5, 7, exit);
	exit.user_reason = 999;
	stream_exit(&stream, VCPU0, 7, 8, exit);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(guest->user_ns, MS(5));
	assert_int_equal(guest_exit(guest, "io")->user_count, 3);
	assert_int_equal(guest->user_exits.count, 3);
	assert_string_equal(guest->user_exits.items[0].name, "IO");
	assert_near(guest->user_exits.items[0].share, 0.6);
	assert_string_equal(guest->user_exits.items[1].name, "MMIO");
	assert_string_equal(guest->user_exits.items[2].name, "reason 999");
}

static void having_nothing_to_do_is_no_cost(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit halt = svm(SVM_HLT);
	const struct kvm_guest *guest;
	const struct kvm_exit *exit;

	stream_guest(&stream);
	/* The kernel says that of these 10 ms it slept for 9. */
	halt.flags = GUEST_EXIT_HALTED;
	halt.halted_ns = MS(9);
	stream_exit(&stream, VCPU0, 0, 10, halt);
	stream_exit(&stream, VCPU0, 11, 12, svm(SVM_IO));
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	exit = guest_exit(guest, "hlt");
	assert_true(exit->is_idle);
	assert_int_equal(exit->idle_ns, MS(9));
	assert_int_equal(exit->times.total_ns, MS(1));
	assert_int_equal(guest->idle_ns, MS(9));
	assert_int_equal(guest->exit_ns, MS(2));
	/* Idle reasons come last. */
	assert_string_equal(guest->exits.items[0].name, "io");
	assert_false(guests_tell(report, "count as idle as a whole"));
}

static void without_the_kernels_word_a_halt_is_idle_as_a_whole(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_exit(&stream, VCPU0, 0, 10, svm(SVM_HLT));
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	assert_int_equal(report_guest(report, GUEST)->idle_ns, MS(10));
	assert_int_equal(report_guest(report, GUEST)->exit_ns, 0);
	assert_true(guests_tell(report, "count as idle as a whole"));
}

/* Without an interrupt controller in the kernel a halt is the program's. */
static void a_halt_that_the_program_sleeps_in_is_idle(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit halt = svm(SVM_HLT);

	stream_guest(&stream);
	halt.flags = GUEST_EXIT_USER;
	halt.user_ns = MS(9);
	halt.user_reason = 5;
	stream_exit(&stream, VCPU0, 0, 10, halt);
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	assert_int_equal(report_guest(report, GUEST)->idle_ns, MS(10));
	assert_int_equal(report_guest(report, GUEST)->user_ns, 0);
	assert_int_equal(guest_exit(report_guest(report, GUEST), "hlt")->user_count, 1);
}

/* A signal ends the halt: what the program does then is work. */
static void work_of_the_program_in_a_halt_counts(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit halt = svm(SVM_HLT);

	stream_guest(&stream);
	halt.flags = GUEST_EXIT_USER | GUEST_EXIT_HALTED;
	halt.halted_ns = MS(6);
	halt.user_ns = MS(3);
	halt.user_reason = 10;
	stream_exit(&stream, VCPU0, 0, 10, halt);
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	assert_int_equal(report_guest(report, GUEST)->idle_ns, MS(6));
	assert_int_equal(report_guest(report, GUEST)->exit_ns, MS(4));
	assert_int_equal(report_guest(report, GUEST)->user_ns, MS(3));
	assert_string_equal(report_guest(report, GUEST)->user_exits.items[0].name, "INTR");
}

static void unknown_codes_are_numbers(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;

	stream_guest(&stream);
	stream_exit(&stream, VCPU0, 0, 1, svm(0x7777));
	stream_exit(&stream, VCPU0, 2, 3, (struct event_guest_exit){ .reason = 0x7b });
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_string_equal(guest_exit(guest, "reason 0x7777")->isa, "svm");
	assert_string_equal(guest_exit(guest, "reason 0x7b")->isa, "unknown");
	assert_string_equal(guest_exit(guest, "reason 0x7b")->words, "");
}

static void an_open_exit_is_counted_apart(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit open = svm(SVM_IO);

	stream_guest(&stream);
	open.flags = GUEST_EXIT_OPEN_END;
	stream_exit(&stream, VCPU0, 0, 20, open);
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	assert_int_equal(report_guest(report, GUEST)->open_count, 1);
	assert_int_equal(report_guest(report, GUEST)->exit_count, 0);
	assert_int_equal(report_guest(report, GUEST)->vcpus, 1);
}

static void guests_are_told_apart_by_process(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_thread(&stream, 201, 200, "CPU 0/KVM");
	stream_exit(&stream, VCPU0, 0, 1, svm(SVM_IO));
	stream_exit(&stream, 201, 0, 3, svm(SVM_IO));
	/* Of no process that is known. */
	stream_exit(&stream, 300, 0, 5, svm(SVM_IO));
	stream_end(&stream, 20);
	report = stream_guests(&stream);
	assert_int_equal(report->guests.count, 3);
	assert_int_equal(report_guest(report, GUEST)->exit_ns, MS(1));
	assert_int_equal(report_guest(report, 200)->exit_ns, MS(3));
	assert_int_equal(report_guest(report, 0)->exit_ns, MS(5));
}

static void who_stayed_in_its_guest_adds_only_time_in_there(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_guest_exit inside = { .flags = GUEST_EXIT_INSIDE | GUEST_EXIT_GUEST,
					   .guest_ns = MS(9) };
	const struct kvm_guest *guest;

	stream_guest(&stream);
	stream_exit(&stream, VCPU0, 0, 1, svm(SVM_IO));
	stream_exit(&stream, VCPU0, 10, 10, inside);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(guest->exit_count, 1);
	assert_int_equal(guest->open_count, 0);
	assert_int_equal(guest->in_guest_ns, MS(9));
	assert_near(guest->guest_share, 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_has_its_sums),
		cmocka_unit_test(the_programs_time_is_apart),
		cmocka_unit_test(having_nothing_to_do_is_no_cost),
		cmocka_unit_test(without_the_kernels_word_a_halt_is_idle_as_a_whole),
		cmocka_unit_test(a_halt_that_the_program_sleeps_in_is_idle),
		cmocka_unit_test(work_of_the_program_in_a_halt_counts),
		cmocka_unit_test(unknown_codes_are_numbers),
		cmocka_unit_test(an_open_exit_is_counted_apart),
		cmocka_unit_test(guests_are_told_apart_by_process),
		cmocka_unit_test(who_stayed_in_its_guest_adds_only_time_in_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
