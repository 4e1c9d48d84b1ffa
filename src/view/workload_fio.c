/* How do we say it to fio? One section for each job; what is doubtful or unknown in comments. */
#include "view/workload_fio.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "finding/format.h"
#include "view/stream.h"

#define MAIN_SHARE 0.98 /* a size that so many have is the block size */

/* --- comments: whatever a name holds, it stays on its line --- */

static void print_comment(FILE *out, const char *key, const char *words)
{
	owns(own_free) char *harmless = escape_copy(words, false);

	(void)fprintf(out, "; %s%s%s\n", key, key[0] ? ": " : "", harmless ? harmless : "?");
}

static void print_doubts(const struct workload_job *job, FILE *out)
{
	char value[WORKLOAD_VALUE_BYTES], words[2 * WORKLOAD_VALUE_BYTES];

	for (size_t i = 0; i < WORKLOAD_TERM_COUNT; i++) {
		const struct workload_trust *trust = &job->trust[i];
		enum workload_term term = (enum workload_term)i;

		if (!trust->is_known && trust->why[0]) {
			(void)snprintf(words, sizeof(words), "not known: %s", trust->why);
			print_comment(out, workload_term_name(term), words);
		} else if (trust->is_known && trust->confidence != CONFIDENCE_HIGH &&
			   workload_value(job, term, value)) {
			(void)snprintf(words, sizeof(words), "%s, confidence %s%s%s", value,
				       confidence_name(trust->confidence),
				       trust->why[0] ? ": " : "", trust->why);
			print_comment(out, workload_term_name(term), words);
		}
	}
}

static void print_origin(const struct workload_job *job, FILE *out)
{
	char words[512];

	bool is_named = strcmp(job->process, job->thread) != 0;

	(void)snprintf(words, sizeof(words),
		       "%" PRIu32 " %s of %s%s%s, %s of all operations or of all bytes, "
		       "from %s to %s of the watch",
		       job->jobs, job->jobs == 1 ? "thread" : "threads", job->process,
		       is_named ? " called " : "", is_named ? job->thread : "",
		       format_share(job->share).text, format_duration(job->first_ns).text,
		       format_duration(job->last_ns).text);
	print_comment(out, "", words);
	if (job->file[0])
		print_comment(out, "busiest file", job->file);
}

/* --- what it does --- */

static bool does(const struct workload_job *job, enum workload_direction direction)
{
	return job->side[direction].count;
}

static uint64_t block_bytes(const struct workload_job *job)
{
	uint64_t most = 0;

	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++) {
		for (size_t k = 0; k < job->side[i].size_count; k++) {
			if (job->side[i].sizes[k].bytes > most)
				most = job->side[i].sizes[k].bytes;
		}
	}
	return most ? most : 4096;
}

static void print_rw(const struct workload_job *job, FILE *out)
{
	bool reads = does(job, WORKLOAD_READ), writes = does(job, WORKLOAD_WRITE);
	bool is_random = job->access == WORKLOAD_ACCESS_RANDOM ||
			 job->access == WORKLOAD_ACCESS_RUNS ||
			 job->access == WORKLOAD_ACCESS_PARTLY;
	const char *what = reads && writes ? "rw" : reads ? "read" : "write";

	(void)fprintf(out, "rw=%s%s", is_random ? "rand" : "", what);
	if (job->access == WORKLOAD_ACCESS_RUNS && job->run_length > 1)
		(void)fprintf(out, ":%" PRIu32, job->run_length);
	if (job->access == WORKLOAD_ACCESS_STRIDED)
		(void)fprintf(out, ":%" PRId64, job->stride_bytes - (int64_t)block_bytes(job));
	(void)fputc('\n', out);
	if (job->access == WORKLOAD_ACCESS_PARTLY)
		(void)fprintf(out, "percentage_random=%.0f\n", job->random_share * 100);
	if (reads && writes)
		(void)fprintf(out, "rwmixread=%.0f\n", job->read_share * 100);
}

static bool has_one_size(const struct workload_side *side)
{
	return !side->size_count || side->sizes[0].share >= MAIN_SHARE;
}

/* Whole percents that sum to 100: fio takes no others. The first has what rounding leaves. */
static void print_split(const struct workload_side *side, FILE *out)
{
	unsigned int percents[WORKLOAD_SIZES] = {}, rest = 100;

	for (size_t i = side->size_count - 1; i > 0; i--) {
		unsigned int percent = (unsigned int)(side->sizes[i].share * 100 + 0.5);

		percents[i] = percent < rest ? percent : rest;
		rest -= percents[i];
	}
	percents[0] = rest;
	for (size_t i = 0; i < side->size_count; i++) {
		if (percents[i])
			(void)fprintf(out, "%s%" PRIu64 "/%u", i ? ":" : "", side->sizes[i].bytes,
				      percents[i]);
	}
}

