/* How do we say to programs how targets compare? bench.schema.json says the same. */
#include "view/bench_json.h"

#include "view/bench.schema.json.h"
#include "view/json_values.h"
#include "view/stream.h"

static json_t *speed(double per_s)
{
	return json_rounded(per_s, 1e3);
}

static json_t *or_null(bool is_known, json_t *(*make)(double value), double value)
{
	return is_known ? make(value) : json_null();
}

static json_t *nanoseconds(double ns)
{
	return json_rounded(ns, 1);
}

/* --- results --- */

static json_t *way_object(const struct bench_row *row, enum bench_way way)
{
	const struct latency *latency = &row->latency[way];
	json_t *object;
	int bad = 0;

	if (!latency->count)
		return json_null();
	object = json_object();
	bad |= json_object_set_new(object, "bytes_per_s", speed(row->way_bytes_per_s[way]));
	bad |= json_set_latency(object, latency);
	return json_finished(object, bad);
}

static json_t *pool_object(const struct bench_pool *pool)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(pool->name));
	bad |= json_object_set_new(object, "is_kernel", json_boolean(pool->is_kernel));
	bad |= json_object_set_new(object, "threads", json_unsigned(pool->threads));
	bad |= json_object_set_new(object, "born", json_unsigned(pool->born));
	bad |= json_object_set_new(object, "died", json_unsigned(pool->died));
	bad |= json_object_set_new(object, "run_ns", json_unsigned(pool->run_ns));
	bad |= json_object_set_new(object, "cpus", json_rounded(pool->cpus, 1e6));
	bad |= json_object_set_new(object, "ns_per_gib", nanoseconds(pool->ns_per_gib));
	return json_finished(object, bad);
}

static json_t *cpu_object(const struct bench_row *row)
{
	json_t *object = json_object(), *pools = json_array();
	int bad = 0;

	for (size_t i = 0; i < row->pools.count; i++)
		bad |= json_array_append_new(pools, pool_object(&row->pools.items[i]));
	bad |= json_object_set_new(object, "is_watched", json_boolean(row->is_watched));
	bad |= json_object_set_new(object, "job_ns",
				   row->is_watched ? json_unsigned(row->job_ns) : json_null());
	bad |= json_object_set_new(object, "kernel_ns",
				   row->is_watched ? json_unsigned(row->kernel_ns) : json_null());
	bad |= json_object_set_new(object, "counted_ns", json_unsigned(row->counted_ns));
	bad |= json_object_set_new(object, "ns_per_gib",
				   or_null(row->is_watched, nanoseconds, row->cpu_per_gib));
	bad |= json_object_set_new(object, "pools", pools);
	return json_finished(object, bad);
}

static json_t *result_object(const struct bench_target *target, const struct bench_row *row)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "target", json_text(target->name));
	bad |= json_object_set_new(object, "rounds", json_unsigned(row->rounds));
	bad |= json_object_set_new(object, "bytes", json_unsigned(row->bytes));
	bad |= json_object_set_new(object, "operations", json_unsigned(row->ops));
	bad |= json_object_set_new(object, "time_ns", json_unsigned(row->jobs_ns));
	bad |= json_object_set_new(object, "window_ns", json_unsigned(row->window_ns));
	bad |= json_object_set_new(object, "bytes_per_s", speed(row->bytes_per_s));
	bad |= json_object_set_new(object, "least_bytes_per_s", speed(row->least_bytes_per_s));
	bad |= json_object_set_new(object, "most_bytes_per_s", speed(row->most_bytes_per_s));
	bad |= json_object_set_new(object, "deviation",
				   or_null(row->rounds > 1, json_share, row->deviation));
	bad |= json_object_set_new(object, "operations_per_s", speed(row->ops_per_s));
	bad |= json_object_set_new(object, "read", way_object(row, BENCH_READ));
	bad |= json_object_set_new(object, "write", way_object(row, BENCH_WRITE));
	bad |= json_object_set_new(object, "cpu", cpu_object(row));
	bad |= json_object_set_new(object, "lost_events", json_unsigned(row->lost_events));
	bad |= json_object_set_new(object, "device_share",
				   row->is_device_known ? json_rounded(row->device_share, 1e6)
							: json_null());
	bad |= json_object_set_new(object, "arc_hits",
				   or_null(row->is_arc_known, json_share, row->arc_hits));
	bad |= json_object_set_new(
		object, "watched_bytes_per_s",
		or_null(row->watched_bytes_per_s > 0, speed, row->watched_bytes_per_s));
	return json_finished(object, bad);
}

