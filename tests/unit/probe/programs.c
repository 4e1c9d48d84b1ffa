/* Is what a watch needs loaded, and nothing else? Asked of a kernel that exists only as BTF. */
#include "probe/programs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"
#include "probe/watch.wire.h"

#include "watch.skel.h"

/* All tracepoints of the table. */
static const char *const TRACEPOINTS[] = {
#define PROGRAM(function, tracepoint, watches, need, loss, lost) tracepoint,
#include "probe/programs.def"
#undef PROGRAM
};

/* Give the kernel a tracepoint, as its BTF has them: a name for a pointer to a function. */
static void add_tracepoint(struct btf *btf, const char *tracepoint)
{
	char name[128];
	int function = btf__add_func_proto(btf, 0);
	int pointer = btf__add_ptr(btf, function);

	assert_true(function > 0 && pointer > 0);
	assert_true(snprintf(name, sizeof(name), "btf_trace_%s", tracepoint) > 0);
	assert_true(btf__add_typedef(btf, name, pointer) > 0);
}

/* A kernel that has all of them but one; NULL: really all. */
static struct btf *kernel_without(const char *tracepoint)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	for (size_t i = 0; i < array_count(TRACEPOINTS); i++) {
		if (!tracepoint || strcmp(TRACEPOINTS[i], tracepoint) != 0)
			add_tracepoint(btf, TRACEPOINTS[i]);
	}
	return btf;
}

struct choice {
	struct watch_bpf *bpf;
	struct diag why;
	int r;
};

static struct choice choose(enum watch_what what, const char *missing, bool has_iter)
{
	struct btf *btf = kernel_without(missing);
	struct choice choice = { .bpf = watch_bpf__open() };

	assert_non_null(choice.bpf);
	choice.r = programs_choose(choice.bpf->obj, btf, what, has_iter, &choice.why);
	btf__free(btf);
	return choice;
}

static void choice_end(struct choice *choice)
{
	watch_bpf__destroy(choice->bpf);
	choice->bpf = NULL;
}

static bool is_loaded(const struct choice *choice, const char *function)
{
	struct bpf_program *program = bpf_object__find_program_by_name(choice->bpf->obj, function);

	assert_non_null(program);
	return bpf_program__autoload(program);
}

static size_t count_loaded(const struct choice *choice)
{
	struct bpf_program *program;
	size_t count = 0;

	bpf_object__for_each_program(program, choice->bpf->obj)
	{
		count += bpf_program__autoload(program);
	}
	return count;
}

static void a_light_watch_loads_what_a_profile_needs_and_nothing_else(void **state)
{
	static const char *const NEEDED[] = { "on_sample", "on_fork",    "on_exec",  "on_rename",
					      "on_exit",   "on_release", "on_begin", "on_end" };
	owns(choice_end) struct choice choice = choose(WATCH_CPU, NULL, true);

	assert_int_equal(choice.r, 0);
	for (size_t i = 0; i < array_count(NEEDED); i++)
		assert_true(is_loaded(&choice, NEEDED[i]));
	assert_int_equal(count_loaded(&choice), array_count(NEEDED));
	assert_false(bpf_map__autocreate(choice.bpf->maps.requests));
	assert_true(bpf_map__autocreate(choice.bpf->maps.dying));
}

static void a_full_watch_counts_no_usage_of_its_own(void **state)
{
	owns(choice_end) struct choice choice = choose(WATCH_ALL, NULL, true);

	assert_int_equal(choice.r, 0);
	assert_true(is_loaded(&choice, "on_switch"));
	assert_true(is_loaded(&choice, "on_open"));
	assert_false(is_loaded(&choice, "on_exit"));
	assert_false(is_loaded(&choice, "on_begin"));
	assert_true(bpf_map__autocreate(choice.bpf->maps.requests));
	assert_false(bpf_map__autocreate(choice.bpf->maps.dying));
}

static void a_watch_of_calls_has_programs_of_its_own(void **state)
{
	static const char *const NEEDED[] = { "on_call_enter",  "on_call_exit",    "on_call_switch",
					      "on_call_waking", "on_open_calls",   "on_exit",
					      "on_fork",        "on_softirq_entry" };
	static const char *const OTHERS[] = { "on_sys_enter", "on_sys_exit", "on_switch",
					      "on_waking",    "on_open",     "on_rq_issue" };
	owns(choice_end) struct choice choice = choose(WATCH_CALLS, NULL, true);
	owns(choice_end) struct choice full = choose(WATCH_ALL, NULL, true);

	assert_int_equal(choice.r, 0);
	for (size_t i = 0; i < array_count(NEEDED); i++)
		assert_true(is_loaded(&choice, NEEDED[i]));
	for (size_t i = 0; i < array_count(OTHERS); i++)
		assert_false(is_loaded(&choice, OTHERS[i]));
	assert_true(bpf_map__autocreate(choice.bpf->maps.tallies));
	assert_false(bpf_map__autocreate(full.bpf->maps.tallies));
	assert_false(is_loaded(&full, "on_call_enter"));
}

