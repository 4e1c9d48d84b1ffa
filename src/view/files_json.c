/* How do we say it to programs? Each struct of a report on files becomes an object;
 * files.schema.json says the same. */
#include "view/files_json.h"

#include "view/files.schema.json.h"
#include "view/json_values.h"
#include "view/stack_map.h"
#include "view/stream.h"

static json_t *latency_object(const struct latency *latency)
{
	json_t *object = json_object();
	int bad = json_set_latency(object, latency);

	bad |= json_object_set_new(object, "errors", json_unsigned(latency->errors));
	bad |= json_object_set_new(object, "bytes", json_unsigned(latency->bytes));
	return json_finished(object, bad);
}

static json_t *source_object(const struct files_source *source)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "device", json_unsigned(source->device));
	bad |= json_object_set_new(object, "waited", json_unsigned(source->waited));
	bad |= json_object_set_new(object, "memory", json_unsigned(source->memory));
	bad |= json_object_set_new(object, "unknown", json_unsigned(source->unknown));
	return json_finished(object, bad);
}

static json_t *split_object(const struct files_split *split)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(split->count));
	bad |= json_object_set_new(object, "requests", json_unsigned(split->requests));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(split->total_ns));
	bad |= json_object_set_new(object, "before_ns", json_unsigned(split->ns[FILES_BEFORE]));
	bad |= json_object_set_new(object, "queued_ns", json_unsigned(split->ns[FILES_QUEUED]));
	bad |= json_object_set_new(object, "device_ns", json_unsigned(split->ns[FILES_DEVICE]));
	bad |= json_object_set_new(object, "between_ns", json_unsigned(split->ns[FILES_BETWEEN]));
	bad |= json_object_set_new(object, "after_ns", json_unsigned(split->ns[FILES_AFTER]));
	return json_finished(object, bad);
}

static json_t *row_object(const struct files_row *row)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t i = 0; i < FILES_KEY_COUNT; i++) {
		if (row->cells[i])
			bad |= json_object_set_new(object, files_key_name((enum files_key)i),
						   json_text(row->cells[i]));
	}
	if (row->tid)
		bad |= json_object_set_new(object, "tid", json_integer(row->tid));
	bad |= json_object_set_new(object, "is_rest", json_boolean(row->is_rest));
	bad |= json_object_set_new(object, "is_tallied", json_boolean(row->is_tallied));
	bad |= json_object_set_new(object, "share", json_share(row->share));
	bad |= json_object_set_new(object, "mean_ns", json_unsigned(row->mean_ns));
	bad |= json_object_set_new(object, "latency", latency_object(&row->latency));
	if (row->completion.count)
		bad |= json_object_set_new(object, "completion", latency_object(&row->completion));
	bad |= json_object_set_new(object, "served_from", source_object(&row->source));
	bad |= json_object_set_new(object, "split", split_object(&row->split));
	return json_finished(object, bad);
}

static int set_texts(json_t *object, const struct files_slow *slow)
{
	int bad = 0;

	bad |= json_object_set_new(object, "file", json_text(slow->path));
	bad |= json_object_set_new(object, "op", json_text(slow->operation));
	bad |= json_object_set_new(object, "engine", json_text(slow->engine));
	bad |= json_object_set_new(object, "comm", json_text(slow->who));
	bad |= json_object_set_new(object, "flags", json_text(slow->flags));
	bad |= json_object_set_new(object, "syscall", json_text(slow->call));
	bad |= json_object_set_new(object, "device", json_text(slow->device));
	return bad;
}

static json_t *frames_array(const struct files_slow *slow)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < FILES_FRAMES && slow->frames[i]; i++)
		bad |= json_array_append_new(array, json_text(slow->frames[i]));
	return json_finished(array, bad);
}

