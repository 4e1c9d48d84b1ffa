/* How is a job described? Each term from what its threads' operations were, and how much it can be
 * believed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/waits.h"
#include "analyse/workload_state.h"
#include "finding/format.h"

/* From so many operations on a share, a median or a percentile is worth its name. */
enum {
	ENOUGH = 100,
	TAIL_ENOUGH = 1000, /* for a 99th percentile */
	FEW = 16,
	PAIRS_ENOUGH = 30,
	PAGE_BYTES = 4096,
};

struct describing {
	struct modeller *modeller;
	const struct lane *lane;
	struct workload_job *job;
	struct order_sums order;
	uint64_t operations;
	double lost; /* operations, by those that were not */
};

/* --- how much a term can be believed --- */

static void trust(struct describing *on, enum workload_term term, enum confidence confidence,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

static void trust(struct describing *on, enum workload_term term, enum confidence confidence,
		  const char *format, ...)
{
	struct workload_trust *trusted = &on->job->trust[term];
	va_list arguments;

	trusted->is_known = true;
	trusted->confidence = confidence;
	va_start(arguments, format);
	(void)vsnprintf(trusted->why, sizeof(trusted->why), format, arguments);
	va_end(arguments);
}

static void doubt(struct describing *on, enum workload_term term, enum confidence most,
		  const char *why)
{
	struct workload_trust *trusted = &on->job->trust[term];

	if (!trusted->is_known || trusted->confidence <= most)
		return;
	trusted->confidence = most;
	(void)snprintf(trusted->why, sizeof(trusted->why), "%s", why);
}

/* What is not known has a reason instead of a value. */
static void give_up(struct describing *on, enum workload_term term, const char *why)
{
	struct workload_trust *trusted = &on->job->trust[term];

	trusted->is_known = false;
	trusted->confidence = CONFIDENCE_LOW;
	(void)snprintf(trusted->why, sizeof(trusted->why), "%s", why);
}

static void trust_count(struct describing *on, enum workload_term term, uint64_t count)
{
	if (count >= ENOUGH)
		trust(on, term, CONFIDENCE_HIGH, "%s", "");
	else
		trust(on, term, count >= FEW ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW,
		      "of %s operations only", format_count(count).text);
}

/* --- in which order --- */

/* How many places are gone on from in turn; from one's turn to its next it takes so many. */
static double streams_of(const struct order_sums *sums)
{
	uint64_t followed = sums->follows + sums->strides;
	double streams = followed ? (double)sums->apart / (double)followed : 1;

	return streams > 1 ? streams : 1;
}

/* Are there many runs, all of one length? */
static bool has_even_runs(const struct order_sums *sums, double *ret_mean)
{
	double runs = (double)sums->runs;
	double mean = runs > 0 ? (double)sums->run_sum / runs : 0;
	double variance = runs > 0 ? sums->run_squares / runs - mean * mean : 0;

	*ret_mean = mean;
	/* The end of a file ends what runs there: that is no jump. */
	return runs >= 8 && runs >= 4 * streams_of(sums) && sums->runs >= 2 * sums->firsts &&
	       mean >= 1.5 && variance <= 0.04 * mean * mean;
}

enum workload_access order_access(const struct order_sums *sums)
{
	double turns = (double)(sums->turns - sums->firsts), mean;

	/* Whole files, each by one operation, are read or written in sequence. */
	if (sums->turns == sums->firsts)
		return sums->firsts > 1 && sums->whole == sums->firsts ? WORKLOAD_ACCESS_SEQUENTIAL
								       : WORKLOAD_ACCESS_UNKNOWN;
	if ((double)sums->strides >= 0.8 * turns)
		return WORKLOAD_ACCESS_STRIDED;
	if (has_even_runs(sums, &mean))
		return WORKLOAD_ACCESS_RUNS;
	if ((double)sums->follows >= 0.9 * turns)
		return WORKLOAD_ACCESS_SEQUENTIAL;
	return (double)sums->follows <= 0.1 * turns ? WORKLOAD_ACCESS_RANDOM
						    : WORKLOAD_ACCESS_PARTLY;
}

static void describe_streams(struct describing *on)
{
	const struct order_sums *order = &on->order;

	on->job->streams = (uint32_t)(streams_of(order) + 0.5);
	if (on->job->access != WORKLOAD_ACCESS_SEQUENTIAL &&
	    on->job->access != WORKLOAD_ACCESS_STRIDED)
		return;
	trust_count(on, WORKLOAD_TERM_STREAMS, order->turns);
	if (on->job->streams >= STREAMS_MAX - 2)
		doubt(on, WORKLOAD_TERM_STREAMS, CONFIDENCE_LOW,
		      "more than 16 in one file are not told apart");
}

static void describe_order(struct describing *on)
{
	const struct visit *sum = &on->lane->sum;
	uint64_t unplaced = sum->side[WORKLOAD_READ].unplaced + sum->side[WORKLOAD_WRITE].unplaced;
	struct workload_job *job = on->job;
	double mean;

	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++)
		order_sums_merge(&on->order, &sum->side[i].order.sums);
	job->access = order_access(&on->order);
	job->appends = sum->appends;
	if (job->access == WORKLOAD_ACCESS_UNKNOWN && sum->appends)
		job->access = WORKLOAD_ACCESS_SEQUENTIAL;
	if (has_even_runs(&on->order, &mean))
		job->run_length = (uint32_t)(mean + 0.5);
	job->stride_bytes = on->order.stride;
	if (on->order.turns > on->order.firsts)
		job->random_share = 1 - (double)on->order.follows /
						(double)(on->order.turns - on->order.firsts);
	trust_count(on, WORKLOAD_TERM_RW, on->order.turns);
	if (job->access == WORKLOAD_ACCESS_UNKNOWN)
		give_up(on, WORKLOAD_TERM_RW, "the places were not seen");
	else if (unplaced * 10 > on->operations)
		doubt(on, WORKLOAD_TERM_RW, CONFIDENCE_LOW,
		      "of many operations the place is not known");
	describe_streams(on);
}

