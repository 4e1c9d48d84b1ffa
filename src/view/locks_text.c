/* How do we say it on a terminal? A block for each lock that the watch saw; for the kernel's own
 * statistics a table, with the call sites below a row. */
#include "view/locks_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/escape.h"
#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	LOCKS_SHOWN = 15,
	ROWS_SHOWN = 40,
	ROWS_WITH_SITES = 10,
	HOLDERS_SHOWN = 4,
	DOINGS_SHOWN = 5,
	PATHS_SHOWN = 2,
	FRAMES_SHOWN = 8, /* more are in --json */
	INDENT = 4,
	LABEL_COLUMNS = 12,
	HELD_FROM_COLUMNS = 100, /* pages of so many columns have room for what was held, too */
};

/* Below 0 is not known. */
static struct number share_text(double share)
{
	return share < 0 ? (struct number){ "?" } : format_share(share);
}

/* --- what the watch saw --- */

static void print_target(const struct lock_watch *watch, struct page *page)
{
	lines_subject(page, watch->target, watch->name, watch->pid);
	page_format(page, "watched for %s", format_duration(watch->window_ns).text);
	page_end(page);
}

static void begin_label(struct page *page, const char *label)
{
	page_begin(page, INDENT, INDENT + LABEL_COLUMNS);
	page_cell(page, label, LABEL_COLUMNS, true);
}

static void print_title(const struct lock *lock, struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, INDENT);
	page_format(page, "%6s ", share_text(lock->wait_share).text);
	if (lock->name[0])
		page_words(page, lock->name);
	else
		page_words(page, lock->is_user ? "a lock" : "a lock of unknown name");
	if (lock->is_user)
		page_format(page, "of %s", lock->process);
	page_paint(page, PAINT_PLAIN);
	page_format(page, "(%s at 0x%" PRIx64 "%s)", lock->type, lock->address,
		    lock->naming == LOCK_NAMED_CALLER ? "; named after who waits" : "");
	page_end(page);
}

static void print_times(const struct lock *lock, bool knows_sleeps, struct page *page)
{
	begin_label(page, "waited");
	page_format(page, "%s in %s %s: mean %s,", format_duration(lock->wait_ns).text,
		    format_count(lock->contentions).text,
		    lock->contentions == 1 ? "contention" : "contentions",
		    format_duration(lock->wait_mean_ns).text);
	page_format(page, "half within %s, 99 %% within %s, longest %s%s",
		    format_duration(lock->wait_p50_ns).text,
		    format_duration(lock->wait_p99_ns).text,
		    format_duration(lock->wait_max_ns).text, knows_sleeps || lock->open ? ";" : "");
	if (knows_sleeps)
		page_format(page, "asleep for %s of it%s", format_duration(lock->slept_ns).text,
			    lock->open ? ";" : "");
	if (lock->open)
		page_format(page, "%s still waited at the end", format_count(lock->open).text);
	page_end(page);
}

static void print_holders(const struct lock *lock, struct page *page)
{
	size_t shown = lock->holders.count < HOLDERS_SHOWN ? lock->holders.count : HOLDERS_SHOWN;

	if (!shown)
		return;
	begin_label(page, "held by");
	for (size_t i = 0; i < shown; i++) {
		const struct lock_holder *holder = &lock->holders.items[i];

		if (holder->tid)
			page_format(page, "%s[%" PRIu32 "]%s", holder->who, holder->tid,
				    holder->is_waker ? " (who let it go)" : "");
		else
			page_words(page, "unknown");
		page_format(page, "%s, %s %s%s", share_text(holder->share).text,
			    format_count(holder->waits).text, holder->waits == 1 ? "time" : "times",
			    i + 1 < lock->holders.count ? ";" : "");
	}
	if (lock->holders.count > shown)
		page_format(page, "and %zu more", lock->holders.count - shown);
	page_end(page);
}

static const char *state_title(const struct lock_doing *doing)
{
	enum cause cause = cause_find(doing->state);

	return cause == CAUSE_UNKNOWN ? doing->state : cause_title(cause);
}