/* --- differences --- */

static json_t *difference_object(const struct bench *bench,
				 const struct bench_difference *difference)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "slower",
				   json_text(bench->targets.items[difference->slower].name));
	bad |= json_object_set_new(object, "faster",
				   json_text(bench->targets.items[difference->faster].name));
	bad |= json_object_set_new(object, "factor",
				   difference->factor > 0 ? json_rounded(difference->factor, 1e6)
							  : json_null());
	bad |= json_object_set_new(object, "chance_factor",
				   difference->is_judged ? json_rounded(difference->chance, 1e6)
							 : json_null());
	bad |= json_object_set_new(object, "is_judged", json_boolean(difference->is_judged));
	bad |= json_object_set_new(object, "is_certain", json_boolean(difference->is_certain));
	bad |= json_object_set_new(object, "words", json_text(difference->headline));
	bad |= json_object_set_new(
		object, "reasons",
		json_texts(difference->reasons.items, difference->reasons.count));
	bad |= json_object_set_new(object, "advice",
				   json_texts(difference->advice.items, difference->advice.count));
	return json_finished(object, bad);
}

/* --- the whole --- */

static json_t *case_object(const struct bench *bench, const struct bench_case *one)
{
	json_t *object = json_object(), *results = json_array(), *differences = json_array();
	int bad = 0;

	for (size_t i = 0; i < bench->targets.count; i++) {
		if (one->rows[i].rounds)
			bad |= json_array_append_new(
				results, result_object(&bench->targets.items[i], &one->rows[i]));
	}
	for (size_t i = 0; i < one->differences.count; i++)
		bad |= json_array_append_new(differences,
					     difference_object(bench, &one->differences.items[i]));
	bad |= json_object_set_new(object, "id", json_text(one->id));
	bad |= json_object_set_new(object, "words", json_text(one->words));
	bad |= json_object_set_new(object, "options", json_text(one->options));
	bad |= json_object_set_new(object, "results", results);
	bad |= json_object_set_new(object, "differences", differences);
	return json_finished(object, bad);
}

static json_t *target_object(const struct bench_target *target)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(target->name));
	bad |= json_object_set_new(object, "folder", json_text(target->folder));
	bad |= json_object_set_new(object, "type", json_text(target->type));
	bad |= json_object_set_new(object, "source", json_text(target->source));
	return json_finished(object, bad);
}

json_t *view_bench_json_object(const struct bench *bench)
{
	json_t *object = json_object(), *targets = json_array(), *cases = json_array();
	int bad = 0;

	for (size_t i = 0; i < bench->targets.count; i++)
		bad |= json_array_append_new(targets, target_object(&bench->targets.items[i]));
	for (size_t i = 0; i < bench->cases.count; i++)
		bad |= json_array_append_new(cases, case_object(bench, &bench->cases.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.bench/1"));
	bad |= json_object_set_new(object, "fio", json_text(bench->fio));
	bad |= json_object_set_new(object, "rounds", json_unsigned(bench->rounds));
	bad |= json_object_set_new(object, "run_ns",
				   bench->run_ns ? json_unsigned(bench->run_ns) : json_null());
	bad |= json_object_set_new(object, "size_bytes",
				   bench->size ? json_unsigned(bench->size) : json_null());
	bad |= json_object_set_new(object, "cpus", json_unsigned(bench->cpus));
	bad |= json_object_set_new(object, "was_interrupted", json_boolean(bench->was_interrupted));
	bad |= json_object_set_new(object, "targets", targets);
	bad |= json_object_set_new(object, "cases", cases);
	bad |= json_object_set_new(object, "notes",
				   json_texts(bench->notes.items, bench->notes.count));
	return json_finished(object, bad);
}

int view_bench_json(const struct bench *bench, FILE *out)
{
	return json_print(view_bench_json_object(bench), out);
}

int view_bench_json_schema(FILE *out)
{
	(void)fputs(BENCH_SCHEMA, out);
	return stream_flush(out);
}
