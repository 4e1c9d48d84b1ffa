/* What workload do the views' tests show? Made by hand, so that every line is known. */
#include "sample_workload.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define HOSTILE "evil\033[2J\n[global]\nfilename=/dev/sda"

static void trust(struct workload_job *job, enum workload_term term, enum confidence confidence,
		  const char *why)
{
	job->trust[term] = (struct workload_trust){ .is_known = true, .confidence = confidence };
	strcpy(job->trust[term].why, why);
}

static struct latency latency_of(uint64_t count, uint64_t p50_ns)
{
	return (struct latency){
		.count = count,
		.total_ns = count * p50_ns,
		.min_ns = p50_ns / 2,
		.p50_ns = p50_ns,
		.p90_ns = p50_ns * 2,
		.p99_ns = p50_ns * 5,
		.p999_ns = p50_ns * 8,
		.max_ns = p50_ns * 9,
	};
}

static void add_size(struct workload_side *side, uint64_t bytes, uint64_t count, double share)
{
	side->sizes[side->size_count++] =
		(struct workload_size){ .bytes = bytes, .count = count, .share = share };
	side->count += count;
	side->bytes += bytes * count;
}

static struct workload_job *add_job(struct workload *workload, const char *name)
{
	struct workload_job *job = array_push(&workload->jobs);

	/* The compiler knows what this does. */
	if (!job)
		abort();
	strcpy(job->name, name);
	strcpy(job->thread, name);
	strcpy(job->process, name);
	job->method = "";
	job->last_ns = 9800000000;
	job->active_ns = 9800000000;
	job->depth = job->depth_max = job->jobs = job->files = job->files_total = job->streams = 1;
	job->depth_mean = 1;
	job->arrival = WORKLOAD_ARRIVAL_CLOSED;
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++)
		job->side[i].submit_share = job->side[i].cached_share = -1;
	for (size_t i = 0; i < WORKLOAD_TERM_COUNT; i++)
		trust(job, (enum workload_term)i, CONFIDENCE_HIGH, "");
	return job;
}

static void add_reads(struct workload *workload)
{
	struct workload_job *job = add_job(workload, "postgres");
	struct workload_side *reads = &job->side[WORKLOAD_READ];
	struct workload_side *writes = &job->side[WORKLOAD_WRITE];

	job->jobs = 8;
	job->are_threads = true;
	job->share = 0.93;
	job->engine = WORKLOAD_ENGINE_IO_URING;
	job->access = WORKLOAD_ACCESS_RANDOM;
	add_size(reads, 8192, 60000, 0.75);
	add_size(reads, 131072, 20000, 0.25);
	add_size(writes, 8192, 20000, 1);
	reads->latency = latency_of(80000, 131000);
	writes->latency = latency_of(20000, 88000);
	reads->submit_share = writes->submit_share = 0.07;
	job->read_share = 0.8;
	job->is_direct = true;
	job->depth = 16;
	job->depth_max = 18;
	job->depth_mean = 15.2;
	job->batch_mean = 4;
	job->batch_max = 8;
	job->reaped_mean = 4.1;
	job->is_file_shared = true;
	strcpy(job->file, "base/16384/2619");
	strcpy(job->fs_type, "xfs");
	job->range_end = job->range_mean = 1ULL << 30;
	job->distinct_bytes = 700ULL << 20;
	job->revisits = 4.3;
	job->rate = 10204;
	trust(job, WORKLOAD_TERM_WORKING_SET, CONFIDENCE_MEDIUM,
	      "an estimate, off by 3 % on average");
}

static void add_log(struct workload *workload)
{
	struct workload_job *job = add_job(workload, "postgres-2");
	struct workload_side *writes = &job->side[WORKLOAD_WRITE];

	job->share = 0.06;
	job->engine = WORKLOAD_ENGINE_PSYNC;
	job->access = WORKLOAD_ACCESS_SEQUENTIAL;
	job->streams = 3;
	job->appends = true;
	add_size(writes, 16384, 4000, 1);
	writes->latency = latency_of(4000, 7000);
	job->sync = WORKLOAD_SYNC_DATA;
	job->syncs_data = true;
	job->writes_a_sync = 2;
	job->sync_count = 2000;
	job->sync_latency = latency_of(2000, 450000);
	job->range_begin = 4096;
	job->range_end = 4096 + (48ULL << 20);
	job->range_mean = 48ULL << 20;
	job->distinct_bytes = 48ULL << 20;
	job->revisits = 1;
	job->think_ns = 1500000;
	job->think_every = 4;
	job->think_share = 0.31;
	job->rate = 408;
	trust(job, WORKLOAD_TERM_THINK, CONFIDENCE_LOW, "the pauses come irregularly");
}

