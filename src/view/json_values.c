/* How is a value told to programs? Escaped and rounded, so that the same value is always the same
 * bytes. */
#include "view/json_values.h"

#include <errno.h>

#include "base/escape.h"
#include "view/stream.h"

/* Enough for nanoseconds in a year's seconds, and too few to show that 0.1 has no exact binary
 * form. */
enum {
	REAL_DIGITS = 15,
};

json_t *json_finished(json_t *value, int bad)
{
	if (!bad)
		return value;
	json_decref(value);
	return NULL;
}

json_t *json_text(const char *text)
{
	owns(own_free) char *escaped = escape_copy(text, true);

	return escaped ? json_string(escaped) : NULL;
}

json_t *json_texts(const struct text *texts, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, json_text(texts[i].words));
	return json_finished(array, bad);
}

json_t *json_unsigned(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

int json_set_quantiles(json_t *object, const struct latency *latency)
{
	int bad = 0;

	bad |= json_object_set_new(object, "min_ns", json_unsigned(latency->min_ns));
	bad |= json_object_set_new(object, "p50_ns", json_unsigned(latency->p50_ns));
	bad |= json_object_set_new(object, "p90_ns", json_unsigned(latency->p90_ns));
	bad |= json_object_set_new(object, "p99_ns", json_unsigned(latency->p99_ns));
	bad |= json_object_set_new(object, "p999_ns", json_unsigned(latency->p999_ns));
	return bad;
}

int json_set_latency(json_t *object, const struct latency *latency)
{
	int bad = json_set_quantiles(object, latency);

	bad |= json_object_set_new(object, "count", json_unsigned(latency->count));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(latency->total_ns));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(latency->max_ns));
	return bad;
}

json_t *json_seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

json_t *json_rounded(double value, double scale)
{
	if (!(value >= 0 && value < 1e12))
		return json_null();
	return json_real((double)(uint64_t)(value * scale + 0.5) / scale);
}

json_t *json_share(double value)
{
	return json_rounded(value, 1e6);
}

json_t *json_target(enum target_kind kind, const char *name, uint32_t pid)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(target_kind_name(kind)));
	bad |= json_object_set_new(object, "name", json_text(name));
	if (pid)
		bad |= json_object_set_new(object, "pid", json_integer(pid));
	return json_finished(object, bad);
}

json_t *json_subject(const struct subject *subject)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(subject->kind));
	bad |= json_object_set_new(object, "name", json_text(subject->name));
	return json_finished(object, bad);
}

json_t *json_losses(const struct loss_count *losses, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();

		bad |= json_object_set_new(object, "what", json_text(losses[i].what));
		bad |= json_object_set_new(object, "count",
					   json_integer((json_int_t)losses[i].count));
		bad |= json_array_append_new(array, object);
	}
	return json_finished(array, bad);
}

int json_print(json_t *object, FILE *out)
{
	owns(own_free) char *text = NULL;

	if (object)
		text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
	json_decref(object);
	if (!text)
		return -ENOMEM;
	(void)fputs(text, out);
	(void)fputs("\n", out);
	return stream_flush(out);
}
