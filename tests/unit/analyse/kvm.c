/* Is what is known of virtual machines told, and what is not as well? */
#include "analyse/kvm.h"

#include <string.h>

#include "guested.h"
#include "harness/test.h"

static void without_guests_the_machine_itself_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "hypervisor", "KVM");
	stream_fact(&stream, "hypervisor.kind", "kvm");
	stream_fact(&stream, "guest.pmu", "none");
	stream_fact(&stream, "guest.disk.vda", "virtio_blk, 4 queues");
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_int_equal(report->guests.count, 0);
	assert_true(report->is_guest);
	assert_string_equal(report->hypervisor, "KVM");
	assert_string_equal(report->kind, "kvm");
	assert_int_equal(report->facts.count, 2);
	assert_string_equal(report->facts.items[1].key, "disk.vda");
	assert_string_equal(report->facts.items[1].value, "virtio_blk, 4 queues");
	assert_false(report->has_exits || report->has_waits);
	assert_true(report->steal_share < 0);
}

static void bare_metal_is_no_guest(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "hypervisor", "none");
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_false(report->is_guest);
}

static void add_counter(struct stream *stream, uint16_t key, double ms, uint64_t value)
{
	struct event_counter counter = { .head.time_ns = AT(ms), .key = key, .value = value };

	stream_add(stream, EVENT_COUNTER, &counter, sizeof(counter));
}

static void steal_is_of_all_cpus_time(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "hypervisor", "KVM");
	add_counter(&stream, COUNTER_STEAL_NS, 0, MS(500));
	add_counter(&stream, COUNTER_IDLE_NS, 0, MS(1));
	add_counter(&stream, COUNTER_STEAL_NS, 100, MS(510));
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	/* Two CPUs for 100 ms. */
	assert_int_equal(report->steal_ns, MS(10));
	assert_near(report->steal_share, 0.05);
}

static void a_counter_that_fell_or_was_read_once_says_nothing(void **state)
{
	owns(stream_free) struct stream once = {}, fell = {};
	owns(kvm_report_free) struct kvm_report *of_once = NULL;
	owns(kvm_report_free) struct kvm_report *of_fell = NULL;

	stream_watch(&once, WATCH_MACHINE, 0);
	add_counter(&once, COUNTER_STEAL_NS, 0, MS(500));
	stream_end(&once, 100);
	of_once = stream_guests(&once);
	assert_true(of_once->steal_share < 0);
	stream_watch(&fell, WATCH_MACHINE, 0);
	add_counter(&fell, COUNTER_STEAL_NS, 0, MS(500));
	add_counter(&fell, COUNTER_STEAL_NS, 50, MS(400));
	stream_end(&fell, 100);
	of_fell = stream_guests(&fell);
	assert_true(of_fell->steal_share < 0);
}

static void a_guest_without_a_name_has_its_processes(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "off");
	stream_fact(&stream, "vm.50.name", "other");
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_int_equal(report->guests.count, 2);
	assert_string_equal(report_guest(report, GUEST)->name, "qemu-system-x86");
	assert_string_equal(report_guest(report, 50)->name, "other");
}

static void a_recording_of_another_kind_has_guests_too(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_task other = { .tid = 300, .tgid = 300, .comm = "qemu-system-arm" };

	stream_guest(&stream);
	/* Of that one only a wake-up was seen: it was not to be watched. */
	stream_add(&stream, EVENT_TASK, &other, sizeof(other));
	stream_thread(&stream, 400, 400, "qemu-img");
	stream_wait(&stream, IOTHREAD, 0, 1, (struct event_wait){ .waker_tid = VCPU0 });
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_int_equal(report->guests.count, 1);
	assert_false(report_guest(report, GUEST)->has_config);
	assert_int_equal(report_guest(report, GUEST)->threads.count, 5);
	assert_non_null(guest_wake(report_guest(report, GUEST), "CPU 0/KVM", "IO io0"));
	assert_true(guests_tell(report, "known of watches of slowpath kvm alone"));
}

static void what_was_not_seen_is_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.name", "web");
	stream_fact(&stream, "missing.requests", "block requests");
	stream_loss(&stream, LOSS_SWITCH, 17);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_true(guests_tell(report, "Exits of guests: not seen."));
	assert_true(guests_tell(report, "those of the command line"));
	assert_true(guests_tell(report, "Lost: 17 "));
}

static void a_watch_that_saw_no_exits_says_so(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_fact(&stream, "facility.guest_exits", "tp_classic");
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_true(guests_tell(report, "Exits of guests: none was told"));
	assert_false(guests_tell(report, "perf record"));
}

/* That none went on to the program is so where that was watched; else nobody knows. */
static void only_what_was_not_recorded_is_in_doubt(void **state)
{
	static const struct {
		const char *facility;
		bool is_in_doubt;
	} CASES[] = { { "tp_classic", false }, { "perf.data", true } };

	for (size_t i = 0; i < 2; i++) {
		owns(stream_free) struct stream stream = {};
		owns(kvm_report_free) struct kvm_report *report = NULL;

		stream_guest(&stream);
		stream_fact(&stream, "facility.guest_exits", CASES[i].facility);
		stream_exit(&stream, VCPU0, 0, 1,
			    (struct event_guest_exit){ .isa = GUEST_ISA_SVM, .reason = 0x78 });
		stream_end(&stream, 10);
		report = stream_guests(&stream);
		assert_int_equal(guests_tell(report, "kvm:kvm_userspace_exit"),
				 CASES[i].is_in_doubt);
		assert_int_equal(guests_tell(report, "kvm:kvm_vcpu_wakeup"), CASES[i].is_in_doubt);
	}
}

static void exits_whose_other_end_was_lost_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_exit(&stream, VCPU0, 1, 2,
		    (struct event_guest_exit){ .isa = GUEST_ISA_SVM, .reason = 0x7b });
	stream_loss(&stream, LOSS_GUEST_EXIT, 5);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_int_equal(report->lost_exits, 5);
	assert_true(guests_tell(report, "Of 5 exits the other end was not told"));
	assert_true(guests_tell(report, "went on to the program (QEMU) was not seen of any"));
}

static void events_that_are_unknown_or_unsound_are_skipped(void **state)
{
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event unknown = { .bytes = sizeof(unknown), .kind = 60000 };
	struct event_guest_exit cut = { .head = { .bytes = 16, .kind = EVENT_GUEST_EXIT } };
	owns(kvm_free) struct kvm *kvm = NULL;
	struct diag why = {};

	assert_int_equal(kvm_new(&kvm), 0);
	assert_int_equal(kvm_take(kvm, &unknown, &why), 0);
	assert_int_equal(kvm_take(kvm, &cut.head, &why), 0);
	assert_int_equal(kvm_report(kvm, &report, &why), 0);
	assert_false(report->has_exits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_guests_the_machine_itself_is_told),
		cmocka_unit_test(bare_metal_is_no_guest),
		cmocka_unit_test(steal_is_of_all_cpus_time),
		cmocka_unit_test(a_counter_that_fell_or_was_read_once_says_nothing),
		cmocka_unit_test(a_guest_without_a_name_has_its_processes),
		cmocka_unit_test(a_recording_of_another_kind_has_guests_too),
		cmocka_unit_test(what_was_not_seen_is_told),
		cmocka_unit_test(a_watch_that_saw_no_exits_says_so),
		cmocka_unit_test(only_what_was_not_recorded_is_in_doubt),
		cmocka_unit_test(exits_whose_other_end_was_lost_are_told),
		cmocka_unit_test(events_that_are_unknown_or_unsound_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
