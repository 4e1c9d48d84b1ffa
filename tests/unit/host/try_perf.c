/* Do the trials of perf events tell what is there from what is not? On the machine that runs the
 * tests. */
#include "host/try.h"
#include "tree.h"

static void a_kernel_without_probe_events_is_told_so(void **state)
{
	struct feature_row row = { .id = "test", .detail = "vfs_fsync_range" };
	struct feature_answer answer = {};
	struct features features = {};
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	assert_int_equal(try_kprobe(&features, &row, &answer), FEATURE_ABSENT);
	assert_non_null(strstr(answer.why, "no kprobe events"));
	assert_int_equal(try_uprobe(&features, &row, &answer), FEATURE_ABSENT);
	assert_non_null(strstr(answer.why, "no uprobe events"));
	tree_remove(&tree);
}

static void a_tracepoint_without_a_number_cannot_be_opened(void **state)
{
	struct feature_row row = { .id = "test", .detail = "sched/no_such_event" };
	struct feature_answer answer = {};
	struct features features = {};

	assert_int_equal(try_perf_tp(&features, &row, &answer), FEATURE_ABSENT);
	assert_non_null(strstr(answer.why, "no number for sched/no_such_event"));
	assert_int_equal(try_tp_classic(&features, &row, &answer), FEATURE_ABSENT);
	features_free(&features);
}

/* Those who may sample the whole machine may run BPF there only with BPF: never the other way
 * round. */
static void samples_with_bpf_need_samples(void **state)
{
	struct features features = {};

	if (features_have(&features, FEATURE_BPF_SAMPLE, NULL, NULL))
		assert_int_equal(features_answer(&features, FEATURE_CPU_CLOCK)->state,
				 FEATURE_WORKS);
	assert_int_equal(features_forbid(&features, "cpu_clock", NULL), 0);
	assert_false(features_have(&features, FEATURE_BPF_SAMPLE, NULL, NULL));
	features_free(&features);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_without_probe_events_is_told_so),
		cmocka_unit_test(a_tracepoint_without_a_number_cannot_be_opened),
		cmocka_unit_test(samples_with_bpf_need_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
