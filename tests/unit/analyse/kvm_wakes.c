/* Is it known who of a guest's threads wakes whom, and by which way? */
#include <string.h>

#include "guested.h"
#include "harness/test.h"

static void wake(struct stream *stream, uint32_t tid, double from_ms, double to_ms, uint32_t waker,
		 uint64_t stack)
{
	stream_wait(stream, tid, from_ms, to_ms,
		    (struct event_wait){
			    .syscall = 271, .state = 1, .waker_tid = waker, .waker_stack = stack });
}

/* One request of the guest: the kick, the hand-over to the pool, its completion, the interrupt. */
static void tell_request(struct stream *stream, double ms)
{
	uint64_t kick = stream_stack(stream, "try_to_wake_up", "__wake_up_common",
				     "eventfd_signal_mask", "ioeventfd_write", "__kvm_io_bus_write",
				     "kvm_io_bus_write", "handle_ept_misconfig", NULL);
	uint64_t hand =
		stream_stack(stream, "try_to_wake_up", "wake_up_q", "futex_wake", "do_futex", NULL);
	uint64_t done = stream_stack(stream, "try_to_wake_up", "__wake_up_common", "eventfd_write",
				     "vfs_write", NULL);
	uint64_t irq = stream_stack(stream, "try_to_wake_up", "kvm_vcpu_wake_up", "kvm_vcpu_kick",
				    "kvm_irq_delivery_to_apic", "kvm_set_msi", "irqfd_wakeup",
				    "eventfd_signal_mask", NULL);

	wake(stream, IOTHREAD, ms, ms + 1, VCPU0, kick);
	wake(stream, WORKER, ms, ms + 2, IOTHREAD, hand);
	wake(stream, IOTHREAD, ms + 2, ms + 4, WORKER, done);
	wake(stream, VCPU0, ms + 1, ms + 5, IOTHREAD, irq);
}

static void the_way_of_a_request_can_be_read_off(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;
	const struct kvm_wake *kick;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	for (int i = 0; i < 4; i++)
		tell_request(&stream, i * 10);
	wake(&stream, IOTHREAD, 50, 53, VCPU1, 0);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	assert_true(report->has_waits);
	guest = report_guest(report, GUEST);
	assert_int_equal(guest->wakes.count, 5);
	kick = guest_wake(guest, "CPU 0/KVM (vCPU 0, KVM)", "IO io0 (QEMU iothread)");
	assert_int_equal(kick->count, 4);
	assert_int_equal(kick->avg_ns, MS(1));
	assert_int_equal(kick->waited_ns, MS(4));
	assert_near(kick->share, 4.0 / 9);
	assert_int_equal(kick->with_stack, 4);
	assert_int_equal(wake_path(kick, "kick by ioeventfd"), 4);
	assert_int_equal(wake_path(guest_wake(guest, "IO io0", "worker (QEMU thread pool)"),
				   "a request for the thread pool, by futex"),
			 4);
	assert_int_equal(wake_path(guest_wake(guest, "worker", "IO io0"),
				   "completion of the thread pool, by eventfd"),
			 4);
	assert_int_equal(wake_path(guest_wake(guest, "IO io0", "CPU 0/KVM"),
				   "interrupt into the guest, by irqfd"),
			 4);
	/* Which way the second CPU's came is not known, and is not guessed. */
	assert_int_equal(guest_wake(guest, "CPU 1/KVM", "IO io0")->with_stack, 0);
	assert_int_equal(guest_wake(guest, "CPU 1/KVM", "IO io0")->path_count, 0);
	/* Nobody wakes the other way round. */
	assert_null(guest_wake(guest, "CPU 0/KVM", "worker"));
	assert_null(guest_wake(guest, "worker", "CPU"));
}

static void the_same_function_means_what_its_ends_are(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;
	uint64_t eventfd;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	eventfd = stream_stack(&stream, "try_to_wake_up", "eventfd_write", "vfs_write", NULL);
	wake(&stream, IOTHREAD, 0, 1, VCPU0, eventfd);
	wake(&stream, GUEST, 0, 2, VCPU0, eventfd);
	wake(&stream, GUEST, 3, 4, IOTHREAD, eventfd);
	wake(&stream, IOTHREAD, 5, 6, GUEST, eventfd);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(wake_path(guest_wake(guest, "CPU 0", "IO io0"), "kick by eventfd"), 1);
	assert_int_equal(
		wake_path(guest_wake(guest, "CPU 0", "qemu-system-x86"), "kick by eventfd"), 1);
	assert_int_equal(wake_path(guest_wake(guest, "IO io0", "qemu-system-x86"),
				   "interrupt for the guest, or other work, by eventfd"),
			 1);
	assert_int_equal(wake_path(guest_wake(guest, "qemu-system-x86", "IO io0"), "eventfd"), 1);
}

