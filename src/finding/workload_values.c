/* How is a term of a job told to people? One line each, the same in a list and in a comparison. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "finding/format.h"
#include "finding/workload.h"

struct value {
	char *text; /* of WORKLOAD_VALUE_BYTES */
	size_t used;
};

static void say(struct value *value, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct value *value, const char *format, ...)
{
	va_list arguments;
	int bytes;

	va_start(arguments, format);
	bytes = vsnprintf(value->text + value->used, WORKLOAD_VALUE_BYTES - value->used, format,
			  arguments);
	va_end(arguments);
	if (bytes > 0)
		value->used += (size_t)bytes;
	if (value->used >= WORKLOAD_VALUE_BYTES)
		value->used = WORKLOAD_VALUE_BYTES - 1;
}

static bool say_engine(const struct workload_job *job, struct value *value)
{
	static const char *const CALLS[WORKLOAD_ENGINE_COUNT] = {
		[WORKLOAD_ENGINE_SYNC] = "read, write",
		[WORKLOAD_ENGINE_PSYNC] = "pread, pwrite",
		[WORKLOAD_ENGINE_VSYNC] = "readv, writev",
		[WORKLOAD_ENGINE_PVSYNC] = "preadv, pwritev",
		[WORKLOAD_ENGINE_PVSYNC2] = "preadv2, pwritev2",
		[WORKLOAD_ENGINE_LIBAIO] = "io_submit",
		[WORKLOAD_ENGINE_IO_URING] = "io_uring_enter",
		[WORKLOAD_ENGINE_MMAP] = "page faults",
		[WORKLOAD_ENGINE_OTHER] = "",
	};
	const char *calls = job->method[0] ? job->method : CALLS[job->engine];

	say(value, "%s", workload_engine_name(job->engine));
	if (calls[0])
		say(value, " (%s)", calls);
	return true;
}

static bool say_rw(const struct workload_job *job, struct value *value)
{
	bool reads = job->side[WORKLOAD_READ].count, writes = job->side[WORKLOAD_WRITE].count;
	const char *what = reads && writes ? "reads and writes" : reads ? "reads" : "writes";

	switch (job->access) {
	case WORKLOAD_ACCESS_UNKNOWN:
		say(value, "%s", what);
		break;
	case WORKLOAD_ACCESS_SEQUENTIAL:
		say(value, "sequential %s%s", what, job->appends ? ", appended" : "");
		break;
	case WORKLOAD_ACCESS_STRIDED:
		say(value, "%s in steps of %s%s", what, job->stride_bytes < 0 ? "-" : "",
		    format_bytes(job->stride_bytes < 0 ? 0 - (uint64_t)job->stride_bytes
						       : (uint64_t)job->stride_bytes)
			    .text);
		break;
	case WORKLOAD_ACCESS_RANDOM:
		say(value, "random %s", what);
		break;
	case WORKLOAD_ACCESS_RUNS:
		say(value, "%s at random places, %" PRIu32 " in sequence each", what,
		    job->run_length);
		break;
	case WORKLOAD_ACCESS_PARTLY:
		say(value, "%s, %s of them at random places, the others in sequence", what,
		    format_share(job->random_share).text);
		break;
	}
	return true;
}

static bool say_mix(const struct workload_job *job, struct value *value)
{
	if (!job->side[WORKLOAD_READ].count || !job->side[WORKLOAD_WRITE].count)
		return false;
	say(value, "%s reads", format_share(job->read_share).text);
	return true;
}

static bool say_sizes(const struct workload_side *side, struct value *value)
{
	if (!side->count)
		return false;
	for (size_t i = 0; i < side->size_count; i++) {
		const struct workload_size *size = &side->sizes[i];

		if (i == 4 && side->size_count > 5) {
			say(value, ", and %zu more sizes", side->size_count - 4);
			break;
		}
		say(value, "%s%s", i ? ", " : "", format_bytes(size->bytes).text);
		if (side->size_count > 1)
			say(value, " (%s)", format_share(size->share).text);
	}
	return true;
}

