/* How is a distribution said on a terminal? A bar for each doubling. */
#include "view/histogram_text.h"

#include <string.h>

#include "finding/format.h"
#include "view/lines.h"

enum {
	BAR_COLUMNS = 40,
	TIME_COLUMNS = 8,
	COUNT_COLUMNS = 9,
};

static void print_bar(struct page *page, uint64_t count, uint64_t most)
{
	char bar[BAR_COLUMNS + 1] = "";
	size_t columns = most ? (size_t)((count * BAR_COLUMNS + most - 1) / most) : 0;

	memset(bar, '#', columns);
	lines_last(page, bar);
}

void histogram_text(const struct latency *latency, struct page *page)
{
	size_t first = LATENCY_DOUBLINGS, last = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < LATENCY_DOUBLINGS; i++) {
		if (!latency->doubling[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = latency->doubling[i] > most ? latency->doubling[i] : most;
	}
	for (size_t i = first; i <= last && first < LATENCY_DOUBLINGS; i++) {
		page_begin(page, 0, 2);
		page_cell(page, format_duration(UINT64_C(1) << i).text, TIME_COLUMNS, false);
		page_cell(page, " to ", 4, false);
		page_cell(page, format_duration(UINT64_C(2) << i).text, TIME_COLUMNS, false);
		lines_skip(page, 1);
		page_cell(page, format_count(latency->doubling[i]).text, COUNT_COLUMNS, false);
		lines_skip(page, LINES_GAP);
		print_bar(page, latency->doubling[i], most);
	}
}
