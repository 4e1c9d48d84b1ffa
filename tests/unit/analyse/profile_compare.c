/* Are two profiles compared path by path? */
#include "harness/test.h"
#include "profiled.h"

static struct profiles profile_of(unsigned int shared, unsigned int own, const char *own_name)
{
	owns(stream_free) struct stream stream = {};
	uint64_t one, other;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "worker", 0);
	one = stream_stack(&stream, "shared", "root", NULL);
	other = stream_stack(&stream, own_name, "root", NULL);
	stream_samples(&stream, 10, shared, 0, one);
	stream_samples(&stream, 10, own, 0, other);
	return stream_profile(&stream, "symbol", 0, false);
}

static void the_former_totals_stand_on_the_latter_scale(void **state)
{
	owns(profiles_free) struct profiles before = profile_of(30, 10, "gone");
	owns(profiles_free) struct profiles after = profile_of(5, 15, "new");
	struct profile *profile = after.items.items[0];
	const struct profile_node *node;
	struct diag why = {};

	assert_int_equal(profile_compare(before.items.items[0], profile, &why), 0);
	assert_true(profile->is_compared && profile->before_scale == 0.5);
	node = profile_path(profile, "worker", "root", NULL);
	assert_int_equal(node->total, MS(20));
	assert_int_equal(node->before_total, MS(20));
	node = profile_path(profile, "worker", "root", "shared", NULL);
	assert_int_equal(node->total, MS(5));
	assert_int_equal(node->before_total, MS(15));
	node = profile_path(profile, "worker", "root", "new", NULL);
	assert_int_equal(node->total, MS(15));
	assert_int_equal(node->before_total, 0);
	node = profile_path(profile, "worker", "root", "gone", NULL);
	assert_int_equal(node->total, 0);
	assert_int_equal(node->before_total, MS(5));
	assert_int_equal(profile->nodes.count, 6);
}

static void a_profile_compared_with_itself_has_not_changed(void **state)
{
	owns(profiles_free) struct profiles before = profile_of(30, 10, "own");
	owns(profiles_free) struct profiles after = profile_of(30, 10, "own");
	struct diag why = {};

	assert_int_equal(profile_compare(before.items.items[0], after.items.items[0], &why), 0);
	assert_int_equal(before.items.items[0]->nodes.count, after.items.items[0]->nodes.count);
	for (size_t i = 0; i < after.items.items[0]->nodes.count; i++) {
		const struct profile_node *node = &after.items.items[0]->nodes.items[i];

		assert_int_equal(node->before_total, node->total);
		assert_int_equal(node->next, before.items.items[0]->nodes.items[i].next);
	}
}

static void a_profile_without_samples_can_be_compared(void **state)
{
	owns(profiles_free) struct profiles before = profile_of(0, 0, "own");
	owns(profiles_free) struct profiles after = profile_of(3, 0, "own");
	struct diag why = {};

	assert_int_equal(profile_compare(before.items.items[0], after.items.items[0], &why), 0);
	assert_int_equal(profile_path(after.items.items[0], "worker", NULL)->before_total, 0);
	assert_int_equal(profile_compare(after.items.items[0], before.items.items[0], &why), 0);
	assert_int_equal(profile_path(before.items.items[0], "worker", NULL)->before_total, MS(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_former_totals_stand_on_the_latter_scale),
		cmocka_unit_test(a_profile_compared_with_itself_has_not_changed),
		cmocka_unit_test(a_profile_without_samples_can_be_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
