/* Do the lines of KVM's tracepoints become exits of guests? */
#include "import/kvm_text.h"

#include <errno.h>
#include <sys/mman.h>

#include "harness/test.h"
#include "unit/import/kept.h"

static int read_text(const char *text, struct kept *kept)
{
	const struct event_sink sink = { .take = keep, .self = kept };
	int fd = memfd_create("trace.txt", 0), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	r = kvm_text_read(fd, "x.txt", &sink, &kept->why);
	close(fd);
	return r;
}

static const struct event_guest_exit *exit_at(const struct kept *kept, size_t n)
{
	const struct event_guest_exit *exit = kept_at(kept, EVENT_GUEST_EXIT, n);

	assert_non_null(exit);
	return exit;
}

static uint64_t lost(const struct kept *kept, enum loss_what what)
{
	const struct event_loss *loss;

	for (size_t n = 0; (loss = kept_at(kept, EVENT_LOSS, n)); n++) {
		if (loss->what == (uint32_t)what)
			return loss->count;
	}
	return 0;
}

static void lines_become_exits(void **state)
{
	owns(kept_free) struct kept kept = {};
	const struct event_watch *watch;
	const struct event_task *task;

	assert_int_equal(
		read_text(
			"# tracer: nop\n"
			" qemu-20 [001] d..1. 1.000001: kvm_entry: vcpu 0, rip 0x1000\n"
			" qemu-20 [001] ..... 1.000011: kvm_exit: vcpu 0 reason io rip 0x1 info1 0\n"
			" qemu-20 [001] ..... 1.000012: kvm_pio: pio_write at 0x10\n"
			" qemu-20 [001] ..... 1.000015: kvm_userspace_exit: reason KVM_EXIT_IO (2)\n"
			" qemu-20 [001] d..1. 1.000021: kvm_entry: vcpu 0, rip 0x1006\n"
			" qemu-20 [001] ..... 1.000031: kvm_exit: vcpu 0 reason hlt rip 0x1 info1 0\n"
			" qemu-20 [001] ..... 1.000081: kvm_vcpu_wakeup: wait time 40000 ns, x\n"
			" qemu-20 [001] d..1. 1.000091: kvm_entry: vcpu 0, rip 0x1006\n",
			&kept),
		0);
	watch = kept_at(&kept, EVENT_WATCH, 0);
	assert_int_equal(watch->head.time_ns, 1000001000);
	assert_int_equal(watch->target, WATCH_MACHINE);
	task = kept_at(&kept, EVENT_TASK, 0);
	assert_int_equal(kept_count(&kept, EVENT_TASK), 1);
	assert_string_equal(task->comm, "qemu");
	/* The text does not say of which process it is. */
	assert_int_equal(task->tgid, 0);
	assert_int_equal(kept_count(&kept, EVENT_GUEST_EXIT), 2);
	assert_int_equal(exit_at(&kept, 0)->reason, 0x7b);
	assert_int_equal(exit_at(&kept, 0)->guest_ns, 10000);
	assert_int_equal(exit_at(&kept, 0)->user_ns, 6000);
	assert_int_equal(exit_at(&kept, 0)->head.time_ns - exit_at(&kept, 0)->start_ns, 10000);
	assert_int_equal(exit_at(&kept, 1)->halted_ns, 40000);
	assert_non_null(kept_at(&kept, EVENT_WATCH_END, 0));
	assert_true(
		kept_fact(&kept, "facility.guest_exits", "tracepoints of KVM, from their text"));
	assert_int_equal(kept_count(&kept, EVENT_LOSS), 0);
}

