/* How do we say it on a terminal? Tables whose last column takes the room that is left, and the
 * tree (tree_text.c). */
#include "view/profile_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/escape.h"
#include "finding/format.h"
#include "finding/frames.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/tree_text.h"

enum {
	ROWS_SHOWN = 40,
	POOLS_SHOWN = 20,
	NAME_COLUMNS_MAX = 24, /* of threads and files, where others follow */
	LAST_COLUMNS_MIN = 20,
};

/* Text of one cell; unescaped. */
struct cell {
	char text[512];
};

static struct cell cell_of(const char *text)
{
	struct cell cell;

	(void)snprintf(cell.text, sizeof(cell.text), "%s", text);
	return cell;
}

static struct number amount_of(const struct profile *profile, uint64_t amount)
{
	return profile->unit == PROFILE_NS ? format_duration(amount) : format_count(amount);
}

/* --- what it is a profile of --- */

static void print_target(const struct profile *profile, struct page *page)
{
	lines_target(page, profile);
	page_begin(page, 0, 2);
	page_format(page, "100 %% is %s of %s:", amount_of(profile, profile->amount).text,
		    profile->is_wall              ? "wall time"
		    : profile->unit == PROFILE_NS ? "CPU time"
						  : profile->sampler);
	page_format(page, "%s samples%s of %s", format_count(profile->samples).text,
		    profile->is_wall ? " of it while it ran," : "", profile->sampler);
	page_end(page);
}

/* --- the flat table --- */

static const char *heading_of(enum profile_key key)
{
	switch (key) {
	case PROFILE_COMM:
		return "threads";
	case PROFILE_POOL:
		return "pool";
	case PROFILE_DSO:
		return "file";
	case PROFILE_SYMBOL:
		return "function";
	case PROFILE_KEY_COUNT:
		break;
	}
	return "";
}

static struct cell key_cell(const struct profile *profile, const struct profile_row *row,
			    enum profile_key key)
{
	const struct profile_frame *frames = profile->frames.items;
	struct frame_module module;

	switch (key) {
	case PROFILE_COMM:
		return cell_of(frame_name(&frames[row->threads]));
	case PROFILE_POOL:
		return cell_of(frame_name(&frames[row->pool]));
	case PROFILE_DSO:
		module = frame_module(&frames[row->frame]);
		return cell_of(module.text);
	case PROFILE_SYMBOL:
		return cell_of(frame_name(&frames[row->frame]));
	case PROFILE_KEY_COUNT:
		break;
	}
	return cell_of("");
}

static size_t rows_shown(const struct profile *profile)
{
	return profile->rows.count < ROWS_SHOWN ? profile->rows.count : ROWS_SHOWN;
}

/* As wide as its widest cell, up to a limit; the last takes what is left. */
static unsigned int column_width(const struct profile *profile, enum profile_key key,
				 const struct page *page)
{
	unsigned int width = (unsigned int)strlen(heading_of(key)), limit = NAME_COLUMNS_MAX;

	if (key == PROFILE_SYMBOL)
		limit = page->columns / 2;
	for (size_t i = 0; i < rows_shown(profile); i++) {
		const struct cell cell = key_cell(profile, &profile->rows.items[i], key);
		unsigned int wanted = escaped_columns(cell.text, page->utf8);

		if (wanted > width)
			width = wanted;
	}
	return width < limit ? width : limit;
}

struct columns {
	unsigned int widths[PROFILE_KEY_COUNT];
};

static struct columns find_columns(const struct profile *profile, const struct page *page)
{
	unsigned int used = 2 * LINES_SHARE_COLUMNS + 1 + LINES_GAP;
	struct columns columns = {};

	for (size_t i = 0; i < profile->keys.count; i++) {
		columns.widths[i] = column_width(profile, profile->keys.items[i], page);
		used += columns.widths[i] + LINES_GAP;
	}
	/* Too wide: the widest gives way, as long as the last column would be too narrow. */
	while (used > page->columns + columns.widths[profile->keys.count - 1] + LINES_GAP -
			      LAST_COLUMNS_MIN) {
		size_t widest = 0;

		for (size_t i = 1; i + 1 < profile->keys.count; i++) {
			if (columns.widths[i] > columns.widths[widest])
				widest = i;
		}
		if (columns.widths[widest] <= LAST_COLUMNS_MIN / 2)
			break;
		columns.widths[widest]--;
		used--;
	}
	return columns;
}