/* --- how large, how long --- */

uint64_t sizes_main(const struct sizes *sizes)
{
	uint64_t bytes = 0, count = 0;

	for (uint32_t i = 0; i < sizes->used; i++) {
		if (sizes->items[i].count > count) {
			count = sizes->items[i].count;
			bytes = sizes->items[i].bytes;
		}
	}
	return bytes;
}

static int compare_sizes(const void *left, const void *right)
{
	const struct workload_size *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static void tell_sizes(const struct side *from, struct workload_side *side)
{
	for (uint32_t i = 0; i < from->sizes.used; i++) {
		side->sizes[i] = (struct workload_size){
			.bytes = from->sizes.items[i].bytes,
			.count = from->sizes.items[i].count,
			.share = (double)from->sizes.items[i].count / (double)from->count,
		};
	}
	side->size_count = from->sizes.used;
	side->rounded = from->sizes.rounded;
	qsort(side->sizes, side->size_count, sizeof(side->sizes[0]), compare_sizes);
}

static const char FAULTS_ONLY[] = "only of page faults that had to wait";

static void describe_times(struct describing *on, const struct latency *latency,
			   enum workload_term median)
{
	enum workload_term tail = median + 1;

	trust_count(on, median, latency->count);
	trust_count(on, tail, latency->count);
	if (latency->count < TAIL_ENOUGH)
		trust(on, tail, latency->count < ENOUGH ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM,
		      "of %s operations only", format_count(latency->count).text);
	if (on->job->engine == WORKLOAD_ENGINE_MMAP) {
		doubt(on, median, CONFIDENCE_LOW, FAULTS_ONLY);
		doubt(on, tail, CONFIDENCE_LOW, FAULTS_ONLY);
	}
}

static bool is_async(const struct workload_job *job)
{
	return job->engine == WORKLOAD_ENGINE_LIBAIO || job->engine == WORKLOAD_ENGINE_IO_URING;
}

static void describe_handing(struct describing *on, const struct side *from,
			     struct workload_side *side, enum workload_term median)
{
	double all = (double)from->handing_ns + (double)side->latency.total_ns;

	side->submit_share = -1;
	if (!is_async(on->job))
		return;
	if (from->handed * 2 < from->count) {
		doubt(on, median, CONFIDENCE_MEDIUM, "handing it over is in it");
		return;
	}
	side->submit_share = all > 0 ? (double)from->handing_ns / all : 0;
}

static void describe_side(struct describing *on, enum workload_direction direction)
{
	static const enum workload_term SIZES_OF[] = { WORKLOAD_TERM_READ_SIZE,
						       WORKLOAD_TERM_WRITE_SIZE };
	static const enum workload_term MEDIANS[] = { WORKLOAD_TERM_READ_P50,
						      WORKLOAD_TERM_WRITE_P50 };
	const struct side *from = &on->lane->sum.side[direction];
	struct workload_side *side = &on->job->side[direction];

	side->submit_share = side->cached_share = -1;
	if (!from->count)
		return;
	side->count = from->count;
	side->bytes = from->bytes;
	side->errors = from->errors;
	tell_sizes(from, side);
	trust_count(on, SIZES_OF[direction], from->count);
	if (from->sizes.rounded * 20 > from->count)
		doubt(on, SIZES_OF[direction], CONFIDENCE_MEDIUM,
		      "more sizes than are told apart: the nearest were taken");
	if (from->latency) {
		histogram_tell(from->latency, &side->latency);
		side->latency.bytes = from->bytes;
		side->latency.errors = from->errors;
		describe_times(on, &side->latency, MEDIANS[direction]);
	}
	describe_handing(on, from, side, MEDIANS[direction]);
}

static void describe_cache(struct describing *on)
{
	struct workload_side *reads = &on->job->side[WORKLOAD_READ];
	const struct side *from = &on->lane->sum.side[WORKLOAD_READ];

	if (!from->count || on->job->is_direct || on->job->engine == WORKLOAD_ENGINE_MMAP)
		return;
	if (on->modeller->is_blind) {
		give_up(on, WORKLOAD_TERM_CACHE, "block requests were not seen");
		return;
	}
	reads->cached_share = (double)from->bare / (double)from->count;
	trust_count(on, WORKLOAD_TERM_CACHE, from->count);
}

static void describe_mix(struct describing *on)
{
	const struct side *side = on->lane->sum.side;

	on->job->read_share = (double)side[WORKLOAD_READ].count / (double)on->operations;
	trust_count(on, WORKLOAD_TERM_MIX, on->operations);
}

/* The kernel maps whole pages, and pages that are there without a word. */
static void describe_faults(struct describing *on)
{
	static const enum workload_term SIZES_OF[] = { WORKLOAD_TERM_READ_SIZE,
						       WORKLOAD_TERM_WRITE_SIZE };
	struct workload_job *job = on->job;

	if (job->engine != WORKLOAD_ENGINE_MMAP)
		return;
	doubt(on, WORKLOAD_TERM_RW, CONFIDENCE_MEDIUM, "told by page faults that had to wait");
	doubt(on, WORKLOAD_TERM_MIX, CONFIDENCE_LOW, "told by page faults that had to wait");
	give_up(on, WORKLOAD_TERM_RATE, "what was in memory already was not seen");
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++) {
		struct workload_side *side = &job->side[i];

		if (!side->count)
			continue;
		if (job->access == WORKLOAD_ACCESS_SEQUENTIAL)
			give_up(on, SIZES_OF[i], "page faults do not tell sizes");
		else
			doubt(on, SIZES_OF[i], CONFIDENCE_MEDIUM,
			      "as many bytes as were faulted in, one page after the other");
		if (job->access == WORKLOAD_ACCESS_RUNS && side->size_count == 1)
			side->sizes[0].bytes *= job->run_length;
	}
	if (job->access == WORKLOAD_ACCESS_RUNS)
		job->access = WORKLOAD_ACCESS_RANDOM;
}