static void add_scan(struct workload *workload)
{
	struct workload_job *job = add_job(workload, "evil__2J__global_");
	struct workload_side *reads = &job->side[WORKLOAD_READ];

	strcpy(job->thread, HOSTILE);
	strcpy(job->process, HOSTILE);
	strcpy(job->file, HOSTILE);
	job->share = 0.02;
	job->engine = WORKLOAD_ENGINE_MMAP;
	job->access = WORKLOAD_ACCESS_SEQUENTIAL;
	add_size(reads, 4096, 900, 1);
	reads->latency = latency_of(900, 210000);
	job->read_share = 1;
	job->range_end = job->range_mean = job->distinct_bytes = 3600 << 10;
	job->arrival = WORKLOAD_ARRIVAL_UNKNOWN;
	job->trust[WORKLOAD_TERM_READ_SIZE] =
		(struct workload_trust){ .why = "page faults do not tell sizes" };
	job->trust[WORKLOAD_TERM_RATE] =
		(struct workload_trust){ .why = "what was in memory already was not seen" };
}

static void add_paced(struct workload *workload)
{
	struct workload_job *job = add_job(workload, "sensor");
	struct workload_side *writes = &job->side[WORKLOAD_WRITE];

	job->share = 0.011;
	job->engine = WORKLOAD_ENGINE_OTHER;
	job->method = "splice";
	job->access = WORKLOAD_ACCESS_STRIDED;
	job->stride_bytes = 8192;
	job->jobs = 2;
	job->files_total = 2;
	add_size(writes, 512, 100, 1);
	writes->latency = latency_of(100, 12000);
	job->range_end = job->range_mean = 1 << 20;
	job->distinct_bytes = 51200;
	job->revisits = 1;
	job->arrival = WORKLOAD_ARRIVAL_EVEN;
	job->rate = 10;
	trust(job, WORKLOAD_TERM_ENGINE, CONFIDENCE_LOW,
	      "fio has no engine for splice: psync stands for it");
}

struct workload *sample_workload(void)
{
	struct workload *workload = calloc(1, sizeof(*workload));

	assert_non_null(workload);
	workload->target = TARGET_PROCESS;
	strcpy(workload->name, "postgres");
	workload->pid = 4711;
	workload->window_ns = 10000000000;
	workload->operations = 105020;
	workload->bytes = 3400ULL << 20;
	workload->lost = 12;
	workload->left_out = 20;
	workload->left_out_bytes = 40960;
	workload->outside = 77;
	add_reads(workload);
	add_log(workload);
	add_scan(workload);
	add_paced(workload);
	assert_int_equal(
		text_add(&workload->notes, "12 operations on files were lost: %s", HOSTILE), 0);
	return workload;
}

struct workload *sample_no_workload(void)
{
	struct workload *workload = calloc(1, sizeof(*workload));

	assert_non_null(workload);
	workload->window_ns = 500000000;
	return workload;
}

struct workload_comparison *sample_comparison(void)
{
	owns(workload_free) struct workload *recorded = sample_workload();
	owns(workload_free) struct workload *reproduced = sample_workload();
	struct workload_comparison *comparison = NULL;

	reproduced->jobs.count = 2;
	reproduced->jobs.items[0].depth = 12;
	reproduced->jobs.items[0].side[WORKLOAD_READ].latency.p50_ns = 133000;
	reproduced->jobs.items[1].sync = WORKLOAD_SYNC_NONE;
	assert_int_equal(workload_compare(recorded, reproduced, &comparison), 0);
	assert_int_equal(text_add(&comparison->notes, "fio ran the job for 5 s"), 0);
	return comparison;
}