static void print_key(const struct profile *profile, size_t key, const struct columns *columns,
		      const char *text, struct page *page)
{
	if (key + 1 == profile->keys.count) {
		lines_last(page, text);
		return;
	}
	page_cell(page, text, columns->widths[key], true);
	lines_skip(page, LINES_GAP);
}

static void print_table(const struct profile *profile, struct page *page)
{
	const struct columns columns = find_columns(profile, page);

	lines_heading(page, profile->is_wall ? "Where the time is:" : "Where the samples are:");
	page_words(page, "self, and total with all that was called");
	page_end(page);
	lines_shares(page, "self", "total");
	for (size_t key = 0; key < profile->keys.count; key++)
		print_key(profile, key, &columns, heading_of(profile->keys.items[key]), page);

	for (size_t i = 0; i < rows_shown(profile); i++) {
		const struct profile_row *row = &profile->rows.items[i];

		lines_shares(page, format_share(row->self_share).text,
			     format_share(row->total_share).text);
		for (size_t key = 0; key < profile->keys.count; key++) {
			const struct cell cell = key_cell(profile, row, profile->keys.items[key]);

			print_key(profile, key, &columns, cell.text, page);
		}
	}
	lines_more(page, profile->rows.count - rows_shown(profile), "rows with less");
}

/* --- pools --- */

static void print_pool_line(struct page *page, const char *const cells[6], const char *name)
{
	static const unsigned int WIDTHS[6] = { LINES_SHARE_COLUMNS, 8, 8, 8, 7, 10 };

	page_begin(page, 0, 2);
	for (size_t i = 0; i < array_count(WIDTHS); i++) {
		page_cell(page, cells[i], WIDTHS[i], false);
		lines_skip(page, i + 1 < array_count(WIDTHS) ? 1 : LINES_GAP);
	}
	lines_last(page, name);
}

static void print_pool(const struct profile_pool *pool, struct page *page)
{
	const struct number share = format_share(pool->cpu_share);
	const struct number run = format_duration(pool->run_ns);
	const struct number user = format_duration(pool->user_ns);
	const struct number kernel = format_duration(pool->kernel_ns);
	const struct number threads = format_count(pool->threads);
	char life[80] = "", name[96];

	if (pool->born || pool->died)
		(void)snprintf(life, sizeof(life), "+%s -%s", format_count(pool->born).text,
			       format_count(pool->died).text);
	(void)snprintf(name, sizeof(name), "%s%s", pool->name, pool->is_kernel ? " (kernel)" : "");
	print_pool_line(page,
			(const char *const[]){ share.text, run.text, user.text, kernel.text,
					       threads.text, life },
			name);
}

static void print_pools(const struct profile *profile, struct page *page)
{
	size_t shown = profile->pools.count < POOLS_SHOWN ? profile->pools.count : POOLS_SHOWN;

	if (!shown)
		return;
	lines_heading(page, "CPU time by pool of threads:");
	page_format(page, "%s; a share is of all CPUs for the whole watch",
		    profile->pools_are_exact ? "as the scheduler counted it" : "by samples");
	page_end(page);
	print_pool_line(
		page,
		(const char *const[]){ "share", "CPU", "user", "kernel", "threads", "born, died" },
		"pool");
	for (size_t i = 0; i < shown; i++)
		print_pool(&profile->pools.items[i], page);
	lines_more(page, profile->pools.count - shown, "pools");
}

static void print_hidden(const struct profile *profile, struct page *page)
{
	if (!profile->hidden_rows)
		return;
	page_end(page);
	page_begin(page, 0, 2);
	page_format(page, "Left out: %s rows and call paths with less than %s (see --min)",
		    format_count(profile->hidden_rows).text, format_share(profile->min_share).text);
	page_end(page);
}

static void print_profile(const struct profile *profile, bool with_pools, struct page *page)
{
	print_target(profile, page);
	if (profile->rows.count) {
		print_table(profile, page);
		tree_text(profile, page);
	} else {
		lines_heading(page, "No samples.");
		page_end(page);
	}
	print_hidden(profile, page);
	if (with_pools)
		print_pools(profile, page);
	lines_notes(page, profile->notes.items, profile->notes.count);
}

int view_profiles_text(const struct profiles *profiles, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	for (size_t i = 0; i < profiles->items.count; i++) {
		if (i)
			page_end(&page);
		/* The threads' time is the same, whoever took the samples. */
		print_profile(profiles->items.items[i], i + 1 == profiles->items.count, &page);
	}
	return stream_flush(out);
}