static void print_doings(const struct lock *lock, struct page *page)
{
	size_t shown = lock->doings.count < DOINGS_SHOWN ? lock->doings.count : DOINGS_SHOWN;

	if (!shown)
		return;
	begin_label(page, "meanwhile");
	for (size_t i = 0; i < shown; i++) {
		const struct lock_doing *doing = &lock->doings.items[i];

		page_format(page, "%s %s", share_text(doing->share).text, state_title(doing));
		if (doing->detail[0])
			page_format(page, "(%s)", doing->detail);
		if (i + 1 < shown)
			page_words(page, "·");
	}
	page_end(page);
}

static void print_paths(const char *label, const struct lock_paths_list *paths, struct page *page)
{
	for (size_t i = 0; i < paths->count && i < PATHS_SHOWN; i++) {
		const struct lock_path *path = &paths->items[i];

		begin_label(page, i ? "" : label);
		page_format(page, "%s", share_text(path->share).text);
		for (size_t k = 0; k < path->frames.count && k < FRAMES_SHOWN; k++)
			page_format(page, "%s%s", k ? "← " : "", path->frames.items[k].words);
		page_end(page);
	}
}

static void print_lock(const struct lock *lock, bool knows_sleeps, struct page *page)
{
	print_title(lock, page);
	print_times(lock, knows_sleeps, page);
	print_holders(lock, page);
	print_doings(lock, page);
	print_paths("waiting in", &lock->waiters, page);
	print_paths("let go in", &lock->releases, page);
}

static void print_watch(const struct lock_report *report, struct page *page)
{
	const struct lock_watch *watch = &report->watch;
	size_t shown = watch->locks.count < LOCKS_SHOWN ? watch->locks.count : LOCKS_SHOWN;

	print_target(watch, page);
	if (!shown) {
		lines_heading(page, "No wait for a lock was seen.");
		page_end(page);
		return;
	}
	lines_heading(page, "Locks that were waited for:");
	page_format(page, "%s, for %s of all threads together in %s contentions; by %s",
		    format_count(watch->locks.count).text, format_duration(watch->wait_ns).text,
		    format_count(watch->contentions).text,
		    lock_order_name(report->order == LOCK_ORDER_HOLD ? LOCK_ORDER_WAIT
								     : report->order));
	page_end(page);
	for (size_t i = 0; i < shown; i++)
		print_lock(&watch->locks.items[i], watch->knows_sleeps, page);
	lines_more(page, watch->locks.count - shown, "locks, in --json");
}

/* --- what the kernel counted --- */

/* Right-aligned cells; the name takes the room that is left. */
enum cell {
	CELL_SHARE,
	CELL_WAITED,
	CELL_CONTENTIONS,
	CELL_RATE,
	CELL_MEAN,
	CELL_MAX,
	CELL_HELD,
	CELL_COUNT,
};

static const unsigned int WIDTHS[CELL_COUNT] = {
	[CELL_SHARE] = 6, [CELL_WAITED] = 8, [CELL_CONTENTIONS] = 9, [CELL_RATE] = 6,
	[CELL_MEAN] = 7,  [CELL_MAX] = 7,    [CELL_HELD] = 8,
};

static size_t cells_shown(const struct page *page)
{
	return page->columns >= HELD_FROM_COLUMNS ? CELL_COUNT : CELL_HELD;
}

/* The last cell of a line: cut where the line ends, and not filled. */
static void print_last(struct page *page, const char *text)
{
	unsigned int wanted = escaped_columns(text, page->utf8);
	unsigned int room = page->column < page->columns ? page->columns - page->column : 1;

	page_cell(page, text, wanted < room ? wanted : room, true);
	page_end(page);
}

static void print_cells(struct page *page, const char *const cells[CELL_COUNT], const char *name)
{
	page_begin(page, 0, 2);
	for (size_t i = 0; i < cells_shown(page); i++) {
		page_cell(page, cells[i], WIDTHS[i], false);
		page_cell(page, "", i + 1 < cells_shown(page) ? 1 : 2, true);
	}
	print_last(page, name);
}

