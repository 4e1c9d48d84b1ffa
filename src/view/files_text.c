/* How do we say on a terminal which operations on files took how long? A line of numbers for each
 * row, and for each slow operation where its time went. */
#include "view/files_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stack_map.h"
#include "view/stream.h"

enum {
	ROWS_SHOWN = 25,
	SLOW_SHOWN = 10,
	BACK_SHOWN = 10,
	CELLS = 8,
	WORDS_INDENT = 10,
};

/* --- what it is a report of --- */

static void print_head(const struct files_report *report, struct page *page)
{
	lines_subject(page, report->target, report->name, report->pid);
	page_format(page, "watched for %s", format_duration(report->window_ns).text);
	page_end(page);
	page_begin(page, 0, 2);
	page_format(page, "%s operations on files took %s, moved %s; %s failed.",
		    format_count(report->all.count).text,
		    format_duration(report->all.total_ns).text,
		    format_bytes(report->all.bytes).text, format_count(report->all.errors).text);
	page_format(page, "%s block requests, of them %s for an operation, %s more for a file.",
		    format_count(report->requests).text, format_count(report->linked).text,
		    format_count(report->of_files).text);
	page_end(page);
}

/* The parts of the time, each with its share. */
static void print_split(const struct files_split *split, struct page *page)
{
	static const char *const WORDS[FILES_PARTS] = {
		[FILES_BEFORE] = "before the block layer", [FILES_QUEUED] = "queued",
		[FILES_DEVICE] = "in the device",          [FILES_BETWEEN] = "between requests",
		[FILES_AFTER] = "until it had ended",
	};

	for (size_t i = 0; i < FILES_PARTS; i++) {
		if (i == FILES_BETWEEN && !split->ns[i])
			continue;
		page_format(page, "%s%s %s (%s)", i ? "· " : "", format_duration(split->ns[i]).text,
			    WORDS[i], format_share(split->share[i]).text);
	}
}

/* --- the table --- */

static void print_line(struct page *page, const char *const cells[CELLS])
{
	static const unsigned int WIDTHS[CELLS] = { LINES_SHARE_COLUMNS, 10, 9, 8, 8, 8, 8, 8 };

	page_begin(page, 0, 2);
	for (size_t i = 0; i < CELLS; i++) {
		page_cell(page, cells[i], WIDTHS[i], false);
		if (i + 1 < CELLS)
			lines_skip(page, 1);
	}
	page_end(page);
}

/* What it is told apart by, in the order asked for: on a line of its own, as paths are long. */
static void print_title(const struct files_report *report, const struct files_row *row,
			struct page *page)
{
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	for (size_t i = 0; i < report->keys.count && !row->is_rest; i++) {
		enum files_key key = report->keys.items[i];
		const char *cell = row->cells[key] ? row->cells[key] : "";

		if (i)
			page_words(page, "·");
		page_words(page, cell[0] ? cell : "[unknown]");
		if (key == FILES_BY_THREAD && row->tid)
			page_format(page, "[%" PRIu32 "]", row->tid);
	}
	if (row->is_rest || !report->keys.count)
		page_words(page, row->is_rest ? "the rest" : "all operations");
	page_end(page);
}

static void print_completion(const struct files_row *row, struct page *page)
{
	const struct latency *times = &row->completion;

	if (!times->count)
		return;
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	page_format(page, "from handed over to reaped: p50 %s, p99 %s, longest %s (of %s)",
		    format_duration(times->p50_ns).text, format_duration(times->p99_ns).text,
		    format_duration(times->max_ns).text, format_count(times->count).text);
	page_end(page);
}

static void print_row(const struct files_report *report, const struct files_row *row,
		      struct page *page)
{
	const struct latency *times = &row->latency;
	const struct number share = format_share(row->share);
	const struct number count = format_count(times->count);
	const struct number bytes = format_bytes(times->bytes);
	const struct number total = format_duration(times->total_ns);
	const struct number p50 = format_duration(times->p50_ns);
	const struct number p99 = format_duration(times->p99_ns);
	const struct number max = format_duration(times->max_ns);
	const struct number device =
		row->device_share < 0 ? (struct number){ "?" } : format_share(row->device_share);

	print_line(page, (const char *const[]){ share.text, count.text, bytes.text, total.text,
						p50.text, p99.text, max.text, device.text });
	print_title(report, row, page);
	print_completion(row, page);
}