static void interrupts_wake_as_well(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;
	uint64_t timer, bio, odd;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	timer = stream_stack(&stream, "try_to_wake_up", "hrtimer_wakeup", "__hrtimer_run_queues",
			     NULL);
	bio = stream_stack(&stream, "try_to_wake_up", "bio_endio", "blk_update_request", NULL);
	odd = stream_stack(&stream, "try_to_wake_up", "never_heard_of", NULL);
	stream_wait(&stream, GUEST, 0, 1,
		    (struct event_wait){ .flags = SPAN_WOKEN_IRQ, .waker_stack = timer });
	stream_wait(&stream, WORKER, 0, 1,
		    (struct event_wait){ .flags = SPAN_WOKEN_SOFTIRQ, .waker_stack = bio });
	stream_wait(&stream, WORKER, 2, 3,
		    (struct event_wait){ .flags = SPAN_WOKEN_SOFTIRQ, .waker_stack = odd });
	stream_wait(&stream, WORKER, 5, 6, (struct event_wait){});
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(wake_path(guest_wake(guest, "an interrupt", "qemu-system-x86"), "a timer"),
			 1);
	assert_int_equal(wake_path(guest_wake(guest, "a soft interrupt", "worker"),
				   "completion of a block request"),
			 1);
	assert_int_equal(wake_path(guest_wake(guest, "a soft interrupt", "worker"), "another way"),
			 1);
	assert_non_null(guest_wake(guest, "somebody who was not seen", "worker"));
}

/* It came while its thread was about to wake somebody itself. */
static void what_an_interrupt_came_in_between_does_not_count(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;
	uint64_t hard, soft, thread;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	hard = stream_stack(&stream, "try_to_wake_up", "hrtimer_wakeup",
			    "sysvec_apic_timer_interrupt", "asm_sysvec_apic_timer_interrupt",
			    "futex_wake", "do_futex", NULL);
	soft = stream_stack(&stream, "try_to_wake_up", "bio_endio", "handle_softirqs",
			    "__irq_exit_rcu", "eventfd_write", NULL);
	thread = stream_stack(&stream, "try_to_wake_up", "futex_wake", "handle_softirqs", NULL);
	stream_wait(&stream, GUEST, 0, 1,
		    (struct event_wait){ .flags = SPAN_WOKEN_IRQ, .waker_stack = hard });
	stream_wait(&stream, WORKER, 0, 1,
		    (struct event_wait){ .flags = SPAN_WOKEN_SOFTIRQ, .waker_stack = soft });
	wake(&stream, WORKER, 2, 3, IOTHREAD, thread);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(wake_path(guest_wake(guest, "an interrupt", "qemu"), "a timer"), 1);
	assert_int_equal(wake_path(guest_wake(guest, "a soft interrupt", "worker"),
				   "completion of a block request"),
			 1);
	assert_int_equal(wake_path(guest_wake(guest, "IO io0", "worker"),
				   "a request for the thread pool, by futex"),
			 1);
}

static void a_wait_that_nobody_ended_is_no_wake_up(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	stream_wait(&stream, WORKER, 0, 100, (struct event_wait){ .flags = SPAN_OPEN_END });
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	assert_false(report->has_waits);
	assert_int_equal(report_guest(report, GUEST)->wakes.count, 0);
}

static void threads_of_one_name_and_role_count_together(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;

	stream_guest(&stream);
	stream_thread(&stream, WORKER + 1, GUEST, "worker");
	stream_fact(&stream, "vm.100.debug_threads", "on");
	wake(&stream, WORKER, 0, 1, IOTHREAD, 0);
	wake(&stream, WORKER + 1, 0, 3, IOTHREAD, 0);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(guest->wakes.count, 1);
	assert_int_equal(guest->wakes.items[0].count, 2);
	assert_int_equal(guest->wakes.items[0].avg_ns, MS(2));
}

static void many_ways_leave_a_rest(void **state)
{
	static const char *const FUNCTIONS[] = { "futex_wake",        "eventfd_write", "pipe_write",
						 "hrtimer_wakeup",    "aio_complete",  "bio_endio",
						 "sock_def_readable", "rwsem_wake" };
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_wake *row;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.debug_threads", "on");
	for (size_t i = 0; i < array_count(FUNCTIONS); i++) {
		uint64_t stack = stream_stack(&stream, "try_to_wake_up", FUNCTIONS[i], NULL);

		wake(&stream, GUEST, (double)i * 2, (double)i * 2 + 1, VCPU0, stack);
	}
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	row = guest_wake(report_guest(report, GUEST), "CPU 0", "qemu");
	assert_int_equal(row->with_stack, 8);
	assert_int_equal(row->path_count, KVM_PATHS_MAX);
	assert_true(wake_path(row, "other ways") >= 3);
}

