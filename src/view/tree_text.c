/* How is a call tree said on a terminal? Indented only where it branches. */
#include "view/tree_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "finding/format.h"
#include "finding/frames.h"
#include "view/lines.h"

enum {
	NODES_SHOWN = 120,
	INDENT_MAX = 40, /* deeper branches stand at one column */
};

/* Call paths below this are in JSON and in folded stacks only. */
static const double NODE_SHARE_MIN = 0.01;

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

/* The usual columns. */
static void begin_shares(const void *report, size_t place, uint64_t self, struct page *page)
{
	const struct profile *profile = report;
	double amount = profile->amount ? (double)profile->amount : 1;

	lines_shares(page, format_share(profile->nodes.items[place].share).text,
		     self ? format_share((double)self / amount).text : "");
}

static void print_chain(const struct profile *profile, const struct tree_columns *columns,
			size_t place, uint32_t length, unsigned int indent, struct page *page)
{
	const struct profile_node *node = &profile->nodes.items[place];
	char repeats[32] = "";
	const struct profile_frame *frame = &profile->frames.items[node->frame];
	bool has_module = frame->module[0] || !columns->is_all_kernel;
	const struct frame_module module =
		has_module ? frame_module(frame) : (struct frame_module){ "" };
	char text[512];

	if (length > 1)
		(void)snprintf(repeats, sizeof(repeats), "  (%" PRIu32 " deep)", length);
	columns->begin(columns->report, place, chain_self(node, length), page);
	lines_skip(page, indent < INDENT_MAX ? indent : INDENT_MAX);
	(void)snprintf(text, sizeof(text), "%.220s%s%.120s%s%.100s%s", frame_name(frame),
		       module.text[0] ? "  " : "", module.text, frame->place[0] ? "  " : "",
		       frame->place, repeats);
	if (frame->kind == FRAME_THREADS)
		page_paint(page, PAINT_STRONG);
	if (frame->kind == FRAME_BLOCKED || frame->kind == FRAME_RUNNABLE)
		page_paint(page, PAINT_WARNING);
	if (frame->kind == FRAME_WAKER)
		page_paint(page, PAINT_STRONG);
	lines_last(page, text);
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

void tree_text_nodes(const struct profile *profile, const struct tree_columns *columns,
		     struct page *page)
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
			print_chain(profile, columns, i, (uint32_t)(told - i), indent, page);
			printed++;
		}
		more += node->depth && !is_line && i >= told;
		if (node->depth && (node->depth == 1 || is_branching(profile, i)))
			indent += 2;
		if (!note_indent(&indents, node->depth, indent))
			break;
	}
	array_free(&indents.by_depth);
	lines_more(page, more, "call paths with less, in --json and --folded");
}

void tree_text(const struct profile *profile, struct page *page)
{
	const struct tree_columns shares = { .begin = begin_shares, .report = profile };

	lines_heading(page, profile->is_waits ? "Waited, called from:" : "Called from:");
	page_words(page, "outermost first; indented where the paths part");
	page_end(page);
	lines_shares(page, "total", "self");
	lines_last(page, "threads, functions");
	tree_text_nodes(profile, &shares, page);
}
