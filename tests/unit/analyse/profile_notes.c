/* Is what makes a profile doubtful told, and nothing else? */
#include "harness/test.h"
#include "profiled.h"

#define MANY 500

static void interrupts_that_were_off_are_told_where_a_timer_samples(void **state)
{
	for (int is_timer = 0; is_timer < 2; is_timer++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles profiles = {};
		uint64_t enabler, other;

		stream_watch(&stream, WATCH_MACHINE, 0);
		stream_fact(&stream, "facility.samples",
			    is_timer ? "cpu-clock at 99 Hz" : "PMU cycles at 99 Hz");
		stream_task(&stream, 10, "worker", 0);
		enabler = stream_stack(&stream, "_raw_spin_unlock_irqrestore", "vring_add", NULL);
		other = stream_stack(&stream, "crc32", "vring_add", NULL);
		stream_samples(&stream, 10, MANY / 5, 0, enabler);
		stream_samples(&stream, 10, MANY / 5 * 4, 0, other);
		profiles = stream_profile(&stream, "symbol", 0, false);
		assert_int_equal(profile_tells(profiles.items.items[0], "no hardware counter"),
				 is_timer);
		assert_int_equal(
			profile_tells(profiles.items.items[0],
				      "20 % is in functions that turn interrupts on again (most in "
				      "_raw_spin_unlock_irqrestore)"),
			is_timer);
		assert_int_equal(profiles.items.items[0]->notes.count, is_timer ? 2 : 0);
	}
}

static void stacks_that_end_at_once_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};
	uint64_t lone, whole;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	lone = stream_user_stack(&stream, "parse", NULL);
	whole = stream_user_stack(&stream, "work", "main", NULL);
	stream_samples(&stream, 10, MANY / 4, lone, 0);
	stream_samples(&stream, 10, MANY / 4 * 3, whole, 0);
	profiles = stream_profile(&stream, "symbol", 0, false);
	assert_true(profile_tells(profiles.items.items[0],
				  "25 % of the user stacks have a single frame"));
	assert_int_equal(profiles.items.items[0]->notes.count, 1);
}

static void losses_and_hidden_names_are_told(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "symbol.kernel", "kptr_restrict is 2");
	stream_loss(&stream, LOSS_SAMPLE, 7);
	profiles = stream_profile(&stream, "symbol", 0, false);
	assert_true(profile_tells(profiles.items.items[0], "7 samples were lost"));
	assert_true(profile_tells(profiles.items.items[0], "no names: kptr_restrict is 2"));
	assert_int_equal(profiles.items.items[0]->lost_samples, 7);
}

static void what_stacks_lack_is_told(void **state)
{
	static const char *const KEYS[] = { "missing.deep_stacks", "missing.still_stacks",
					    "missing.inlined" };

	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		owns(stream_free) struct stream stream = {};
		owns(profiles_free) struct profiles profiles = {};

		stream_watch(&stream, WATCH_MACHINE, 0);
		stream_fact(&stream, KEYS[i], "callers of all");
		profiles = stream_profile(&stream, "symbol", 0, false);
		assert_true(profile_tells(profiles.items.items[0], "Not seen: callers of all."));
	}
}

static void few_samples_are_called_few(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(profiles_free) struct profiles profiles = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	stream_samples(&stream, 10, 100, 0, 0);
	profiles = stream_profile(&stream, "comm", 0, false);
	assert_true(profile_tells(profiles.items.items[0],
				  "With 100 samples a share of one half may be off by 10 points"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_that_were_off_are_told_where_a_timer_samples),
		cmocka_unit_test(stacks_that_end_at_once_are_told),
		cmocka_unit_test(losses_and_hidden_names_are_told),
		cmocka_unit_test(what_stacks_lack_is_told),
		cmocka_unit_test(few_samples_are_called_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
