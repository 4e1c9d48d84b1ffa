/* Are the calls rebuilt as they truly were, and is nothing guessed where records were lost? */
#include "import/fgraph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "event/event.h"
#include "harness/test.h"
#include "unit/import/story.h"

#define ROUNDS 60

struct told {
	ARRAY(struct event_call) calls;
	uint64_t lost;
	struct hash_map truth;  /* start or entry → place of the true call + 1 */
	struct hash_map places; /* id → place in calls + 1 */
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;

	assert_true(event_is_sound(event, event->bytes));
	if (event->kind == EVENT_LOSS)
		told->lost += ((const struct event_loss *)event)->count;
	if (event->kind == EVENT_CALL) {
		struct event_call *call = array_push(&told->calls);

		assert_non_null(call);
		*call = *(const struct event_call *)event;
	}
	return 0;
}

static void told_free(struct told *told)
{
	array_free(&told->calls);
	hash_free(&told->truth);
	hash_free(&told->places);
}

/* --- what the importer does with the records --- */

static bool has_gap_behind(const struct story *story, size_t place)
{
	uint32_t cpu = story->records.items[place].cpu;

	for (size_t i = place + 1; i < story->records.count; i++) {
		if (story->records.items[i].cpu == cpu && !story->records.items[i].is_missing)
			return story->records.items[i].is_lost;
	}
	return false;
}

static void feed(struct fgraph *graph, const struct story_record *from, bool has_times)
{
	bool is_timed = has_times && from->kind == STORY_EXIT;
	struct fgraph_record record = {
		.time_ns = from->time_ns,
		.function = STORY_ADDRESS(from->function),
		.start_ns = is_timed ? from->start_ns : FGRAPH_NOT_TOLD,
		.end_ns = is_timed ? from->end_ns : FGRAPH_NOT_TOLD,
		.duration_ns = FGRAPH_NOT_TOLD,
		.cpu = from->cpu,
		.tid = from->tid,
		.depth = from->depth,
		.level = from->level,
	};
	const struct fgraph_switch change = { from->time_ns, from->cpu, from->tid, from->next_tid };
	struct diag why = {};

	switch (from->kind) {
	case STORY_ENTRY:
		assert_int_equal(fgraph_enter(graph, &record, &why), 0);
		break;
	case STORY_EXIT:
		assert_int_equal(fgraph_exit(graph, &record, &why), 0);
		break;
	case STORY_SWITCH:
		assert_int_equal(fgraph_switch(graph, &change, &why), 0);
		break;
	}
}

static void rebuild(const struct story *story, bool has_times, struct told *told)
{
	const struct fgraph_options options = { .has_clock = true };
	struct perf_out out = { .sink = { take, told } };
	struct fgraph *graph = NULL;
	bool is_seen[STORY_CPUS] = {};
	struct diag why = {};

	assert_int_equal(fgraph_new(&options, &out, &graph), 0);
	for (size_t i = 0; i < story->records.count; i++) {
		const struct story_record *record = &story->records.items[i];

		if (!is_seen[record->cpu] && record->is_lost)
			assert_int_equal(fgraph_lose(graph, record->cpu, 0, 1, &why), 0);
		is_seen[record->cpu] = true;
	}
	for (size_t i = 0; i < story->records.count; i++) {
		const struct story_record *record = &story->records.items[i];

		if (record->is_lost || record->is_missing)
			continue;
		feed(graph, record, has_times);
		if (has_gap_behind(story, i))
			assert_int_equal(fgraph_lose(graph, record->cpu, record->time_ns, 0, &why),
					 0);
	}
	assert_int_equal(fgraph_finish(graph, story->end_ns, &why), 0);
	assert_int_equal(fgraph_odds(graph).left_out, 0);
	fgraph_free(&graph);

	for (size_t i = 0; i < story->calls.count; i++) {
		const struct story_call *call = &story->calls.items[i];

		*hash_put(&told->truth, call->entry_ns) = i + 1;
		*hash_put(&told->truth, call->start_ns) = i + 1;
	}
	for (size_t i = 0; i < told->calls.count; i++)
		*hash_put(&told->places, told->calls.items[i].id) = i + 1;
}

/* --- what truly was --- */

static const struct story_call *truth_of(const struct told *told, const struct story *story,
					 const struct event_call *call)
{
	const uint64_t *place = hash_find(&told->truth, call->start_ns);

	return place ? &story->calls.items[*place - 1] : NULL;
}

