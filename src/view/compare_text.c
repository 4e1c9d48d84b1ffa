/* How do we say on a terminal what got slower? What is certain first, then the largest of the rest.
 */
#include "view/compare_text.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	UNCERTAIN_SHOWN = 4, /* of each kind, to tell what was looked at */
	CERTAIN_SHOWN = 20,
	COLUMNS = 9,
	NAME_COLUMN = LINES_SHARE_COLUMNS + 1 + 4 * (COLUMNS + 1) + LINES_GAP,
};

/* Less is not worth a line, unless it is certain. */
#define SHARE_SHOWN 0.005

static const char *const HEADINGS[CHANGE_KINDS] = {
	[CHANGE_TIME] = "",
	[CHANGE_CAUSE] = "By cause:",
	[CHANGE_SUBJECT] = "By whom it is blamed on:",
	[CHANGE_FUNCTION] = "CPU time by function:",
	[CHANGE_POOL] = "CPU time by pool of threads:",
};

static struct number amount(double ns)
{
	return format_duration(ns > 0 ? (uint64_t)ns : 0);
}

/* "+1.2 s", "-30 ms" */
static struct number signed_amount(double ns)
{
	struct number number = {};

	(void)snprintf(number.text, sizeof(number.text), "%c%.30s", ns < 0 ? '-' : '+',
		       amount(fabs(ns)).text);
	return number;
}

static struct number signed_share(double share)
{
	struct number number = {};

	(void)snprintf(number.text, sizeof(number.text), "%c%.30s", share < 0 ? '-' : '+',
		       format_share(fabs(share)).text);
	return number;
}

static void print_side(struct page *page, const char *label, const struct compared_run *runs,
		       size_t count)
{
	page_begin(page, 0, 10);
	page_cell(page, label, 8, true);
	for (size_t i = 0; i < count; i++) {
		page_words(page, runs[i].path);
		page_format(page, "(%s, %s)%s", runs[i].name[0] ? runs[i].name : "the machine",
			    amount(runs[i].time_ns).text, i + 1 < count ? "," : "");
	}
	page_end(page);
}

static const char *per(const struct comparison *comparison)
{
	return comparison->is_rate ? ", in each second of the watch" : "";
}

/* The one line to remember. */
static void print_time(const struct comparison *comparison, const struct change *time,
		       struct page *page)
{
	const char *word = !time->is_certain ? "No certain difference"
			   : time->share > 0 ? "Slower"
					     : "Faster";

	page_paint(page, time->is_certain && time->share > 0 ? PAINT_WARNING : PAINT_STRONG);
	page_begin(page, 0, 2);
	page_format(page, "%s: %s was %s, and is now %s%s (%s).", word, time->name,
		    amount(time->before_ns).text, amount(time->after_ns).text, per(comparison),
		    signed_share(time->share).text);
	page_paint(page, PAINT_PLAIN);
	page_end(page);
}

static void print_cells(struct page *page, const char *const cells[5])
{
	page_begin(page, 0, NAME_COLUMN);
	for (size_t i = 0; i < 5; i++) {
		page_cell(page, cells[i], i ? COLUMNS : LINES_SHARE_COLUMNS + 1, false);
		lines_skip(page, i + 1 < 5 ? 1 : LINES_GAP);
	}
}

static void print_change(const struct change *change, struct page *page)
{
	const double difference = change->after_ns - change->before_ns;
	const struct number share = signed_share(change->share);
	const struct number before = amount(change->before_ns);
	const struct number after = amount(change->after_ns);
	const struct number by = signed_amount(difference);
	const struct number chance =
		change->is_chance_known ? amount(change->chance_ns) : (struct number){ "unknown" };

	page_paint(page, change->is_certain ? PAINT_STRONG : PAINT_PLAIN);
	print_cells(page, (const char *const[]){ share.text, by.text, before.text, after.text,
						 chance.text });
	page_words(page, change->name);
	if (change->detail[0])
		page_format(page, "(%s)", change->detail);
	page_paint(page, PAINT_PLAIN);
	page_end(page);
}

static bool is_shown(const struct change *change, size_t certain, size_t uncertain)
{
	if (change->is_certain)
		return certain < CERTAIN_SHOWN;
	return uncertain < UNCERTAIN_SHOWN && fabs(change->share) >= SHARE_SHOWN;
}

/* The changes of one kind stand together. */
static void print_kind(const struct comparison *comparison, enum change_kind kind,
		       struct page *page)
{
	size_t certain = 0, uncertain = 0, hidden = 0;
	bool is_begun = false;

	for (size_t i = 0; i < comparison->changes.count; i++) {
		const struct change *change = &comparison->changes.items[i];

		if (change->kind != kind)
			continue;
		if (!is_shown(change, certain, uncertain)) {
			hidden += change->is_certain;
			continue;
		}
		if (!is_begun) {
			lines_heading(page, HEADINGS[kind]);
			page_end(page);
			print_cells(page, (const char *const[]){ "change", "by", "before", "after",
								 "chance" });
			page_words(page, "");
			page_end(page);
		}
		is_begun = true;
		if (!change->is_certain && uncertain++ == 0) {
			page_begin(page, 2, 4);
			page_words(page,
				   certain ? "not certain:" : "none is certain; the largest:");
			page_end(page);
		}
		certain += change->is_certain;
		print_change(change, page);
	}
	lines_more(page, hidden, "certain ones, in --json");
}

static void print_next(const struct comparison *comparison, struct page *page)
{
	if (!comparison->next_command[0])
		return;
	lines_heading(page, "Next:");
	page_words(page, comparison->next_command);
	page_end(page);
}

int view_compare_text(const struct comparison *comparison, const struct view_style *style,
		      FILE *out)
{
	struct page page = view_page(style, out);

	print_side(&page, "before:", comparison->before.items, comparison->before.count);
	print_side(&page, "after:", comparison->after.items, comparison->after.count);
	for (size_t i = 0; i < comparison->changes.count; i++) {
		if (comparison->changes.items[i].kind == CHANGE_TIME)
			print_time(comparison, &comparison->changes.items[i], &page);
	}
	for (enum change_kind kind = CHANGE_CAUSE; kind < CHANGE_KINDS; kind++)
		print_kind(comparison, kind, &page);
	lines_notes(&page, comparison->notes.items, comparison->notes.count);
	print_next(comparison, &page);
	return stream_flush(out);
}
