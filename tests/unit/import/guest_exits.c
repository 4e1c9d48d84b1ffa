/* Does each exit of a guest have its begin, its end and its parts? */
#include "import/guest_exits.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/kept.h"

#define VCPU 20

struct made {
	struct kept kept;
	struct guest_exits exits;
	struct perf_out out;
};

static void begin(struct made *made)
{
	*made = (struct made){};
	made->out.sink = (struct event_sink){ .take = keep, .self = &made->kept };
}

static void end(struct made *made)
{
	guest_exits_free(&made->exits);
	kept_free(&made->kept);
}

static struct guest_moment at(uint64_t time_ns, uint32_t tid, uint32_t reason)
{
	return (struct guest_moment){ .time_ns = time_ns,
				      .tid = tid,
				      .vcpu = tid - VCPU,
				      .isa = GUEST_ISA_SVM,
				      .reason = reason };
}

static void leave(struct made *made, uint64_t time_ns, uint32_t tid, uint32_t reason)
{
	const struct guest_moment moment = at(time_ns, tid, reason);

	assert_int_equal(guest_exits_leave(&made->exits, &moment), 0);
}

static void enter(struct made *made, uint64_t time_ns, uint32_t tid)
{
	const struct guest_moment moment = at(time_ns, tid, 0);

	assert_int_equal(guest_exits_enter(&made->exits, &moment, &made->out, &made->kept.why), 0);
}

static void user(struct made *made, uint64_t time_ns, uint32_t tid, uint32_t reason)
{
	const struct guest_moment moment = at(time_ns, tid, reason);

	guest_exits_user(&made->exits, &moment);
}

static const struct event_guest_exit *told(const struct made *made, size_t n)
{
	const struct event_guest_exit *exit = kept_at(&made->kept, EVENT_GUEST_EXIT, n);

	assert_non_null(exit);
	return exit;
}

static uint64_t lost(const struct made *made)
{
	const struct event_loss *loss = kept_at(&made->kept, EVENT_LOSS, 0);

	if (!loss)
		return 0;
	assert_int_equal(loss->what, LOSS_GUEST_EXIT);
	return loss->count;
}

static void an_exit_ends_with_the_entry_of_its_thread(void **state)
{
	struct made made;

	begin(&made);
	enter(&made, 100, VCPU);
	leave(&made, 150, VCPU, 0x7b);
	/* Another virtual CPU's, on the same CPU of the host. */
	leave(&made, 160, VCPU + 1, 0x400);
	enter(&made, 170, VCPU + 1);
	enter(&made, 200, VCPU);
	assert_int_equal(kept_count(&made.kept, EVENT_GUEST_EXIT), 2);
	assert_int_equal(told(&made, 0)->tid, VCPU + 1);
	assert_int_equal(told(&made, 0)->reason, 0x400);
	assert_int_equal(told(&made, 0)->start_ns, 160);
	assert_int_equal(told(&made, 0)->head.time_ns, 170);
	/* When it had gone in is not known. */
	assert_int_equal(told(&made, 0)->flags, GUEST_EXIT_VCPU);
	assert_int_equal(told(&made, 1)->start_ns, 150);
	assert_int_equal(told(&made, 1)->head.time_ns, 200);
	assert_int_equal(told(&made, 1)->guest_ns, 50);
	assert_int_equal(told(&made, 1)->vcpu, 0);
	assert_int_equal(told(&made, 1)->isa, GUEST_ISA_SVM);
	assert_int_equal(told(&made, 1)->flags, GUEST_EXIT_VCPU | GUEST_EXIT_GUEST);
	end(&made);
}

static void the_programs_part_is_from_when_it_was_left_for(void **state)
{
	struct made made;

	begin(&made);
	leave(&made, 100, VCPU, 0x7b);
	user(&made, 130, VCPU, 2);
	/* It was asked again before it went back. */
	user(&made, 150, VCPU, 6);
	enter(&made, 200, VCPU);
	assert_int_equal(told(&made, 0)->user_ns, 70);
	assert_int_equal(told(&made, 0)->user_reason, 2);
	assert_true(told(&made, 0)->flags & GUEST_EXIT_USER);
	/* Of the next exit nothing is left. */
	leave(&made, 250, VCPU, 0x7b);
	enter(&made, 260, VCPU);
	assert_int_equal(told(&made, 1)->user_ns, 0);
	assert_false(told(&made, 1)->flags & GUEST_EXIT_USER);
	end(&made);
}

static void idle_time_is_a_part_of_the_exit(void **state)
{
	struct made made;

	begin(&made);
	leave(&made, 100, VCPU, 0x78);
	guest_exits_halted(&made.exits, VCPU, 60);
	enter(&made, 200, VCPU);
	leave(&made, 300, VCPU, 0x78);
	/* The kernel measures it on its own: the part is no more than the whole. */
	guest_exits_halted(&made.exits, VCPU, 1000);
	user(&made, 390, VCPU, 10);
	enter(&made, 400, VCPU);
	assert_int_equal(told(&made, 0)->halted_ns, 60);
	assert_int_equal(told(&made, 0)->flags & GUEST_EXIT_HALTED, GUEST_EXIT_HALTED);
	assert_int_equal(told(&made, 1)->halted_ns, 90);
	assert_int_equal(told(&made, 1)->user_ns, 10);
	end(&made);
}

