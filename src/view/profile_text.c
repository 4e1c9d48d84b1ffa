/* How do we say it on a terminal? Tables whose last column takes the room that is left; a tree that
 * is indented only where it branches. */
#include "view/profile_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/escape.h"
#include "view/frames.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	ROWS_SHOWN = 40,
	NODES_SHOWN = 120,
	POOLS_SHOWN = 20,
	SHARE_COLUMNS = 7,
	GAP = 2,
	NAME_COLUMNS_MAX = 24, /* of threads and files, where others follow */
	LAST_COLUMNS_MIN = 20,
	INDENT_MAX = 40, /* of the tree: deeper branches stand at one column */
};

/* Call paths below this are in JSON and in folded stacks only. */
static const double NODE_SHARE_MIN = 0.01;

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

static void print_heading(struct page *page, const char *text)
{
	page_end(page);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_words(page, text);
	page_paint(page, PAINT_PLAIN);
}

/* --- what it is a profile of --- */

static void print_target(const struct profile *profile, struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	if (profile->target != TARGET_MACHINE)
		page_format(page, "%s %s[%" PRIu32 "],", target_kind_name(profile->target),
			    profile->name, profile->pid);
	else if (profile->name[0])
		page_format(page, "the whole machine (%s),", profile->name);
	else
		page_words(page, "the whole machine,");
	page_paint(page, PAINT_PLAIN);
	if (profile->window_ns)
		page_format(page, "watched for %s", format_duration(profile->window_ns).text);
	if (profile->cpus)
		page_format(page, "on %s CPUs", format_count(profile->cpus).text);
	page_end(page);

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

static void skip_columns(struct page *page, unsigned int columns)
{
	page_cell(page, "", columns, true);
}

static void print_shares(struct page *page, const char *first, const char *second)
{
	page_begin(page, 0, 2);
	page_cell(page, first, SHARE_COLUMNS, false);
	skip_columns(page, 1);
	page_cell(page, second, SHARE_COLUMNS, false);
	skip_columns(page, GAP);
}

/* The last cell of a line: cut where the line ends, and not filled. */
static void print_last(struct page *page, const char *text)
{
	unsigned int wanted = escaped_columns(text, page->utf8);
	unsigned int room = page->column < page->columns ? page->columns - page->column : 1;

	page_cell(page, text, wanted < room ? wanted : room, true);
	page_end(page);
}

struct columns {
	unsigned int widths[PROFILE_KEY_COUNT];
};

static struct columns find_columns(const struct profile *profile, const struct page *page)
{
	unsigned int used = 2 * SHARE_COLUMNS + 1 + GAP;
	struct columns columns = {};

	for (size_t i = 0; i < profile->keys.count; i++) {
		columns.widths[i] = column_width(profile, profile->keys.items[i], page);
		used += columns.widths[i] + GAP;
	}
	/* Too wide: the widest gives way, as long as the last column would be too narrow. */
	while (used >
	       page->columns + columns.widths[profile->keys.count - 1] + GAP - LAST_COLUMNS_MIN) {
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
		print_last(page, text);
		return;
	}
	page_cell(page, text, columns->widths[key], true);
	skip_columns(page, GAP);
}

static void print_more(struct page *page, uint64_t more, const char *what)
{
	if (!more)
		return;
	page_begin(page, 2, 4);
	page_format(page, "and %s more %s", format_count(more).text, what);
	page_end(page);
}

static void print_table(const struct profile *profile, struct page *page)
{
	const struct columns columns = find_columns(profile, page);

	print_heading(page, profile->is_wall ? "Where the time is:" : "Where the samples are:");
	page_words(page, "self, and total with all that was called");
	page_end(page);
	print_shares(page, "self", "total");
	for (size_t key = 0; key < profile->keys.count; key++)
		print_key(profile, key, &columns, heading_of(profile->keys.items[key]), page);

	for (size_t i = 0; i < rows_shown(profile); i++) {
		const struct profile_row *row = &profile->rows.items[i];

		print_shares(page, format_share(row->self_share).text,
			     format_share(row->total_share).text);
		for (size_t key = 0; key < profile->keys.count; key++) {
			const struct cell cell = key_cell(profile, row, profile->keys.items[key]);

			print_key(profile, key, &columns, cell.text, page);
		}
	}
	print_more(page, profile->rows.count - rows_shown(profile), "rows with less");
}

/* --- the call tree --- */

static bool is_shown(const struct profile_node *node)
{
	return node->share >= NODE_SHARE_MIN;
}

/* Does its line begin a branch: is it shown beside a sibling that is shown as well? Siblings stand
 * by falling total, so the first two tell. */
static bool is_branching(const struct profile *profile, size_t parent)
{
	const struct profile_node *nodes = profile->nodes.items;
	size_t child = parent + 1;

	return child < profile->nodes.count && nodes[child].depth == nodes[parent].depth + 1 &&
	       nodes[child].next && is_shown(&nodes[nodes[child].next]);
}

/*
 * How many nodes of the same name hang one below the other, the first included: recursion, or a
 * stack that cannot be named. They have one line.
 */
static uint32_t chain_length(const struct profile *profile, size_t first)
{
	const struct profile_node *nodes = profile->nodes.items;
	size_t last = first;

	while (last + 1 < profile->nodes.count && nodes[last + 1].depth == nodes[last].depth + 1 &&
	       nodes[last + 1].frame == nodes[first].frame && is_shown(&nodes[last + 1]) &&
	       !is_branching(profile, last))
		last++;
	return (uint32_t)(last - first) + 1;
}

static uint64_t chain_self(const struct profile_node *node, uint32_t length)
{
	uint64_t self = 0;

	for (uint32_t i = 0; i < length; i++)
		self += node[i].self;
	return self;
}

static void print_chain(const struct profile *profile, const struct profile_node *node,
			uint32_t length, unsigned int indent, struct page *page)
{
	uint64_t self = chain_self(node, length);
	char repeats[32] = "";
	const struct profile_frame *frame = &profile->frames.items[node->frame];
	const struct frame_module module = frame_module(frame);
	double amount = profile->amount ? (double)profile->amount : 1;
	struct cell cell;

	if (length > 1)
		(void)snprintf(repeats, sizeof(repeats), "  (%" PRIu32 " deep)", length);
	print_shares(page, format_share(node->share).text,
		     self ? format_share((double)self / amount).text : "");
	skip_columns(page, indent < INDENT_MAX ? indent : INDENT_MAX);
	(void)snprintf(cell.text, sizeof(cell.text), "%.220s%s%.120s%s%.100s%s", frame_name(frame),
		       module.text[0] ? "  " : "", module.text, frame->place[0] ? "  " : "",
		       frame->place, repeats);
	if (frame->kind == FRAME_THREADS)
		page_paint(page, PAINT_STRONG);
	if (frame->kind == FRAME_BLOCKED || frame->kind == FRAME_RUNNABLE)
		page_paint(page, PAINT_WARNING);
	print_last(page, cell.text);
	if (frame->kind != FRAME_USER && frame->kind != FRAME_KERNEL)
		page_paint(page, PAINT_PLAIN);
}

struct indents {
	ARRAY(unsigned int) by_depth; /* of the children of the node of that depth */
};

/* What the children of a node are indented by. */
static bool note_indent(struct indents *indents, uint32_t depth, unsigned int indent)
{
	unsigned int *place;

	indents->by_depth.count = depth;
	place = array_push(&indents->by_depth);
	if (place)
		*place = indent;
	return place;
}

static void print_nodes(const struct profile *profile, struct page *page)
{
	struct indents indents = {};
	uint64_t printed = 0, more = 0;
	size_t told = 0; /* nodes before it have their line */

	for (size_t i = 0; i < profile->nodes.count; i++) {
		const struct profile_node *node = &profile->nodes.items[i];
		unsigned int indent = node->depth && node->depth <= indents.by_depth.count
					      ? indents.by_depth.items[node->depth - 1]
					      : 0;
		bool is_line = node->depth && is_shown(node) && printed < NODES_SHOWN;

		if (is_line && i >= told) {
			told = i + chain_length(profile, i);
			print_chain(profile, node, (uint32_t)(told - i), indent, page);
			printed++;
		}
		more += node->depth && !is_line && i >= told;
		if (node->depth && (node->depth == 1 || is_branching(profile, i)))
			indent += 2;
		if (!note_indent(&indents, node->depth, indent))
			break;
	}
	array_free(&indents.by_depth);
	print_more(page, more, "call paths with less, in --json and --folded");
}

static void print_tree(const struct profile *profile, struct page *page)
{
	print_heading(page, "Called from:");
	page_words(page, "outermost first; indented where the paths part");
	page_end(page);
	print_shares(page, "total", "self");
	print_last(page, "threads, functions");
	print_nodes(profile, page);
}

/* --- pools --- */

static void print_pool_line(struct page *page, const char *const cells[6], const char *name)
{
	static const unsigned int WIDTHS[6] = { SHARE_COLUMNS, 8, 8, 8, 7, 10 };

	page_begin(page, 0, 2);
	for (size_t i = 0; i < array_count(WIDTHS); i++) {
		page_cell(page, cells[i], WIDTHS[i], false);
		skip_columns(page, i + 1 < array_count(WIDTHS) ? 1 : GAP);
	}
	print_last(page, name);
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
	print_heading(page, "CPU time by pool of threads:");
	page_format(page, "%s; a share is of all CPUs for the whole watch",
		    profile->pools_are_exact ? "as the scheduler counted it" : "by samples");
	page_end(page);
	print_pool_line(
		page,
		(const char *const[]){ "share", "CPU", "user", "kernel", "threads", "born, died" },
		"pool");
	for (size_t i = 0; i < shown; i++)
		print_pool(&profile->pools.items[i], page);
	print_more(page, profile->pools.count - shown, "pools");
}

/* --- notes --- */

static void print_notes(const struct profile *profile, struct page *page)
{
	if (!profile->notes.count)
		return;
	print_heading(page, "To know:");
	page_end(page);
	for (size_t i = 0; i < profile->notes.count; i++) {
		page_begin(page, 0, 2);
		page_words(page, "•");
		page_words(page, profile->notes.items[i].words);
		page_end(page);
	}
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
		print_tree(profile, page);
	} else {
		print_heading(page, "No samples.");
		page_end(page);
	}
	print_hidden(profile, page);
	if (with_pools)
		print_pools(profile, page);
	print_notes(profile, page);
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