static const struct event_call *parent_of(const struct told *told, const struct event_call *call)
{
	const uint64_t *place = call->parent ? hash_find(&told->places, call->parent) : NULL;

	return place ? &told->calls.items[*place - 1] : NULL;
}

static enum fgraph_level level_of(const struct event_call *call)
{
	return call->flags & CALL_HARD_IRQ   ? FGRAPH_HARD_IRQ
	       : call->flags & CALL_SOFT_IRQ ? FGRAPH_SOFT_IRQ
					     : FGRAPH_TASK;
}

static uint64_t true_duration(const struct story *story, const struct story_call *call)
{
	return (call->end_ns ?: story->end_ns) - call->start_ns;
}

static bool is_whole(const struct event_call *call)
{
	return !(call->flags & CALL_AT_LEAST);
}

static void check_who(const struct event_call *call, const struct story_call *truth)
{
	assert_non_null(truth);
	assert_true(call->address == STORY_ADDRESS(truth->function));
	assert_int_equal(call->tid, truth->tid);
	assert_int_equal(level_of(call), truth->level);
	assert_int_equal(call->depth, truth->depth);
}

/* Each true call is told once, as it was; what had not ended is told as far as it went. */
static void check_exact(const struct told *told, const struct story *story)
{
	size_t ended = 0;

	assert_int_equal(told->calls.count, story->calls.count);
	for (size_t i = 0; i < told->calls.count; i++) {
		const struct event_call *call = &told->calls.items[i];
		const struct story_call *truth = truth_of(told, story, call);
		const struct event_call *parent = parent_of(told, call);

		check_who(call, truth);
		if (truth->parent < 0)
			assert_null(parent);
		else
			assert_ptr_equal(truth_of(told, story, parent),
					 &story->calls.items[truth->parent]);
		assert_true(is_whole(call) == (truth->end_ns != 0));
		if (!is_whole(call)) {
			assert_true(call->duration_ns <= true_duration(story, truth));
			continue;
		}
		ended++;
		assert_int_equal(call->duration_ns, true_duration(story, truth));
		assert_int_equal(call->self_ns, truth->self_ns);
		assert_int_equal(call->irq_ns, truth->irq_ns);
		assert_int_equal(call->unknown_ns, 0);
		assert_int_equal(call->flags & ~(CALL_SOFT_IRQ | CALL_HARD_IRQ), 0);
	}
	assert_true(ended > story->calls.count / 2);
}

/* The sums over the trees are the times of their roots, to the nanosecond. */
static void check_sums(const struct told *told)
{
	uint64_t *sums = calloc(told->calls.count + 1, sizeof(*sums));
	size_t roots = 0;

	assert_non_null(sums);
	for (size_t i = 0; i < told->calls.count; i++) {
		const struct event_call *call = &told->calls.items[i];

		sums[i] += call->self_ns + call->unknown_ns;
		if (call->parent) {
			sums[*hash_find(&told->places, call->parent) - 1] += sums[i];
		} else {
			assert_int_equal(sums[i] + call->irq_ns, call->duration_ns);
			roots++;
		}
	}
	assert_true(roots > 10);
	free(sums);
}

static void check_story(const struct story_options *options)
{
	struct story story;
	struct told told = {};

	story_make(options, &story);
	rebuild(&story, options->has_times, &told);
	check_exact(&told, &story);
	check_sums(&told);
	told_free(&told);
	story_free(&story);
}

static void what_was_not_lost_is_rebuilt_exactly(void **state)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		check_story(&(struct story_options){ .seed = seed,
						     .steps = 3000,
						     .has_interrupts = true,
						     .has_switches = true });
}

static void the_same_where_the_kernel_tells_begins_and_ends(void **state)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		check_story(&(struct story_options){ .seed = seed,
						     .steps = 3000,
						     .has_times = true,
						     .has_edges = true,
						     .has_interrupts = true,
						     .has_switches = true });
}

static void the_same_without_recorded_switches(void **state)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		check_story(&(struct story_options){ .seed = seed,
						     .steps = 3000,
						     .has_times = seed % 2,
						     .has_edges = seed % 2,
						     .has_interrupts = true });
}