static void moments_of_no_exit_tell_nothing(void **state)
{
	struct made made;

	begin(&made);
	user(&made, 100, VCPU, 2);
	guest_exits_halted(&made.exits, VCPU, 60);
	enter(&made, 200, VCPU);
	user(&made, 210, VCPU, 2);
	guest_exits_halted(&made.exits, VCPU, 60);
	assert_int_equal(made.kept.events.count, 0);
	assert_int_equal(guest_exits_finish(&made.exits, 300, &made.out, &made.kept.why), 0);
	assert_int_equal(made.kept.events.count, 0);
	end(&made);
}

static void an_exit_without_its_entry_is_counted(void **state)
{
	struct made made;

	begin(&made);
	leave(&made, 100, VCPU, 0x7b);
	leave(&made, 200, VCPU, 0x7b);
	enter(&made, 250, VCPU);
	assert_int_equal(guest_exits_finish(&made.exits, 300, &made.out, &made.kept.why), 0);
	assert_int_equal(kept_count(&made.kept, EVENT_GUEST_EXIT), 1);
	assert_int_equal(told(&made, 0)->start_ns, 200);
	assert_int_equal(lost(&made), 1);
	end(&made);
}

static void after_a_loss_nothing_that_was_open_is_believed(void **state)
{
	struct made made;

	begin(&made);
	leave(&made, 100, VCPU, 0x7b);
	enter(&made, 110, VCPU + 1);
	guest_exits_forget(&made.exits);
	enter(&made, 200, VCPU);
	leave(&made, 210, VCPU + 1, 0x7b);
	enter(&made, 220, VCPU + 1);
	assert_int_equal(guest_exits_finish(&made.exits, 300, &made.out, &made.kept.why), 0);
	assert_int_equal(kept_count(&made.kept, EVENT_GUEST_EXIT), 1);
	/* How long it was in the guest is not known any more. */
	assert_false(told(&made, 0)->flags & GUEST_EXIT_GUEST);
	assert_int_equal(lost(&made), 1);
	end(&made);
}

static void what_is_open_at_the_end_says_so(void **state)
{
	struct made made;

	begin(&made);
	leave(&made, 100, VCPU, 0x7b);
	assert_int_equal(guest_exits_finish(&made.exits, 300, &made.out, &made.kept.why), 0);
	assert_int_equal(told(&made, 0)->head.time_ns, 300);
	assert_true(told(&made, 0)->flags & GUEST_EXIT_OPEN_END);
	assert_int_equal(lost(&made), 0);
	end(&made);
}

static void a_vcpu_that_is_not_told_is_not_known(void **state)
{
	struct guest_moment moment = at(100, VCPU, 0x7b);
	struct made made;

	begin(&made);
	moment.vcpu = UINT32_MAX;
	assert_int_equal(guest_exits_leave(&made.exits, &moment), 0);
	enter(&made, 200, VCPU);
	assert_int_equal(told(&made, 0)->flags, 0);
	assert_int_equal(told(&made, 0)->vcpu, 0);
	end(&made);
}

static void there_is_a_limit_to_how_many_vcpus(void **state)
{
	struct made made;

	begin(&made);
	for (uint32_t i = 0; i < GUEST_VCPUS_MAX + 3; i++)
		enter(&made, 100, VCPU + i);
	assert_int_equal(made.exits.vcpus.count, GUEST_VCPUS_MAX);
	assert_int_equal(guest_exits_finish(&made.exits, 300, &made.out, &made.kept.why), 0);
	assert_int_equal(lost(&made), 3);
	end(&made);
}

static void a_call_that_failed_has_no_reason_of_its_own(void **state)
{
	assert_int_equal(guest_user_reason(2, 0), 2);
	assert_int_equal(guest_user_reason(2, 1), 2);
	assert_int_equal(guest_user_reason(2, -EINTR), 10);
	assert_int_equal(guest_user_reason(2, -EFAULT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_ends_with_the_entry_of_its_thread),
		cmocka_unit_test(the_programs_part_is_from_when_it_was_left_for),
		cmocka_unit_test(idle_time_is_a_part_of_the_exit),
		cmocka_unit_test(moments_of_no_exit_tell_nothing),
		cmocka_unit_test(an_exit_without_its_entry_is_counted),
		cmocka_unit_test(after_a_loss_nothing_that_was_open_is_believed),
		cmocka_unit_test(what_is_open_at_the_end_says_so),
		cmocka_unit_test(a_vcpu_that_is_not_told_is_not_known),
		cmocka_unit_test(there_is_a_limit_to_how_many_vcpus),
		cmocka_unit_test(a_call_that_failed_has_no_reason_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
