/* How do we say on a terminal who waited, what for, and who ended it? A line of numbers for each
 * row, and one of words below it. */
#include "view/wait_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/tree_text.h"

enum {
	ROWS_SHOWN = 40,
	SLEEPERS_SHOWN = 40,
	WAKERS_SHOWN = 12, /* of one sleeper */
	WOKEN_SHOWN = 6,   /* by one */
	WORDS_INDENT = 10,
};

/* --- what it is a report of --- */

static void print_choice(const struct wait_report *report, struct page *page)
{
	if (report->over_ns)
		page_format(page, "Shorter than %s", format_duration(report->over_ns).text);
	if (report->over_ns && report->state != WAIT_STATE_ALL)
		page_words(page, "or");
	if (report->state != WAIT_STATE_ALL)
		page_format(page, "in another state than %s", wait_state_name(report->state));
	page_format(page, "were %s more, %s in all.", format_count(report->outside_count).text,
		    format_duration(report->outside_ns).text);
}

static void print_head(const struct wait_report *report, struct page *page)
{
	lines_target(page, report->tree);
	page_begin(page, 0, 2);
	page_format(page, "100 %% is %s that threads waited: %s waits.",
		    format_duration(report->total_ns).text, format_count(report->total_count).text);
	if (report->outside_count)
		print_choice(report, page);
	if (report->idle_count)
		page_format(page,
			    "In %s more, %s in all, threads had nothing to do: --idle shows them.",
			    format_count(report->idle_count).text,
			    format_duration(report->idle_ns).text);
	page_end(page);
	if (!report->lost_switches)
		return;
	page_paint(page, PAINT_WARNING);
	page_begin(page, 0, 2);
	page_format(page, "%s scheduler switches were lost: all sums are too low.",
		    format_count(report->lost_switches).text);
	page_end(page);
	page_paint(page, PAINT_PLAIN);
}

/* --- the table --- */

static struct wait_title title_of(const char *name, uint32_t tid, const char *role)
{
	struct wait_title title;
	char number[24] = "";

	if (tid)
		(void)snprintf(number, sizeof(number), "[%" PRIu32 "]", tid);
	(void)snprintf(title.text, sizeof(title.text), "%.64s%s%s%.96s%s",
		       name[0] ? name : "[unknown]", number, role[0] ? " (" : "", role,
		       role[0] ? ")" : "");
	return title;
}

struct wait_title wait_waker_title(const struct wait_waker *waker)
{
	static const char *const WORDS[] = {
		[WAKER_INTERRUPT] = "an interrupt",    [WAKER_SOFTIRQ] = "a soft interrupt",
		[WAKER_UNKNOWN] = "somebody not seen", [WAKER_NONE] = "nobody yet",
		[WAKER_REST] = "one of the rest",
	};
	struct wait_title title = {};
	size_t used;

	if (waker->kind == WAKER_THREAD)
		title = title_of(waker->name, waker->tid, waker->role);
	else
		(void)snprintf(title.text, sizeof(title.text), "%s%s%.96s%s", WORDS[waker->kind],
			       waker->role[0] ? " (" : "", waker->role, waker->role[0] ? ")" : "");
	used = strlen(title.text);
	if (waker->device[0])
		(void)snprintf(title.text + used, sizeof(title.text) - used, ", a request of %.32s",
			       waker->device);
	return title;
}

/* The numbers of a line: fixed columns, then what is left for the name. */
static void print_line(struct page *page, const char *const cells[7], const char *name)
{
	static const unsigned int WIDTHS[7] = { LINES_SHARE_COLUMNS, 8, 9, 8, 8, 8, 8 };

	page_begin(page, 0, 2);
	for (size_t i = 0; i < array_count(WIDTHS); i++) {
		page_cell(page, cells[i], WIDTHS[i], false);
		lines_skip(page, i + 1 < array_count(WIDTHS) ? 1 : LINES_GAP);
	}
	lines_last(page, name);
}

static void print_cause(const struct wait_row *row, struct page *page)
{
	if (row->cause_share < 0.9995 && row->cause_share > 0)
		page_format(page, "%s of it for", format_share(row->cause_share).text);
	else
		page_words(page, "for");
	if (row->what[0])
		page_words(page, row->what);
	page_format(page, row->what[0] ? "(%s)" : "%s", cause_id(row->cause));
}

/* What the row's waits have in common, beside the name. */
static void print_words(const struct wait_row *row, struct page *page)
{
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	if (row->role[0])
		page_format(page, "%s ·", row->role);
	print_cause(row, page);
	if (row->is_untaken)
		page_words(page, "[stack not taken]");
	else if (row->function[0])
		page_format(page, "in %s", row->function);
	if (row->syscall[0])
		page_format(page, "of %s", row->syscall);
	if (row->state)
		page_format(page, "(state %c)", row->state);
	if (row->has_waker) {
		page_words(page, "· woken by");
		page_words(page, wait_waker_title(&row->waker).text);
	}
	page_end(page);
}

static void print_row(const struct wait_row *row, struct page *page)
{
	const struct number share = format_share(row->share);
	const struct number total = format_duration(row->total_ns);
	const struct number count = format_count(row->count);
	const struct number avg = format_duration(row->avg_ns);
	const struct number p50 = format_duration(row->p50_ns);
	const struct number p99 = format_duration(row->p99_ns);
	const struct number max = format_duration(row->max_ns);
	struct wait_title title = { "all threads" };

	if (row->is_rest)
		title = (struct wait_title){ "the rest" };
	else if (row->name[0] || row->tid)
		title = title_of(row->name, row->tid, "");
	print_line(page,
		   (const char *const[]){ share.text, total.text, count.text, avg.text, p50.text,
					  p99.text, max.text },
		   title.text);
	print_words(row, page);
}