static void print_sizes(const struct workload_job *job, FILE *out)
{
	const struct workload_side *reads = &job->side[WORKLOAD_READ];
	const struct workload_side *writes = &job->side[WORKLOAD_WRITE];
	const struct workload_side *only = reads->size_count ? reads : writes;
	bool is_known = (!reads->count || job->trust[WORKLOAD_TERM_READ_SIZE].is_known) &&
			(!writes->count || job->trust[WORKLOAD_TERM_WRITE_SIZE].is_known);

	if (!is_known || !only->size_count)
		return;
	if (!has_one_size(reads) || !has_one_size(writes)) {
		(void)fputs("bssplit=", out);
		print_split(only, out);
		if (reads->count && writes->count) {
			(void)fputc(',', out);
			print_split(writes, out);
		}
		(void)fputc('\n', out);
		return;
	}
	(void)fprintf(out, "bs=%" PRIu64, only->sizes[0].bytes);
	if (reads->count && writes->count && writes->sizes[0].bytes != reads->sizes[0].bytes)
		(void)fprintf(out, ",%" PRIu64, writes->sizes[0].bytes);
	(void)fputc('\n', out);
}

static void print_durability(const struct workload_job *job, FILE *out)
{
	if (job->is_direct)
		(void)fputs("direct=1\n", out);
	if (!does(job, WORKLOAD_WRITE))
		return;
	if (job->sync != WORKLOAD_SYNC_NONE)
		(void)fprintf(out, "sync=%s\n", workload_sync_name(job->sync));
	if (job->writes_a_sync > 0)
		(void)fprintf(out, "%s=%.0f\n", job->syncs_data ? "fdatasync" : "fsync",
			      job->writes_a_sync < 1 ? 1 : job->writes_a_sync);
}

static void print_depth(const struct workload_job *job, FILE *out)
{
	if (job->engine != WORKLOAD_ENGINE_LIBAIO && job->engine != WORKLOAD_ENGINE_IO_URING)
		return;
	(void)fprintf(out, "iodepth=%" PRIu32 "\n", job->depth);
	if (job->batch_mean >= 1.5)
		(void)fprintf(out, "iodepth_batch=%.0f\n", job->batch_mean);
	if (job->reaped_mean >= 1.5 && job->batch_mean >= 1.5)
		(void)fprintf(out, "iodepth_batch_complete_min=%.0f\n",
			      job->reaped_mean < job->depth ? job->reaped_mean : job->depth);
}

static void print_pace(const struct workload_job *job, FILE *out)
{
	if (job->arrival == WORKLOAD_ARRIVAL_EVEN || job->arrival == WORKLOAD_ARRIVAL_POISSON) {
		double rate = job->rate / job->jobs;

		(void)fprintf(out, "rate_iops=%.0f\n", rate < 1 ? 1 : rate);
		if (job->arrival == WORKLOAD_ARRIVAL_POISSON)
			(void)fputs("rate_process=poisson\n", out);
		return;
	}
	if (!job->think_ns)
		return;
	(void)fprintf(out, "thinktime=%" PRIu64 "\n", (job->think_ns + 500) / 1000);
	if (job->think_every > 1)
		(void)fprintf(out, "thinktime_blocks=%" PRIu32 "\n", job->think_every);
}

/* --- where --- */

/* Streams that go on in turn are as many files: fio has but one in each. */
static uint64_t files_of(const struct workload_job *job)
{
	uint64_t streams = job->streams > 1 && job->access != WORKLOAD_ACCESS_RANDOM &&
					   job->access != WORKLOAD_ACCESS_PARTLY
				   ? job->streams
				   : 1;

	return job->files * streams;
}

static uint64_t file_bytes(const struct workload_job *job)
{
	uint64_t block = block_bytes(job), streams = files_of(job) / job->files;
	uint64_t bytes = job->range_mean / (streams ? streams : 1);

	bytes = bytes / block * block + (bytes % block ? block : 0);
	return bytes ? bytes : block;
}

static uint64_t copies_of(const struct workload_job *job)
{
	return job->is_file_shared ? 1 : job->jobs;
}

uint64_t workload_fio_bytes(const struct workload *workload)
{
	uint64_t all = 0, bytes;

	for (size_t i = 0; i < workload->jobs.count; i++) {
		const struct workload_job *job = &workload->jobs.items[i];

		if (__builtin_mul_overflow(file_bytes(job), files_of(job) * copies_of(job),
					   &bytes) ||
		    __builtin_add_overflow(all, bytes, &all))
			return UINT64_MAX;
	}
	return all;
}

/* Files that are made smaller keep whole blocks. */
static uint64_t shrunk(uint64_t bytes, uint64_t block, double scale)
{
	uint64_t less = (uint64_t)((double)bytes * scale) / block * block;

	return scale >= 1 ? bytes : less ? less : block;
}