static void threads_have_roles_and_the_time_they_ran(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;

	stream_guest(&stream);
	stream_thread(&stream, 900, 900, "bystander");
	stream_fact(&stream, "vm.100.debug_threads", "on");
	stream_run(&stream, VCPU1, 0, 40, 0);
	stream_run(&stream, IOTHREAD, 0, 10, 5);
	wake(&stream, IOTHREAD, 10, 11, VCPU1, 0);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_int_equal(guest->threads.count, 5);
	assert_int_equal(guest->threads.items[0].tid, VCPU1);
	assert_near(guest->threads.items[0].busy_share, 0.4);
	assert_string_equal(guest_thread(guest, VCPU1)->role, "vCPU 1, KVM");
	assert_string_equal(guest_thread(guest, IOTHREAD)->role, "QEMU iothread");
	assert_string_equal(guest_thread(guest, GUEST)->role, "QEMU main loop");
	assert_string_equal(guest_thread(guest, WORKER)->role, "QEMU thread pool");
	assert_null(guest_thread(guest, 900));
}

/* An iothread makes a worker of the pool, which has its name for a moment. */
static void a_thread_is_what_it_is_called_last(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct event_task renamed = { .head.time_ns = AT(3),
				      .tid = WORKER + 1,
				      .tgid = GUEST,
				      .flags = TASK_TARGET,
				      .comm = "worker" };

	stream_guest(&stream);
	stream_thread(&stream, WORKER + 1, GUEST, "IO io0");
	stream_fact(&stream, "vm.100.debug_threads", "on");
	wake(&stream, WORKER + 1, 0, 2, IOTHREAD, 0);
	stream_add(&stream, EVENT_TASK, &renamed, sizeof(renamed));
	wake(&stream, WORKER + 1, 4, 5, IOTHREAD, 0);
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	assert_string_equal(guest_thread(report_guest(report, GUEST), WORKER + 1)->role,
			    "QEMU thread pool");
	assert_int_equal(report_guest(report, GUEST)->wakes.count, 1);
	assert_non_null(
		guest_wake(report_guest(report, GUEST), "IO io0", "worker (QEMU thread pool)"));
}

/* Without debug-threads all threads have the program's name. */
static void threads_without_names_are_known_by_what_they_do(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	const struct kvm_guest *guest;
	uint64_t run, poll;

	stream_watch(&stream, WATCH_PROCESS, GUEST);
	for (uint32_t tid = GUEST; tid <= GUEST + 2; tid++)
		stream_thread(&stream, tid, GUEST, "qemu-system-x86");
	stream_fact(&stream, "vm.100.debug_threads", "off");
	stream_fact(&stream, "vm.100.iothread.0", "io0");
	run = stream_stack(&stream, "schedule", "kvm_vcpu_block", "kvm_vcpu_halt",
			   "kvm_arch_vcpu_ioctl_run", "kvm_vcpu_ioctl", NULL);
	poll = stream_stack(&stream, "schedule", "do_sys_poll", "__x64_sys_ppoll", NULL);
	stream_wait(&stream, GUEST + 1, 0, 1,
		    (struct event_wait){ .stack = run, .waker_tid = GUEST + 2 });
	stream_wait(&stream, GUEST + 2, 0, 1,
		    (struct event_wait){ .stack = poll, .waker_tid = GUEST + 1 });
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	guest = report_guest(report, GUEST);
	assert_string_equal(guest_thread(guest, GUEST + 1)->role, "vCPU, KVM");
	assert_string_equal(guest_thread(guest, GUEST + 2)->role,
			    "QEMU iothread, by what it waits in");
	assert_string_equal(guest_thread(guest, GUEST)->role, "QEMU main loop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_of_a_request_can_be_read_off),
		cmocka_unit_test(the_same_function_means_what_its_ends_are),
		cmocka_unit_test(interrupts_wake_as_well),
		cmocka_unit_test(what_an_interrupt_came_in_between_does_not_count),
		cmocka_unit_test(a_wait_that_nobody_ended_is_no_wake_up),
		cmocka_unit_test(threads_of_one_name_and_role_count_together),
		cmocka_unit_test(many_ways_leave_a_rest),
		cmocka_unit_test(threads_have_roles_and_the_time_they_ran),
		cmocka_unit_test(a_thread_is_what_it_is_called_last),
		cmocka_unit_test(threads_without_names_are_known_by_what_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
