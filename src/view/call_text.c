/* How do we say it on a terminal? Columns of times, and the function in the room that is left. */
#include "view/call_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "finding/frames.h"
#include "view/histogram_text.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/tree_text.h"

enum {
	ROWS_SHOWN = 40,
	STEPS_SHOWN = 60,
	EACH_PARTS_SHOWN = 3,
	TIME_COLUMNS = 8,
	COUNT_COLUMNS = 9,
	INDENT_MAX = 40,
};

static const char *name_of(const struct call_report *report, uint32_t frame)
{
	return frame_name(&report->tree->frames.items[frame]);
}

static struct number time_or_none(uint64_t ns)
{
	return ns ? format_duration(ns) : (struct number){ "" };
}

static void print_cells(struct page *page, const char *const *cells, size_t count)
{
	page_begin(page, 0, 2);
	for (size_t i = 0; i < count; i++) {
		page_cell(page, cells[i], i == 2 ? COUNT_COLUMNS : TIME_COLUMNS, false);
		lines_skip(page, i + 1 < count ? 1 : LINES_GAP);
	}
}

/* --- what it is a report of --- */

static void print_head(const struct call_report *report, struct page *page)
{
	lines_target(page, report->tree);
	page_begin(page, 0, 2);
	page_format(page, "%s calls", format_count(report->calls).text);
	for (size_t i = 0; i < report->how.count; i++)
		page_format(page, "%s %s", i ? "and" : "by", report->how.items[i].words);
	page_end(page);
}

/* --- functions --- */

static void print_row(const struct call_report *report, const struct call_row *row,
		      struct page *page)
{
	const struct number self = format_duration(row->self_ns);
	const struct number total = format_duration(row->total_ns);
	const struct number calls = format_count(row->count.calls);
	const struct number avg = time_or_none(call_count_avg(&row->count));
	const struct number p99 = time_or_none(row->has_latency ? row->latency.p99_ns : 0);
	const struct number max = time_or_none(row->count.max_ns);
	const struct frame_module module = frame_module(&report->tree->frames.items[row->frame]);
	char text[400];

	print_cells(page,
		    (const char *const[]){ self.text, total.text, calls.text, avg.text, p99.text,
					   max.text },
		    6);
	(void)snprintf(text, sizeof(text), "%.240s%s%.120s", name_of(report, row->frame),
		       strcmp(module.text, "[kernel]") != 0 ? "  " : "",
		       strcmp(module.text, "[kernel]") != 0 ? module.text : "");
	lines_last(page, text);
}

static void print_rows(const struct call_report *report, struct page *page)
{
	size_t shown = report->rows.count < ROWS_SHOWN ? report->rows.count : ROWS_SHOWN;

	lines_heading(page, "Functions:");
	page_words(page, report->has_switches ? "self is their own time on a CPU, total with all "
						"they called; without interrupts"
					      : "self is their own time, total with all they "
						"called; without interrupts");
	page_end(page);
	print_cells(page,
		    (const char *const[]){ "self", "total", "calls", "average", "p99", "longest" },
		    6);
	lines_last(page, "function");
	for (size_t i = 0; i < shown; i++)
		print_row(report, &report->rows.items[i], page);
	lines_more(page, report->rows.count - shown, "functions with less, in --json");
}

/* --- the tree --- */

static void begin_node(const void *self, size_t place, uint64_t self_ns, struct page *page)
{
	const struct call_report *report = self;
	const struct profile_node *node = &report->tree->nodes.items[place];
	const struct call_count *count = &report->counts.items[place];
	const struct number total = format_duration(node->total);
	const struct number own = time_or_none(self_ns);
	const struct number calls =
		count->calls ? format_count(count->calls) : (struct number){ "" };
	const struct number avg = time_or_none(call_count_avg(count));
	const struct number max = time_or_none(count->max_ns);

	print_cells(page,
		    (const char *const[]){ total.text, own.text, calls.text, avg.text, max.text },
		    5);
}

