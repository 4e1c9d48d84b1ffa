/* Do the trials of BPF tell a kernel that has a thing from one that has not? On the machine that
 * runs the tests. */
#include <bpf/btf.h>
#include <unistd.h>

#include "host/try.h"
#include "tree.h"

/* A row of the same facility, aimed at something that no kernel has. */
static enum feature_state aim(struct features *features, feature_try *try_it, const char *detail,
			      struct feature_answer *answer)
{
	struct feature_row row = { .id = "test", .detail = detail };

	*answer = (struct feature_answer){};
	answer->state = try_it(features, &row, answer);
	return answer->state;
}

static void need(struct features *features, enum feature_id id)
{
	if (geteuid() == 0 && features_have(features, id, NULL, NULL))
		return;
	print_message("skipped: needs root and %s\n", feature_row(id)->id);
	features_free(features);
	skip();
}

static void a_kernel_without_btf_has_none(void **state)
{
	struct features features = {};
	const char *why;
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	assert_false(features_have(&features, FEATURE_BTF, NULL, &why));
	assert_string_equal(why, "/sys/kernel/btf/vmlinux: No such file or directory");
	assert_null(features_btf(&features));
	tree_remove(&tree);
	features_free(&features);
}

static void what_is_not_btf_is_refused(void **state)
{
	struct features features = {};
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	tree_add(&tree, "/sys/kernel/btf/vmlinux", "this is no BTF at all");
	assert_int_equal(features_answer(&features, FEATURE_BTF)->state, FEATURE_ABSENT);
	tree_remove(&tree);
	features_free(&features);
}

/* struct outer { int plain; union { int inner; }; }, as the kernel's own unnamed members are. */
static void a_field_is_found_in_unnamed_members_too(void **state)
{
	struct features features = { .btf = btf__new_empty() };
	struct feature_answer answer;
	int number, inner;

	assert_non_null(features.btf);
	number = btf__add_int(features.btf, "int", 4, BTF_INT_SIGNED);
	inner = btf__add_union(features.btf, NULL, 4);
	assert_int_equal(btf__add_field(features.btf, "inner", number, 0, 0), 0);
	assert_true(btf__add_struct(features.btf, "outer", 8) > 0);
	assert_int_equal(btf__add_field(features.btf, "plain", number, 0, 0), 0);
	assert_int_equal(btf__add_field(features.btf, NULL, inner, 32, 0), 0);

	assert_int_equal(aim(&features, try_btf_field, "outer.plain", &answer), FEATURE_WORKS);
	assert_int_equal(aim(&features, try_btf_field, "outer.inner", &answer), FEATURE_WORKS);
	assert_int_equal(aim(&features, try_btf_field, "outer.int", &answer), FEATURE_ABSENT);
	assert_int_equal(aim(&features, try_btf_field, "other.plain", &answer), FEATURE_ABSENT);
	assert_string_equal(answer.why, "the kernel's types have no struct other");
	features_free(&features);
}

static void a_raw_tracepoint_that_is_not_there_is_absent(void **state)
{
	struct features features = {};
	struct feature_answer answer;

	need(&features, FEATURE_RAW_TP);
	assert_int_equal(aim(&features, try_raw_tp, "no_such_tracepoint", &answer), FEATURE_ABSENT);
	assert_non_null(strstr(answer.why, "attaching at no_such_tracepoint"));
	features_free(&features);
}

static void a_function_that_is_not_there_cannot_be_entered(void **state)
{
	struct features features = {};
	struct feature_answer answer;

	need(&features, FEATURE_BTF);
	assert_int_equal(aim(&features, try_fentry, "no_such_function", &answer), FEATURE_ABSENT);
	assert_int_equal(aim(&features, try_kprobe_multi, "no_such_function", &answer),
			 FEATURE_ABSENT);
	features_free(&features);
}

static void a_kernel_with_typed_tracepoints_knows_the_switch(void **state)
{
	struct features features = {};

	need(&features, FEATURE_TP_BTF);
	assert_int_equal(features_tracepoint(&features, "sched_switch"), 1);
	assert_int_equal(features_tracepoint(&features, "no_such_tracepoint"), 0);
	features_free(&features);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_without_btf_has_none),
		cmocka_unit_test(what_is_not_btf_is_refused),
		cmocka_unit_test(a_field_is_found_in_unnamed_members_too),
		cmocka_unit_test(a_raw_tracepoint_that_is_not_there_is_absent),
		cmocka_unit_test(a_function_that_is_not_there_cannot_be_entered),
		cmocka_unit_test(a_kernel_with_typed_tracepoints_knows_the_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