static void time_off_the_cpu_is_told_where_switches_are(void **state)
{
	const struct story_options options = {
		.seed = 5, .steps = 4000, .has_times = true, .has_switches = true
	};
	struct story story;
	struct told told = {};
	size_t off = 0;

	story_make(&options, &story);
	rebuild(&story, true, &told);
	for (size_t i = 0; i < told.calls.count; i++) {
		const struct event_call *call = &told.calls.items[i];

		if (!is_whole(call))
			continue;
		off += call->off_ns > 0;
		/* The story's threads leave at once when the switch is told. */
		assert_int_equal(call->off_ns, truth_of(&told, &story, call)->off_ns);
	}
	assert_true(off > 100);
	told_free(&told);
	story_free(&story);
}

/* --- where something is lost --- */

/* Is this one above the other, however far? */
static bool is_above(const struct story *story, const struct story_call *one,
		     const struct story_call *other)
{
	for (int place = other->parent; place >= 0; place = story->calls.items[place].parent) {
		if (&story->calls.items[place] == one)
			return true;
	}
	return false;
}

static void check_parent(const struct told *told, const struct story *story,
			 const struct event_call *call, const struct story_call *truth)
{
	const struct event_call *parent = parent_of(told, call);
	const struct story_call *true_parent = parent ? truth_of(told, story, parent) : NULL;

	if (call->parent)
		assert_non_null(true_parent);
	if (parent)
		assert_true(is_above(story, true_parent, truth));
	if (call->flags & CALL_CALLER_UNKNOWN)
		return;
	if (truth->level == FGRAPH_TASK && truth->parent >= 0)
		assert_ptr_equal(true_parent, &story->calls.items[truth->parent]);
	if (!parent && truth->level == FGRAPH_TASK)
		assert_int_equal(truth->parent, -1);
}

/* Of a call whose exit is not seen the begin is that of its record, some nanoseconds and perhaps an
 * interrupt after the true
 * one: these are its caller's. */
static uint64_t slack_of(const struct told *told, const struct event_call *call)
{
	uint64_t slack_ns = 0;

	for (size_t i = 0; i < told->calls.count; i++)
		slack_ns +=
			told->calls.items[i].parent == call->id && !is_whole(&told->calls.items[i])
				? 120
				: 0;
	return slack_ns;
}

/* All that is told as sure is true. Yields how many calls are told whole. */
static size_t check_nothing_guessed(const struct told *told, const struct story *story)
{
	size_t whole = 0;

	for (size_t i = 0; i < told->calls.count; i++) {
		const struct event_call *call = &told->calls.items[i];
		const struct story_call *truth = truth_of(told, story, call);

		if (call->flags & CALL_ENTRY_UNSEEN && !is_whole(call))
			continue; /* only that there was one */
		if (call->flags & CALL_OPEN_END)
			continue; /* a thread off its CPU is taken not to have left a call */
		check_who(call, truth);
		check_parent(told, story, call, truth);
		assert_true(call->self_ns <= truth->self_ns ||
			    call->self_ns <= truth->self_ns + slack_of(told, call));
		assert_true(call->irq_ns <= truth->irq_ns || call->flags & CALL_LOSS);
		if (!is_whole(call)) {
			assert_true(call->duration_ns <= true_duration(story, truth));
			continue;
		}
		assert_int_equal(call->duration_ns, true_duration(story, truth));
		if (call->flags & (CALL_LOSS | CALL_ENTRY_UNSEEN) || call->unknown_ns ||
		    slack_of(told, call))
			continue;
		whole++;
		assert_int_equal(call->self_ns, truth->self_ns);
		assert_int_equal(call->irq_ns, truth->irq_ns);
	}
	return whole;
}

static void check_losses(const struct story_options *options)
{
	struct story story;
	struct told told = {};
	size_t whole;

	story_make(options, &story);
	story_lose(&story, options->seed, 6);
	rebuild(&story, options->has_times, &told);
	assert_true(told.lost > 0);
	whole = check_nothing_guessed(&told, &story);
	assert_true(whole > story.calls.count / 2);
	told_free(&told);
	story_free(&story);
}

static void nothing_is_guessed_where_records_were_lost(void **state)
{
	for (uint64_t seed = 1; seed <= 4 * ROUNDS; seed++)
		check_losses(&(struct story_options){ .seed = seed,
						      .steps = 3000,
						      .has_times = seed % 2,
						      .has_edges = seed % 4 == 1,
						      .has_interrupts = true,
						      .has_switches = seed % 3 != 0 });
}

