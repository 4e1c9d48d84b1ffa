/* Do the claims' words hold together, and is a verdict freed whole? */
#include "finding/finding.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

static void every_cause_is_found_by_its_id(void **state)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		assert_int_equal(cause_find(cause_id(cause)), cause);
}

static void every_cause_has_a_title(void **state)
{
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		assert_true(cause_title(cause)[0] != '\0');
		assert_non_null(cause_advice(cause));
	}
}

static void ids_are_those_of_the_contract(void **state)
{
	assert_string_equal(cause_id(CAUSE_UNKNOWN), "unknown");
	assert_string_equal(cause_id(CAUSE_FS_SYNC), "fs.sync");
	assert_string_equal(cause_id(CAUSE_MEM_DIRTY_THROTTLE), "mem.dirty_throttle");
	assert_string_equal(cause_id(CAUSE_VIRT_EXIT), "virt.exit");
}

static void what_is_no_cause_is_unknown(void **state)
{
	assert_int_equal(cause_find("fs.syncing"), CAUSE_UNKNOWN);
	assert_int_equal(cause_find(""), CAUSE_UNKNOWN);
	assert_string_equal(cause_id(CAUSE_COUNT), "unknown");
	assert_string_equal(cause_title((enum cause)4000), cause_title(CAUSE_UNKNOWN));
}

static void confidences_and_targets_have_names(void **state)
{
	assert_string_equal(confidence_name(CONFIDENCE_LOW), "low");
	assert_string_equal(confidence_name(CONFIDENCE_MEDIUM), "medium");
	assert_string_equal(confidence_name(CONFIDENCE_HIGH), "high");
	assert_string_equal(target_kind_name(TARGET_MACHINE), "machine");
	assert_string_equal(target_kind_name(TARGET_PROCESS), "process");
	assert_string_equal(target_kind_name(TARGET_COMMAND), "command");
}

static void sentences_are_kept_in_order_and_whole(void **state)
{
	owns(verdict_free) struct verdict *verdict = calloc(1, sizeof(*verdict));
	char long_name[3000];

	assert_non_null(verdict);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		assert_int_equal(text_add(&verdict->how, "sentence %d", i), 0);
	assert_int_equal(text_add(&verdict->how, "%s", long_name), 0);

	assert_int_equal(verdict->how.count, 101);
	assert_string_equal(verdict->how.items[0].words, "sentence 0");
	assert_string_equal(verdict->how.items[99].words, "sentence 99");
	assert_string_equal(verdict->how.items[100].words, long_name);
}

static void a_verdict_is_freed_with_all_it_holds(void **state)
{
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct finding *finding;

	assert_non_null(verdict);
	finding = array_push(&verdict->findings);
	assert_non_null(finding);
	assert_non_null(array_push(&finding->chain));
	assert_int_equal(text_add(&finding->evidence, "seen"), 0);
	assert_int_equal(text_add(&finding->advice, "do"), 0);
	assert_int_equal(text_add(&verdict->not_seen, "hidden"), 0);
	assert_non_null(array_push(&verdict->threads));
	assert_non_null(array_push(&verdict->losses));

	verdict_free(&verdict);
	assert_null(verdict);
	verdict_free(&verdict);
}

static void the_unknown_share_is_of_the_base(void **state)
{
	struct verdict verdict = { .base_ns = 1000, .unknown_ns = 250 };
	struct verdict empty = {};

	assert_true(verdict_unknown_share(&verdict) == 0.25);
	assert_true(verdict_unknown_share(&empty) == 0);
}

static void blocked_time_sums_up_and_names_its_longest_cause(void **state)
{
	struct thread_account thread = {};
	enum cause most = CAUSE_COUNT;

	assert_int_equal(thread_blocked_ns(&thread, &most), 0);
	assert_int_equal(most, CAUSE_UNKNOWN);
	thread.blocked_ns[CAUSE_DISK_DEVICE] = 5;
	thread.blocked_ns[CAUSE_LOCK_USER] = 7;
	thread.blocked_ns[CAUSE_VIRT_EXIT] = 7;
	assert_int_equal(thread_blocked_ns(&thread, &most), 19);
	assert_int_equal(most, CAUSE_LOCK_USER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cause_is_found_by_its_id),
		cmocka_unit_test(every_cause_has_a_title),
		cmocka_unit_test(ids_are_those_of_the_contract),
		cmocka_unit_test(what_is_no_cause_is_unknown),
		cmocka_unit_test(confidences_and_targets_have_names),
		cmocka_unit_test(sentences_are_kept_in_order_and_whole),
		cmocka_unit_test(a_verdict_is_freed_with_all_it_holds),
		cmocka_unit_test(the_unknown_share_is_of_the_base),
		cmocka_unit_test(blocked_time_sums_up_and_names_its_longest_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
