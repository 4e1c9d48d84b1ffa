/* How do we say on a terminal where inside of the slow calls the time went? First where it was,
 * then the path that holds most of it. */
#include "view/drill_text.h"

#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "finding/frames.h"
#include "view/histogram_text.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/tree_text.h"

enum {
	CAUSES_SHOWN = 12,
	TIME_COLUMNS = 8,
	CELL_COLUMNS = 9,
};

static struct number part_of(uint64_t ns, uint64_t whole)
{
	return format_share(whole ? (double)ns / (double)whole : 0);
}

/* --- what it is a report of --- */

static const char *way_of(enum drill_by by)
{
	switch (by) {
	case DRILL_BY_SYSCALL:
		return "each is known exactly, by its system call";
	case DRILL_BY_PROBES:
		return "each is known exactly, by probes at its entry and return";
	case DRILL_BY_STACKS:
		return "each is an estimate, by the stacks that the function was seen in";
	}
	return "";
}

static void print_head(const struct drill_report *report, struct page *page)
{
	char label[160];

	lines_target(page, report->tree);
	(void)snprintf(label, sizeof(label), "%s:", report->function);
	lines_heading(page, label);
	if (report->over_ns)
		page_format(page, "%s calls of %s or more, %s in all;",
			    format_count(report->calls).text, format_duration(report->over_ns).text,
			    format_duration(report->ns).text);
	else
		page_format(page, "%s calls, %s in all;", format_count(report->calls).text,
			    format_duration(report->ns).text);
	if (report->short_calls)
		page_format(page, "%s shorter ones left out;",
			    format_count(report->short_calls).text);
	page_words(page, way_of(report->by));
	page_end(page);
	for (size_t i = 0; i < report->how.count; i++) {
		if (i == 0)
			page_begin(page, 2, 4);
		page_format(page, "%s%s%s", i ? "" : "seen by ", report->how.items[i].words,
			    i + 1 < report->how.count ? "," : "");
	}
	if (report->how.count)
		page_end(page);
}

static void print_distribution(const struct drill_report *report, struct page *page)
{
	const struct latency *latency = &report->latency;

	page_begin(page, 2, 4);
	page_format(page, "average %s, p50 %s, p90 %s, p99 %s, longest %s",
		    format_duration(latency->count ? latency->total_ns / latency->count : 0).text,
		    format_duration(latency->p50_ns).text, format_duration(latency->p90_ns).text,
		    format_duration(latency->p99_ns).text, format_duration(latency->max_ns).text);
	page_end(page);
	histogram_text(latency, page);
}

/* --- where the time was --- */

static void begin_time(const struct drill_report *report, uint64_t ns, struct page *page)
{
	page_begin(page, 0, LINES_SHARE_COLUMNS + TIME_COLUMNS + 2 * LINES_GAP);
	page_cell(page, part_of(ns, report->ns).text, LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(ns).text, TIME_COLUMNS, false);
	lines_skip(page, LINES_GAP);
}

static void print_time(const struct drill_report *report, uint64_t ns, const char *words,
		       struct page *page)
{
	if (!ns)
		return;
	begin_time(report, ns, page);
	page_words(page, words);
	page_end(page);
}

static void print_waker(const struct drill_cause *cause, struct page *page)
{
	switch (cause->waker_kind) {
	case WAKER_THREAD:
		page_format(page, "· ended by %s", cause->waker[0] ? cause->waker : "[unknown]");
		break;
	case WAKER_INTERRUPT:
	case WAKER_SOFTIRQ:
		page_words(page, "· ended by an interrupt");
		break;
	case WAKER_NONE:
		page_words(page, "· not ended yet");
		break;
	case WAKER_UNKNOWN:
	case WAKER_REST:
		break;
	}
	if (cause->device[0])
		page_format(page, "(a request of %s)", cause->device);
}

static void print_cause(const struct drill_report *report, const struct drill_cause *cause,
			struct page *page)
{
	begin_time(report, cause->ns, page);
	if (cause->is_rest) {
		page_words(page, "blocked for something else");
	} else {
		page_format(page, "blocked: %s",
			    cause->what[0] ? cause->what : cause_title(cause->cause));
		if (cause->cause != CAUSE_UNKNOWN)
			page_format(page, "(%s)", cause_id(cause->cause));
	}
	page_format(page, "· %s %s", format_count(cause->count).text,
		    cause->count == 1 ? "wait" : "waits");
	print_waker(cause, page);
	page_end(page);
}