/* --- made durable --- */

static void describe_sync(struct describing *on)
{
	const struct visit *sum = &on->lane->sum;
	struct workload_job *job = on->job;

	if (!sum->side[WORKLOAD_WRITE].count)
		return;
	job->sync_count = sum->syncs[0] + sum->syncs[1];
	job->syncs_data = sum->syncs[1] > sum->syncs[0];
	job->writes_a_sync = sum->writes_a_sync.mean;
	trust_count(on, WORKLOAD_TERM_FSYNC, sum->side[WORKLOAD_WRITE].count);
	if (sum->writes_a_sync.count && sum->writes_a_sync.count < 4)
		doubt(on, WORKLOAD_TERM_FSYNC, CONFIDENCE_LOW, "it was rarely seen");
	else if (scatter_ratio(&sum->writes_a_sync) > 0.25)
		doubt(on, WORKLOAD_TERM_FSYNC, CONFIDENCE_MEDIUM,
		      "not always after the same number of writes");
	if (sum->sync_latency) {
		histogram_tell(sum->sync_latency, &job->sync_latency);
		describe_times(on, &job->sync_latency, WORKLOAD_TERM_SYNC_P50);
	}
}

/* --- how many at once --- */

uint32_t pace_depth(const struct pace_sums *sums)
{
	uint64_t peaks = 0, seen = 0;

	for (size_t i = 1; i <= DEPTHS_MAX; i++)
		peaks += sums->peaks[i];
	for (uint32_t i = 1; i <= DEPTHS_MAX; i++) {
		seen += sums->peaks[i];
		if (seen * 2 > peaks)
			return i;
	}
	return 1;
}