/* Without being told that something is missing, what the kernel times is still true. */
static void missing_records_are_borne(void **state)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		const struct story_options options = { .seed = seed,
						       .steps = 3000,
						       .has_times = true,
						       .has_interrupts = true,
						       .has_switches = true };
		uint64_t lot = seed;
		struct story story;
		struct told told = {};
		size_t unseen = 0;

		story_make(&options, &story);
		for (size_t i = 0; i < story.records.count; i++) {
			struct story_record *record = &story.records.items[i];

			record->is_missing = record->kind == STORY_EXIT &&
					     record->level == FGRAPH_TASK &&
					     story_lot(&lot, 40) == 0;
		}
		rebuild(&story, true, &told);
		(void)check_nothing_guessed(&told, &story);
		for (size_t i = 0; i < told.calls.count; i++)
			unseen += (told.calls.items[i].flags & CALL_EXIT_UNSEEN) != 0;
		assert_true(unseen > 10);
		assert_true(told.calls.count >= story.calls.count);
		told_free(&told);
		story_free(&story);
	}
}

/* --- single cases --- */

static struct fgraph_record at(uint64_t time_ns, uint64_t function, int32_t depth)
{
	return (struct fgraph_record){ .time_ns = time_ns,
				       .function = function,
				       .start_ns = FGRAPH_NOT_TOLD,
				       .end_ns = FGRAPH_NOT_TOLD,
				       .duration_ns = FGRAPH_NOT_TOLD,
				       .tid = 7,
				       .depth = depth };
}

struct bench {
	struct told told;
	struct perf_out out;
	struct fgraph *graph;
	struct diag why;
};

static void bench_begin(struct bench *bench, bool has_clock)
{
	const struct fgraph_options options = { .has_clock = has_clock, .has_symbols = true };

	*bench = (struct bench){};
	bench->out.sink = (struct event_sink){ take, &bench->told };
	assert_int_equal(fgraph_new(&options, &bench->out, &bench->graph), 0);
}

static void bench_end(struct bench *bench)
{
	fgraph_free(&bench->graph);
	told_free(&bench->told);
}

static void enter(struct bench *bench, struct fgraph_record record)
{
	assert_int_equal(fgraph_enter(bench->graph, &record, &bench->why), 0);
}

static void leave(struct bench *bench, struct fgraph_record record)
{
	assert_int_equal(fgraph_exit(bench->graph, &record, &bench->why), 0);
}

static void equal_paths_have_equal_hashes(void **state)
{
	struct bench bench;
	const struct event_call *calls;

	bench_begin(&bench, true);
	for (uint64_t n = 0; n < 2; n++) {
		enter(&bench, at(100 + n * 100, 1, 0));
		enter(&bench, at(110 + n * 100, 2, 1));
		leave(&bench, at(120 + n * 100, 2, 1));
		leave(&bench, at(130 + n * 100, 1, 0));
	}
	calls = bench.told.calls.items;
	assert_int_equal(bench.told.calls.count, 4);
	assert_true(calls[0].path == calls[2].path && calls[1].path == calls[3].path);
	assert_true(calls[0].path != calls[1].path);
	assert_true(calls[0].parent_path == calls[1].path && calls[1].parent_path == 0);
	assert_int_equal(calls[0].symbol, 2);
	assert_int_equal(calls[0].parent, calls[1].id);
	bench_end(&bench);
}

static void an_exit_whose_entry_was_before_tells_what_it_says(void **state)
{
	struct bench bench;
	struct fgraph_record record = at(1000, 3, 0);
	const struct event_call *call;

	bench_begin(&bench, true);
	leave(&bench, at(900, 2, 1));
	record.start_ns = 100;
	record.end_ns = 990;
	leave(&bench, record);
	assert_int_equal(bench.told.calls.count, 2);
	call = &bench.told.calls.items[0];
	assert_true(call->flags & CALL_ENTRY_UNSEEN && call->flags & CALL_AT_LEAST);
	assert_int_equal(call->duration_ns, 0);
	call = &bench.told.calls.items[1];
	assert_int_equal(call->flags, CALL_ENTRY_UNSEEN);
	assert_int_equal(call->start_ns, 100);
	assert_int_equal(call->duration_ns, 890);
	assert_int_equal(call->self_ns, 0);
	assert_int_equal(call->unknown_ns, 890);
	bench_end(&bench);
}

