/* Are the fields of KVM's tracepoints taken for what they are? */
#include "import/perf_guests.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/guest_formats.h"
#include "unit/import/kept.h"

struct made {
	struct bytes text;
	struct perf_formats formats;
	struct guest_exits exits;
	struct kept kept;
	struct perf_out out;
	uint64_t now_ns;
};

static void begin(struct made *made, bool swap, const char *exit_format)
{
	struct perf_bytes text;

	*made = (struct made){ .text.swap = swap };
	made->out.sink = (struct event_sink){ .take = keep, .self = &made->kept };
	add_u32(&made->text, 1);
	if (exit_format) {
		add(&made->text, "kvm", 4);
		add_u32(&made->text, 1);
		add_format(&made->text, exit_format);
	} else {
		add_guest_formats(&made->text);
	}
	text = (struct perf_bytes){ .at = made->text.at, .left = made->text.count, .swap = swap };
	assert_int_equal(perf_formats_read_systems(&made->formats, &text), 0);
}

static void end(struct made *made)
{
	guest_exits_free(&made->exits);
	perf_formats_free(&made->formats);
	kept_free(&made->kept);
	bytes_free(&made->text);
}

/* The raw data is taken and freed; each record is 10 ns after the one before. */
static int take(struct made *made, uint64_t id, struct bytes *raw)
{
	const struct perf_moment moment = {
		.format = perf_formats_find(&made->formats, id),
		.raw = { .at = raw->at, .left = raw->count, .swap = raw->swap },
		.time_ns = made->now_ns += 10,
		.tid = 20,
	};
	int r;

	assert_non_null(moment.format);
	r = perf_guests_take(&made->exits, &moment, &made->out, &made->kept.why);
	bytes_free(raw);
	return r;
}

static void take_story(struct made *made, bool swap)
{
	struct bytes raw = { .swap = swap };

	add_guest_entry(&raw, 20, 3);
	assert_int_equal(take(made, GUEST_ID_ENTRY, &raw), 0);
	raw = (struct bytes){ .swap = swap };
	add_guest_exit(&raw, 20, 12, GUEST_ISA_VMX, 3);
	assert_int_equal(take(made, GUEST_ID_EXIT, &raw), 0);
	raw = (struct bytes){ .swap = swap };
	add_guest_halted(&raw, 20, 8);
	assert_int_equal(take(made, GUEST_ID_HALTED, &raw), 0);
	raw = (struct bytes){ .swap = swap };
	add_guest_user(&raw, 20, 6, 0);
	assert_int_equal(take(made, GUEST_ID_USER, &raw), 0);
	raw = (struct bytes){ .swap = swap };
	add_guest_entry(&raw, 20, 3);
	assert_int_equal(take(made, GUEST_ID_ENTRY, &raw), 0);
}

static void each_field_is_where_its_format_says(void **state)
{
	for (int swap = 0; swap < 2; swap++) {
		const struct event_guest_exit *exit;
		struct made made;

		begin(&made, swap, NULL);
		take_story(&made, swap);
		assert_int_equal(kept_count(&made.kept, EVENT_GUEST_EXIT), 1);
		exit = kept_at(&made.kept, EVENT_GUEST_EXIT, 0);
		assert_int_equal(exit->reason, 12);
		assert_int_equal(exit->isa, GUEST_ISA_VMX);
		assert_int_equal(exit->vcpu, 3);
		assert_int_equal(exit->guest_ns, 10);
		assert_int_equal(exit->halted_ns, 8);
		assert_int_equal(exit->user_ns, 10);
		assert_int_equal(exit->user_reason, 6);
		assert_int_equal(exit->head.time_ns - exit->start_ns, 30);
		end(&made);
	}
}

static void a_signal_is_told_by_the_error(void **state)
{
	const struct event_guest_exit *exit;
	struct bytes raw = {};
	struct made made;

	begin(&made, false, NULL);
	add_guest_exit(&raw, 20, 1, GUEST_ISA_VMX, 0);
	assert_int_equal(take(&made, GUEST_ID_EXIT, &raw), 0);
	raw = (struct bytes){};
	/* The reason is what was left of the call before. */
	add_guest_user(&raw, 20, 2, -EINTR);
	assert_int_equal(take(&made, GUEST_ID_USER, &raw), 0);
	raw = (struct bytes){};
	add_guest_entry(&raw, 20, 0);
	assert_int_equal(take(&made, GUEST_ID_ENTRY, &raw), 0);
	exit = kept_at(&made.kept, EVENT_GUEST_EXIT, 0);
	assert_int_equal(exit->user_reason, 10);
	end(&made);
}

static void older_kernels_do_not_tell_the_vcpu(void **state)
{
	static const char FORMAT[] =
		"name: kvm_exit\nID: 401\n" COMMON
		"\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;\n"
		"\tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;\n";
	const struct event_guest_exit *exit;
	struct bytes raw = {};
	struct made made;

	begin(&made, false, FORMAT);
	add_guest_exit(&raw, 20, 0x400, GUEST_ISA_SVM, 7);
	assert_int_equal(take(&made, GUEST_ID_EXIT, &raw), 0);
	assert_int_equal(guest_exits_finish(&made.exits, 100, &made.out, &made.kept.why), 0);
	exit = kept_at(&made.kept, EVENT_GUEST_EXIT, 0);
	assert_int_equal(exit->vcpu, 0);
	assert_false(exit->flags & GUEST_EXIT_VCPU);
	assert_int_equal(exit->isa, GUEST_ISA_SVM);
	end(&made);
}

static void a_cut_record_tells_what_it_has(void **state)
{
	struct bytes raw = {};
	struct made made;

	begin(&made, false, NULL);
	add_guest_exit(&raw, 20, 0x400, GUEST_ISA_SVM, 7);
	raw.count = 12;
	assert_int_equal(take(&made, GUEST_ID_EXIT, &raw), 0);
	assert_int_equal(guest_exits_finish(&made.exits, 100, &made.out, &made.kept.why), 0);
	assert_int_equal(kept_count(&made.kept, EVENT_GUEST_EXIT), 1);
	end(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_where_its_format_says),
		cmocka_unit_test(a_signal_is_told_by_the_error),
		cmocka_unit_test(older_kernels_do_not_tell_the_vcpu),
		cmocka_unit_test(a_cut_record_tells_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