static void print_table(const struct files_report *report, struct page *page)
{
	size_t shown = report->rows.count < ROWS_SHOWN ? report->rows.count : ROWS_SHOWN;

	lines_heading(page, "Operations on files:");
	page_format(page, "by %s; share is of their time together", report->by);
	page_end(page);
	print_line(page, (const char *const[]){ "share", "count", "bytes", "total", "p50", "p99",
						"longest", "device" });
	for (size_t i = 0; i < shown; i++)
		print_row(report, &report->rows.items[i], page);
	lines_more(page, report->rows.count - shown, "rows, in --json");
	lines_more(page, report->hidden_rows, "rows below --min");
	if (!report->split.count)
		return;
	page_begin(page, 2, 4);
	page_format(page, "Of %s operations the block requests are known; their time was:",
		    format_count(report->split.count).text);
	print_split(&report->split, page);
	page_end(page);
}

/* --- the slowest --- */

static void print_slow_title(const struct files_slow *slow, struct page *page)
{
	page_begin(page, 0, WORDS_INDENT);
	page_cell(page, format_duration(slow->ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	page_format(page, "%s %s", slow->operation, slow->path[0] ? slow->path : "[unknown]");
	if (slow->wanted)
		page_format(page, "%s", format_bytes(slow->wanted).text);
	if (slow->wanted && slow->has_offset)
		page_format(page, "at offset %" PRIu64, slow->offset);
	if (slow->is_open)
		page_words(page, "· still under way at the end");
	if (slow->result < 0)
		page_format(page, "failed: %s", strerror((int)-slow->result));
	page_end(page);
}

static void print_sleep(const struct files_slow *slow, struct page *page)
{
	if (!slow->slept_ns)
		return;
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	page_format(page, "slept for up to %s at a time%s", format_duration(slow->slept_ns).text,
		    slow->frames[0] ? ", in" : "");
	for (size_t i = 0; i < FILES_FRAMES && slow->frames[i]; i++)
		page_format(page, "%s%s", i ? "← " : "", slow->frames[i]);
	page_end(page);
}

static void print_slow(const struct files_slow *slow, struct page *page)
{
	print_slow_title(slow, page);
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	page_format(page, "%s[%" PRIu32 "]", slow->who[0] ? slow->who : "[unknown]", slow->tid);
	page_format(page, "after %s by %s", format_duration(slow->at_ns).text, slow->engine);
	if (slow->call[0])
		page_format(page, "(%s)", slow->call);
	if (slow->depth > 1)
		page_format(page, "· %" PRIu32 " under way", slow->depth);
	if (slow->flags[0])
		page_format(page, "· %s", slow->flags);
	page_end(page);
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	if (slow->split.count) {
		page_format(page, "%s block %s of %s:", format_count(slow->split.requests).text,
			    slow->split.requests == 1 ? "request" : "requests", slow->device);
		print_split(&slow->split, page);
	} else {
		page_words(page, slow->has_waited ? "no block request of its own is known; its "
						    "thread slept"
						  : "no block request of its own is known");
	}
	page_end(page);
	print_sleep(slow, page);
}

static void print_slowest(const struct files_report *report, struct page *page)
{
	size_t shown = report->slow.count < SLOW_SHOWN ? report->slow.count : SLOW_SHOWN;

	lines_heading(page, "The slowest:");
	page_format(page, "%s took %s or longer", format_count(report->slow_count).text,
		    format_duration(report->over_ns).text);
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_slow(&report->slow.items[i], page);
	lines_more(page, report->slow_count - shown, "of that length; more in --json");
}

/* --- what nobody waited for --- */

static void print_one_back(const struct files_back *back, struct page *page)
{
	page_begin(page, 0, WORDS_INDENT);
	page_cell(page, format_bytes(back->latency.bytes).text, 9, false);
	lines_skip(page, LINES_GAP);
	page_words(page, back->path[0] ? back->path : "[unknown]");
	if (back->writes)
		page_format(page, "· %s written back", format_count(back->writes).text);
	if (back->reads)
		page_format(page, "· %s read", format_count(back->reads).text);
	page_format(page, "to %s by %s,", back->device, back->by[0] ? back->by : "[unknown]");
	page_format(page, "p50 %s, p99 %s, longest %s", format_duration(back->latency.p50_ns).text,
		    format_duration(back->latency.p99_ns).text,
		    format_duration(back->latency.max_ns).text);
	if (back->writer[0])
		page_format(page, "· written to by %s", back->writer);
	page_end(page);
}

static void print_back(const struct files_report *report, struct page *page)
{
	size_t shown = report->back.count < BACK_SHOWN ? report->back.count : BACK_SHOWN;

	if (!shown)
		return;
	lines_heading(page, "Block requests that are of a file, but of no operation:");
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_one_back(&report->back.items[i], page);
	lines_more(page, report->back.count - shown, "files, in --json");
}

int view_files_text(const struct files_report *report, const struct stack_map *map,
		    const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	if (map) {
		page_end(&page);
		stack_map_text(map, &page);
	}
	if (report->rows.count)
		print_table(report, &page);
	if (report->slow.count)
		print_slowest(report, &page);
	print_back(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