static void a_bare_number_is_of_the_maker_of_the_names(void **state)
{
	owns(kept_free) struct kept kept = {};
	owns(kept_free) struct kept mixed = {};

	/* The number comes before any name. */
	assert_int_equal(
		read_text(
			"x-1 [0] 1.0: kvm_exit: reason 0x7777 rip 0x1\nx-1 [0] 1.1: kvm_entry: x\n"
			"x-1 [0] 1.2: kvm_exit: reason HLT rip 0x1\nx-1 [0] 1.3: kvm_entry: x\n",
			&kept),
		0);
	assert_int_equal(exit_at(&kept, 0)->isa, GUEST_ISA_VMX);
	assert_int_equal(exit_at(&kept, 0)->reason, 0x7777);
	assert_int_equal(
		read_text(
			"x-1 [0] 1.0: kvm_exit: reason 0x7777 rip 0x1\nx-1 [0] 1.1: kvm_entry: x\n"
			"x-1 [0] 1.2: kvm_exit: reason HLT rip 0x1\nx-1 [0] 1.3: kvm_entry: x\n"
			"x-1 [0] 1.4: kvm_exit: reason hlt rip 0x1\nx-1 [0] 1.5: kvm_entry: x\n",
			&mixed),
		0);
	assert_int_equal(exit_at(&mixed, 0)->isa, GUEST_ISA_UNKNOWN);
	assert_int_equal(exit_at(&mixed, 2)->isa, GUEST_ISA_SVM);
}

static void losses_late_lines_and_bad_ones_are_told(void **state)
{
	owns(kept_free) struct kept kept = {};

	assert_int_equal(
		read_text("x-1 [0] 1.0: kvm_exit: reason io rip 0x1\nCPU:0 [LOST 5 EVENTS]\n"
			  "x-1 [0] 1.1: kvm_entry: x\nx-1 [0] 0.9: kvm_exit: reason io rip 0x1\n"
			  "x-1 [0] 1.2: kvm_exit: reason what rip 0x1\n",
			  &kept),
		0);
	assert_int_equal(kept_count(&kept, EVENT_GUEST_EXIT), 0);
	assert_int_equal(lost(&kept, LOSS_GUEST_EXIT), 1);
	assert_int_equal(lost(&kept, LOSS_SAMPLE), 5);
	assert_int_equal(lost(&kept, LOSS_LATE), 1);
	assert_true(kept_fact(&kept, "missing.guest_exits.lines",
			      "1 lines name KVM's tracepoints but are of no known form, the first "
			      "is line 5"));
}

static void a_text_without_exits_is_refused(void **state)
{
	static const char *const TEXTS[] = { "", "hello\n", "x-1 [0] 1.0: kvm_entry: vcpu 0\n" };

	for (size_t i = 0; i < array_count(TEXTS); i++) {
		owns(kept_free) struct kept kept = {};

		assert_int_equal(read_text(TEXTS[i], &kept), -EBADMSG);
		assert_non_null(strstr(kept.why.text, "x.txt has no exits of guests"));
		assert_int_equal(kept.events.count, 0);
	}
}

static void half_a_line_at_the_end_does_not_count(void **state)
{
	owns(kept_free) struct kept kept = {};

	assert_int_equal(read_text("x-1 [0] 1.0: kvm_exit: reason io rip 0x1\n"
				   "x-1 [0] 1.1: kvm_entry: vcpu",
				   &kept),
			 0);
	assert_true(exit_at(&kept, 0)->flags & GUEST_EXIT_OPEN_END);
}

static int refuse(void *self, const struct event *event, struct diag *why)
{
	return diag_set(why, -EIO, "no more");
}

static void a_sink_that_fails_ends_it(void **state)
{
	static const char TEXT[] = "x-1 [0] 1.0: kvm_exit: reason io rip 0x1\n";
	const struct event_sink sink = { .take = refuse };
	int fd = memfd_create("trace.txt", 0);
	struct diag why = {};

	assert_int_equal(write(fd, TEXT, sizeof(TEXT) - 1), sizeof(TEXT) - 1);
	assert_int_equal(kvm_text_read(fd, "x.txt", &sink, &why), -EIO);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_exits),
		cmocka_unit_test(a_bare_number_is_of_the_maker_of_the_names),
		cmocka_unit_test(losses_late_lines_and_bad_ones_are_told),
		cmocka_unit_test(a_text_without_exits_is_refused),
		cmocka_unit_test(half_a_line_at_the_end_does_not_count),
		cmocka_unit_test(a_sink_that_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
