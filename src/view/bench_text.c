/* How do we say on a terminal how targets compare? A table for each load, what differs and why, and
 * whose CPU time it took. */
#include "view/bench_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	SPEED_COLUMNS = 12,
	POOLS_SHOWN = 8, /* of one target */
	RESULT_CELLS = 7,
	POOL_CELLS = 5,
};

/* Pools with less of their target's CPU time are not shown. */
#define POOL_SHARE_SHOWN 0.01

struct column {
	const char *head;
	unsigned int width;
	bool is_narrow; /* a page of 80 columns has it as well */
};

static const struct column RESULT_COLUMNS[RESULT_CELLS] = {
	{ "a second", SPEED_COLUMNS, true },
	{ "+-", 7, true },
	{ "operations/s", 12, true },
	{ "p50", 8, true },
	{ "p99", 8, true },
	{ "longest", 8, false },
	{ "CPU/GiB", 8, true },
};

static const struct column POOL_COLUMNS[POOL_CELLS] = {
	{ "CPU time", SPEED_COLUMNS, true },
	{ "per GiB", 8, true },
	{ "busy", 8, true },
	{ "threads", 8, true },
	{ "born/gone", 10, true },
};

/* --- numbers --- */

static const struct number NONE = { "-" };

static struct number duration(double ns)
{
	return format_duration(ns > 0 ? (uint64_t)ns : 0);
}

static struct number speed(double bytes_per_s)
{
	struct number number = format_bytes(bytes_per_s > 0 ? (uint64_t)bytes_per_s : 0);
	size_t used = strlen(number.text);

	(void)snprintf(number.text + used, sizeof(number.text) - used, "/s");
	return number;
}

static void print_cells(struct page *page, const struct column *columns, size_t count,
			const struct number *cells)
{
	page_begin(page, 2, 4);
	for (size_t i = 0; i < count; i++) {
		if (page->columns < 100 && !columns[i].is_narrow)
			continue;
		page_cell(page, cells ? cells[i].text : columns[i].head, columns[i].width, false);
		lines_skip(page, 1);
	}
	lines_skip(page, LINES_GAP - 1);
}

/* --- what was tried --- */

static void print_head(const struct bench *bench, struct page *page)
{
	page_begin(page, 0, 2);
	page_format(page, "%s, %" PRIu32 " round%s of each load in each target", bench->fio,
		    bench->rounds, bench->rounds == 1 ? "" : "s");
	if (bench->run_ns)
		page_format(page, "for %s", format_duration(bench->run_ns).text);
	if (bench->size)
		page_format(page, "on a file of %s", format_bytes(bench->size).text);
	if (bench->cpus)
		page_format(page, "(%" PRIu32 " CPU%s)", bench->cpus, bench->cpus == 1 ? "" : "s");
	page_end(page);
	if (!bench->was_interrupted)
		return;
	page_paint(page, PAINT_WARNING);
	page_line(page, 0, "It was interrupted: what follows is of the rounds that were whole.");
	page_paint(page, PAINT_PLAIN);
}

static void print_target(const struct bench_target *target, struct page *page)
{
	page_begin(page, 2, 6);
	page_format(page, "%s:", target->name);
	page_words(page, target->folder);
	if (target->type[0])
		page_format(page, "(%s", target->type);
	if (target->type[0])
		page_format(page, "on %s)", target->source[0] ? target->source : "what is unknown");
	page_end(page);
}

/* --- results --- */

static bool has_both(const struct bench_row *row)
{
	return row->latency[BENCH_READ].count && row->latency[BENCH_WRITE].count;
}

/* What only one of the ways has: NULL when there are both, or none. */
static const struct latency *only_latency(const struct bench_row *row)
{
	if (has_both(row))
		return NULL;
	if (row->latency[BENCH_READ].count)
		return &row->latency[BENCH_READ];
	return row->latency[BENCH_WRITE].count ? &row->latency[BENCH_WRITE] : NULL;
}

static void set_latency(const struct latency *latency, struct number *cells)
{
	cells[3] = latency ? format_duration(latency->p50_ns) : NONE;
	cells[4] = latency ? format_duration(latency->p99_ns) : NONE;
	cells[5] = latency ? format_duration(latency->max_ns) : NONE;
}

static void print_way(const struct bench_row *row, enum bench_way way, struct page *page)
{
	struct number cells[RESULT_CELLS] = { speed(row->way_bytes_per_s[way]) };

	set_latency(&row->latency[way], cells);
	print_cells(page, RESULT_COLUMNS, RESULT_CELLS, cells);
	lines_last(page, way == BENCH_READ ? "  its reads" : "  its writes");
}