static bool say_streams(const struct workload_job *job, struct value *value)
{
	if (job->access != WORKLOAD_ACCESS_SEQUENTIAL && job->access != WORKLOAD_ACCESS_STRIDED)
		return false;
	say(value, "%" PRIu32, job->streams);
	return true;
}

static bool say_fsync(const struct workload_job *job, struct value *value)
{
	if (!job->side[WORKLOAD_WRITE].count)
		return false;
	if (job->writes_a_sync == 0)
		say(value, "never");
	else
		say(value, "%s every %s writes", job->syncs_data ? "fdatasync" : "fsync",
		    format_factor(job->writes_a_sync).text);
	return true;
}

static bool say_depth(const struct workload_job *job, struct value *value)
{
	say(value, "%" PRIu32, job->depth);
	if (job->depth_max > job->depth)
		say(value, " (once %" PRIu32 ")", job->depth_max);
	return true;
}

static bool say_factor(double factor, struct value *value)
{
	if (factor == 0)
		return false;
	say(value, "%s", format_factor(factor).text);
	return true;
}

static bool say_files(const struct workload_job *job, struct value *value)
{
	if (job->is_file_shared)
		say(value, "%s, the same for all threads", format_count(job->files).text);
	else if (job->files_total > job->files)
		say(value, "%s each, %s in all", format_count(job->files).text,
		    format_count(job->files_total).text);
	else
		say(value, "%s", format_count(job->files).text);
	if (job->are_small)
		say(value, ", touched but a few times each");
	return true;
}

static bool say_range(const struct workload_job *job, struct value *value)
{
	if (!job->range_end)
		return false;
	say(value, "%s", format_bytes(job->range_mean).text);
	if (job->range_begin)
		say(value, " from %s on", format_bytes(job->range_begin).text);
	say(value, ", as far as it was touched");
	return true;
}

static bool say_working_set(const struct workload_job *job, struct value *value)
{
	say(value, "about %s", format_bytes(job->distinct_bytes).text);
	if (job->revisits >= 1.05)
		say(value, ", each place %s times", format_factor(job->revisits).text);
	return true;
}

static bool say_think(const struct workload_job *job, struct value *value)
{
	if (!job->think_ns) {
		say(value, "none");
		return true;
	}
	say(value, "%s after ", format_duration(job->think_ns).text);
	if (job->think_every > 1)
		say(value, "every %" PRIu32 " operations", job->think_every);
	else
		say(value, "each operation");
	say(value, ", %s of the time", format_share(job->think_share).text);
	return true;
}

static bool say_arrival(const struct workload_job *job, struct value *value)
{
	static const char *const WORDS[] = {
		[WORKLOAD_ARRIVAL_UNKNOWN] = "unknown",
		[WORKLOAD_ARRIVAL_CLOSED] = "closed loop: for an earlier one to end",
		[WORKLOAD_ARRIVAL_EVEN] = "open loop: for its time, at even intervals",
		[WORKLOAD_ARRIVAL_POISSON] = "open loop: for its time, at random moments",
	};

	say(value, "%s", WORDS[job->arrival]);
	return true;
}

static bool say_rate(const struct workload_job *job, struct value *value)
{
	say(value, "%s/s",
	    job->rate < 10 ? format_factor(job->rate).text
			   : format_count((uint64_t)(job->rate + 0.5)).text);
	return true;
}

static bool say_time(uint64_t count, uint64_t ns, struct value *value)
{
	if (!count)
		return false;
	say(value, "%s", format_duration(ns).text);
	return true;
}

static bool say_cache(const struct workload_job *job, struct value *value)
{
	if (job->side[WORKLOAD_READ].cached_share < 0)
		return false;
	say(value, "%s", format_share(job->side[WORKLOAD_READ].cached_share).text);
	return true;
}

