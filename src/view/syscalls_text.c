/* How do we say on a terminal which system calls were made? A line of numbers for each row, one of
 * words where there is something to add, and a few lines for each of the longest calls. */
#include "view/syscalls_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/wait_text.h"

enum {
	ROWS_SHOWN = 40,
	SLOW_SHOWN = 10,
	WAITS_SHOWN = 4,  /* of one call */
	FRAMES_SHOWN = 8, /* of one stack */
	ERRORS_SHOWN = 6, /* of one row */
	WORDS_INDENT = 10,
	NUMBERS = 9,
};

/* Where a number is not known. */
static struct number unknown_or(uint64_t value, struct number (*format)(uint64_t value))
{
	return value == SYSCALL_UNKNOWN ? (struct number){ "-" } : format(value);
}

static struct number duration_or(uint64_t ns)
{
	return unknown_or(ns, format_duration);
}

static struct number bytes_or(uint64_t bytes)
{
	return bytes ? unknown_or(bytes, format_bytes) : (struct number){ "" };
}

/* --- what it is a report of --- */

static void print_head(const struct syscall_report *report, struct page *page)
{
	lines_target(page, report->subject);
	page_begin(page, 0, 2);
	page_format(page, "%s system call%s", format_count(report->count).text,
		    report->count == 1 ? "" : "s");
	if (report->per_second >= 0)
		page_format(page, "(%s a second),",
			    format_count((uint64_t)report->per_second).text);
	page_format(page, "%s of which failed; 100 %% is %s in them.",
		    format_count(report->errors).text, format_duration(report->total_ns).text);
	page_end(page);
	if (!report->lost)
		return;
	page_paint(page, PAINT_WARNING);
	page_begin(page, 0, 2);
	page_format(page, "%s calls were lost: all sums are too low.",
		    format_count(report->lost).text);
	page_end(page);
	page_paint(page, PAINT_PLAIN);
}

/* --- the table --- */

struct title {
	char text[160];
};

static struct title title_of(const struct syscall_row *row)
{
	struct title title = { "all calls" };
	char number[24] = "";
	uint32_t id = row->tid ? row->tid : row->pid;

	if (row->is_rest)
		return (struct title){ "the rest" };
	if (id)
		(void)snprintf(number, sizeof(number), "[%" PRIu32 "]", id);
	if (id || row->name[0])
		(void)snprintf(title.text, sizeof(title.text), "%s%s%.64s%s", row->syscall,
			       row->syscall[0] ? "  " : "", row->name[0] ? row->name : "[unknown]",
			       number);
	else if (row->syscall[0])
		(void)snprintf(title.text, sizeof(title.text), "%s", row->syscall);
	return title;
}

/* The columns of the table; those that are not of a narrow page say what can be told in words, or
 * follows from others. */
static const struct {
	const char *head;
	unsigned int width;
	bool is_narrow;
} COLUMNS[NUMBERS] = {
	{ "share", LINES_SHARE_COLUMNS, true },
	{ "total", 8, true },
	{ "calls", 11, true },
	{ "average", 8, false },
	{ "p50", 8, true },
	{ "p99", 8, true },
	{ "longest", 8, true },
	{ "errors", 8, false },
	{ "bytes", 8, false },
};

static bool is_narrow(const struct page *page)
{
	return page->columns < 100;
}

/* Fixed columns, then what is left for the name. */
static void print_line(struct page *page, const struct number cells[NUMBERS], const char *name)
{
	page_begin(page, 0, 2);
	for (size_t i = 0; i < NUMBERS; i++) {
		if (is_narrow(page) && !COLUMNS[i].is_narrow)
			continue;
		page_cell(page, cells ? cells[i].text : COLUMNS[i].head, COLUMNS[i].width, false);
		lines_skip(page, 1);
	}
	lines_skip(page, LINES_GAP - 1);
	lines_last(page, name);
}

static void print_errors(const struct syscall_row *row, struct page *page)
{
	page_format(page, "failed: %s (%s):", format_count(row->times.errors).text,
		    format_share(row->error_share).text);
	for (size_t i = 0; i < row->errors.count && i < ERRORS_SHOWN; i++) {
		const struct syscall_error *error = &row->errors.items[i];
		const char *comma = i + 1 < row->errors.count ? "," : "";

		if (!error->error)
			page_format(page, "%s for unknown reasons%s",
				    format_count(error->count).text, comma);
		else if (error->name[0])
			page_format(page, "%s %s%s", format_count(error->count).text, error->name,
				    comma);
		else
			page_format(page, "%s errno %" PRId32 "%s", format_count(error->count).text,
				    error->error, comma);
	}
	if (row->errors.count > ERRORS_SHOWN)
		page_words(page, "…");
}

/* Between two things that are said on one line. */
static void separate(struct page *page, bool *has_words)
{
	if (*has_words)
		page_words(page, "·");
	*has_words = true;
}

/* What the columns do not say. */
static void print_words(const struct syscall_row *row, struct page *page)
{
	uint64_t bytes = is_narrow(page) ? row->times.bytes : 0;
	bool has_words = false;

	if (!bytes && !row->times.errors && !row->begun_before && !row->unreturned)
		return;
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	if (bytes) {
		separate(page, &has_words);
		page_words(page,
			   bytes == SYSCALL_UNKNOWN ? "bytes unknown" : format_bytes(bytes).text);
	}
	if (row->times.errors) {
		separate(page, &has_words);
		print_errors(row, page);
	}
	if (row->begun_before) {
		separate(page, &has_words);
		page_format(page, "%s had begun before the watch",
			    format_count(row->begun_before).text);
	}
	if (row->unreturned) {
		separate(page, &has_words);
		page_format(page, "%s had not returned", format_count(row->unreturned).text);
	}
	page_end(page);
}

