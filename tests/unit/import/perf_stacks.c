/* Are callchains taken apart, and each stack told once? */
#include "import/perf_stacks.h"

#include "harness/test.h"
#include "import/perf_layout.h"
#include "unit/import/kept.h"

#define KERNEL ((uint64_t)-128)
#define USER   ((uint64_t)-512)
#define GUEST  ((uint64_t)-2048)

static struct perf_chain split(struct perf_stacks *stacks, const uint64_t *chain, size_t frames,
			       uint16_t mode, uint64_t ip)
{
	const struct perf_sample sample = { .ip = ip,
					    .chain = (const unsigned char *)chain,
					    .frames = frames };
	struct perf_chain parts;

	perf_stacks_split(stacks, &sample, mode, false, &parts);
	return parts;
}

static void marks_say_whose_the_addresses_are(void **state)
{
	static const uint64_t CHAIN[] = { KERNEL, 1, 2, GUEST, 9, USER, 3 };
	struct perf_stacks *stacks = NULL;
	struct perf_chain parts;

	assert_int_equal(perf_stacks_new(&stacks), 0);
	parts = split(stacks, CHAIN, array_count(CHAIN), PERF_MODE_KERNEL, 1);
	assert_int_equal(parts.counts[PERF_SIDE_KERNEL], 2);
	assert_int_equal(parts.frames[PERF_SIDE_KERNEL][1], 2);
	assert_int_equal(parts.counts[PERF_SIDE_USER], 1);
	assert_int_equal(parts.frames[PERF_SIDE_USER][0], 3);
	perf_stacks_free(&stacks);
}

static void without_a_mark_the_samples_mode_says_it(void **state)
{
	static const uint64_t CHAIN[] = { 1, 2 };
	struct perf_stacks *stacks = NULL;
	struct perf_chain parts;

	assert_int_equal(perf_stacks_new(&stacks), 0);
	parts = split(stacks, CHAIN, array_count(CHAIN), PERF_MODE_USER, 1);
	assert_int_equal(parts.counts[PERF_SIDE_USER], 2);
	parts = split(stacks, CHAIN, array_count(CHAIN), 5, 1);
	assert_int_equal(parts.counts[PERF_SIDE_KERNEL] + parts.counts[PERF_SIDE_USER], 0);
	perf_stacks_free(&stacks);
}

static void the_samples_own_address_stands_first(void **state)
{
	static const uint64_t CHAIN[] = { USER, 3 };
	struct perf_stacks *stacks = NULL;
	struct perf_chain parts;

	assert_int_equal(perf_stacks_new(&stacks), 0);
	parts = split(stacks, CHAIN, array_count(CHAIN), PERF_MODE_KERNEL, 7);
	assert_int_equal(parts.counts[PERF_SIDE_KERNEL], 1);
	assert_int_equal(parts.frames[PERF_SIDE_KERNEL][0], 7);
	assert_int_equal(parts.counts[PERF_SIDE_USER], 1);
	perf_stacks_free(&stacks);
}

static uint64_t tell(struct perf_stacks *stacks, struct kept *kept, uint32_t tgid,
		     uint32_t generation)
{
	static const uint64_t CHAIN[] = { USER, 3, 4 };
	struct perf_out out = { .sink = { .take = keep, .self = kept } };
	struct perf_chain parts =
		split(stacks, CHAIN, array_count(CHAIN), PERF_MODE_USER, CHAIN[1]);
	const struct perf_owner owner = { PERF_SIDE_USER, tgid, generation };
	uint64_t id = 0;

	assert_int_equal(perf_stacks_tell(stacks, &parts, &owner, &out, &id, NULL), 0);
	return id;
}

static void a_stack_is_told_once(void **state)
{
	struct perf_stacks *stacks = NULL;
	struct kept kept = {};
	uint64_t first;

	assert_int_equal(perf_stacks_new(&stacks), 0);
	first = tell(stacks, &kept, 1, 0);
	assert_true(first == tell(stacks, &kept, 1, 0));
	assert_int_equal(kept_count(&kept, EVENT_STACK), 1);
	assert_true(first != tell(stacks, &kept, 2, 0));
	assert_true(first != tell(stacks, &kept, 1, 1));
	assert_int_equal(kept_count(&kept, EVENT_STACK), 3);
	kept_free(&kept);
	perf_stacks_free(&stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_say_whose_the_addresses_are),
		cmocka_unit_test(without_a_mark_the_samples_mode_says_it),
		cmocka_unit_test(the_samples_own_address_stands_first),
		cmocka_unit_test(a_stack_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
