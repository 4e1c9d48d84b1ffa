/* How do we say on a terminal what the block devices did? A block for each device with a line for
 * each operation; then who asked for it. */
#include "view/disk_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stack_map.h"
#include "view/stream.h"

enum {
	DEVICES_SHOWN = 20,
	ISSUERS_SHOWN = 15,
	ROWS_SHOWN = 40,
	SLOWEST_SHOWN = 20,
	INDENT = 2,
	OP_COLUMNS = 8,
	CELL_COLUMNS = 8,
	CELLS = 8,
};

/* --- the head --- */

static void print_sums(const struct disk_report *report, struct page *page)
{
	bool is_first = true;

	page_begin(page, 0, 2);
	page_format(page, "%s %s, %s:", format_count(report->count).text,
		    report->count == 1 ? "request" : "requests", format_bytes(report->bytes).text);
	for (size_t op = 0; op < DISK_OP_COUNT; op++) {
		const struct latency *total = &report->all[op].total;

		if (!total->count)
			continue;
		page_format(page, "%s%s %s", is_first ? "" : "· ", format_count(total->count).text,
			    disk_op_name((enum disk_op)op));
		if (total->bytes)
			page_format(page, "(%s)", format_bytes(total->bytes).text);
		is_first = false;
	}
	page_end(page);
}

static void print_head(const struct disk_report *report, struct page *page)
{
	lines_subject(page, report->target, report->name, report->pid);
	page_format(page, "watched for %s", format_duration(report->window_ns).text);
	page_end(page);
	if (report->count)
		print_sums(report, page);
	if (!report->lost)
		return;
	page_paint(page, PAINT_WARNING);
	page_begin(page, 0, 2);
	page_format(page, "%s requests were lost: all sums are too low.",
		    format_count(report->lost).text);
	page_end(page);
	page_paint(page, PAINT_PLAIN);
}

/* --- devices --- */

static void print_cells(struct page *page, const char *label, const char *const cells[CELLS])
{
	static const unsigned int WIDTHS[CELLS] = { 10, 8, 8, 7, 7, 7, 7, 7 };

	page_begin(page, INDENT, INDENT);
	page_cell(page, label, OP_COLUMNS, true);
	for (size_t i = 0; i < CELLS; i++) {
		lines_skip(page, 1);
		page_cell(page, cells[i], WIDTHS[i], false);
	}
	page_end(page);
}

static const char *const HEADINGS[CELLS] = {
	"requests", "per s", "size", "mean", "p50", "p99", "p99.9", "longest",
};

/* The numbers as words; they live as long as it does. */
struct cells {
	struct number numbers[CELLS];
	const char *texts[CELLS];
};

static void fill_cells(const struct disk_times *times, double per_s, struct cells *ret)
{
	const struct latency *total = &times->total;

	ret->numbers[0] = format_count(total->count);
	ret->numbers[1] = format_count((uint64_t)(per_s + 0.5));
	ret->numbers[2] = format_bytes(times->mean_bytes);
	ret->numbers[3] = format_duration(times->mean_ns);
	ret->numbers[4] = format_duration(total->p50_ns);
	ret->numbers[5] = format_duration(total->p99_ns);
	ret->numbers[6] = format_duration(total->p999_ns);
	ret->numbers[7] = format_duration(total->max_ns);
	for (size_t i = 0; i < CELLS; i++)
		ret->texts[i] = ret->numbers[i].text;
}

static void print_device_title(const struct disk_device *device, struct page *page)
{
	page_end(page);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_words(page, device->name);
	page_paint(page, PAINT_PLAIN);
	if (device->lower[0])
		page_format(page, "on %s", device->lower);
	if (device->takes_bios)
		page_words(page, "· no queue (bios)");
	else if (device->scheduler[0])
		page_format(page, "· scheduler %s", device->scheduler);
	if (device->is_rotational)
		page_words(page, "· rotational");
	if (device->has_write_cache)
		page_words(page, "· volatile write cache");
	page_format(page, "· %s/s", format_bytes((uint64_t)device->bytes_per_s).text);
	if (!device->takes_bios)
		page_format(page, "· %.2f waiting and", device->queue_depth);
	else
		page_words(page, "·");
	page_format(page, "%.2f in the device on average", device->device_depth);
	if (device->busy_share >= 0)
		page_format(page, "· busy %s", format_share(device->busy_share).text);
	page_end(page);
}

