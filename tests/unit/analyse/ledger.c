/* Does every charge count, whatever room there is to tell it apart? */
#include "analyse/ledger.h"

#include "harness/test.h"

static struct charge charge_of(uint64_t id, uint64_t ns)
{
	return (struct charge){
		.cause = CAUSE_WAIT_PROCESS,
		.blame = { .kind = BLAME_PROCESS, .id = id },
		.detail = { .syscall = -1 },
		.path = 1,
		.tgid = 100,
		.ns = ns,
	};
}

static void parts_of_one_wait_are_one_wait(void **state)
{
	struct ledger ledger = {};
	struct charge charge = charge_of(1, 10);

	charge.wait_start_ns = 5;
	assert_int_equal(ledger_charge(&ledger, &charge), 0);
	assert_int_equal(ledger_charge(&ledger, &charge), 0);
	charge.wait_start_ns = 50;
	assert_int_equal(ledger_charge(&ledger, &charge), 0);
	ledger_settle(&ledger);

	assert_int_equal(ledger.entries.count, 1);
	assert_int_equal(ledger.entries.items[0].ns, 30);
	assert_int_equal(ledger.entries.items[0].waits.count, 2);
	assert_int_equal(ledger.entries.items[0].waits.max_ns, 20);
	assert_int_equal(ledger.entries.items[0].details[0].count, 2);
	ledger_free(&ledger);
}

static void a_full_ledger_still_counts_all(void **state)
{
	struct ledger ledger = {};

	for (uint64_t id = 1; id <= 10000; id++) {
		struct charge charge = charge_of(id, 3);

		assert_int_equal(ledger_charge(&ledger, &charge), 0);
	}
	assert_true(ledger.entries.count < 5000);
	assert_int_equal(ledger_sum(&ledger, CAUSE_WAIT_PROCESS), 30000);
	ledger_free(&ledger);
}

static void the_heaviest_chains_are_kept(void **state)
{
	struct ledger ledger = {};
	struct charge charge = charge_of(1, 0);
	uint64_t heaviest_ns = 0;

	for (uint32_t path = 1; path <= 30; path++) {
		charge.path = path;
		charge.ns = path;
		assert_int_equal(ledger_charge(&ledger, &charge), 0);
	}
	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		const struct path_slot *slot = &ledger.entries.items[0].paths[i];

		assert_true(slot->path > 30 - ENTRY_SLOTS);
		assert_int_equal(slot->ns, slot->path);
		if (slot->ns > heaviest_ns)
			heaviest_ns = slot->ns;
	}
	assert_int_equal(heaviest_ns, 30);
	ledger_free(&ledger);
}

static void moved_time_is_neither_lost_nor_doubled(void **state)
{
	struct ledger ledger = {};
	struct charge charge = charge_of(1, 100);

	charge.cause = CAUSE_RUN_UNSPLIT;
	charge.blame.kind = BLAME_CPU;
	assert_int_equal(ledger_charge(&ledger, &charge), 0);
	assert_int_equal(ledger_move(&ledger, 0, CAUSE_CPU_KERNEL, 30), 0);
	assert_int_equal(ledger_move(&ledger, 0, CAUSE_CPU_USER, 70), 0);

	assert_int_equal(ledger.entries.items[0].ns, 0);
	assert_int_equal(ledger_sum(&ledger, CAUSE_CPU_KERNEL), 30);
	assert_int_equal(ledger_sum(&ledger, CAUSE_CPU_USER), 70);
	assert_int_equal(ledger.entries.items[1].paths[0].ns, 30);
	assert_int_equal(ledger.entries.items[2].paths[0].ns, 70);
	ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_one_wait_are_one_wait),
		cmocka_unit_test(a_full_ledger_still_counts_all),
		cmocka_unit_test(the_heaviest_chains_are_kept),
		cmocka_unit_test(moved_time_is_neither_lost_nor_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
