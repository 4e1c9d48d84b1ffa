/* How do we say it to programs? Each struct of a report on block devices becomes an object;
 * disk.schema.json says the same. */
#include "view/disk_json.h"

#include "view/disk.schema.json.h"
#include "view/json_values.h"
#include "view/stack_map.h"
#include "view/stream.h"

/* --- times --- */

static json_t *doublings(const uint64_t *counts, size_t count)
{
	json_t *array = json_array();
	size_t end = count;
	int bad = 0;

	while (end && !counts[end - 1])
		end--;
	for (size_t i = 0; i < end; i++)
		bad |= json_array_append_new(array, json_unsigned(counts[i]));
	return json_finished(array, bad);
}

/* Of something of which nothing was seen nothing is known. */
static json_t *latency_object(const struct latency *latency, uint64_t mean_ns)
{
	json_t *object;
	int bad = 0;

	if (!latency->count && !latency->total_ns)
		return json_null();
	object = json_object();
	bad |= json_object_set_new(object, "count", json_unsigned(latency->count));
	bad |= json_object_set_new(object, "total_s", json_seconds(latency->total_ns));
	bad |= json_object_set_new(object, "mean_s", json_seconds(mean_ns));
	bad |= json_object_set_new(object, "min_s", json_seconds(latency->min_ns));
	bad |= json_object_set_new(object, "p50_s", json_seconds(latency->p50_ns));
	bad |= json_object_set_new(object, "p90_s", json_seconds(latency->p90_ns));
	bad |= json_object_set_new(object, "p99_s", json_seconds(latency->p99_ns));
	bad |= json_object_set_new(object, "p999_s", json_seconds(latency->p999_ns));
	bad |= json_object_set_new(object, "max_s", json_seconds(latency->max_ns));
	bad |= json_object_set_new(object, "doublings",
				   doublings(latency->doubling, LATENCY_DOUBLINGS));
	return json_finished(object, bad);
}

static int set_times(json_t *object, const struct disk_times *times)
{
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(times->total.count));
	bad |= json_object_set_new(object, "bytes", json_unsigned(times->total.bytes));
	bad |= json_object_set_new(object, "mean_bytes", json_unsigned(times->mean_bytes));
	bad |= json_object_set_new(object, "errors", json_unsigned(times->total.errors));
	bad |= json_object_set_new(object, "merged", json_unsigned(times->merged));
	bad |= json_object_set_new(object, "total", latency_object(&times->total, times->mean_ns));
	bad |= json_object_set_new(object, "service",
				   latency_object(&times->device, times->device_mean_ns));
	bad |= json_object_set_new(object, "queue",
				   latency_object(&times->queue, times->queue_mean_ns));
	return bad;
}

/* --- devices --- */

static json_t *work_object(const struct disk_work *work)
{
	json_t *object = json_object();
	int bad = set_times(object, &work->times);

	bad |= json_object_set_new(object, "per_s", json_rounded(work->per_s, 1e3));
	bad |= json_object_set_new(object, "bytes_per_s", json_rounded(work->bytes_per_s, 1e3));
	bad |= json_object_set_new(object, "sequential_share", json_share(work->sequential_share));
	bad |= json_object_set_new(object, "sizes", doublings(work->sizes, DISK_SIZES));
	bad |= json_object_set_new(object, "sync", json_unsigned(work->sync));
	bad |= json_object_set_new(object, "meta", json_unsigned(work->meta));
	bad |= json_object_set_new(object, "ahead", json_unsigned(work->ahead));
	bad |= json_object_set_new(object, "fua", json_unsigned(work->fua));
	bad |= json_object_set_new(object, "flushing", json_unsigned(work->flushing));
	bad |= json_object_set_new(object, "empty", json_unsigned(work->empty));
	bad |= json_object_set_new(object, "requeued", json_unsigned(work->requeued));
	bad |= json_object_set_new(object, "throttled", json_unsigned(work->throttled));
	return json_finished(object, bad);
}

static json_t *works_object(const struct disk_device *device)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t op = 0; op < DISK_OP_COUNT; op++) {
		const struct disk_work *work = &device->work[op];

		if (work->times.total.count || work->times.merged)
			bad |= json_object_set_new(object, disk_op_name((enum disk_op)op),
						   work_object(work));
	}
	return json_finished(object, bad);
}

