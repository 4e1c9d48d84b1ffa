/* How do we say to programs what got slower? compare.schema.json says the same. */
#include "view/compare_json.h"

#include <math.h>

#include "view/compare.schema.json.h"
#include "view/json_values.h"
#include "view/stream.h"

static json_t *rounded(double value, double scale)
{
	json_t *number = json_rounded(fabs(value), scale);

	if (json_is_real(number) && value < 0)
		(void)json_real_set(number, -json_real_value(number));
	return number;
}

static json_t *seconds(double ns)
{
	return rounded(ns / 1e9, 1e9);
}

static json_t *run_object(const struct compared_run *run)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "file", json_text(run->path));
	bad |= json_object_set_new(object, "name", json_text(run->name));
	bad |= json_object_set_new(object, "window_s", json_seconds(run->window_ns));
	bad |= json_object_set_new(object, "time_s", seconds(run->time_ns));
	bad |= json_object_set_new(object, "lost_events",
				   json_integer((json_int_t)run->lost_events));
	return json_finished(object, bad);
}

static json_t *run_array(const struct compared_run *runs, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, run_object(&runs[i]));
	return json_finished(array, bad);
}

static json_t *change_object(const struct change *change)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(change_kind_name(change->kind)));
	bad |= json_object_set_new(object, "name", json_text(change->name));
	bad |= json_object_set_new(object, "detail", json_text(change->detail));
	bad |= json_object_set_new(object, "before_s", seconds(change->before_ns));
	bad |= json_object_set_new(object, "after_s", seconds(change->after_ns));
	bad |= json_object_set_new(object, "difference_s",
				   seconds(change->after_ns - change->before_ns));
	bad |= json_object_set_new(object, "share", rounded(change->share, 1e6));
	bad |= json_object_set_new(object, "chance_s",
				   change->is_chance_known ? seconds(change->chance_ns)
							   : json_null());
	bad |= json_object_set_new(object, "is_certain", json_boolean(change->is_certain));
	return json_finished(object, bad);
}

json_t *view_compare_json_object(const struct comparison *comparison)
{
	json_t *object = json_object(), *changes = json_array();
	int bad = 0;

	for (size_t i = 0; i < comparison->changes.count; i++)
		bad |= json_array_append_new(changes, change_object(&comparison->changes.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.compare/1"));
	bad |= json_object_set_new(object, "is_rate", json_boolean(comparison->is_rate));
	bad |= json_object_set_new(object, "time", json_text(comparison->base_words));
	bad |= json_object_set_new(object, "least_share", json_share(comparison->least_share));
	bad |= json_object_set_new(object, "certain",
				   json_integer((json_int_t)comparison_certain(comparison)));
	bad |= json_object_set_new(object, "before",
				   run_array(comparison->before.items, comparison->before.count));
	bad |= json_object_set_new(object, "after",
				   run_array(comparison->after.items, comparison->after.count));
	bad |= json_object_set_new(object, "changes", changes);
	bad |= json_object_set_new(object, "notes",
				   json_texts(comparison->notes.items, comparison->notes.count));
	bad |= json_object_set_new(object, "next_command", json_text(comparison->next_command));
	return json_finished(object, bad);
}

int view_compare_json(const struct comparison *comparison, FILE *out)
{
	return json_print(view_compare_json_object(comparison), out);
}

int view_compare_json_schema(FILE *out)
{
	(void)fputs(COMPARE_SCHEMA, out);
	return stream_flush(out);
}