static double mean_depth(const struct pace_sums *sums)
{
	double time = 0, sum = 0;

	for (size_t i = 1; i <= DEPTHS_MAX; i++) {
		time += (double)sums->at_depth[i];
		sum += (double)i * (double)sums->at_depth[i];
	}
	return time > 0 ? sum / time : 1;
}

/* Of files that are but a part of what the thread does at once. */
static void describe_lane_depth(struct describing *on)
{
	const struct visit *sum = &on->lane->sum;
	double busy_ns = 0;

	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++)
		busy_ns += sum->side[i].latency ? (double)sum->side[i].latency->sum_ns : 0;
	if (on->lane->active_ns)
		on->job->depth_mean = busy_ns / (double)on->lane->active_ns;
	on->job->depth = on->job->depth_mean > 1 ? (uint32_t)(on->job->depth_mean + 0.5) : 1;
	trust(on, WORKLOAD_TERM_DEPTH, CONFIDENCE_LOW, "%s",
	      "its share of what the thread has in flight on all files");
	trust(on, WORKLOAD_TERM_MEAN_DEPTH, CONFIDENCE_LOW, "%s",
	      "its share of what the thread has in flight on all files");
}

static void describe_depth(struct describing *on)
{
	const struct pace_sums *pace = &on->lane->pace;
	struct workload_job *job = on->job;

	job->depth = job->depth_max = 1;
	job->depth_mean = 1;
	trust(on, WORKLOAD_TERM_DEPTH, CONFIDENCE_HIGH, "%s", "");
	if (!is_async(job))
		return;
	job->depth = pace_depth(pace);
	job->depth_max = pace->depth_max;
	job->depth_mean = mean_depth(pace);
	trust_count(on, WORKLOAD_TERM_DEPTH, on->operations);
	trust_count(on, WORKLOAD_TERM_MEAN_DEPTH, on->operations);
	if (job->engine == WORKLOAD_ENGINE_IO_URING &&
	    on->modeller->untaken * 20 > on->modeller->operations)
		doubt(on, WORKLOAD_TERM_DEPTH, CONFIDENCE_MEDIUM,
		      "of many it is not known when the program took them");
	if (job->depth >= DEPTHS_MAX)
		doubt(on, WORKLOAD_TERM_DEPTH, CONFIDENCE_LOW,
		      "256 and more in flight are not told apart");
	if (!on->lane->is_alone)
		describe_lane_depth(on);
	if (pace->calls) {
		job->batch_mean = (double)pace->submitted / (double)pace->calls;
		job->batch_max = pace->batch_max;
		trust_count(on, WORKLOAD_TERM_BATCH, pace->calls);
	}
	if (pace->rounds) {
		job->reaped_mean = (double)pace->taken / (double)pace->rounds;
		trust_count(on, WORKLOAD_TERM_REAPED, pace->rounds);
	}
}

/* --- pauses, and what an operation waits for --- */

static void describe_think(struct describing *on)
{
	const struct pace_sums *pace = &on->lane->pace;
	struct workload_job *job = on->job;
	double share =
		on->lane->active_ns ? (double)pace->pause_ns / (double)on->lane->active_ns : 0;
	bool is_regular = pace->pauses * 10 >= pace->submitted * 9 ||
			  scatter_ratio(&pace->pause_apart) < 0.25;

	trust_count(on, WORKLOAD_TERM_THINK, pace->submitted);
	/* Whoever waits for a CPU now and then does not think. */
	if (pace->pauses < 3 || !on->lane->pauses || share < (is_regular ? 0.02 : 0.1))
		return;
	job->think_share = share;
	job->think_ns = histogram_quantile(on->lane->pauses, 0.5);
	job->think_every = (uint32_t)((double)pace->submitted / (double)pace->pauses + 0.5);
	if (!on->lane->is_alone)
		doubt(on, WORKLOAD_TERM_THINK, CONFIDENCE_LOW,
		      "the pauses are those of all that the thread does");
	else if (!is_regular)
		doubt(on, WORKLOAD_TERM_THINK, CONFIDENCE_LOW, "the pauses come irregularly");
	else if (on->lane->pauses->count >= 8 &&
		 histogram_quantile(on->lane->pauses, 0.9) > 2 * job->think_ns)
		doubt(on, WORKLOAD_TERM_THINK, CONFIDENCE_MEDIUM, "the pauses differ in length");
}