static void print_tree(const struct call_report *report, struct page *page)
{
	const struct tree_columns columns = { begin_node, report, .is_all_kernel = true };

	lines_heading(page, report->function[0] ? "What they called:" : "Called from:");
	page_words(page, "outermost first; indented where the paths part");
	page_end(page);
	print_cells(page, (const char *const[]){ "total", "self", "calls", "average", "longest" },
		    5);
	lines_last(page, report->function[0] ? "functions" : "threads, functions");
	tree_text_nodes(report->tree, &columns, page);
}

/* --- how long a function's calls took --- */

static void print_distribution(const struct call_report *report, const struct call_row *row,
			       struct page *page)
{
	const struct latency *latency = &row->latency;

	char label[400];

	(void)snprintf(label, sizeof(label), "%.300s:", name_of(report, row->frame));
	lines_heading(page, label);
	page_format(page, "%s calls, %s in all", format_count(row->count.calls).text,
		    format_duration(row->total_ns).text);
	if (report->over_ns)
		page_format(page, "(%s more took less than %s)",
			    format_count(report->left_out_calls).text,
			    format_duration(report->over_ns).text);
	page_end(page);
	if (row->has_latency && latency->count) {
		page_begin(page, 2, 4);
		page_format(page, "average %s, p50 %s, p90 %s, p99 %s, longest %s",
			    format_duration(call_count_avg(&row->count)).text,
			    format_duration(latency->p50_ns).text,
			    format_duration(latency->p90_ns).text,
			    format_duration(latency->p99_ns).text,
			    format_duration(latency->max_ns).text);
		page_end(page);
		histogram_text(latency, page);
	}
}

/* --- single calls --- */

static void print_who(const struct call_report *report, const struct call_one *one,
		      struct page *page)
{
	page_words(page, "in");
	if (one->tid)
		page_format(page, "%s[%" PRIu32 "]", one->comm, one->tid);
	else
		page_words(page, "the idle thread");
	page_format(page, "on CPU %" PRIu32, one->cpu);
	if (report->has_times)
		page_format(page, "after %s", format_duration(one->start_ns).text);
	if (one->irq_ns)
		page_format(page, "(and %s of interrupts)", format_duration(one->irq_ns).text);
}

static void print_step(const struct call_report *report, const struct call_step *step,
		       struct page *page)
{
	const struct number duration = format_duration(step->duration_ns);
	const struct number self = time_or_none(step->self_ns);
	const struct number off = time_or_none(step->off_ns);
	unsigned int indent = 2 * step->depth;
	char cell[48], text[400], times[32] = "";

	(void)snprintf(cell, sizeof(cell), "%s%s", step->is_at_least ? ">" : "", duration.text);
	page_begin(page, 0, 2);
	page_cell(page, cell, TIME_COLUMNS + 1, false);
	lines_skip(page, 1);
	page_cell(page, self.text, TIME_COLUMNS, false);
	lines_skip(page, 1);
	if (report->has_switches) {
		page_cell(page, off.text, TIME_COLUMNS, false);
		lines_skip(page, 1);
	}
	lines_skip(page, 1 + (indent < INDENT_MAX ? indent : INDENT_MAX));
	if (step->repeats > 1)
		(void)snprintf(times, sizeof(times), "  %" PRIu32 " times", step->repeats);
	(void)snprintf(text, sizeof(text), "%.240s%s%s", name_of(report, step->frame), times,
		       step->is_lossy ? "  [not all recorded]" : "");
	lines_last(page, text);
}

static void print_steps_head(const struct call_report *report, struct page *page)
{
	page_begin(page, 0, 2);
	page_cell(page, "took", TIME_COLUMNS + 1, false);
	lines_skip(page, 1);
	page_cell(page, "self", TIME_COLUMNS, false);
	lines_skip(page, 1);
	if (report->has_switches) {
		page_cell(page, "off CPU", TIME_COLUMNS, false);
		lines_skip(page, 1);
	}
	lines_skip(page, 1);
	lines_last(page, "function");
}

