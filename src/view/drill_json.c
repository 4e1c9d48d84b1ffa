/* How do we say to programs where inside of the slow calls the time went? Each struct of a report
 * becomes an object; drill.schema.json says the same. */
#include "view/drill_json.h"

#include "view/drill.schema.json.h"
#include "view/json_values.h"
#include "view/profile_json.h"
#include "view/stream.h"

static int set_time(json_t *object, const struct drill_time *time)
{
	int bad = 0;

	bad |= json_object_set_new(object, "on_cpu_ns", json_unsigned(time->on_cpu_ns));
	bad |= json_object_set_new(object, "blocked_ns", json_unsigned(time->blocked_ns));
	bad |= json_object_set_new(object, "runnable_ns", json_unsigned(time->runnable_ns));
	bad |= json_object_set_new(object, "unknown_ns", json_unsigned(time->unknown_ns));
	return bad;
}

static int set_text(json_t *object, const char *key, const char *text)
{
	return text[0] ? json_object_set_new(object, key, json_text(text)) : 0;
}

static json_t *cause_object(const struct drill_cause *cause)
{
	json_t *object = json_object();
	int bad = json_object_set_new(object, "cause", json_text(cause_id(cause->cause)));

	bad |= set_text(object, "what", cause->what);
	bad |= json_object_set_new(object, "waker_kind",
				   json_text(waker_kind_name(cause->waker_kind)));
	bad |= set_text(object, "waker", cause->waker);
	bad |= set_text(object, "device", cause->device);
	bad |= json_object_set_new(object, "is_rest", json_boolean(cause->is_rest));
	bad |= json_object_set_new(object, "count", json_unsigned(cause->count));
	bad |= json_object_set_new(object, "ns", json_unsigned(cause->ns));
	bad |= json_object_set_new(object, "share", json_share(cause->share));
	return json_finished(object, bad);
}

/* What programs at the function measured. */
static json_t *timed_object(const struct drill_step *step)
{
	json_t *object = json_object();
	int bad = json_object_set_new(object, "calls", json_unsigned(step->timed_calls));

	bad |= json_object_set_new(object, "share", json_share(step->timed_share));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(step->timed_ns));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(step->timed_max_ns));
	bad |= json_object_set_new(object, "count", json_unsigned(step->timed_count));
	bad |= json_object_set_new(object, "unsure_calls", json_unsigned(step->timed_unsure));
	return json_finished(object, bad);
}

static json_t *step_object(const struct drill_step *step)
{
	json_t *object = json_object();
	int bad =
		json_object_set_new(object, "kind", json_text(profile_frame_kind_name(step->kind)));

	bad |= json_object_set_new(object, "name", json_text(step->name));
	bad |= set_text(object, "module", step->module);
	bad |= json_object_set_new(object, "total_ns", json_unsigned(step->ns));
	bad |= json_object_set_new(object, "share", json_share(step->share));
	bad |= json_object_set_new(object, "calls", json_unsigned(step->calls));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(step->avg_ns));
	bad |= json_object_set_new(object, "p99_ns", json_unsigned(step->p99_ns));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(step->max_ns));
	bad |= json_object_set_new(object, "is_estimate", json_boolean(step->is_estimate));
	bad |= json_object_set_new(object, "timed",
				   step->timed_calls ? timed_object(step) : json_null());
	return json_finished(object, bad);
}

static json_t *part_object(const struct drill_part *part)
{
	json_t *object = json_object();
	int bad = json_object_set_new(object, "is_runnable", json_boolean(part->is_runnable));

	if (!part->is_runnable)
		bad |= json_object_set_new(object, "cause", json_text(cause_id(part->cause)));
	bad |= set_text(object, "what", part->what);
	bad |= json_object_set_new(object, "ns", json_unsigned(part->ns));
	return json_finished(object, bad);
}