static void print_files(const struct workload_job *job, double scale, FILE *out)
{
	uint64_t files = files_of(job);
	uint64_t bytes = shrunk(file_bytes(job), block_bytes(job), scale);

	if (job->is_file_shared && files == 1)
		(void)fprintf(out, "filename=%s.shared\n", job->name);
	(void)fprintf(out, "nrfiles=%" PRIu64 "\nfilesize=%" PRIu64 "\nsize=%" PRIu64 "\n", files,
		      bytes, bytes * files);
	if (files > job->files)
		(void)fputs("file_service_type=roundrobin:1\n", out);
	if (does(job, WORKLOAD_WRITE) && job->access != WORKLOAD_ACCESS_SEQUENTIAL)
		(void)fputs("overwrite=1\n", out);
	else if (does(job, WORKLOAD_WRITE))
		print_comment(out, "overwrite",
			      "not known: whether the writes made the file longer");
	if (job->appends && job->access == WORKLOAD_ACCESS_SEQUENTIAL)
		print_comment(out, "append",
			      "the file was opened to append to it; fio begins at its start");
	if (job->range_begin && job->files_total == 1) {
		char words[64];

		(void)snprintf(words, sizeof(words), "began at byte %" PRIu64 " of the file",
			       job->range_begin);
		print_comment(out, "range", words);
	}
}

/* Were places visited again before all were visited once? */
static bool has_repeats(const struct workload_job *job)
{
	uint64_t asked = job->side[WORKLOAD_READ].bytes + job->side[WORKLOAD_WRITE].bytes;
	double places = (double)job->range_mean * job->files_total;
	double most = (double)asked < places ? (double)asked : places;

	return (double)job->distinct_bytes * 1.1 < most;
}

static bool has_one_block(const struct workload_job *job)
{
	const struct workload_side *reads = &job->side[WORKLOAD_READ];
	const struct workload_side *writes = &job->side[WORKLOAD_WRITE];

	return has_one_size(reads) && has_one_size(writes) &&
	       (!reads->size_count || !writes->size_count ||
		reads->sizes[0].bytes == writes->sizes[0].bytes);
}

static void print_cache(const struct workload_job *job, bool are_made, FILE *out)
{
	double cached = job->side[WORKLOAD_READ].cached_share;

	/* With its map of places visited fio cuts blocks short that reach into others. */
	if (job->access == WORKLOAD_ACCESS_RANDOM && (has_repeats(job) || !has_one_block(job)))
		(void)fputs("norandommap=1\n", out);
	if (cached >= 0.95)
		(void)fputs(are_made ? "invalidate=0\n" : "pre_read=1\n", out);
	else if (cached > 0.05 && job->access != WORKLOAD_ACCESS_SEQUENTIAL)
		print_comment(out, "cache", "a part of the reads was served from the page cache");
}

/* --- all --- */

static void print_job(const struct workload_job *job, double scale, bool are_made, FILE *out)
{
	(void)fputc('\n', out);
	print_origin(job, out);
	print_doubts(job, out);
	(void)fprintf(out, "[%s]\nioengine=%s\n", job->name,
		      workload_engine_name(job->engine == WORKLOAD_ENGINE_OTHER
						   ? WORKLOAD_ENGINE_PSYNC
						   : job->engine));
	print_rw(job, out);
	print_sizes(job, out);
	print_durability(job, out);
	print_depth(job, out);
	(void)fprintf(out, "numjobs=%" PRIu32 "\n", job->jobs);
	if (job->are_threads)
		(void)fputs("thread=1\n", out);
	print_files(job, scale, out);
	print_cache(job, are_made, out);
	print_pace(job, out);
}

static void print_head(const struct workload *workload, const struct workload_run *run, FILE *out)
{
	uint64_t seconds =
		run->runtime_s ? run->runtime_s : (workload->window_ns + 500000000) / 1000000000;
	char words[160];

	(void)snprintf(words, sizeof(words),
		       "made by slowpath workload from a watch of %s%s%s, %s long",
		       target_kind_name(workload->target), workload->name[0] ? " " : "",
		       workload->name, format_duration(workload->window_ns).text);
	print_comment(out, "", words);
	for (size_t i = 0; i < workload->notes.count; i++)
		print_comment(out, "to know", workload->notes.items[i].words);
	(void)fputs("[global]\n", out);
	(void)fprintf(out, "time_based=1\nruntime=%" PRIu64 "\ngroup_reporting=1\n",
		      seconds ? seconds : 1);
}

int view_workload_fio(const struct workload *workload, const struct workload_run *run, FILE *out)
{
	const struct workload_run as_recorded = {};
	uint64_t bytes = workload_fio_bytes(workload);
	double scale = 1;

	if (!workload->jobs.count)
		return -ENODATA;
	if (!run)
		run = &as_recorded;
	if (run->bytes_max && bytes > run->bytes_max)
		scale = (double)run->bytes_max / (double)bytes;
	print_head(workload, run, out);
	for (size_t i = 0; i < workload->jobs.count; i++)
		print_job(&workload->jobs.items[i], scale, run->are_made, out);
	return stream_flush(out);
}