/* As with tracing_thresh: only exits are recorded, and only of long calls. */
static void the_unknown_time_of_exits_alone_counts_once(void **state)
{
	struct bench bench;
	struct fgraph_record inner = at(500, 2, 1), outer = at(1000, 1, 0);

	bench_begin(&bench, true);
	inner.start_ns = 200;
	inner.end_ns = 490;
	outer.start_ns = 100;
	outer.end_ns = 990;
	leave(&bench, inner);
	leave(&bench, outer);
	assert_int_equal(bench.told.calls.items[0].unknown_ns, 290);
	assert_int_equal(bench.told.calls.items[1].unknown_ns, 890 - 290);
	bench_end(&bench);
}

static void without_a_clock_durations_are_what_is_told(void **state)
{
	struct bench bench;
	struct fgraph_record inner = at(3, 2, 1), outer = at(4, 1, 0);
	const struct event_call *calls;

	bench_begin(&bench, false);
	inner.duration_ns = 40;
	outer.duration_ns = 100;
	enter(&bench, at(1, 1, 0));
	enter(&bench, at(2, 2, 1));
	leave(&bench, inner);
	leave(&bench, outer);
	enter(&bench, at(5, 3, 0));
	assert_int_equal(fgraph_finish(bench.graph, 6, &bench.why), 0);
	calls = bench.told.calls.items;
	assert_int_equal(bench.told.calls.count, 3);
	assert_int_equal(calls[1].duration_ns, 100);
	assert_int_equal(calls[1].self_ns, 60);
	assert_int_equal(calls[1].start_ns, 0);
	assert_int_equal(calls[1].head.time_ns, 0);
	assert_true(calls[2].flags & CALL_OPEN_END && calls[2].flags & CALL_AT_LEAST);
	assert_int_equal(calls[2].duration_ns, 0);
	bench_end(&bench);
}

/* What a thread still does on its way off the CPU is not its return. */
static void a_thread_is_off_its_cpu_from_the_last_it_did_there(void **state)
{
	const struct fgraph_switch away = { .time_ns = 110, .from_tid = 7, .to_tid = 8 };
	const struct fgraph_switch back = { .time_ns = 500, .from_tid = 8, .to_tid = 7 };
	struct bench bench;
	const struct event_call *outer;

	bench_begin(&bench, true);
	enter(&bench, at(100, 1, 0));
	assert_int_equal(fgraph_switch(bench.graph, &away, &bench.why), 0);
	enter(&bench, at(112, 2, 1));
	leave(&bench, at(120, 2, 1));
	assert_int_equal(fgraph_switch(bench.graph, &back, &bench.why), 0);
	leave(&bench, at(520, 1, 0));
	outer = &bench.told.calls.items[1];
	assert_int_equal(outer->off_ns, 380);
	assert_int_equal(outer->self_off_ns, 380);
	assert_int_equal(outer->self_ns, 420 - 8);
	bench_end(&bench);
}

static void a_thousand_callers_are_the_most(void **state)
{
	struct bench bench;

	bench_begin(&bench, true);
	for (int32_t depth = 0; depth < 1100; depth++)
		enter(&bench, at(100 + (uint64_t)depth, 1, depth));
	assert_int_equal(fgraph_finish(bench.graph, 5000, &bench.why), 0);
	assert_int_equal(bench.told.calls.count, 1024);
	assert_int_equal(fgraph_odds(bench.graph).left_out, 1100 - 1024);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_lost_is_rebuilt_exactly),
		cmocka_unit_test(the_same_where_the_kernel_tells_begins_and_ends),
		cmocka_unit_test(the_same_without_recorded_switches),
		cmocka_unit_test(time_off_the_cpu_is_told_where_switches_are),
		cmocka_unit_test(nothing_is_guessed_where_records_were_lost),
		cmocka_unit_test(missing_records_are_borne),
		cmocka_unit_test(equal_paths_have_equal_hashes),
		cmocka_unit_test(an_exit_whose_entry_was_before_tells_what_it_says),
		cmocka_unit_test(the_unknown_time_of_exits_alone_counts_once),
		cmocka_unit_test(without_a_clock_durations_are_what_is_told),
		cmocka_unit_test(a_thread_is_off_its_cpu_from_the_last_it_did_there),
		cmocka_unit_test(a_thousand_callers_are_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
