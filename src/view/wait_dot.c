/* How do we draw who wakes whom? Nodes by number, so that a name is never more than a label. */
#include "view/wait_dot.h"

#include <inttypes.h>

#include "base/escape.h"
#include "finding/format.h"
#include "view/stream.h"

/* In a quoted string of dot, where a backslash begins an escape and HTML is none. */
static void put_text(const char *text, FILE *out)
{
	struct glyph glyph;

	while (glyph_next(&text, true, &glyph)) {
		for (const char *c = glyph.bytes; *c; c++) {
			if (*c == '"' || *c == '\\')
				(void)fputc('\\', out);
			(void)fputc(*c, out);
		}
	}
}

static void put_who(const struct wait_waker *who, FILE *out)
{
	put_text(who->kind == WAKER_THREAD ? who->name : waker_kind_name(who->kind), out);
	if (who->tid)
		(void)fprintf(out, " [%" PRIu32 "]", who->tid);
	if (who->role[0]) {
		(void)fputs("\\n", out);
		put_text(who->role, out);
	}
	if (who->device[0]) {
		(void)fputs("\\nrequests of ", out);
		put_text(who->device, out);
	}
}

static const char *shape_of(const struct wake_node *node)
{
	if (node->who.kind != WAKER_THREAD)
		return "ellipse";
	return node->is_kernel ? "box3d" : "box";
}

static void put_node(const struct wake_node *node, size_t number, FILE *out)
{
	(void)fprintf(out, "  n%zu [shape=%s%s, label=\"", number, shape_of(node),
		      node->is_target ? ", style=bold" : "");
	put_who(&node->who, out);
	if (node->woken)
		(void)fprintf(out, "\\nwoken %s, waited %s", format_count(node->woken).text,
			      format_duration(node->waited_ns).text);
	(void)fputs("\"];\n", out);
}

static void put_edge(const struct wake_edge *edge, FILE *out)
{
	(void)fprintf(out, "  n%" PRIu32 " -> n%" PRIu32 " [label=\"%s (%s)\\n%s\"];\n",
		      edge->waker, edge->sleeper, format_count(edge->count).text,
		      format_share(edge->share).text, format_duration(edge->waited_ns).text);
}

int view_wakers_dot(const struct wait_report *report, FILE *out)
{
	(void)fputs("digraph wakers {\n  rankdir=LR;\n", out);
	for (size_t i = 0; i < report->nodes.count; i++)
		put_node(&report->nodes.items[i], i, out);
	for (size_t i = 0; i < report->edges.count; i++)
		put_edge(&report->edges.items[i], out);
	if (report->hidden_edges)
		(void)fprintf(out, "  // left out: %" PRIu64 " edges below the least share\n",
			      report->hidden_edges);
	(void)fputs("}\n", out);
	return stream_flush(out);
}