static void print_stages(const struct disk_times *times, struct page *page)
{
	if (!times->device.count)
		return;
	page_format(page, "in the device %s (p99 %s)", format_duration(times->device_mean_ns).text,
		    format_duration(times->device.p99_ns).text);
	page_format(page, "· before it %s", format_duration(times->queue_mean_ns).text);
	if (times->queue.count)
		page_format(page, "(p99 %s)", format_duration(times->queue.p99_ns).text);
}

static void print_part(uint64_t count, const char *what, struct page *page)
{
	if (count)
		page_format(page, "· %s %s", format_count(count).text, what);
}

/* What else is known of a line's requests. */
static void print_words(const struct disk_work *work, struct page *page)
{
	page_begin(page, INDENT + OP_COLUMNS + 1, INDENT + OP_COLUMNS + 3);
	print_stages(&work->times, page);
	if (work->times.total.bytes)
		page_format(page, "· %s/s", format_bytes((uint64_t)work->bytes_per_s).text);
	if (work->sequential_share >= 0)
		page_format(page, "· %s sequential", format_share(work->sequential_share).text);
	print_part(work->sync, "sync", page);
	print_part(work->meta, "metadata", page);
	print_part(work->ahead, "readahead", page);
	print_part(work->fua, "written through (FUA)", page);
	print_part(work->flushing, "after a flush", page);
	print_part(work->empty, "of these empty", page);
	print_part(work->times.merged, "merged in", page);
	print_part(work->requeued, "requeued", page);
	print_part(work->throttled, "throttled", page);
	print_part(work->times.total.errors, "failed", page);
	page_end(page);
}

static void print_device(const struct disk_report *report, const struct disk_device *device,
			 const struct disk_view *what, struct page *page)
{
	struct cells cells;

	print_device_title(device, page);
	print_cells(page, "", HEADINGS);
	for (size_t op = 0; op < DISK_OP_COUNT; op++) {
		const struct disk_work *work = &device->work[op];

		if (!work->times.total.count && !work->times.merged)
			continue;
		fill_cells(&work->times, work->per_s, &cells);
		print_cells(page, disk_op_name((enum disk_op)op), cells.texts);
		print_words(work, page);
	}
	if (what->has_heat)
		disk_heat_text(report, device, page);
}

/* --- what is seen --- */

static void print_claims(const struct disk_report *report, struct page *page)
{
	if (!report->claims.count)
		return;
	lines_heading(page, "What is seen:");
	page_end(page);
	for (size_t i = 0; i < report->claims.count; i++) {
		const struct disk_claim *claim = &report->claims.items[i];

		page_begin(page, 0, 2);
		page_words(page, "•");
		page_words(page, claim->device);
		page_format(page, "%s: %s.", disk_claim_id(claim->kind), claim->words);
		page_words(page, disk_claim_advice(claim->kind));
		page_end(page);
	}
}

/* --- rows --- */

static void print_issuer(const char *name, uint32_t number, struct page *page)
{
	if (number)
		page_format(page, "%s[%" PRIu32 "]", name, number);
	else
		page_words(page, name);
}

static void print_row_name(const struct disk_row *row, struct page *page)
{
	bool is_first = true;

	if (row->is_rest) {
		page_words(page, "the rest");
		return;
	}
	if (row->device[0]) {
		page_words(page, row->device);
		is_first = false;
	}
	if (row->has_op) {
		page_format(page, "%s%s%s%s", is_first ? "" : "· ", disk_op_name(row->op),
			    row->flags[0] ? " " : "", row->flags);
		is_first = false;
	}
	if (!row->issuer[0])
		return;
	if (!is_first)
		page_words(page, "·");
	print_issuer(row->issuer, row->pid, page);
}

