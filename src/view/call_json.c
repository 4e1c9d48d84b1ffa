/* How do we say it to programs? Each struct of a report becomes an object; call.schema.json says
 * the same. */
#include "view/call_json.h"

#include "view/call.schema.json.h"
#include "view/json_values.h"
#include "view/profile_json.h"
#include "view/stream.h"

static int set_name(json_t *object, const struct call_report *report, uint32_t place)
{
	const struct profile_frame *frame = &report->tree->frames.items[place];
	int bad = json_object_set_new(object, "name", json_text(frame->name));

	if (frame->module[0])
		bad |= json_object_set_new(object, "module", json_text(frame->module));
	return bad;
}

static int set_count(json_t *object, const struct call_count *count)
{
	int bad = 0;

	bad |= json_object_set_new(object, "calls", json_unsigned(count->calls));
	bad |= json_object_set_new(object, "timed", json_unsigned(count->timed));
	bad |= json_object_set_new(object, "timed_ns", json_unsigned(count->timed_ns));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(call_count_avg(count)));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(count->max_ns));
	return bad;
}

/* --- functions --- */

static json_t *doublings(const struct latency *latency)
{
	json_t *array = json_array();
	size_t count = LATENCY_DOUBLINGS;
	int bad = 0;

	while (count && !latency->doubling[count - 1])
		count--;
	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, json_unsigned(latency->doubling[i]));
	return json_finished(array, bad);
}

static json_t *latency_object(const struct latency *latency)
{
	json_t *object = json_object();
	int bad = json_set_quantiles(object, latency);

	bad |= json_object_set_new(object, "doublings", doublings(latency));
	return json_finished(object, bad);
}

static json_t *row_object(const struct call_report *report, const struct call_row *row)
{
	json_t *object = json_object();
	int bad = set_name(object, report, row->frame);

	bad |= set_count(object, &row->count);
	bad |= json_object_set_new(object, "total_ns", json_unsigned(row->total_ns));
	bad |= json_object_set_new(object, "self_ns", json_unsigned(row->self_ns));
	bad |= json_object_set_new(object, "off_cpu_ns", json_unsigned(row->off_ns));
	bad |= json_object_set_new(object, "unknown_ns", json_unsigned(row->unknown_ns));
	bad |= json_object_set_new(object, "total_share", json_share(row->total_share));
	bad |= json_object_set_new(object, "self_share", json_share(row->self_share));
	if (row->has_latency)
		bad |= json_object_set_new(object, "latency", latency_object(&row->latency));
	return json_finished(object, bad);
}

/* --- the tree --- */

static json_t *tree_array(const struct call_report *report)
{
	json_t *array = profile_json_tree(report->tree);
	int bad = array ? 0 : -1;

	for (size_t i = 0; array && i < report->counts.count; i++)
		bad |= set_count(json_array_get(array, i), &report->counts.items[i]);
	return json_finished(array, bad);
}

/* --- single calls --- */

static json_t *step_object(const struct call_report *report, const struct call_step *step)
{
	json_t *object = json_object();
	int bad = set_name(object, report, step->frame);

	bad |= json_object_set_new(object, "depth", json_integer(step->depth));
	bad |= json_object_set_new(object, "start_ns", json_unsigned(step->start_ns));
	bad |= json_object_set_new(object, "duration_ns", json_unsigned(step->duration_ns));
	bad |= json_object_set_new(object, "self_ns", json_unsigned(step->self_ns));
	bad |= json_object_set_new(object, "off_cpu_ns", json_unsigned(step->off_ns));
	bad |= json_object_set_new(object, "repeats", json_integer(step->repeats));
	bad |= json_object_set_new(object, "is_at_least", json_boolean(step->is_at_least));
	bad |= json_object_set_new(object, "is_lossy", json_boolean(step->is_lossy));
	return json_finished(object, bad);
}