static json_t *slow_object(const struct files_slow *slow)
{
	json_t *object = json_object();
	int bad = set_texts(object, slow);

	bad |= json_object_set_new(object, "tid", json_integer(slow->tid));
	bad |= json_object_set_new(object, "id", json_unsigned(slow->id));
	bad |= json_object_set_new(object, "at_ns", json_unsigned(slow->at_ns));
	bad |= json_object_set_new(object, "ns", json_unsigned(slow->ns));
	bad |= json_object_set_new(object, "offset",
				   slow->has_offset ? json_unsigned(slow->offset) : json_null());
	bad |= json_object_set_new(object, "wanted", json_unsigned(slow->wanted));
	bad |= json_object_set_new(object, "result", json_integer(slow->result));
	bad |= json_object_set_new(object, "depth", json_integer(slow->depth));
	bad |= json_object_set_new(object, "batch", json_integer(slow->batch));
	bad |= json_object_set_new(object, "has_waited", json_boolean(slow->has_waited));
	bad |= json_object_set_new(object, "is_open", json_boolean(slow->is_open));
	bad |= json_object_set_new(object, "slept_ns", json_unsigned(slow->slept_ns));
	bad |= json_object_set_new(object, "stack", frames_array(slow));
	bad |= json_object_set_new(object, "split", split_object(&slow->split));
	return json_finished(object, bad);
}

static json_t *back_object(const struct files_back *back)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "file", json_text(back->path));
	bad |= json_object_set_new(object, "device", json_text(back->device));
	bad |= json_object_set_new(object, "by", json_text(back->by));
	bad |= json_object_set_new(object, "written_by", json_text(back->writer));
	bad |= json_object_set_new(object, "reads", json_unsigned(back->reads));
	bad |= json_object_set_new(object, "writes", json_unsigned(back->writes));
	bad |= json_object_set_new(object, "latency", latency_object(&back->latency));
	return json_finished(object, bad);
}

static json_t *requests_object(const struct files_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "all", json_unsigned(report->requests));
	bad |= json_object_set_new(object, "of_operations", json_unsigned(report->linked));
	bad |= json_object_set_new(object, "of_files", json_unsigned(report->of_files));
	bad |= json_object_set_new(object, "lost", json_unsigned(report->lost_requests));
	return json_finished(object, bad);
}

static int set_counts(json_t *object, const struct files_report *report)
{
	int bad = 0;

	bad |= json_object_set_new(object, "all", latency_object(&report->all));
	bad |= json_object_set_new(object, "served_from", source_object(&report->source));
	bad |= json_object_set_new(object, "split", split_object(&report->split));
	bad |= json_object_set_new(object, "requests", requests_object(report));
	bad |= json_object_set_new(object, "lost", json_unsigned(report->lost));
	bad |= json_object_set_new(object, "reap_unseen", json_unsigned(report->reap_unseen));
	bad |= json_object_set_new(object, "untimed", json_unsigned(report->untimed));
	bad |= json_object_set_new(object, "hidden_rows", json_unsigned(report->hidden_rows));
	bad |= json_object_set_new(object, "hidden_count", json_unsigned(report->hidden_count));
	bad |= json_object_set_new(object, "slow_count", json_unsigned(report->slow_count));
	return bad;
}

json_t *view_files_json_object(const struct files_report *report, const struct stack_map *map)
{
	json_t *object = json_object(), *rows = json_array(), *slow = json_array(),
	       *back = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(&report->rows.items[i]));
	for (size_t i = 0; i < report->slow.count; i++)
		bad |= json_array_append_new(slow, slow_object(&report->slow.items[i]));
	for (size_t i = 0; i < report->back.count; i++)
		bad |= json_array_append_new(back, back_object(&report->back.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.files/1"));
	bad |= json_object_set_new(object, "target",
				   json_target(report->target, report->name, report->pid));
	bad |= json_object_set_new(object, "window_s", json_seconds(report->window_ns));
	bad |= json_object_set_new(object, "by", json_text(report->by));
	bad |= json_object_set_new(object, "over_ns", json_unsigned(report->over_ns));
	bad |= set_counts(object, report);
	bad |= json_object_set_new(object, "rows", rows);
	bad |= json_object_set_new(object, "slow", slow);
	bad |= json_object_set_new(object, "background", back);
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	if (map)
		bad |= json_object_set_new(object, "map", stack_map_object(map));
	return json_finished(object, bad);
}

int view_files_json(const struct files_report *report, const struct stack_map *map, FILE *out)
{
	return json_print(view_files_json_object(report, map), out);
}

int view_files_json_schema(FILE *out)
{
	(void)fputs(FILES_SCHEMA, out);
	return stream_flush(out);
}