static void print_row(const struct disk_row *row, struct page *page)
{
	page_begin(page, 0, 2);
	page_cell(page, format_share(row->count_share).text, LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, format_count(row->times.total.count).text, 10, false);
	lines_skip(page, 1);
	page_cell(page, format_bytes(row->times.total.bytes).text, 9, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(row->times.mean_ns).text, CELL_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(row->times.total.max_ns).text, CELL_COLUMNS, false);
	lines_skip(page, LINES_GAP);
	page->wants_space = false;
	print_row_name(row, page);
	page_end(page);
}

static void print_rows(const char *heading, const struct disk_row *rows, size_t count, size_t limit,
		       struct page *page)
{
	size_t shown = count < limit ? count : limit;

	if (!shown)
		return;
	lines_heading(page, heading);
	page_end(page);
	page_begin(page, 0, 2);
	page_cell(page, "share", LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, "requests", 10, false);
	lines_skip(page, 1);
	page_cell(page, "bytes", 9, false);
	lines_skip(page, 1);
	page_cell(page, "mean", CELL_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, "longest", CELL_COLUMNS, false);
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_row(&rows[i], page);
	lines_more(page, count - shown, "rows, in --json");
}

/* --- single requests --- */

static void print_slow(const struct disk_slow *slow, struct page *page)
{
	page_begin(page, 0, 2);
	page_cell(page, format_duration(slow->at_ns).text, 9, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(slow->total_ns).text, 9, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(slow->queue_ns).text, 9, false);
	lines_skip(page, 1);
	page_cell(page, format_duration(slow->device_ns).text, 9, false);
	lines_skip(page, LINES_GAP);
	page->wants_space = false;
	page_words(page, slow->device);
	page_format(page, "%s%s%s of %s at sector %" PRIu64 " by", disk_op_name(slow->op),
		    slow->flags[0] ? " " : "", slow->flags, format_bytes(slow->bytes).text,
		    slow->sector);
	print_issuer(slow->issuer, slow->tid, page);
	if (slow->error)
		page_words(page, "· failed");
	page_end(page);
}

static void print_slowest(const struct disk_report *report, struct page *page)
{
	size_t shown =
		report->slowest.count < SLOWEST_SHOWN ? report->slowest.count : SLOWEST_SHOWN;

	lines_heading(page, shown ? "The slowest requests:" : "No request took so long.");
	if (report->over_ns && shown)
		page_format(page, "%s took %s or more", format_count(report->slow_count).text,
			    format_duration(report->over_ns).text);
	page_end(page);
	if (!shown)
		return;
	page_begin(page, 0, 2);
	page_cell(page, "at", 9, false);
	lines_skip(page, 1);
	page_cell(page, "took", 9, false);
	lines_skip(page, 1);
	page_cell(page, "before it", 9, false);
	lines_skip(page, 1);
	page_cell(page, "in device", 9, false);
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_slow(&report->slowest.items[i], page);
	lines_more(page, report->slow_count - shown, "requests");
}

/* --- all of it --- */

int view_disk_text(const struct disk_report *report, const struct disk_view *what,
		   const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);
	size_t shown =
		report->devices.count < DEVICES_SHOWN ? report->devices.count : DEVICES_SHOWN;

	print_head(report, &page);
	if (what->map) {
		page_end(&page);
		stack_map_text(what->map, &page);
	}
	if (!shown) {
		lines_heading(&page, "No block requests.");
		page_end(&page);
	}
	for (size_t i = 0; i < shown; i++)
		print_device(report, &report->devices.items[i], what, &page);
	lines_more(&page, report->devices.count - shown, "devices, in --json");
	print_claims(report, &page);
	if (what->has_table)
		print_rows("By the keys asked for:", report->rows.items, report->rows.count,
			   ROWS_SHOWN, &page);
	print_rows("Who asked for it:", report->issuers.items, report->issuers.count, ISSUERS_SHOWN,
		   &page);
	if (what->has_slowest)
		print_slowest(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