static void print_sites(const char *label, const struct lock_sites *sites, struct page *page)
{
	for (size_t i = 0; i < sites->count; i++) {
		page_begin(page, 2 * INDENT, 2 * INDENT + 2);
		page_cell(page, i ? "" : label, LABEL_COLUMNS, true);
		page_cell(page, share_text(sites->items[i].share).text, 6, false);
		page_cell(page, "", 2, true);
		print_last(page, sites->items[i].place);
	}
}

static void print_row(const struct lock_class *row, struct page *page)
{
	const struct number share = share_text(row->wait_share);
	const struct number waited = format_duration(row->wait_ns);
	const struct number contentions = format_count(row->contentions);
	const struct number rate = share_text(row->contended_share);
	const struct number mean = format_duration(row->wait_mean_ns);
	const struct number max =
		row->has_extremes ? format_duration(row->wait_max_ns) : (struct number){ "?" };
	const struct number held = format_duration(row->hold_ns);
	char name[160], classes[32] = "";

	if (row->classes > 1)
		(void)snprintf(classes, sizeof(classes), " (%" PRIu32 " classes)", row->classes);
	(void)snprintf(name, sizeof(name), "%s%s%s", row->name,
		       row->mode == LOCK_MODE_READ    ? " (read)"
		       : row->mode == LOCK_MODE_WRITE ? " (write)"
						      : "",
		       classes);
	print_cells(page,
		    (const char *const[CELL_COUNT]){ share.text, waited.text, contentions.text,
						     rate.text, mean.text, max.text, held.text },
		    name);
}

/* Without contentions a row tells of holding only. */
static bool is_shown(const struct lock_class *row, enum lock_order order)
{
	return row->contentions || order == LOCK_ORDER_HOLD || order == LOCK_ORDER_NAME;
}

static void print_rows(const struct lock_report *report, struct page *page)
{
	size_t shown = 0, left_out = 0;

	for (size_t i = 0; i < report->classes.rows.count; i++) {
		const struct lock_class *row = &report->classes.rows.items[i];

		if (!is_shown(row, report->order))
			continue;
		if (shown >= ROWS_SHOWN) {
			left_out++;
			continue;
		}
		print_row(row, page);
		if (shown++ < ROWS_WITH_SITES) {
			print_sites("waiting in", &row->waiting, page);
			print_sites("held in", &row->holding, page);
		}
	}
	lines_more(page, left_out, "rows, in --json");
	if (report->order != LOCK_ORDER_HOLD && report->order != LOCK_ORDER_NAME)
		lines_more(page, report->classes.quiet, "that nobody had to wait for");
}

static void print_classes(const struct lock_report *report, struct page *page)
{
	const struct lock_classes *classes = &report->classes;

	char version[48] = "";

	if (classes->version[0])
		(void)snprintf(version, sizeof(version), " (lock_stat version %s)",
			       classes->version);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_format(page, "What the kernel itself counted%s%s:", version,
		    classes->is_difference ? " between the two counts" : "");
	page_paint(page, PAINT_PLAIN);
	page_format(page, "%s of waiting in %s contentions", format_duration(classes->wait_ns).text,
		    format_count(classes->contentions).text);
	page_format(page, "of %s acquisitions", format_count(classes->acquisitions).text);
	page_end(page);
	if (!classes->rows.count)
		return;
	lines_heading(page, "By class of locks:");
	page_format(page, "rate is contentions of acquisitions; by %s",
		    lock_order_name(report->order));
	page_end(page);
	print_cells(page,
		    (const char *const[CELL_COUNT]){ "share", "waited", "contended", "rate", "mean",
						     "longest", "held" },
		    "class");
	print_rows(report, page);
}

int view_locks_text(const struct lock_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	if (report->watch.is_told)
		print_watch(report, &page);
	if (report->watch.is_told && report->classes.is_told)
		page_end(&page);
	if (report->classes.is_told)
		print_classes(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