/* The shortest steps give way where there are too many for a terminal. */
static uint64_t shortest_shown(const struct call_one *one)
{
	uint64_t low = 0, high = one->duration_ns;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		size_t kept = 0;

		for (size_t i = 0; i < one->steps.count; i++)
			kept += one->steps.items[i].duration_ns >= middle;
		if (kept > STEPS_SHOWN)
			low = middle + 1;
		else
			high = middle;
	}
	return one->steps.count > STEPS_SHOWN ? low : 0;
}

static void print_slow(const struct call_report *report, size_t place, struct page *page)
{
	const struct call_one *one = &report->slowest.items[place];
	uint64_t least_ns = shortest_shown(one), more = one->left_out;
	char label[80];

	(void)snprintf(label, sizeof(label), "%s. %s", format_count(place + 1).text,
		       format_duration(one->duration_ns).text);
	lines_heading(page, label);
	print_who(report, one, page);
	page_end(page);
	print_steps_head(report, page);
	for (size_t i = 0; i < one->steps.count; i++) {
		if (one->steps.items[i].duration_ns < least_ns)
			more += one->steps.items[i].repeats;
		else
			print_step(report, &one->steps.items[i], page);
	}
	lines_more(page, more, "shorter calls in it");
}

/* What took longest in it, of what it called itself. */
static void print_parts(const struct call_report *report, const struct call_one *one,
			struct page *page)
{
	uint64_t below_ns = UINT64_MAX;

	for (size_t shown = 0; shown < EACH_PARTS_SHOWN; shown++) {
		const struct call_step *longest = NULL;

		for (size_t i = 1; i < one->steps.count; i++) {
			const struct call_step *step = &one->steps.items[i];

			if (step->duration_ns < below_ns &&
			    (!longest || step->duration_ns > longest->duration_ns))
				longest = step;
		}
		if (!longest)
			break;
		below_ns = longest->duration_ns;
		page_words(page, "·");
		page_format(page, "%s %s", name_of(report, longest->frame),
			    format_duration(longest->duration_ns).text);
	}
}

static void print_each(const struct call_report *report, struct page *page)
{
	lines_heading(page, "Each call:");
	page_words(page, "what it called itself, longest first");
	page_end(page);
	for (size_t i = 0; i < report->each.count; i++) {
		const struct call_one *one = &report->each.items[i];

		page_begin(page, 0, 1 + 2 * TIME_COLUMNS + LINES_GAP);
		page_cell(page, report->has_times ? format_duration(one->start_ns).text : "",
			  TIME_COLUMNS, false);
		lines_skip(page, 1);
		page_cell(page, format_duration(one->duration_ns).text, TIME_COLUMNS, false);
		lines_skip(page, LINES_GAP);
		if (one->tid)
			page_format(page, "%s[%" PRIu32 "]:", one->comm, one->tid);
		else
			page_words(page, "idle:");
		page_format(page, "self %s", format_duration(one->self_ns).text);
		print_parts(report, one, page);
		page_end(page);
	}
}

/* --- all of it --- */

static void print_hidden(const struct call_report *report, struct page *page)
{
	if (!report->tree->hidden_rows)
		return;
	page_end(page);
	page_begin(page, 0, 2);
	page_format(page, "Left out: %s functions and call paths with less than %s (see --min)",
		    format_count(report->tree->hidden_rows).text,
		    format_share(report->tree->min_share).text);
	page_end(page);
}

int view_call_text(const struct call_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	if (report->function[0]) {
		for (size_t i = 0; i < report->rows.count; i++)
			print_distribution(report, &report->rows.items[i], &page);
	} else {
		print_rows(report, &page);
	}
	if (report->tree->amount)
		print_tree(report, &page);
	for (size_t i = 0; i < report->slowest.count; i++)
		print_slow(report, i, &page);
	if (report->is_each)
		print_each(report, &page);
	print_hidden(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