static void print_times(const struct drill_report *report, struct page *page)
{
	size_t shown = report->causes.count < CAUSES_SHOWN ? report->causes.count : CAUSES_SHOWN;

	lines_heading(page, "Where the time was:");
	page_end(page);
	print_time(report, report->time.on_cpu_ns, "on a CPU", page);
	print_time(report, report->time.runnable_ns, "ready, but without a CPU", page);
	print_time(report, report->time.unknown_ns, "not known", page);
	for (size_t i = 0; i < shown; i++)
		print_cause(report, &report->causes.items[i], page);
	lines_more(page, report->causes.count - shown, "causes with less, in --json");
}

/* --- the path --- */

static void print_cells(struct page *page, const char *const *cells, size_t count)
{
	page_begin(page, 0, 2);
	for (size_t i = 0; i < count; i++) {
		page_cell(page, cells[i], i ? CELL_COLUMNS : LINES_SHARE_COLUMNS, false);
		lines_skip(page, i + 1 < count ? 1 : LINES_GAP);
	}
}

static void print_step(const struct drill_step *step, struct page *page)
{
	const struct profile_frame frame = {
		.kind = step->kind, .name = step->name, .module = step->module, .place = ""
	};
	const struct frame_module module = frame_module(&frame);
	const char *about = step->is_estimate ? "~" : "";
	char cells[3][40], text[400];
	bool has_module = module.text[0] && strcmp(module.text, "[kernel]") != 0;

	(void)snprintf(cells[0], sizeof(cells[0]), "%s%s", about,
		       format_duration(step->avg_ns).text);
	(void)snprintf(cells[1], sizeof(cells[1]), "%s%s", about,
		       format_duration(step->p99_ns).text);
	(void)snprintf(cells[2], sizeof(cells[2]), "%s%s", about,
		       format_duration(step->max_ns).text);
	print_cells(page,
		    (const char *const[]){ format_share(step->share).text,
					   format_count(step->calls).text, cells[0], cells[1],
					   cells[2] },
		    5);
	(void)snprintf(text, sizeof(text), "%.240s%s%.120s", frame_name(&frame),
		       has_module ? "  " : "", has_module ? module.text : "");
	if (step->kind == FRAME_BLOCKED || step->kind == FRAME_RUNNABLE)
		page_paint(page, PAINT_WARNING);
	lines_last(page, text);
	if (step->kind == FRAME_BLOCKED || step->kind == FRAME_RUNNABLE)
		page_paint(page, PAINT_PLAIN);
}

static void print_path(const struct drill_report *report, struct page *page)
{
	bool has_estimates = false;

	lines_heading(page, "The path that holds most of it:");
	page_words(page, "down while one callee has at least half");
	page_end(page);
	print_cells(page, (const char *const[]){ "total", "calls", "average", "p99", "longest" },
		    5);
	lines_last(page, "function");
	for (size_t i = 0; i < report->path.count; i++) {
		print_step(&report->path.items[i], page);
		has_estimates |= report->path.items[i].is_estimate;
	}
	if (has_estimates) {
		page_begin(page, 2, 4);
		page_words(page, "~ time on a CPU is part of it: shared out by the samples of all "
				 "calls");
		page_end(page);
	}
}

static void print_timed_step(const struct drill_step *step, struct page *page)
{
	print_cells(page,
		    (const char *const[]){ format_share(step->timed_share).text,
					   format_count(step->timed_count).text,
					   format_duration(step->timed_ns).text,
					   format_duration(step->timed_max_ns).text },
		    4);
	lines_last(page, step->name);
}

static void print_timed(const struct drill_report *report, struct page *page)
{
	uint64_t calls = 0, unsure = 0;

	for (size_t i = 0; i < report->path.count; i++) {
		const struct drill_step *step = &report->path.items[i];

		calls = step->timed_calls > calls ? step->timed_calls : calls;
		unsure = step->timed_unsure > unsure ? step->timed_unsure : unsure;
	}
	if (!calls)
		return;
	lines_heading(page, "Timed by programs at these functions:");
	page_format(page, "in the last %s of the %s calls, when the path was known",
		    format_count(calls).text, format_count(report->calls).text);
	page_end(page);
	print_cells(page, (const char *const[]){ "total", "calls", "time", "longest" }, 4);
	lines_last(page, "function");
	for (size_t i = 0; i < report->path.count; i++) {
		if (report->path.items[i].timed_calls)
			print_timed_step(&report->path.items[i], page);
	}
	if (!unsure)
		return;
	page_begin(page, 2, 4);
	page_format(page, "in %s of them a return was missed: there the times are too short",
		    format_count(unsure).text);
	page_end(page);
}