static void without_calls_there_is_nothing_to_count(void **state)
{
	owns(choice_end) struct choice calls = choose(WATCH_CALLS, "sys_exit", true);
	owns(choice_end) struct choice full = choose(WATCH_ALL, "sys_exit", true);

	assert_int_equal(calls.r, -ENOTSUP);
	assert_int_equal(full.r, 0); /* it only knows less */
}

static void a_watch_of_files_has_block_programs_of_its_own(void **state)
{
	owns(choice_end) struct choice choice = choose(WATCH_IO, NULL, true);

	assert_int_equal(choice.r, 0);
	assert_true(is_loaded(&choice, "on_io_enter"));
	assert_true(is_loaded(&choice, "on_uring_complete"));
	assert_true(is_loaded(&choice, "on_file_start"));
	assert_true(is_loaded(&choice, "on_io_open"));
	assert_false(is_loaded(&choice, "on_io_start"));
	assert_false(is_loaded(&choice, "on_switch"));
	assert_true(bpf_map__autocreate(choice.bpf->maps.ios));
	assert_false(bpf_map__autocreate(choice.bpf->maps.requests));
}

static void a_program_that_stands_in_for_another_is_loaded_only_without_that(void **state)
{
	owns(choice_end) struct choice whole = choose(WATCH_IO, NULL, true);
	owns(choice_end) struct choice older = choose(WATCH_IO, "block_io_start", true);

	assert_false(is_loaded(&whole, "on_file_insert"));
	assert_false(is_loaded(&older, "on_file_start"));
	assert_true(is_loaded(&older, "on_file_insert"));
}

static void without_iterators_nothing_looks_at_all_threads(void **state)
{
	owns(choice_end) struct choice choice = choose(WATCH_CPU, NULL, false);

	assert_int_equal(choice.r, 0);
	assert_false(is_loaded(&choice, "on_begin"));
	assert_false(is_loaded(&choice, "on_end"));
	assert_true(is_loaded(&choice, "on_exit"));
}

static void a_light_watch_does_not_ask_for_switches(void **state)
{
	owns(choice_end) struct choice light = choose(WATCH_CPU, "sched_switch", true);
	owns(choice_end) struct choice full = choose(WATCH_ALL, "sched_switch", true);

	assert_int_equal(light.r, 0);
	assert_int_equal(full.r, -ENOTSUP);
	assert_non_null(strstr(full.why.text, "no tracepoint sched_switch"));
}

struct heard {
	bool last_moments;
	bool system_calls;
	size_t facts;
};

static bool is_key(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes == strlen(key) && memcmp(fact->text, key, fact->key_bytes) == 0;
}

static int hear(void *self, const struct event *event, struct diag *why)
{
	const struct event_fact *fact = (const void *)event;
	struct heard *heard = self;

	assert_int_equal(event->kind, EVENT_FACT);
	heard->facts++;
	heard->last_moments |= is_key(fact, "missing.sched_process_free");
	heard->system_calls |= is_key(fact, "missing.sys_enter");
	return 0;
}

static void what_is_missing_is_told_of_the_watch_that_it_is_missing_in(void **state)
{
	owns(choice_end) struct choice light = choose(WATCH_CPU, "sched_process_free", true);
	owns(choice_end) struct choice full = choose(WATCH_ALL, "sched_process_free", true);
	struct heard in_light = {}, in_full = {};
	struct event_sink sink = { .take = hear, .self = &in_light };
	struct diag why = {};

	assert_int_equal(programs_tell(light.bpf->obj, WATCH_CPU, "rung", &sink, 1, &why), 0);
	sink.self = &in_full;
	assert_int_equal(programs_tell(full.bpf->obj, WATCH_ALL, "rung", &sink, 1, &why), 0);
	assert_true(in_light.last_moments);
	assert_false(in_light.system_calls); /* nobody expects them */
	assert_int_equal(in_light.facts, 2);
	assert_false(in_full.last_moments);
	assert_int_equal(in_full.facts, 5); /* its facilities */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_light_watch_loads_what_a_profile_needs_and_nothing_else),
		cmocka_unit_test(a_full_watch_counts_no_usage_of_its_own),
		cmocka_unit_test(a_watch_of_calls_has_programs_of_its_own),
		cmocka_unit_test(without_calls_there_is_nothing_to_count),
		cmocka_unit_test(a_watch_of_files_has_block_programs_of_its_own),
		cmocka_unit_test(a_program_that_stands_in_for_another_is_loaded_only_without_that),
		cmocka_unit_test(without_iterators_nothing_looks_at_all_threads),
		cmocka_unit_test(a_light_watch_does_not_ask_for_switches),
		cmocka_unit_test(what_is_missing_is_told_of_the_watch_that_it_is_missing_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