static json_t *columns_array(const struct disk_device *device)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < device->columns.count; i++) {
		const struct disk_column *column = &device->columns.items[i];
		const struct disk_heat *heat = &device->heat;
		json_t *object = json_object(), *counts = json_array();

		for (uint32_t row = 0; row < heat->rows; row++)
			bad |= json_array_append_new(
				counts, json_unsigned(heat->cells.items[i * heat->rows + row]));
		bad |= json_object_set_new(object, "count", json_unsigned(column->count));
		bad |= json_object_set_new(object, "bytes", json_unsigned(column->bytes));
		bad |= json_object_set_new(object, "queue_depth",
					   json_rounded(column->queue_depth, 1e3));
		bad |= json_object_set_new(object, "device_depth",
					   json_rounded(column->device_depth, 1e3));
		bad |= json_object_set_new(object, "latencies", counts);
		bad |= json_array_append_new(array, object);
	}
	return json_finished(array, bad);
}

static json_t *over_time_object(const struct disk_report *report, const struct disk_device *device)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "column_s", json_seconds(report->column_ns));
	bad |= json_object_set_new(object, "first_doubling",
				   json_integer(device->heat.first_doubling));
	bad |= json_object_set_new(object, "columns", columns_array(device));
	return json_finished(object, bad);
}

static json_t *device_object(const struct disk_report *report, const struct disk_device *device)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(device->name));
	bad |= json_object_set_new(object, "major", json_integer(device->dev >> 20));
	bad |= json_object_set_new(object, "minor", json_integer(device->dev & 0xfffff));
	bad |= json_object_set_new(object, "scheduler", json_text(device->scheduler));
	bad |= json_object_set_new(object, "lower", json_text(device->lower));
	bad |= json_object_set_new(object, "is_rotational", json_boolean(device->is_rotational));
	bad |= json_object_set_new(object, "has_write_cache",
				   json_boolean(device->has_write_cache));
	bad |= json_object_set_new(object, "is_virtual", json_boolean(device->is_virtual));
	bad |= json_object_set_new(object, "takes_bios", json_boolean(device->takes_bios));
	bad |= json_object_set_new(object, "is_counted", json_boolean(device->is_counted));
	bad |= json_object_set_new(object, "told", json_unsigned(device->told));
	bad |= set_times(object, &device->all);
	bad |= json_object_set_new(object, "per_s", json_rounded(device->per_s, 1e3));
	bad |= json_object_set_new(object, "bytes_per_s", json_rounded(device->bytes_per_s, 1e3));
	bad |= json_object_set_new(object, "queue_depth", json_rounded(device->queue_depth, 1e6));
	bad |= json_object_set_new(object, "device_depth", json_rounded(device->device_depth, 1e6));
	bad |= json_object_set_new(object, "busy_share", json_share(device->busy_share));
	bad |= json_object_set_new(object, "ops", works_object(device));
	bad |= json_object_set_new(object, "over_time", over_time_object(report, device));
	return json_finished(object, bad);
}

/* --- rows, single requests, claims --- */

static json_t *row_object(const struct disk_row *row)
{
	json_t *object = json_object();
	int bad = 0;

	if (row->device[0])
		bad |= json_object_set_new(object, "device", json_text(row->device));
	if (row->has_op) {
		bad |= json_object_set_new(object, "op", json_text(disk_op_name(row->op)));
		bad |= json_object_set_new(object, "flags", json_text(row->flags));
	}
	if (row->issuer[0])
		bad |= json_object_set_new(object, "issuer", json_text(row->issuer));
	if (row->pid)
		bad |= json_object_set_new(object, "pid", json_integer(row->pid));
	bad |= json_object_set_new(object, "is_rest", json_boolean(row->is_rest));
	bad |= json_object_set_new(object, "count_share", json_share(row->count_share));
	bad |= json_object_set_new(object, "time_share", json_share(row->time_share));
	bad |= set_times(object, &row->times);
	return json_finished(object, bad);
}

static json_t *rows_array(const struct disk_row *rows, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, row_object(&rows[i]));
	return json_finished(array, bad);
}

