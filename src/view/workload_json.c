/* How do we say it to programs? Each struct of a model becomes an object; workload.schema.json says
 * the same. */
#include "view/workload_json.h"

#include <stdlib.h>

#include "view/json_values.h"
#include "view/stream.h"
#include "view/workload.schema.json.h"
#include "view/workload_fio.h"

/* Below 0 is not known. */
static json_t *known_share(double share)
{
	return share < 0 ? json_null() : json_share(share);
}

static json_t *latency_object(const struct latency *latency)
{
	json_t *object = json_object();

	return json_finished(object, json_set_latency(object, latency));
}

static json_t *side_object(const struct workload_side *side)
{
	json_t *object = json_object(), *sizes = json_array();
	int bad = 0;

	for (size_t i = 0; i < side->size_count; i++) {
		json_t *size = json_object();
		int worse = 0;

		worse |= json_object_set_new(size, "bytes", json_unsigned(side->sizes[i].bytes));
		worse |= json_object_set_new(size, "count", json_unsigned(side->sizes[i].count));
		worse |= json_object_set_new(size, "share", json_share(side->sizes[i].share));
		bad |= json_array_append_new(sizes, json_finished(size, worse));
	}
	bad |= json_object_set_new(object, "count", json_unsigned(side->count));
	bad |= json_object_set_new(object, "bytes", json_unsigned(side->bytes));
	bad |= json_object_set_new(object, "errors", json_unsigned(side->errors));
	bad |= json_object_set_new(object, "sizes", sizes);
	bad |= json_object_set_new(object, "rounded", json_unsigned(side->rounded));
	bad |= json_object_set_new(object, "latency", latency_object(&side->latency));
	bad |= json_object_set_new(object, "submit_share", known_share(side->submit_share));
	bad |= json_object_set_new(object, "cached_share", known_share(side->cached_share));
	return json_finished(object, bad);
}

static int set_terms(json_t *object, const struct workload_job *job)
{
	json_t *terms = json_array();
	int bad = 0;

	for (size_t i = 0; i < WORKLOAD_TERM_COUNT; i++) {
		const struct workload_trust *trust = &job->trust[i];
		char value[WORKLOAD_VALUE_BYTES];
		bool is_told = workload_value(job, (enum workload_term)i, value);
		json_t *term;
		int worse = 0;

		if (!is_told && !trust->why[0])
			continue;
		term = json_object();
		worse |= json_object_set_new(term, "term",
					     json_text(workload_term_name((enum workload_term)i)));
		worse |= json_object_set_new(term, "words",
					     json_text(workload_term_words((enum workload_term)i)));
		worse |= json_object_set_new(term, "value",
					     is_told ? json_text(value) : json_null());
		worse |= json_object_set_new(term, "confidence",
					     json_text(confidence_name(trust->confidence)));
		worse |= json_object_set_new(term, "why", json_text(trust->why));
		bad |= json_array_append_new(terms, json_finished(term, worse));
	}
	return json_object_set_new(object, "terms", terms) | bad;
}

static int set_what(json_t *object, const struct workload_job *job)
{
	int bad = 0;

	bad |= json_object_set_new(object, "engine", json_text(workload_engine_name(job->engine)));
	bad |= json_object_set_new(object, "method", json_text(job->method));
	bad |= json_object_set_new(object, "access", json_text(workload_access_name(job->access)));
	bad |= json_object_set_new(object, "random_share", json_share(job->random_share));
	bad |= json_object_set_new(object, "run_length", json_integer(job->run_length));
	bad |= json_object_set_new(object, "stride_bytes", json_integer(job->stride_bytes));
	bad |= json_object_set_new(object, "streams", json_integer(job->streams));
	bad |= json_object_set_new(object, "appends", json_boolean(job->appends));
	bad |= json_object_set_new(object, "read_share", json_share(job->read_share));
	bad |= json_object_set_new(object, "read", side_object(&job->side[WORKLOAD_READ]));
	bad |= json_object_set_new(object, "write", side_object(&job->side[WORKLOAD_WRITE]));
	bad |= json_object_set_new(object, "direct", json_boolean(job->is_direct));
	bad |= json_object_set_new(object, "sync", json_text(workload_sync_name(job->sync)));
	bad |= json_object_set_new(object, "syncs_data", json_boolean(job->syncs_data));
	bad |= json_object_set_new(object, "writes_a_sync", json_rounded(job->writes_a_sync, 100));
	bad |= json_object_set_new(object, "syncs", json_unsigned(job->sync_count));
	bad |= json_object_set_new(object, "sync_latency", latency_object(&job->sync_latency));
	return bad;
}

static int set_pace(json_t *object, const struct workload_job *job)
{
	int bad = 0;

	bad |= json_object_set_new(object, "depth", json_integer(job->depth));
	bad |= json_object_set_new(object, "depth_max", json_integer(job->depth_max));
	bad |= json_object_set_new(object, "depth_mean", json_rounded(job->depth_mean, 100));
	bad |= json_object_set_new(object, "batch_mean", json_rounded(job->batch_mean, 100));
	bad |= json_object_set_new(object, "batch_max", json_integer(job->batch_max));
	bad |= json_object_set_new(object, "reaped_mean", json_rounded(job->reaped_mean, 100));
	bad |= json_object_set_new(object, "think_ns", json_unsigned(job->think_ns));
	bad |= json_object_set_new(object, "think_every", json_integer(job->think_every));
	bad |= json_object_set_new(object, "think_share", json_share(job->think_share));
	bad |= json_object_set_new(object, "arrival",
				   json_text(workload_arrival_name(job->arrival)));
	bad |= json_object_set_new(object, "rate", json_rounded(job->rate, 100));
	return bad;
}