/* How far the middle half lies apart, by the median. */
static double spread_of(const struct histogram *histogram)
{
	uint64_t median = histogram_quantile(histogram, 0.5);

	return median ? (double)(histogram_quantile(histogram, 0.75) -
				 histogram_quantile(histogram, 0.25)) /
				(double)median
		      : 0;
}

/* Is an interval that came out long followed by a short one, more often than by chance? Whoever
 * keeps to a timetable makes up for what came late; who thinks after each operation does not. */
static bool keeps_time(const struct pace_sums *pace)
{
	double turn =
		pace->interval_squares > 0 ? pace->interval_pairs / pace->interval_squares : 0;

	return turn < -0.25 && turn * turn * (double)pace->intervals > 9;
}

/* How far the lower and the upper tenth lie from the median, by it. */
static double lower_of(const struct histogram *histogram)
{
	double median = (double)histogram_quantile(histogram, 0.5);

	return median > 0 ? 1 - (double)histogram_quantile(histogram, 0.1) / median : 0;
}

static double upper_of(const struct histogram *histogram)
{
	double median = (double)histogram_quantile(histogram, 0.5);

	return median > 0 ? (double)histogram_quantile(histogram, 0.9) / median - 1 : 0;
}

/*
 * Of one that spends its time in pauses. Whoever thinks for a while after each operation is late at
 * times, when others run, but never early: whoever keeps to a timetable makes up for it.
 */
static enum workload_arrival arrival_of(const struct lane *lane)
{
	double middle = spread_of(lane->intervals);
	bool is_early = lower_of(lane->intervals) > 0.1;

	if (middle > 0.8 && lower_of(lane->intervals) > 0.5)
		return WORKLOAD_ARRIVAL_POISSON;
	if (upper_of(lane->intervals) > 0.1)
		return is_early ? WORKLOAD_ARRIVAL_EVEN : WORKLOAD_ARRIVAL_CLOSED;
	/* Or pauses vary with what the operation took, so that the intervals do not. */
	return keeps_time(&lane->pace) || middle < 0.5 * spread_of(lane->pauses)
		       ? WORKLOAD_ARRIVAL_EVEN
		       : WORKLOAD_ARRIVAL_CLOSED;
}

static void describe_arrival(struct describing *on)
{
	const struct lane *lane = on->lane;
	const struct pace_sums *pace = &lane->pace;
	struct workload_job *job = on->job;
	bool is_full = job->depth > 1 && job->depth_mean >= 0.6 * (double)job->depth;
	bool is_paced = pace->pauses * 4 >= pace->calls && pace->pause_ns * 2 >= lane->active_ns;

	if (job->engine == WORKLOAD_ENGINE_MMAP || !lane->is_alone || pace->calls < PAIRS_ENOUGH) {
		give_up(on, WORKLOAD_TERM_ARRIVAL,
			pace->calls < PAIRS_ENOUGH ? "too few operations"
			: lane->is_alone           ? "page faults do not tell"
						   : "the thread does other things as well");
		return;
	}
	job->arrival = WORKLOAD_ARRIVAL_CLOSED;
	if (is_full || !is_paced || !lane->intervals) {
		trust(on, WORKLOAD_TERM_ARRIVAL, CONFIDENCE_HIGH, "%s", "");
		return;
	}
	job->arrival = arrival_of(lane);
	trust(on, WORKLOAD_TERM_ARRIVAL,
	      job->arrival == WORKLOAD_ARRIVAL_POISSON ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM, "%s",
	      "pauses after and moments of one's own look much alike");
}

static void describe_rate(struct describing *on)
{
	const struct lane *lane = on->lane;

	if (lane->last_ns <= lane->first_ns) {
		give_up(on, WORKLOAD_TERM_RATE, "too few operations");
		return;
	}
	on->job->rate = (double)on->operations * 1e9 / (double)(lane->last_ns - lane->first_ns);
	trust_count(on, WORKLOAD_TERM_RATE, on->operations);
}