static json_t *call_object(const struct drill_call *call)
{
	json_t *object = json_object(), *parts = json_array();
	int bad = json_object_set_new(object, "function", json_text(call->function));

	for (uint32_t i = 0; i < call->part_count; i++)
		bad |= json_array_append_new(parts, part_object(&call->parts[i]));
	bad |= json_object_set_new(object, "tid", json_integer(call->tid));
	bad |= json_object_set_new(object, "comm", json_text(call->comm));
	bad |= json_object_set_new(object, "start_ns", json_unsigned(call->start_ns));
	bad |= json_object_set_new(object, "duration_ns", json_unsigned(call->ns));
	bad |= set_time(object, &call->time);
	bad |= json_object_set_new(object, "has_begun_before",
				   json_boolean(call->has_begun_before));
	bad |= json_object_set_new(object, "is_open", json_boolean(call->is_open));
	bad |= json_object_set_new(object, "parts", parts);
	return json_finished(object, bad);
}

static json_t *calls_array(const struct drill_call *calls, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, call_object(&calls[i]));
	return json_finished(array, bad);
}

static json_t *latency_object(const struct latency *latency)
{
	json_t *object = json_object(), *doublings = json_array();
	size_t count = LATENCY_DOUBLINGS;
	int bad = json_set_latency(object, latency);

	while (count && !latency->doubling[count - 1])
		count--;
	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(doublings, json_unsigned(latency->doubling[i]));
	bad |= json_object_set_new(object, "doublings", doublings);
	return json_finished(object, bad);
}

static int set_counts(json_t *object, const struct drill_report *report)
{
	int bad = 0;

	bad |= json_object_set_new(object, "calls", json_unsigned(report->calls));
	bad |= json_object_set_new(object, "short_calls", json_unsigned(report->short_calls));
	bad |= json_object_set_new(object, "nested_calls", json_unsigned(report->nested_calls));
	bad |= json_object_set_new(object, "standing_calls", json_unsigned(report->standing));
	bad |= json_object_set_new(object, "left_over_calls", json_unsigned(report->left_over));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(report->ns));
	bad |= set_time(object, &report->time);
	bad |= json_object_set_new(object, "samples", json_unsigned(report->samples));
	bad |= json_object_set_new(object, "waits", json_unsigned(report->waits));
	bad |= json_object_set_new(object, "waits_without_stack",
				   json_unsigned(report->waits_without_stack));
	return bad;
}

json_t *view_drill_json_object(const struct drill_report *report)
{
	const struct profile *tree = report->tree;
	json_t *object = json_object(), *path = json_array(), *causes = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->path.count; i++)
		bad |= json_array_append_new(path, step_object(&report->path.items[i]));
	for (size_t i = 0; i < report->causes.count; i++)
		bad |= json_array_append_new(causes, cause_object(&report->causes.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.slow_calls/1"));
	bad |= json_object_set_new(object, "target", profile_json_target(tree));
	bad |= json_object_set_new(object, "window_s", json_seconds(tree->window_ns));
	bad |= json_object_set_new(object, "cpus", json_integer(tree->cpus));
	bad |= json_object_set_new(object, "function", json_text(report->function));
	bad |= json_object_set_new(object, "by", json_text(drill_by_name(report->by)));
	bad |= json_object_set_new(object, "over_ns", json_unsigned(report->over_ns));
	bad |= json_object_set_new(object, "min_share", json_share(tree->min_share));
	bad |= set_counts(object, report);
	bad |= json_object_set_new(object, "latency", latency_object(&report->latency));
	bad |= json_object_set_new(object, "causes", causes);
	bad |= json_object_set_new(object, "path", path);
	bad |= json_object_set_new(object, "tree", profile_json_tree(tree));
	bad |= json_object_set_new(object, "slowest",
				   calls_array(report->slowest.items, report->slowest.count));
	bad |= json_object_set_new(object, "each",
				   calls_array(report->each.items, report->each.count));
	bad |= json_object_set_new(object, "untold_calls", json_unsigned(report->untold));
	bad |= json_object_set_new(object, "how", json_texts(report->how.items, report->how.count));
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_drill_json(const struct drill_report *report, FILE *out)
{
	return json_print(view_drill_json_object(report), out);
}

int view_drill_json_schema(FILE *out)
{
	(void)fputs(DRILL_SCHEMA, out);
	return stream_flush(out);
}
