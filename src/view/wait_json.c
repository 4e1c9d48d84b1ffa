/* How do we say it to programs? Each struct of a report becomes an object; wait.schema.json says
 * the same. */
#include "view/wait_json.h"

#include "view/json_values.h"
#include "view/profile_json.h"
#include "view/stream.h"
#include "view/wait.schema.json.h"

/* Only what there is something to say of. */
static int set_text(json_t *object, const char *key, const char *text)
{
	return text[0] ? json_object_set_new(object, key, json_text(text)) : 0;
}

json_t *wait_json_waker(const struct wait_waker *who)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(waker_kind_name(who->kind)));
	bad |= set_text(object, "name", who->name);
	if (who->tid)
		bad |= json_object_set_new(object, "tid", json_integer(who->tid));
	bad |= set_text(object, "role", who->role);
	bad |= set_text(object, "device", who->device);
	return json_finished(object, bad);
}

static int set_times(json_t *object, const struct wait_row *row)
{
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(row->count));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(row->total_ns));
	bad |= json_object_set_new(object, "share", json_share(row->share));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(row->avg_ns));
	bad |= json_object_set_new(object, "p50_ns", json_unsigned(row->p50_ns));
	bad |= json_object_set_new(object, "p99_ns", json_unsigned(row->p99_ns));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(row->max_ns));
	return bad;
}

static json_t *row_object(const struct wait_row *row)
{
	const char state[] = { row->state, '\0' };
	json_t *object = json_object();
	int bad = 0;

	bad |= set_text(object, "name", row->name);
	if (row->tid)
		bad |= json_object_set_new(object, "tid", json_integer(row->tid));
	bad |= set_text(object, "role", row->role);
	bad |= json_object_set_new(object, "cause", json_text(cause_id(row->cause)));
	bad |= json_object_set_new(object, "what", json_text(row->what));
	bad |= json_object_set_new(object, "cause_share", json_share(row->cause_share));
	bad |= set_text(object, "function", row->function);
	bad |= json_object_set_new(object, "is_untaken", json_boolean(row->is_untaken));
	bad |= json_object_set_new(object, "is_rest", json_boolean(row->is_rest));
	bad |= set_text(object, "syscall", row->syscall);
	bad |= set_text(object, "state", state);
	if (row->has_waker)
		bad |= json_object_set_new(object, "waker", wait_json_waker(&row->waker));
	bad |= set_times(object, row);
	return json_finished(object, bad);
}

static json_t *node_object(const struct wake_node *node)
{
	json_t *object = wait_json_waker(&node->who);
	int bad = 0;

	bad |= json_object_set_new(object, "is_target", json_boolean(node->is_target));
	bad |= json_object_set_new(object, "is_kernel", json_boolean(node->is_kernel));
	bad |= json_object_set_new(object, "woken", json_unsigned(node->woken));
	bad |= json_object_set_new(object, "wakes", json_unsigned(node->wakes));
	bad |= json_object_set_new(object, "waited_ns", json_unsigned(node->waited_ns));
	bad |= json_object_set_new(object, "idle_ns", json_unsigned(node->idle_ns));
	return json_finished(object, bad);
}

static json_t *edge_object(const struct wake_edge *edge)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "waker", json_integer(edge->waker));
	bad |= json_object_set_new(object, "sleeper", json_integer(edge->sleeper));
	bad |= json_object_set_new(object, "count", json_unsigned(edge->count));
	bad |= json_object_set_new(object, "waited_ns", json_unsigned(edge->waited_ns));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(edge->avg_ns));
	bad |= json_object_set_new(object, "share", json_share(edge->share));
	bad |= json_object_set_new(object, "waker_share", json_share(edge->waker_share));
	return json_finished(object, bad);
}

static json_t *wakers_object(const struct wait_report *report)
{
	json_t *object = json_object(), *nodes = json_array(), *edges = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->nodes.count; i++)
		bad |= json_array_append_new(nodes, node_object(&report->nodes.items[i]));
	for (size_t i = 0; i < report->edges.count; i++)
		bad |= json_array_append_new(edges, edge_object(&report->edges.items[i]));
	bad |= json_object_set_new(object, "nodes", nodes);
	bad |= json_object_set_new(object, "edges", edges);
	bad |= json_object_set_new(object, "hidden_edges", json_unsigned(report->hidden_edges));
	return json_finished(object, bad);
}

static int set_tally(json_t *object, const char *key, uint64_t count, uint64_t ns)
{
	json_t *tally = json_object();
	int bad = 0;

	bad |= json_object_set_new(tally, "count", json_unsigned(count));
	bad |= json_object_set_new(tally, "ns", json_unsigned(ns));
	return json_object_set_new(object, key, json_finished(tally, bad));
}

static json_t *sums_object(const struct wait_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= set_tally(object, "all", report->all_count, report->all_ns);
	bad |= set_tally(object, "total", report->total_count, report->total_ns);
	bad |= set_tally(object, "idle", report->idle_count, report->idle_ns);
	bad |= set_tally(object, "outside", report->outside_count, report->outside_ns);
	bad |= set_tally(object, "hidden", report->hidden_count, report->hidden_ns);
	bad |= set_tally(object, "untaken", report->untaken_count, report->untaken_ns);
	bad |= json_object_set_new(object, "open", json_unsigned(report->open_count));
	bad |= json_object_set_new(object, "hidden_rows", json_unsigned(report->hidden_rows));
	bad |= json_object_set_new(object, "lost_switches", json_unsigned(report->lost_switches));
	return json_finished(object, bad);
}

json_t *view_wait_json_object(const struct wait_report *report)
{
	const struct profile *tree = report->tree;
	json_t *object = json_object(), *rows = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(&report->rows.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.wait/1"));
	bad |= json_object_set_new(object, "target", profile_json_target(tree));
	bad |= json_object_set_new(object, "window_s", json_seconds(tree->window_ns));
	bad |= json_object_set_new(object, "cpus", json_integer(tree->cpus));
	bad |= json_object_set_new(object, "by", json_text(report->by));
	bad |= json_object_set_new(object, "over_ns", json_unsigned(report->over_ns));
	bad |= json_object_set_new(object, "state", json_text(wait_state_name(report->state)));
	bad |= json_object_set_new(object, "has_idle", json_boolean(report->has_idle));
	bad |= json_object_set_new(object, "min_share", json_share(tree->min_share));
	bad |= json_object_set_new(object, "sums", sums_object(report));
	bad |= json_object_set_new(object, "rows", rows);
	bad |= json_object_set_new(object, "tree", profile_json_tree(tree));
	bad |= json_object_set_new(object, "wakers", wakers_object(report));
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_wait_json(const struct wait_report *report, FILE *out)
{
	return json_print(view_wait_json_object(report), out);
}

int view_wait_json_schema(FILE *out)
{
	(void)fputs(WAIT_SCHEMA, out);
	return stream_flush(out);
}