/* --- the tree --- */

static void begin_node(const void *self, size_t place, uint64_t own_ns, struct page *page)
{
	const struct drill_report *report = self;
	const struct profile_node *node = &report->tree->nodes.items[place];
	const struct number own = own_ns ? part_of(own_ns, report->ns) : (struct number){ "" };

	lines_shares(page, format_share(node->share).text, own.text);
	page_cell(page, format_duration(node->total).text, TIME_COLUMNS, false);
	lines_skip(page, LINES_GAP);
}

static void print_tree(const struct drill_report *report, struct page *page)
{
	const struct tree_columns columns = { begin_node, report, .is_all_kernel = true };

	lines_heading(page, "What they did:");
	page_words(page, "outermost first; indented where the paths part");
	page_end(page);
	lines_shares(page, "total", "self");
	page_cell(page, "time", TIME_COLUMNS, false);
	lines_skip(page, LINES_GAP);
	lines_last(page, "functions");
	tree_text_nodes(report->tree, &columns, page);
}

/* --- single calls --- */

static void print_parts(const struct drill_call *call, struct page *page)
{
	const struct drill_time *time = &call->time;

	for (uint32_t i = 0; i < call->part_count; i++) {
		const struct drill_part *part = &call->parts[i];

		page_words(page, "·");
		if (part->is_runnable)
			page_format(page, "ready %s", format_duration(part->ns).text);
		else
			page_format(page, "%s %s",
				    part->what[0] ? part->what : cause_title(part->cause),
				    format_duration(part->ns).text);
	}
	if (time->on_cpu_ns) {
		page_words(page, "·");
		page_format(page, "on a CPU %s", format_duration(time->on_cpu_ns).text);
	}
	if (time->unknown_ns) {
		page_words(page, "·");
		page_format(page, "not known %s", format_duration(time->unknown_ns).text);
	}
}

static void print_call(const struct drill_report *report, const struct drill_call *call,
		       struct page *page)
{
	bool is_at_least = call->has_begun_before || call->is_open;
	char cell[48];

	(void)snprintf(cell, sizeof(cell), "%s%s", is_at_least ? ">" : "",
		       format_duration(call->ns).text);
	page_begin(page, 0, 2 + 2 * TIME_COLUMNS + LINES_GAP);
	page_cell(page, format_duration(call->start_ns).text, TIME_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, cell, TIME_COLUMNS + 1, false);
	lines_skip(page, LINES_GAP);
	page_format(page, "%s[%" PRIu32 "]", call->comm, call->tid);
	if (strcmp(call->function, report->function) != 0)
		page_words(page, call->function);
	print_parts(call, page);
	if (call->has_begun_before)
		page_words(page, "· begun before the watch");
	if (call->is_open)
		page_words(page, "· had not returned");
	page_end(page);
}

static void print_calls(const struct drill_report *report, const struct drill_call *calls,
			size_t count, const char *heading, struct page *page)
{
	lines_heading(page, heading);
	page_words(page, "begin, how long, and what most of it was");
	page_end(page);
	for (size_t i = 0; i < count; i++)
		print_call(report, &calls[i], page);
}

/* --- all of it --- */

static void print_hidden(const struct drill_report *report, struct page *page)
{
	if (!report->tree->hidden_rows)
		return;
	page_end(page);
	page_begin(page, 0, 2);
	page_format(page, "Left out: %s call paths with less than %s (see --min)",
		    format_count(report->tree->hidden_rows).text,
		    format_share(report->tree->min_share).text);
	page_end(page);
}

int view_drill_text(const struct drill_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	if (report->calls) {
		print_distribution(report, &page);
		print_times(report, &page);
		print_path(report, &page);
		print_timed(report, &page);
		print_tree(report, &page);
		print_calls(report, report->slowest.items, report->slowest.count,
			    "The slowest:", &page);
	}
	if (report->is_each && report->each.count)
		print_calls(report, report->each.items, report->each.count, "Each call:", &page);
	if (report->is_each)
		lines_more(&page, report->untold, "calls, for which there was no room");
	print_hidden(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
