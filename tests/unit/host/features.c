/* Is each facility tried once, by doing, with nothing left behind, and can it be taken as absent?
 */
#include "host/features.h"

#include <dirent.h>
#include <errno.h>

#include "base/array.h"
#include "tree.h"

static unsigned int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static bool have(struct features *features, enum feature_id id)
{
	return features_have(features, id, NULL, NULL);
}

static void every_row_has_its_texts(void **state)
{
	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		const struct feature_row *row = feature_row(id);

		assert_true(*row->id && *row->name && *row->lost && *row->remedy);
		assert_int_equal(strspn(row->id, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->id));
	}
}

static void every_facility_gets_an_answer_with_its_text(void **state)
{
	struct features features = {};

	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		const struct feature_answer *answer = features_answer(&features, id);

		assert_int_not_equal(answer->state, FEATURE_UNTRIED);
		if (answer->state == FEATURE_WORKS || answer->state == FEATURE_PARTLY)
			assert_true(*answer->rung);
		else
			assert_string_equal(answer->rung, "");
		if (answer->state != FEATURE_WORKS)
			assert_true(*answer->why);
	}
	features_free(&features);
}

static void trying_everything_leaves_no_descriptor_open(void **state)
{
	struct features features = {};
	unsigned int before = count_descriptors();

	for (unsigned int id = 0; id < FEATURE_COUNT; id++)
		(void)features_answer(&features, id);
	assert_int_equal(count_descriptors(), before);
	features_free(&features);
}

