/* Which rung is tried, and what is said when none works? What a rung does is for tests on a kernel.
 */
#include "probe/rungs.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "harness/test.h"
#include "host/features.h"

#define RUNG_NEEDS \
	FEATURE_TP_BTF, FEATURE_TASK_STORAGE, FEATURE_TASK_STACK, FEATURE_RAW_TP, FEATURE_TP_CLASSIC

/* A machine where nothing that a watch asks for is there. */
static struct features poor_machine(void)
{
	static const enum feature_id ASKED[] = { FEATURE_BPF, FEATURE_BTF, FEATURE_ITER_TASK,
						 RUNG_NEEDS };
	struct features features = {};

	for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++) {
		features.answers[ASKED[i]].state = FEATURE_ABSENT;
		strcpy(features.answers[ASKED[i]].why, "absent here");
	}
	return features;
}

/* One where BPF programs load, but whose kernel has no tracepoint at all. */
static struct features bare_machine(void)
{
	struct features features = poor_machine();

	features.answers[FEATURE_BPF].state = FEATURE_WORKS;
	features.answers[FEATURE_BTF].state = FEATURE_WORKS;
	features.btf = btf__new_empty();
	assert_non_null(features.btf);
	return features;
}

static struct diag climb_for(enum watch_what what, struct features *features, int expected)
{
	const struct rung_settings settings = { .features = features, .what = what };
	struct rung_programs programs = {};
	struct diag why = {};

	assert_int_equal(rung_climb(&settings, &programs, &why), expected);
	assert_null(programs.skeleton);
	assert_null(programs.memory);
	features_free(features);
	return why;
}

static struct diag climb(struct features *features, int expected)
{
	return climb_for(WATCH_ALL, features, expected);
}

static void without_bpf_it_says_that_programs_cannot_be_loaded(void **state)
{
	struct features features = poor_machine();
	struct diag why = climb(&features, -EPERM);

	assert_non_null(strstr(why.text, "cannot load BPF programs: absent here"));
}

static void without_btf_it_names_the_kernel_option(void **state)
{
	struct features features = poor_machine();
	struct diag why;

	features.answers[FEATURE_BPF].state = FEATURE_WORKS;
	why = climb(&features, -ENOTSUP);
	assert_non_null(strstr(why.text, "CONFIG_DEBUG_INFO_BTF"));
}

static void when_no_rung_is_there_the_best_ones_lack_is_told(void **state)
{
	struct features features = bare_machine();
	struct diag why = climb(&features, -ENOTSUP);

	assert_non_null(strstr(why.text, "tp_btf: absent here"));
	assert_null(strchr(why.text, '\n'));
}

static void a_rung_is_left_out_when_anything_it_needs_is_absent(void **state)
{
	struct features features = bare_machine();
	struct diag why;

	features.answers[FEATURE_TP_BTF].state = FEATURE_WORKS;
	features.answers[FEATURE_TASK_STORAGE].state = FEATURE_WORKS;
	why = climb(&features, -ENOTSUP);
	assert_non_null(strstr(why.text, "task_stack: absent here"));
}

/* Each rung stands on tracepoints of the same names, so a kernel without them is refused on all. */
static void no_rung_does_without_the_scheduler(void **state)
{
	static const enum feature_id RUNGS[] = { FEATURE_RAW_TP, FEATURE_TP_CLASSIC };

	for (size_t i = 0; i < sizeof(RUNGS) / sizeof(RUNGS[0]); i++) {
		struct features features = bare_machine();
		struct diag why;

		features.answers[FEATURE_TP_BTF].state = FEATURE_WORKS;
		features.answers[FEATURE_TASK_STORAGE].state = FEATURE_WORKS;
		features.answers[FEATURE_TASK_STACK].state = FEATURE_WORKS;
		features.answers[RUNGS[i]].state = FEATURE_WORKS;
		why = climb(&features, -ENOTSUP);
		assert_non_null(strstr(why.text, "no tracepoint sched_switch"));
	}
}

static void a_light_watch_does_without_switches_but_not_without_births(void **state)
{
	struct features features = bare_machine();
	struct diag why;

	features.answers[FEATURE_TP_BTF].state = FEATURE_WORKS;
	features.answers[FEATURE_TASK_STORAGE].state = FEATURE_WORKS;
	features.answers[FEATURE_TASK_STACK].state = FEATURE_WORKS;
	why = climb_for(WATCH_CPU, &features, -ENOTSUP);
	assert_non_null(strstr(why.text, "no tracepoint sched_process_fork"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_bpf_it_says_that_programs_cannot_be_loaded),
		cmocka_unit_test(without_btf_it_names_the_kernel_option),
		cmocka_unit_test(when_no_rung_is_there_the_best_ones_lack_is_told),
		cmocka_unit_test(a_rung_is_left_out_when_anything_it_needs_is_absent),
		cmocka_unit_test(no_rung_does_without_the_scheduler),
		cmocka_unit_test(a_light_watch_does_without_switches_but_not_without_births),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
