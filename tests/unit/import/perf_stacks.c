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

/* In the other byte order nothing can be read where it stands; nor when a side has two parts. */
static void frames_are_the_same_wherever_they_are_read(void **state)
{
	static const uint64_t CHAIN[] = { KERNEL, 1, 2, USER, 3, 4, KERNEL, 5 };
	uint64_t swapped[array_count(CHAIN)];
	unsigned char odd[sizeof(CHAIN) + 1];
	const struct {
		const void *chain;
		bool swap;
	} cases[] = { { CHAIN, false }, { swapped, true }, { odd + 1, false } };

	for (size_t i = 0; i < array_count(CHAIN); i++)
		swapped[i] = __builtin_bswap64(CHAIN[i]);
	memcpy(odd + 1, CHAIN, sizeof(CHAIN));
	for (size_t i = 0; i < array_count(cases); i++) {
		const struct perf_sample sample = { .ip = 9,
						    .chain = cases[i].chain,
						    .frames = array_count(CHAIN) };
		struct perf_stacks *stacks = NULL;
		struct perf_chain parts;

		assert_int_equal(perf_stacks_new(&stacks), 0);
		perf_stacks_split(stacks, &sample, PERF_MODE_USER, cases[i].swap, &parts);
		assert_int_equal(parts.counts[PERF_SIDE_KERNEL], 3);
		assert_memory_equal(parts.frames[PERF_SIDE_KERNEL], ((const uint64_t[]){ 1, 2, 5 }),
				    24);
		assert_int_equal(parts.counts[PERF_SIDE_USER], 2);
		assert_memory_equal(parts.frames[PERF_SIDE_USER], ((const uint64_t[]){ 9, 4 }), 16);
		perf_stacks_free(&stacks);
	}
	/* What was recorded is not written to. */
	assert_int_equal(CHAIN[4], 3);
}

/* A sink that counts, and keeps what the last stack was. */
struct counted {
	uint32_t stacks;
	uint32_t afresh; /* of them the first of those told anew */
	uint64_t afresh_at;
};

static int count(void *self, const struct event *event, struct diag *why)
{
	const struct event_stack *stack = (const struct event_stack *)event;
	struct counted *counted = self;

	if (stack->flags & STACK_AFRESH) {
		counted->afresh++;
		counted->afresh_at = stack->frame[0].address;
	}
	counted->stacks++;
	return 0;
}

/* Stacks of one frame in the kernel and one in user code, of their own for each sample. */
static void tell_both(struct perf_stacks *stacks, struct counted *counted, uint64_t address)
{
	const uint64_t chain[] = { KERNEL, address, USER, address };
	struct perf_out out = { .sink = { .take = count, .self = counted } };
	const struct perf_owner kernel = { .side = PERF_SIDE_KERNEL },
				user = { PERF_SIDE_USER, 1, 0 };
	struct perf_chain parts = split(stacks, chain, array_count(chain), PERF_MODE_KERNEL, 0);
	uint64_t id;

	assert_int_equal(perf_stacks_tell(stacks, &parts, &kernel, &out, &id, NULL), 0);
	assert_int_equal(perf_stacks_tell(stacks, &parts, &user, &out, &id, NULL), 0);
}

static void after_many_stacks_all_are_told_anew_from_one_sample_on(void **state)
{
	struct perf_stacks *stacks = NULL;
	struct counted counted = {};
	uint64_t told = 0;

	assert_int_equal(perf_stacks_new(&stacks), 0);
	tell_both(stacks, &counted, 7);
	tell_both(stacks, &counted, 7);
	assert_int_equal(counted.stacks, 2);
	while (!counted.afresh && told < 1000000)
		tell_both(stacks, &counted, 100 + told++);
	assert_int_equal(counted.afresh, 1);
	/* The kernel's comes first: the sample's two stacks are on one side of the line. */
	assert_int_equal(counted.afresh_at, 100 + told - 1);
	assert_int_equal(counted.stacks, 2 * (1 + told));
	tell_both(stacks, &counted, 7);
	assert_int_equal(counted.stacks, 2 * (2 + told));
	assert_int_equal(counted.afresh, 1);
	perf_stacks_free(&stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_say_whose_the_addresses_are),
		cmocka_unit_test(without_a_mark_the_samples_mode_says_it),
		cmocka_unit_test(the_samples_own_address_stands_first),
		cmocka_unit_test(a_stack_is_told_once),
		cmocka_unit_test(frames_are_the_same_wherever_they_are_read),
		cmocka_unit_test(after_many_stacks_all_are_told_anew_from_one_sample_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