static void an_answer_is_remembered(void **state)
{
	struct features features = {};
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	tree_add(&tree, "/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	assert_true(have(&features, FEATURE_PSI));
	tree_remove(&tree);
	assert_true(have(&features, FEATURE_PSI));
	features_free(&features);
}

static void what_is_forbidden_is_absent_with_all_that_need_it(void **state)
{
	struct features features = {};
	const char *why;

	assert_int_equal(features_forbid(&features, "btf,psi", NULL), 0);
	assert_false(features_have(&features, FEATURE_BTF, NULL, &why));
	assert_non_null(strstr(why, "--without"));
	assert_false(have(&features, FEATURE_PSI));
	assert_false(have(&features, FEATURE_TP_BTF));
	assert_false(have(&features, FEATURE_TASK_STORAGE));
	assert_false(features_have(&features, FEATURE_TASK_BLOCKER, NULL, &why));
	assert_string_equal(why, "needs btf");
	assert_true(features_answer(&features, FEATURE_TASK_BLOCKER)->unmet);
	assert_false(features_answer(&features, FEATURE_BTF)->unmet);
	assert_null(features_btf(&features));
	features_free(&features);
}

static void an_unknown_id_forbids_nothing(void **state)
{
	struct features features = {};
	struct diag why = {};

	assert_int_equal(features_forbid(&features, "psi,bogus", &why), -EINVAL);
	assert_non_null(strstr(why.text, "\"bogus\""));
	assert_false(features.forbidden[FEATURE_PSI]);
	assert_int_equal(features_forbid(&features, "ps", NULL), -EINVAL);
	assert_int_equal(features_forbid(&features, "psi,,btf", NULL), -EINVAL);
	assert_int_equal(features_forbid(&features, "", NULL), 0);
}

static void what_was_tried_before_is_forgotten_when_it_is_forbidden(void **state)
{
	struct features features = {};

	(void)have(&features, FEATURE_BTF);
	assert_int_equal(features_forbid(&features, "btf", NULL), 0);
	assert_false(have(&features, FEATURE_BTF));
	assert_null(features_btf(&features));
	features_free(&features);
}

static void texts_of_the_machine_come_out_printable(void **state)
{
	struct features features = {};
	const char *rung;
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	tree_add(&tree, "/etc/debuginfod/x.urls", "https://\033[31mred\377 second\n");
	unsetenv("DEBUGINFOD_URLS");
	assert_true(features_have(&features, FEATURE_DEBUGINFOD, &rung, NULL));
	assert_string_equal(rung, "https://?[31mred?");
	tree_remove(&tree);
	features_free(&features);
}

static void a_ladder_stands_on_its_best_rung_that_works(void **state)
{
	struct features features = {};
	const char *rung, *why;
	struct tree tree;

	tree_make(&tree);
	features.root = tree.root;
	tree_add(&tree, "/proc/1/stat", "1 (init) S\n");
	assert_int_equal(features_forbid(&features, "bpf", NULL), 0);
	assert_true(features_have(&features, FEATURE_SCHED, &rung, &why));
	assert_string_equal(rung, "proc");
	assert_true(*why);
	assert_int_equal(features_answer(&features, FEATURE_SCHED)->state, FEATURE_PARTLY);

	assert_int_equal(features_forbid(&features, "proc", NULL), 0);
	assert_false(features_have(&features, FEATURE_SCHED, NULL, &why));
	assert_non_null(strstr(why, "tp_btf"));
	tree_remove(&tree);
	features_free(&features);
}

static void without_bpf_the_level_is_the_last_and_says_what_is_missing(void **state)
{
	struct features features = {};
	enum feature_id missing = FEATURE_COUNT;
	const struct feature_level *level;

	assert_int_equal(features_forbid(&features, "bpf", NULL), 0);
	level = features_level(&features, &missing);
	assert_string_equal(level->name, "none");
	assert_false(level->sufficient);
	assert_int_equal(level->needs, 0);
	assert_false(have(&features, missing));
	features_free(&features);
}

/* The rungs below are worth only as much as the machine lets root try them. */
static void below_typed_tracepoints_stand_raw_ones(void **state)
{
	struct features features = {};
	const char *rung;

	if (geteuid() != 0 || !have(&features, FEATURE_TP_BTF) ||
	    !have(&features, FEATURE_RAW_TP)) {
		print_message("skipped: needs root on a kernel with BTF and BPF tracepoints\n");
		features_free(&features);
		skip();
	}
	assert_true(features_have(&features, FEATURE_SCHED, &rung, NULL));
	assert_string_equal(rung, "tp_btf");
	assert_int_equal(features_forbid(&features, "tp_btf", NULL), 0);
	assert_true(features_have(&features, FEATURE_SCHED, &rung, NULL));
	assert_string_equal(rung, "raw_tp");
	assert_false(have(&features, FEATURE_TASK_STACK));
	features_free(&features);
}

static void without_samples_the_level_is_reduced(void **state)
{
	struct features features = {};
	enum feature_id missing = FEATURE_COUNT;

	if (geteuid() != 0 || strcmp(features_level(&features, NULL)->name, "full") != 0) {
		print_message("skipped: needs root on a kernel that allows the full watch\n");
		features_free(&features);
		skip();
	}
	assert_int_equal(features_forbid(&features, "cpu_clock", NULL), 0);
	assert_string_equal(features_level(&features, &missing)->name, "reduced");
	assert_int_equal(missing, FEATURE_CPU_CLOCK);
	assert_true(features_level(&features, NULL)->sufficient);
	features_free(&features);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_its_texts),
		cmocka_unit_test(every_facility_gets_an_answer_with_its_text),
		cmocka_unit_test(trying_everything_leaves_no_descriptor_open),
		cmocka_unit_test(an_answer_is_remembered),
		cmocka_unit_test(what_is_forbidden_is_absent_with_all_that_need_it),
		cmocka_unit_test(an_unknown_id_forbids_nothing),
		cmocka_unit_test(what_was_tried_before_is_forgotten_when_it_is_forbidden),
		cmocka_unit_test(texts_of_the_machine_come_out_printable),
		cmocka_unit_test(a_ladder_stands_on_its_best_rung_that_works),
		cmocka_unit_test(without_bpf_the_level_is_the_last_and_says_what_is_missing),
		cmocka_unit_test(below_typed_tracepoints_stand_raw_ones),
		cmocka_unit_test(without_samples_the_level_is_reduced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