static void print_result(const struct bench_target *target, const struct bench_row *row,
			 struct page *page)
{
	struct number cells[RESULT_CELLS] = {
		speed(row->bytes_per_s),
		row->rounds > 1 ? format_share(row->deviation) : NONE,
		format_count((uint64_t)row->ops_per_s),
		[6] = row->is_watched ? duration(row->cpu_per_gib) : NONE,
	};

	set_latency(only_latency(row), cells);
	print_cells(page, RESULT_COLUMNS, RESULT_CELLS, cells);
	lines_last(page, target->name);
	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS && has_both(row); way++)
		print_way(row, way, page);
}

static void print_difference(const struct bench_difference *difference, struct page *page)
{
	page_end(page);
	page_paint(page, difference->is_certain ? PAINT_WARNING : PAINT_STRONG);
	page_begin(page, 2, 4);
	page_words(page, difference->headline);
	page_paint(page, PAINT_PLAIN);
	page_end(page);
	for (size_t i = 0; i < difference->reasons.count; i++)
		lines_bullet(page, 4, "•", difference->reasons.items[i].words);
	for (size_t i = 0; i < difference->advice.count; i++)
		lines_bullet(page, 4, "→", difference->advice.items[i].words);
}

/* --- CPU time --- */

static void print_pool(const struct bench_pool *pool, struct page *page)
{
	struct number cells[POOL_CELLS] = {
		format_duration(pool->run_ns),
		duration(pool->ns_per_gib),
		format_share(pool->cpus),
		format_count(pool->threads),
	};

	(void)snprintf(cells[4].text, sizeof(cells[4].text), "%" PRIu32 "/%" PRIu32, pool->born,
		       pool->died);
	print_cells(page, POOL_COLUMNS, POOL_CELLS, cells);
	page_words(page, pool->name);
	if (pool->is_kernel)
		page_words(page, "(kernel)");
	page_end(page);
}

static void print_pools(const struct bench_target *target, const struct bench_row *row,
			struct page *page)
{
	uint64_t all_ns = row->job_ns + row->kernel_ns;
	size_t shown = 0;

	page_end(page);
	page_begin(page, 2, 4);
	if (!row->is_watched) {
		page_format(page, "CPU time in %s: %s of fio; that of other threads is not known",
			    target->name, format_duration(row->counted_ns).text);
		page_end(page);
		return;
	}
	page_format(page,
		    "CPU time in %s: %s of the job, %s of kernel threads, in %" PRIu32 " round%s",
		    target->name, format_duration(row->job_ns).text,
		    format_duration(row->kernel_ns).text, row->rounds, row->rounds == 1 ? "" : "s");
	page_end(page);
	print_cells(page, POOL_COLUMNS, POOL_CELLS, NULL);
	lines_last(page, "pool of threads");
	for (; shown < row->pools.count && shown < POOLS_SHOWN; shown++) {
		const struct bench_pool *pool = &row->pools.items[shown];

		if ((double)pool->run_ns < POOL_SHARE_SHOWN * (double)all_ns)
			break;
		print_pool(pool, page);
	}
	if (shown < row->pools.count) {
		page_begin(page, 4, 6);
		page_format(page, "and %zu smaller ones, in --json", row->pools.count - shown);
		page_end(page);
	}
}

/* --- a load --- */

static void print_case(const struct bench *bench, const struct bench_case *one, struct page *page)
{
	lines_heading(page, one->id);
	if (one->words[0])
		page_format(page, "(%s)", one->words);
	page_end(page);
	print_cells(page, RESULT_COLUMNS, RESULT_CELLS, NULL);
	lines_last(page, "target");
	for (size_t i = 0; i < bench->targets.count; i++) {
		if (one->rows[i].rounds)
			print_result(&bench->targets.items[i], &one->rows[i], page);
	}
	for (size_t i = 0; i < one->differences.count; i++)
		print_difference(&one->differences.items[i], page);
	for (size_t i = 0; i < bench->targets.count; i++) {
		if (one->rows[i].rounds)
			print_pools(&bench->targets.items[i], &one->rows[i], page);
	}
}

static bool was_tried(const struct bench *bench, const struct bench_case *one)
{
	for (size_t i = 0; i < bench->targets.count; i++) {
		if (one->rows[i].rounds)
			return true;
	}
	return false;
}

int view_bench_text(const struct bench *bench, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(bench, &page);
	for (size_t i = 0; i < bench->targets.count; i++)
		print_target(&bench->targets.items[i], &page);
	for (size_t i = 0; i < bench->cases.count; i++) {
		if (was_tried(bench, &bench->cases.items[i]))
			print_case(bench, &bench->cases.items[i], &page);
	}
	lines_notes(&page, bench->notes.items, bench->notes.count);
	return stream_flush(out);
}