static int set_where(json_t *object, const struct workload_job *job)
{
	int bad = 0;

	bad |= json_object_set_new(object, "files", json_integer(job->files));
	bad |= json_object_set_new(object, "files_total", json_integer(job->files_total));
	bad |= json_object_set_new(object, "is_file_shared", json_boolean(job->is_file_shared));
	bad |= json_object_set_new(object, "are_small", json_boolean(job->are_small));
	bad |= json_object_set_new(object, "file", json_text(job->file));
	bad |= json_object_set_new(object, "fs_type", json_text(job->fs_type));
	bad |= json_object_set_new(object, "range_begin", json_unsigned(job->range_begin));
	bad |= json_object_set_new(object, "range_end", json_unsigned(job->range_end));
	bad |= json_object_set_new(object, "range_mean", json_unsigned(job->range_mean));
	bad |= json_object_set_new(object, "distinct_bytes", json_unsigned(job->distinct_bytes));
	bad |= json_object_set_new(object, "revisits", json_rounded(job->revisits, 100));
	return bad;
}

static json_t *job_object(const struct workload_job *job)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(job->name));
	bad |= json_object_set_new(object, "thread", json_text(job->thread));
	bad |= json_object_set_new(object, "process", json_text(job->process));
	bad |= json_object_set_new(object, "are_threads", json_boolean(job->are_threads));
	bad |= json_object_set_new(object, "jobs", json_integer(job->jobs));
	bad |= json_object_set_new(object, "share", json_share(job->share));
	bad |= json_object_set_new(object, "first_s", json_seconds(job->first_ns));
	bad |= json_object_set_new(object, "last_s", json_seconds(job->last_ns));
	bad |= set_what(object, job);
	bad |= set_pace(object, job);
	bad |= set_where(object, job);
	bad |= set_terms(object, job);
	return json_finished(object, bad);
}

/* --- the run of the job file --- */

static json_t *match_object(const struct workload_match *match)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "term", json_text(workload_term_name(match->term)));
	bad |= json_object_set_new(object, "recorded", json_text(match->recorded));
	bad |= json_object_set_new(object, "reproduced", json_text(match->reproduced));
	bad |= json_object_set_new(object, "off",
				   match->is_number ? json_rounded(match->off, 1000) : json_null());
	bad |= json_object_set_new(object, "is_matched", json_boolean(match->is_matched));
	return json_finished(object, bad);
}

static json_t *comparison_object(const struct workload_comparison *comparison)
{
	json_t *object = json_object(), *jobs = json_array();
	int bad = 0;

	for (size_t i = 0; i < comparison->jobs.count; i++) {
		const struct workload_job_match *match = &comparison->jobs.items[i];
		json_t *job = json_object(), *terms = json_array();
		int worse = 0;

		for (size_t k = 0; k < match->terms.count; k++)
			worse |= json_array_append_new(terms, match_object(&match->terms.items[k]));
		worse |= json_object_set_new(job, "name", json_text(match->name));
		worse |= json_object_set_new(job, "is_missing", json_boolean(match->is_missing));
		worse |= json_object_set_new(job, "mismatches", json_integer(match->mismatches));
		worse |= json_object_set_new(job, "terms", terms);
		bad |= json_array_append_new(jobs, json_finished(job, worse));
	}
	bad |= json_object_set_new(object, "jobs", jobs);
	bad |= json_object_set_new(object, "notes",
				   json_texts(comparison->notes.items, comparison->notes.count));
	return json_finished(object, bad);
}

/* The job file as one text; JSON null when there is no job. */
static json_t *job_file(const struct workload *workload)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	FILE *out;
	int r;

	if (!workload->jobs.count)
		return json_null();
	out = open_memstream(&text, &bytes);
	if (!out)
		return NULL;
	r = view_workload_fio(workload, NULL, out);
	if (fclose(out) != 0 || r < 0)
		return NULL;
	/* Names in it are escaped already; its lines are kept. */
	return json_string(text);
}

json_t *view_workload_json_object(const struct workload *workload,
				  const struct workload_comparison *comparison)
{
	json_t *object = json_object(), *jobs = json_array();
	int bad = 0;

	for (size_t i = 0; i < workload->jobs.count; i++)
		bad |= json_array_append_new(jobs, job_object(&workload->jobs.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.workload/1"));
	bad |= json_object_set_new(object, "target",
				   json_target(workload->target, workload->name, workload->pid));
	bad |= json_object_set_new(object, "window_s", json_seconds(workload->window_ns));
	bad |= json_object_set_new(object, "operations", json_unsigned(workload->operations));
	bad |= json_object_set_new(object, "bytes", json_unsigned(workload->bytes));
	bad |= json_object_set_new(object, "lost", json_unsigned(workload->lost));
	bad |= json_object_set_new(object, "left_out", json_unsigned(workload->left_out));
	bad |= json_object_set_new(object, "left_out_bytes",
				   json_unsigned(workload->left_out_bytes));
	bad |= json_object_set_new(object, "outside", json_unsigned(workload->outside));
	bad |= json_object_set_new(object, "jobs", jobs);
	bad |= json_object_set_new(object, "fio_job_file", job_file(workload));
	if (comparison)
		bad |= json_object_set_new(object, "verified", comparison_object(comparison));
	bad |= json_object_set_new(object, "notes",
				   json_texts(workload->notes.items, workload->notes.count));
	return json_finished(object, bad);
}

int view_workload_json(const struct workload *workload,
		       const struct workload_comparison *comparison, FILE *out)
{
	return json_print(view_workload_json_object(workload, comparison), out);
}

int view_workload_json_schema(FILE *out)
{
	(void)fputs(WORKLOAD_SCHEMA, out);
	return stream_flush(out);
}
