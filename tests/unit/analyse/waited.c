/* How does a test tell a story of waits? In events, to a report that adds up. */
#include "waited.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

/* Which threads are the target's, by the last that was told of each before. */
static bool is_target(const struct stream *stream, size_t before, uint32_t tid, bool is_machine)
{
	bool is_one = is_machine;

	for (size_t i = 0; i < before; i++) {
		const struct event_task *task = (const void *)stream->items.items[i].event;

		if (task->head.kind == EVENT_TASK && task->tid == tid && !is_machine)
			is_one = task->flags & TASK_TARGET;
	}
	return is_one;
}

/* The sum of the spans, by nothing but what they say. */
static void check_against_spans(const struct stream *stream, const struct wait_report *report)
{
	uint64_t begin_ns = 0, sum_ns = 0, count = 0;
	bool is_machine = false;

	for (size_t i = 0; i < stream->items.count; i++) {
		const struct event *event = stream->items.items[i].event;
		const struct event_wait *wait = (const void *)event;
		uint64_t start_ns;

		if (event->kind == EVENT_WATCH) {
			begin_ns = event->time_ns;
			is_machine = ((const struct event_watch *)(const void *)event)->target ==
				     WATCH_MACHINE;
		}
		if (event->kind != EVENT_WAIT || !is_target(stream, i, wait->tid, is_machine))
			continue;
		start_ns = wait->start_ns > begin_ns ? wait->start_ns : begin_ns;
		sum_ns += wait->end_ns > start_ns ? wait->end_ns - start_ns : 0;
		count++;
	}
	assert_int_equal(report->all_ns, sum_ns);
	assert_int_equal(report->all_count, count);
}

static void check_rows(const struct wait_report *report)
{
	uint64_t sum_ns = report->hidden_ns, count = report->hidden_count;

	for (size_t i = 0; i < report->rows.count; i++) {
		const struct wait_row *row = &report->rows.items[i];

		sum_ns += row->total_ns;
		count += row->count;
		assert_true(row->max_ns <= row->total_ns && row->p50_ns <= row->p99_ns &&
			    row->p99_ns <= row->max_ns && row->avg_ns <= row->max_ns);
		if (i)
			assert_true(row->total_ns <= report->rows.items[i - 1].total_ns);
	}
	assert_int_equal(sum_ns, report->total_ns);
	assert_int_equal(count, report->total_count);
	assert_int_equal(report->total_ns + report->idle_ns + report->outside_ns, report->all_ns);
	assert_int_equal(report->total_count + report->idle_count + report->outside_count,
			 report->all_count);
}

static void check_tree(const struct profile *tree, const struct wait_report *report)
{
	uint64_t self = 0, samples = 0;

	for (size_t i = 0; i < tree->nodes.count; i++) {
		self += tree->nodes.items[i].self;
		samples += tree->nodes.items[i].self_samples;
	}
	assert_int_equal(self, report->total_ns);
	assert_int_equal(samples, report->total_count);
	assert_int_equal(tree->amount, report->total_ns);
	assert_true(tree->is_waits && tree->is_wall);
}

static void check_graph(const struct wait_report *report)
{
	for (size_t i = 0; i < report->edges.count; i++) {
		const struct wake_edge *edge = &report->edges.items[i];

		assert_true(edge->waker < report->nodes.count);
		assert_true(edge->sleeper < report->nodes.count);
		assert_true(edge->count && edge->share > 0 && edge->share <= 1);
		if (i)
			assert_true(edge->sleeper >= report->edges.items[i - 1].sleeper);
	}
	assert_int_equal(report->by_waker.count, report->edges.count);
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

struct wait_report *stream_waits(struct stream *stream, const char *by,
				 struct waiter_options options)
{
	struct waiter *waiter = NULL;
	struct wait_report *report = NULL;
	struct diag why = {};

	assert_int_equal(wait_keys_read(by, &options.keys), 0);
	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(waiter_new(&options, &waiter), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(waiter_take(waiter, stream->items.items[i].event, &why), 0);
	assert_int_equal(waiter_report(waiter, &report, &why), 0);
	waiter_free(&waiter);
	assert_string_equal(report->by, by);
	check_against_spans(stream, report);
	check_rows(report);
	check_tree(report->tree, report);
	check_graph(report);
	return report;
}

static bool is_named(const struct wait_waker *who, const char *name)
{
	return strcmp(who->kind == WAKER_THREAD ? who->name : waker_kind_name(who->kind), name) ==
	       0;
}

const struct wait_row *report_row(const struct wait_report *report, struct wait_wanted wanted)
{
	for (size_t i = 0; i < report->rows.count; i++) {
		const struct wait_row *row = &report->rows.items[i];

		if ((!wanted.name || strcmp(row->name, wanted.name) == 0) &&
		    (!wanted.cause || row->cause == wanted.cause) &&
		    (!wanted.function || strcmp(row->function, wanted.function) == 0) &&
		    (!wanted.syscall || strcmp(row->syscall, wanted.syscall) == 0) &&
		    (!wanted.waker || is_named(&row->waker, wanted.waker)))
			return row;
	}
	return NULL;
}

const struct wake_edge *report_edge(const struct wait_report *report, const char *waker,
				    const char *sleeper)
{
	for (size_t i = 0; i < report->edges.count; i++) {
		const struct wake_edge *edge = &report->edges.items[i];

		if (is_named(&report->nodes.items[edge->waker].who, waker) &&
		    is_named(&report->nodes.items[edge->sleeper].who, sleeper))
			return edge;
	}
	return NULL;
}

const struct wake_node *report_node(const struct wait_report *report, const char *name)
{
	for (size_t i = 0; i < report->nodes.count; i++) {
		if (is_named(&report->nodes.items[i].who, name))
			return &report->nodes.items[i];
	}
	return NULL;
}

bool report_tells(const struct wait_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}