static void print_table(const struct wait_report *report, struct page *page)
{
	size_t shown = report->rows.count < ROWS_SHOWN ? report->rows.count : ROWS_SHOWN;

	lines_heading(page, "What they waited for:");
	page_format(page, "by %s", report->by);
	page_end(page);
	print_line(page,
		   (const char *const[]){ "share", "total", "waits", "average", "p50", "p99",
					  "longest" },
		   "threads");
	for (size_t i = 0; i < shown; i++)
		print_row(&report->rows.items[i], page);
	lines_more(page, report->rows.count - shown, "rows with less, in --json");
	if (!report->hidden_rows)
		return;
	page_begin(page, 2, 4);
	page_format(
		page, "%s rows with less than %s have %s in %s waits (see --min)",
		format_count(report->hidden_rows).text, format_share(report->tree->min_share).text,
		format_duration(report->hidden_ns).text, format_count(report->hidden_count).text);
	page_end(page);
}

int view_wait_text(const struct wait_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	if (report->total_count) {
		print_table(report, &page);
		tree_text(report->tree, &page);
	} else {
		lines_heading(&page, "No waits.");
		page_end(&page);
	}
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}

/* --- who wakes whom --- */

static void print_edge(struct page *page, const struct wake_edge *edge, const char *name)
{
	page_begin(page, 0, 2);
	page_cell(page, format_share(edge->share).text, LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, format_count(edge->count).text, 9, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(edge->waited_ns).text, 8, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(edge->avg_ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	lines_last(page, name);
}

/* "once", "12 times" */
static struct wait_title times_of(uint64_t count)
{
	struct wait_title title = { "once" };

	if (count != 1)
		(void)snprintf(title.text, sizeof(title.text), "%s times",
			       format_count(count).text);
	return title;
}

/* The edges that come together lie side by side, from the first on; yields where they end. */
static size_t print_wakers(const struct wait_report *report, size_t first, struct page *page)
{
	uint32_t sleeper = report->edges.items[first].sleeper;
	size_t i;

	for (i = first; i < report->edges.count && report->edges.items[i].sleeper == sleeper; i++) {
		const struct wake_edge *edge = &report->edges.items[i];

		if (i < first + WAKERS_SHOWN)
			print_edge(page, edge,
				   wait_waker_title(&report->nodes.items[edge->waker].who).text);
	}
	if (i > first + WAKERS_SHOWN)
		lines_more(page, i - first - WAKERS_SHOWN, "wakers, in --json");
	return i;
}

static void print_woken(const struct wait_report *report, uint32_t waker, struct page *page)
{
	size_t shown = 0;

	for (size_t i = 0; i < report->by_waker.count; i++) {
		const struct wake_edge *edge = &report->edges.items[report->by_waker.items[i]];

		if (edge->waker != waker || ++shown > WOKEN_SHOWN)
			continue;
		if (shown == 1) {
			page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
			page_words(page, "it wakes");
		} else {
			page_words(page, "·");
		}
		page_words(page, wait_waker_title(&report->nodes.items[edge->sleeper].who).text);
		page_words(page, times_of(edge->count).text);
	}
	if (shown > WOKEN_SHOWN)
		page_format(page, "· and %s more", format_count(shown - WOKEN_SHOWN).text);
	if (shown)
		page_end(page);
}

static void print_sleeper(const struct wait_report *report, uint32_t index, struct page *page)
{
	const struct wake_node *node = &report->nodes.items[index];

	page_end(page);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_words(page, wait_waker_title(&node->who).text);
	page_paint(page, PAINT_PLAIN);
	page_format(page, "was woken %s and had waited %s", times_of(node->woken).text,
		    format_duration(node->waited_ns).text);
	page_end(page);
}

static void print_edges_head(struct page *page)
{
	page_begin(page, 0, 2);
	page_cell(page, "share", LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, "wake-ups", 9, false);
	lines_skip(page, 1);
	page_cell(page, "waited", 8, false);
	lines_skip(page, 1);
	page_cell(page, "average", 8, false);
	lines_skip(page, LINES_GAP);
	lines_last(page, "woken by");
}

int view_wakers_text(const struct wait_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);
	size_t shown = 0, sleepers = 0;

	print_head(report, &page);
	lines_heading(&page, report->edges.count ? "Who wakes whom:" : "No wake-ups.");
	if (report->edges.count)
		page_words(&page, "who waited longest first; a share is of its wake-ups");
	page_end(&page);
	if (report->edges.count)
		print_edges_head(&page);
	for (size_t i = 0, next; i < report->edges.count; i = next) {
		uint32_t sleeper = report->edges.items[i].sleeper;

		next = i + 1;
		sleepers += !i || report->edges.items[i - 1].sleeper != sleeper;
		if (shown == SLEEPERS_SHOWN)
			continue;
		print_sleeper(report, sleeper, &page);
		next = print_wakers(report, i, &page);
		print_woken(report, sleeper, &page);
		shown++;
	}
	lines_more(&page, sleepers - shown, "sleepers, in --json");
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