/* --- where --- */

static void describe_working_set(struct describing *on)
{
	const struct visit *sum = &on->lane->sum;
	double places = places_estimate(&sum->places);
	uint64_t bytes = sum->side[WORKLOAD_READ].bytes + sum->side[WORKLOAD_WRITE].bytes;
	uint64_t placed = on->operations - sum->side[WORKLOAD_READ].unplaced -
			  sum->side[WORKLOAD_WRITE].unplaced;

	if (!placed || places < 1) {
		give_up(on, WORKLOAD_TERM_WORKING_SET, "the places were not seen");
		return;
	}
	on->job->distinct_bytes = (uint64_t)(places * (double)bytes / (double)on->operations);
	/* Places of different sizes overlap. */
	if (on->job->distinct_bytes > on->job->range_mean * on->job->files_total)
		on->job->distinct_bytes = on->job->range_mean * on->job->files_total;
	on->job->revisits = (double)placed / places;
	trust(on, WORKLOAD_TERM_WORKING_SET, CONFIDENCE_MEDIUM, "%s",
	      "an estimate, off by 3 % on average");
}

static void describe_files(struct describing *on)
{
	const struct lane *lane = on->lane;
	const struct visit *busiest = on->modeller->visits.items[lane->busiest];
	const struct file_known *file =
		busiest ? modeller_file(on->modeller, busiest->dev, busiest->inode) : NULL;
	struct workload_job *job = on->job;

	job->files = (uint32_t)((lane->sum.files + lane->actors / 2) / lane->actors);
	job->files += job->files == 0;
	job->files_total = lane->sum.is_rest ? lane->sum.files : (uint32_t)lane->files.count;
	job->is_file_shared = lane->actors > 1 && job->files_total == job->files;
	job->are_small = lane->are_small;
	if (file) {
		(void)snprintf(job->file, sizeof(job->file), "%s",
			       names_text(&on->modeller->names, file->name));
		(void)snprintf(job->fs_type, sizeof(job->fs_type), "%s",
			       names_text(&on->modeller->names, file->fs_type));
	}
	job->range_begin = lane->sum.begin;
	job->range_end = lane->sum.end;
	job->range_mean = lane->visits ? lane->range_sum / lane->visits : 0;
	trust_count(on, WORKLOAD_TERM_FILES, on->operations);
	trust_count(on, WORKLOAD_TERM_RANGE, on->operations);
	if (lane->sum.is_rest) {
		doubt(on, WORKLOAD_TERM_FILES, CONFIDENCE_LOW,
		      "more files than are told apart: some may count twice");
		doubt(on, WORKLOAD_TERM_RW, CONFIDENCE_LOW, "more files than are told apart");
	}
	describe_working_set(on);
}

/* --- who --- */

static void tell_name(const char *text, struct workload_job *job)
{
	size_t used = 0;

	for (; *text && used + 8 < sizeof(job->name); text++) {
		bool is_plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
				(*text >= '0' && *text <= '9') || *text == '-' || *text == '_';

		job->name[used++] = (char)(is_plain ? *text : '_');
	}
	job->name[used] = '\0';
	/* Names that fio would take for something else. */
	if (!used || strcmp(job->name, "global") == 0 || strncmp(job->name, "include", 7) == 0)
		(void)snprintf(job->name, sizeof(job->name), "job");
}

/* Threads that come and go, one after the other, are as many as are there at once. */
static void describe_jobs(struct describing *on)
{
	const struct lane *lane = on->lane;
	double span = (double)(lane->last_ns - lane->first_ns);
	double at_once = span > 0 ? (double)lane->active_ns / span : 1;
	uint32_t actors = lane->actors;

	on->job->jobs = actors;
	trust(on, WORKLOAD_TERM_JOBS, CONFIDENCE_HIGH, "%s", "");
	if (actors < 4 || at_once * 2 >= (double)actors)
		return;
	on->job->jobs = at_once > 1 ? (uint32_t)(at_once + 0.5) : 1;
	trust(on, WORKLOAD_TERM_JOBS, CONFIDENCE_MEDIUM, "%s threads in all, about so many at once",
	      format_count(actors).text);
}