static bool say_sync(const struct workload_job *job, struct value *value)
{
	say(value, "%s",
	    job->sync == WORKLOAD_SYNC_NONE   ? "no"
	    : job->sync == WORKLOAD_SYNC_DATA ? "data (O_DSYNC)"
					      : "data and all metadata (O_SYNC)");
	return true;
}

static bool say_plain(const struct workload_job *job, enum workload_term term, struct value *value)
{
	if (term == WORKLOAD_TERM_DIRECT)
		say(value, "%s", job->is_direct ? "yes (O_DIRECT)" : "no");
	else if (term == WORKLOAD_TERM_JOBS)
		say(value, "%" PRIu32, job->jobs);
	return true;
}

/* The switch is the table: one line for each term. */
static bool say_term(const struct workload_job *job, enum workload_term term, struct value *value)
{
	const struct latency *reads = &job->side[WORKLOAD_READ].latency;
	const struct latency *writes = &job->side[WORKLOAD_WRITE].latency;

	switch (term) {
	case WORKLOAD_TERM_ENGINE:
		return say_engine(job, value);
	case WORKLOAD_TERM_RW:
		return say_rw(job, value);
	case WORKLOAD_TERM_MIX:
		return say_mix(job, value);
	case WORKLOAD_TERM_READ_SIZE:
		return say_sizes(&job->side[WORKLOAD_READ], value);
	case WORKLOAD_TERM_WRITE_SIZE:
		return say_sizes(&job->side[WORKLOAD_WRITE], value);
	case WORKLOAD_TERM_STREAMS:
		return say_streams(job, value);
	case WORKLOAD_TERM_SYNC:
		return say_sync(job, value);
	case WORKLOAD_TERM_FSYNC:
		return say_fsync(job, value);
	case WORKLOAD_TERM_DEPTH:
		return say_depth(job, value);
	case WORKLOAD_TERM_MEAN_DEPTH:
		return say_factor(job->depth_mean, value);
	case WORKLOAD_TERM_BATCH:
		return say_factor(job->batch_mean, value);
	case WORKLOAD_TERM_REAPED:
		return say_factor(job->reaped_mean, value);
	case WORKLOAD_TERM_FILES:
		return say_files(job, value);
	case WORKLOAD_TERM_RANGE:
		return say_range(job, value);
	case WORKLOAD_TERM_WORKING_SET:
		return say_working_set(job, value);
	case WORKLOAD_TERM_THINK:
		return say_think(job, value);
	case WORKLOAD_TERM_ARRIVAL:
		return say_arrival(job, value);
	case WORKLOAD_TERM_RATE:
		return say_rate(job, value);
	case WORKLOAD_TERM_CACHE:
		return say_cache(job, value);
	case WORKLOAD_TERM_READ_P50:
		return say_time(reads->count, reads->p50_ns, value);
	case WORKLOAD_TERM_READ_P99:
		return say_time(reads->count, reads->p99_ns, value);
	case WORKLOAD_TERM_WRITE_P50:
		return say_time(writes->count, writes->p50_ns, value);
	case WORKLOAD_TERM_WRITE_P99:
		return say_time(writes->count, writes->p99_ns, value);
	case WORKLOAD_TERM_SYNC_P50:
		return say_time(job->sync_latency.count, job->sync_latency.p50_ns, value);
	case WORKLOAD_TERM_SYNC_P99:
		return say_time(job->sync_latency.count, job->sync_latency.p99_ns, value);
	case WORKLOAD_TERM_JOBS:
	case WORKLOAD_TERM_DIRECT:
	case WORKLOAD_TERM_COUNT:
		break;
	}
	return say_plain(job, term, value);
}

bool workload_value(const struct workload_job *job, enum workload_term term,
		    char value[WORKLOAD_VALUE_BYTES])
{
	struct value said = { .text = value };

	value[0] = '\0';
	return term < WORKLOAD_TERM_COUNT && job->trust[term].is_known &&
	       say_term(job, term, &said);
}