static json_t *one_object(const struct call_report *report, const struct call_one *one)
{
	json_t *object = json_object(), *steps = json_array();
	int bad = 0;

	for (size_t i = 0; i < one->steps.count; i++)
		bad |= json_array_append_new(steps, step_object(report, &one->steps.items[i]));
	bad |= json_object_set_new(object, "tid", json_integer(one->tid));
	bad |= json_object_set_new(object, "comm", json_text(one->comm));
	bad |= json_object_set_new(object, "cpu", json_integer(one->cpu));
	bad |= json_object_set_new(object, "start_ns", json_unsigned(one->start_ns));
	bad |= json_object_set_new(object, "duration_ns", json_unsigned(one->duration_ns));
	bad |= json_object_set_new(object, "self_ns", json_unsigned(one->self_ns));
	bad |= json_object_set_new(object, "interrupts_ns", json_unsigned(one->irq_ns));
	bad |= json_object_set_new(object, "off_cpu_ns", json_unsigned(one->off_ns));
	bad |= json_object_set_new(object, "left_out", json_unsigned(one->left_out));
	bad |= json_object_set_new(object, "steps", steps);
	return json_finished(object, bad);
}

static json_t *ones(const struct call_report *report, const struct call_one *items, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, one_object(report, &items[i]));
	return json_finished(array, bad);
}

/* --- all of it --- */

static json_t *losses_object(const struct call_losses *losses)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "records", json_unsigned(losses->records));
	bad |= json_object_set_new(object, "calls_lossy", json_unsigned(losses->lossy));
	bad |= json_object_set_new(object, "exits_unseen", json_unsigned(losses->exit_unseen));
	bad |= json_object_set_new(object, "open_at_end", json_unsigned(losses->open_end));
	bad |= json_object_set_new(object, "entries_unseen", json_unsigned(losses->entry_unseen));
	bad |= json_object_set_new(object, "callers_unknown",
				   json_unsigned(losses->callers_unknown));
	return json_finished(object, bad);
}

static json_t *interrupts_object(const struct call_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "hard_ns", json_unsigned(report->hard_irq_ns));
	bad |= json_object_set_new(object, "soft_ns", json_unsigned(report->soft_irq_ns));
	bad |= json_object_set_new(object, "nmi_ns", json_unsigned(report->nmi_ns));
	return json_finished(object, bad);
}

static int set_question(json_t *object, const struct call_report *report)
{
	int bad = 0;

	bad |= json_object_set_new(object, "function",
				   report->function[0] ? json_text(report->function) : json_null());
	bad |= json_object_set_new(object, "over_ns", json_unsigned(report->over_ns));
	bad |= json_object_set_new(object, "left_out_calls", json_unsigned(report->left_out_calls));
	bad |= json_object_set_new(object, "min_share", json_share(report->tree->min_share));
	bad |= json_object_set_new(object, "has_times", json_boolean(report->has_times));
	bad |= json_object_set_new(object, "has_switches", json_boolean(report->has_switches));
	return bad;
}

json_t *view_call_json_object(const struct call_report *report)
{
	const struct profile *tree = report->tree;
	json_t *object = json_object(), *rows = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(report, &report->rows.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.calls/1"));
	bad |= json_object_set_new(object, "target", profile_json_target(tree));
	bad |= json_object_set_new(object, "window_s", json_seconds(tree->window_ns));
	bad |= json_object_set_new(object, "cpus", json_integer(tree->cpus));
	bad |= set_question(object, report);
	bad |= json_object_set_new(object, "calls", json_unsigned(report->calls));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(tree->amount));
	bad |= json_object_set_new(object, "interrupts", interrupts_object(report));
	bad |= json_object_set_new(object, "losses", losses_object(&report->losses));
	bad |= json_object_set_new(object, "functions", rows);
	bad |= json_object_set_new(object, "tree", tree_array(report));
	bad |= json_object_set_new(object, "slowest",
				   ones(report, report->slowest.items, report->slowest.count));
	bad |= json_object_set_new(object, "each",
				   ones(report, report->each.items, report->each.count));
	bad |= json_object_set_new(object, "how", json_texts(report->how.items, report->how.count));
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_call_json(const struct call_report *report, FILE *out)
{
	return json_print(view_call_json_object(report), out);
}

int view_call_json_schema(FILE *out)
{
	(void)fputs(CALL_SCHEMA, out);
	return stream_flush(out);
}
