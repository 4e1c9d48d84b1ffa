/* How is a heat map drawn with letters? A row for each doubling of the latency, the longest on top;
 * a column for each slice of time; the fuller a cell, the darker. */
#include <string.h>

#include "finding/format.h"
#include "view/disk_text.h"
#include "view/lines.h"

enum {
	LABEL_COLUMNS = 9,
	SHADES = 5,
};

static const char *const SHADES_UTF8[SHADES] = { " ", "░", "▒", "▓", "█" };
static const char *const SHADES_ASCII[SHADES] = { " ", ".", "+", "*", "#" };

static uint64_t cell_of(const struct disk_heat *heat, size_t column, uint32_t row)
{
	return heat->cells.items[column * heat->rows + row];
}

static uint64_t largest(const struct disk_heat *heat)
{
	uint64_t max = 0;

	for (size_t i = 0; i < heat->cells.count; i++)
		max = heat->cells.items[i] > max ? heat->cells.items[i] : max;
	return max;
}

static unsigned int bits(uint64_t value)
{
	return value ? 64 - (unsigned int)__builtin_clzll(value) : 0;
}

/* By how many digits the count has: a single slow request among thousands is what one looks for. */
static unsigned int shade_of(uint64_t count, uint64_t max)
{
	if (!count)
		return 0;
	if (count == max)
		return SHADES - 1;
	return 1 + (bits(count) - 1) * (SHADES - 1) / bits(max);
}

static void print_row(const struct disk_device *device, uint32_t row, uint64_t max,
		      struct page *page)
{
	const struct disk_heat *heat = &device->heat;
	uint64_t from_ns = 1ULL << (heat->first_doubling + row);

	page_begin(page, 4, 4);
	page_cell(page, format_duration(from_ns).text, LABEL_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, "|", 1, true);
	for (size_t i = 0; i < device->columns.count; i++) {
		unsigned int shade = shade_of(cell_of(heat, i, row), max);

		page_cell(page, page->utf8 ? SHADES_UTF8[shade] : SHADES_ASCII[shade], 1, true);
	}
	page_end(page);
}

void disk_heat_text(const struct disk_report *report, const struct disk_device *device,
		    struct page *page)
{
	uint64_t max = largest(&device->heat);

	if (!max)
		return;
	page_begin(page, 4, 6);
	page_format(page,
		    "latency over time, from %s up; a column is %s, and the darkest cell has %s of "
		    "%s requests:",
		    format_duration(1ULL << device->heat.first_doubling).text,
		    format_duration(report->column_ns).text, format_count(max).text,
		    format_count(device->told).text);
	page_end(page);
	for (uint32_t row = device->heat.rows; row-- > 0;)
		print_row(device, row, max, page);
}