static void describe_who(struct describing *on)
{
	struct modeller *modeller = on->modeller;
	const struct actor *actor = modeller->actors.items[on->lane->actor];
	const struct thread *thread = modeller->tasks.threads.items[actor->id.thread].thread;
	struct workload_job *job = on->job;
	const char *name = names_text(&modeller->names, on->lane->name);

	(void)snprintf(job->thread, sizeof(job->thread), "%s", name);
	if (thread) {
		uint32_t process = tasks_process_name(&modeller->tasks, &modeller->names, thread);

		(void)snprintf(job->process, sizeof(job->process), "%s",
			       names_text(&modeller->names, process));
		job->are_threads = thread->tgid && thread->tgid != thread->tid;
	}
	tell_name(modeller->options.is_run ? name : job->process, job);
	describe_jobs(on);
	job->first_ns = on->lane->first_ns > modeller->begin_ns
				? on->lane->first_ns - modeller->begin_ns
				: 0;
	job->last_ns =
		on->lane->last_ns > modeller->begin_ns ? on->lane->last_ns - modeller->begin_ns : 0;
	job->active_ns = on->lane->active_ns / on->lane->actors;
}

static void describe_engine(struct describing *on)
{
	const struct actor *actor = on->modeller->actors.items[on->lane->actor];
	struct workload_job *job = on->job;
	const char *call = syscall_name(actor->id.syscall);

	job->engine = (enum workload_engine)actor->id.engine;
	job->method = job->engine == WORKLOAD_ENGINE_OTHER && call ? call : "";
	job->is_direct = actor->id.flags & IO_DIRECT;
	job->sync = actor->id.flags & IO_FILE_SYNC    ? WORKLOAD_SYNC_ALL
		    : actor->id.flags & IO_FILE_DSYNC ? WORKLOAD_SYNC_DATA
						      : WORKLOAD_SYNC_NONE;
	trust(on, WORKLOAD_TERM_ENGINE, CONFIDENCE_HIGH, "%s", "");
	if (job->engine == WORKLOAD_ENGINE_OTHER)
		trust(on, WORKLOAD_TERM_ENGINE, CONFIDENCE_LOW,
		      "fio has no engine for %s: psync stands for it",
		      job->method[0] ? job->method : "it");
	if (job->engine == WORKLOAD_ENGINE_MMAP)
		return;
	trust(on, WORKLOAD_TERM_DIRECT, CONFIDENCE_HIGH, "%s", "");
	if (on->lane->sum.side[WORKLOAD_WRITE].count)
		trust(on, WORKLOAD_TERM_SYNC, CONFIDENCE_HIGH, "%s", "");
}

/* --- what was lost --- */

/* Terms that an operation that is not there makes wrong, and not only less sure. */
static const enum workload_term FRAGILE[] = {
	WORKLOAD_TERM_RW,    WORKLOAD_TERM_STREAMS, WORKLOAD_TERM_FSYNC,       WORKLOAD_TERM_DEPTH,
	WORKLOAD_TERM_BATCH, WORKLOAD_TERM_REAPED,  WORKLOAD_TERM_MEAN_DEPTH,  WORKLOAD_TERM_THINK,
	WORKLOAD_TERM_RATE,  WORKLOAD_TERM_ARRIVAL, WORKLOAD_TERM_WORKING_SET,
};

static void doubt_for_losses(struct describing *on)
{
	if (on->lost == 0)
		return;
	for (size_t i = 0; i < array_count(FRAGILE); i++) {
		if (FRAGILE[i] == WORKLOAD_TERM_DEPTH && !is_async(on->job))
			continue;
		doubt(on, FRAGILE[i], on->lost > 0.01 ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM,
		      "operations were not told that may have been of this job");
	}
}

int terms_make(struct modeller *modeller, const struct lane *lane, struct workload_job *job)
{
	struct describing on = {
		.modeller = modeller,
		.lane = lane,
		.job = job,
		.operations = visit_operations(&lane->sum),
		.lost = modeller_untold(modeller),
	};

	describe_who(&on);
	describe_engine(&on);
	describe_order(&on);
	describe_mix(&on);
	describe_side(&on, WORKLOAD_READ);
	describe_side(&on, WORKLOAD_WRITE);
	describe_cache(&on);
	describe_sync(&on);
	describe_depth(&on);
	describe_think(&on);
	describe_arrival(&on);
	describe_rate(&on);
	describe_files(&on);
	describe_faults(&on);
	doubt_for_losses(&on);
	return 0;
}