static json_t *slow_object(const struct disk_slow *slow)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "at_s", json_seconds(slow->at_ns));
	bad |= json_object_set_new(object, "device", json_text(slow->device));
	bad |= json_object_set_new(object, "op", json_text(disk_op_name(slow->op)));
	bad |= json_object_set_new(object, "flags", json_text(slow->flags));
	bad |= json_object_set_new(object, "issuer", json_text(slow->issuer));
	bad |= json_object_set_new(object, "tid", json_integer(slow->tid));
	bad |= json_object_set_new(object, "error", json_integer(slow->error));
	bad |= json_object_set_new(object, "sector", json_unsigned(slow->sector));
	bad |= json_object_set_new(object, "bytes", json_unsigned(slow->bytes));
	bad |= json_object_set_new(object, "total_s", json_seconds(slow->total_ns));
	bad |= json_object_set_new(object, "queue_s", json_seconds(slow->queue_ns));
	bad |= json_object_set_new(object, "device_s", json_seconds(slow->device_ns));
	return json_finished(object, bad);
}

static json_t *claim_object(const struct disk_claim *claim)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "id", json_text(disk_claim_id(claim->kind)));
	bad |= json_object_set_new(object, "device", json_text(claim->device));
	bad |= json_object_set_new(object, "words", json_text(claim->words));
	bad |= json_object_set_new(object, "advice", json_text(disk_claim_advice(claim->kind)));
	return json_finished(object, bad);
}

static json_t *sums_object(const struct disk_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t op = 0; op < DISK_OP_COUNT; op++) {
		json_t *times = json_object();

		bad |= set_times(times, &report->all[op]);
		bad |= json_object_set_new(object, disk_op_name((enum disk_op)op), times);
	}
	return json_finished(object, bad);
}

static int set_lists(json_t *object, const struct disk_report *report)
{
	json_t *devices = json_array(), *slowest = json_array(), *claims = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->devices.count; i++)
		bad |= json_array_append_new(devices,
					     device_object(report, &report->devices.items[i]));
	for (size_t i = 0; i < report->slowest.count; i++)
		bad |= json_array_append_new(slowest, slow_object(&report->slowest.items[i]));
	for (size_t i = 0; i < report->claims.count; i++)
		bad |= json_array_append_new(claims, claim_object(&report->claims.items[i]));
	bad |= json_object_set_new(object, "devices", devices);
	bad |= json_object_set_new(object, "claims", claims);
	bad |= json_object_set_new(object, "rows",
				   rows_array(report->rows.items, report->rows.count));
	bad |= json_object_set_new(object, "issuers",
				   rows_array(report->issuers.items, report->issuers.count));
	bad |= json_object_set_new(object, "slowest", slowest);
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return bad;
}

json_t *view_disk_json_object(const struct disk_report *report, const struct stack_map *map)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_text("slowpath.disk/1"));
	bad |= json_object_set_new(object, "target",
				   json_target(report->target, report->name, report->pid));
	bad |= json_object_set_new(object, "window_s", json_seconds(report->window_ns));
	bad |= json_object_set_new(object, "by", json_text(report->by));
	bad |= json_object_set_new(object, "over_s", json_seconds(report->over_ns));
	bad |= json_object_set_new(object, "count", json_unsigned(report->count));
	bad |= json_object_set_new(object, "bytes", json_unsigned(report->bytes));
	bad |= json_object_set_new(
		object, "is_exact",
		json_boolean(report->is_tallied && !report->lost && !report->may_miss));
	bad |= json_object_set_new(object, "told", json_unsigned(report->told));
	bad |= json_object_set_new(object, "told_of", json_unsigned(report->told_of));
	bad |= json_object_set_new(object, "lost", json_unsigned(report->lost));
	bad |= json_object_set_new(object, "slow_count", json_unsigned(report->slow_count));
	bad |= json_object_set_new(object, "sums", sums_object(report));
	bad |= set_lists(object, report);
	if (map)
		bad |= json_object_set_new(object, "map", stack_map_object(map));
	return json_finished(object, bad);
}

int view_disk_json(const struct disk_report *report, const struct stack_map *map, FILE *out)
{
	return json_print(view_disk_json_object(report, map), out);
}

int view_disk_json_schema(FILE *out)
{
	(void)fputs(DISK_SCHEMA, out);
	return stream_flush(out);
}