static void print_row(const struct syscall_row *row, struct page *page)
{
	const struct latency *times = &row->times;
	const struct number cells[NUMBERS] = {
		format_share(row->share),
		format_duration(times->total_ns),
		format_count(times->count),
		times->count ? format_duration(row->avg_ns) : (struct number){ "-" },
		duration_or(times->p50_ns),
		duration_or(times->p99_ns),
		duration_or(times->max_ns),
		times->errors ? format_count(times->errors) : (struct number){ "" },
		bytes_or(times->bytes),
	};

	print_line(page, cells, title_of(row).text);
	print_words(row, page);
}

static void print_table(const struct syscall_report *report, struct page *page)
{
	size_t shown = report->rows.count < ROWS_SHOWN ? report->rows.count : ROWS_SHOWN;

	lines_heading(page, "System calls:");
	page_format(page, "by %s, sorted by %s", report->by, syscall_order_name(report->order));
	page_end(page);
	print_line(page, NULL, "call");
	for (size_t i = 0; i < shown; i++)
		print_row(&report->rows.items[i], page);
	lines_more(page, report->rows.count - shown, "rows, in --json");
}

/* --- the longest calls --- */

static void print_wait(const struct syscall_wait *wait, struct page *page)
{
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	page_format(page, "%s", format_duration(wait->ns).text);
	if (wait->count > 1)
		page_format(page, "in %s parts", format_count(wait->count).text);
	if (wait->is_queue) {
		page_words(page, "ready, but not running: it waited for a CPU");
		page_end(page);
		return;
	}
	page_words(page, "for");
	if (wait->what[0])
		page_words(page, wait->what);
	page_format(page, wait->what[0] ? "(%s)" : "%s", cause_id(wait->cause));
	if (wait->function[0] && strcmp(wait->function, wait->what) != 0)
		page_format(page, "in %s", wait->function);
	if (wait->is_open) {
		page_words(page, "· it goes on");
	} else {
		page_words(page, "· ended by");
		page_words(page, wait_waker_title(&wait->waker).text);
	}
	page_end(page);
}

static void print_frames(const struct syscall_slow *slow, struct page *page)
{
	if (!slow->frames.count)
		return;
	page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
	page_words(page, "called from");
	for (size_t i = 0; i < slow->frames.count && i < FRAMES_SHOWN; i++)
		page_format(page, "%s%s", i ? "← " : "",
			    slow->frames.items[i][0] ? slow->frames.items[i] : "[unknown]");
	if (slow->frames.count > FRAMES_SHOWN)
		page_words(page, "← …");
	page_end(page);
}

static void print_result(const struct syscall_slow *slow, struct page *page)
{
	if (slow->is_open)
		page_words(page, "· it has not returned");
	else if (slow->error[0])
		page_format(page, "· failed: %s", slow->error);
	else if (slow->size)
		page_format(page, "· returned %" PRId64 " of %" PRIu64 " bytes", slow->result,
			    slow->size);
	else if (slow->result)
		page_format(page, "· returned %" PRId64, slow->result);
	if (slow->has_begun_before)
		page_words(page, "· it had begun before the watch");
}

static void print_slow(const struct syscall_slow *slow, struct page *page)
{
	page_begin(page, 0, WORDS_INDENT);
	page_cell(page, format_duration(slow->ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	page_paint(page, PAINT_STRONG);
	page_words(page, slow->syscall);
	page_paint(page, PAINT_PLAIN);
	if (slow->file[0])
		page_format(page, "of %s", slow->file);
	if (slow->fd >= 0)
		page_format(page, "(fd %" PRId32 ")", slow->fd);
	page_format(page, "by %s[%" PRIu32 "]", slow->name[0] ? slow->name : "[unknown]",
		    slow->tid);
	page_format(page, "at %s", format_duration(slow->start_ns).text);
	print_result(slow, page);
	page_end(page);
	for (size_t i = 0; i < slow->waits.count && i < WAITS_SHOWN; i++)
		print_wait(&slow->waits.items[i], page);
	if (slow->waits.count > WAITS_SHOWN)
		lines_more(page, slow->waits.count - WAITS_SHOWN, "kinds of waits, in --json");
	if (slow->rest_ns && slow->rest_ns >= slow->ns / 100) {
		page_begin(page, WORDS_INDENT, WORDS_INDENT + 2);
		page_format(page, "%s running, or in waits too short to be told",
			    format_duration(slow->rest_ns).text);
		page_end(page);
	}
	print_frames(slow, page);
}

static void print_longest(const struct syscall_report *report, struct page *page)
{
	size_t shown = report->slow.count < SLOW_SHOWN ? report->slow.count : SLOW_SHOWN;

	if (!report->slow.count && !report->idle_count)
		return;
	lines_heading(page, report->slow.count ? "The longest calls:" : "No long calls.");
	if (report->over_ns)
		page_format(page, "of %s or more", format_duration(report->over_ns).text);
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_slow(&report->slow.items[i], page);
	lines_more(page, report->slow.count - shown, "of them, in --json");
	if (!report->idle_count)
		return;
	page_begin(page, 2, 4);
	page_format(page,
		    "In %s more, %s in all, a thread had nothing to do but wait: --idle shows "
		    "them.",
		    format_count(report->idle_count).text, format_duration(report->idle_ns).text);
	page_end(page);
}

int view_syscalls_text(const struct syscall_report *report, const struct view_style *style,
		       FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	if (report->rows.count) {
		print_table(report, &page);
	} else {
		lines_heading(&page, "No system calls.");
		page_end(&page);
	}
	print_longest(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
