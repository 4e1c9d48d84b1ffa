/* Which runs does a bench take? Targets take turns, so that what changes meanwhile (heat, others at
 * work) hits all of them alike. */
#include "cmd/bench_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "analyse/profile.h"
#include "cmd/options.h"
#include "finding/format.h"
#include "host/arc.h"
#include "view/bench_fio.h"

#define JOB_FILE "slowpath-job.fio"

enum {
	EXPLAIN_HZ = 499,
	PATH_BYTES = 4608,
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- progress --- */

static bool is_told(const struct bench_matrix *matrix)
{
	return !matrix->options->quiet && isatty(STDERR_FILENO);
}

static void tell_progress(struct bench_matrix *matrix, const char *what, const char *where)
{
	uint64_t took_ns = now_ns() - matrix->begin_ns;
	struct number left = {};

	if (is_told(matrix)) {
		if (matrix->done)
			left = format_duration(took_ns / matrix->done *
					       (matrix->planned - matrix->done));
		(void)fprintf(stderr, "\r\033[K%s on %s, run %zu of %zu%s%s", what, where,
			      matrix->done + 1, matrix->planned, matrix->done ? ", some " : "",
			      left.text);
		if (matrix->done)
			(void)fputs(" left ", stderr);
	}
	matrix->done++;
}

static void end_progress(const struct bench_matrix *matrix)
{
	if (is_told(matrix))
		(void)fputs("\r\033[K", stderr);
}

/* --- the job file --- */

enum job_kind {
	JOB_FILL, /* makes the files that the loads work on */
	JOB_CASE,
};

/* What is to be run where. */
struct turn {
	enum job_kind kind;
	size_t which; /* of the cases; of none when files are made */
	size_t target;
};

static int print_job(const struct bench_matrix *matrix, const struct turn *turn, FILE *out)
{
	const struct bench *report = matrix->report;

	if (matrix->own)
		return view_bench_fio_own(matrix->own, matrix->own_bytes, out);
	if (turn->kind == JOB_FILL)
		return view_bench_fio_fill(report->size, out);
	return view_bench_fio(matrix->presets[turn->which], report->size, report->run_ns, out);
}

/* In the folder that slowpath stands in. */
static int write_job(const struct bench_matrix *matrix, const struct turn *turn, struct diag *why)
{
	int fd = open(JOB_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	int r = out ? print_job(matrix, turn, out) : -errno;

	if (!out)
		own_close(&fd);
	if (out && fclose(out) != 0 && r == 0)
		r = -errno;
	return r < 0 ? diag_set(why, r, "cannot write the job file: %s", strerror(-r)) : 0;
}

/* --- one run of fio --- */

/* In the target's folder, with nothing of it in the cache. */
static int run_there(struct bench_matrix *matrix, const struct turn *turn,
		     const struct fio_run *run, struct fio_run_end *ret, struct diag *why)
{
	struct bench_place *place = &matrix->places[turn->target];
	int r = stage_enter(&place->stage, why);

	if (r == 0)
		r = write_job(matrix, turn, why);
	if (r == 0)
		r = bench_place_calm(place, why);
	if (r == 0)
		r = fio_run(matrix->fio, run, ret, why);
	stage_leave(&place->stage);
	return r;
}

/* Where it failed belongs to the reason. */
static int tell_where(const struct bench_matrix *matrix, const struct turn *turn, int r,
		      const struct diag *inner, struct diag *why)
{
	if (r == -EINTR || r == 0)
		return r;
	return diag_set(why, r, "%s on %s: %s", matrix->report->cases.items[turn->which].id,
			matrix->report->targets.items[turn->target].name,
			inner->text[0] ? inner->text : strerror(-r));
}

typedef int (*turn_taken)(struct bench_matrix *matrix, const struct turn *turn, struct diag *why);

/* Each target once. */
static int take_turns(struct bench_matrix *matrix, size_t which, turn_taken take, struct diag *why)
{
	const struct bench *report = matrix->report;
	int r = 0;

	for (size_t i = 0; i < report->targets.count && r == 0; i++) {
		const struct turn turn = { .kind = JOB_CASE, .which = which, .target = i };
		struct diag inner = {};

		tell_progress(matrix, report->cases.items[which].id, report->targets.items[i].name);
		r = take(matrix, &turn, &inner);
		r = tell_where(matrix, &turn, r, &inner, why);
	}
	return r;
}

/* --- a round that is measured --- */

static struct arc_counts read_arc(const struct bench_place *place, bool *is_known)
{
	struct arc_counts counts = {};

	*is_known = *is_known && place->has_arc && arc_read("", &counts) == 0;
	return counts;
}

static int make_profile(struct profiler *profiler, struct profile **ret, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r = profiler_profiles(profiler, &profiles, why);

	if (r == 0)
		*ret = give(*profiles_first_seen(&profiles));
	return r;
}

static int add_round(struct bench_matrix *matrix, const struct turn *turn, struct bench_run *run,
		     struct profiler *profiler, const struct fio_run_end *end, struct diag *why)
{
	owns(profile_free) struct profile *profile = NULL;
	int r = end->was_watched ? make_profile(profiler, &profile, why) : 0;

	if (r < 0)
		return r;
	run->fio = &end->result;
	run->profile = profile;
	run->counted_ns = end->cpu_ns;
	run->device_bytes = end->device_bytes;
	run->is_device_known = matrix->places[turn->target].counts_reads;
	r = bencher_add(matrix->bencher, turn->which, turn->target, run);
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

static int measure(struct bench_matrix *matrix, const struct turn *turn, struct diag *why)
{
	const struct profiler_options wanted = {
		.keys = { .items = { PROFILE_POOL }, .count = 1 },
	};
	const struct bench_place *place = &matrix->places[turn->target];
	owns(profiler_free) struct profiler *profiler = NULL;
	struct event_sink sink = { .take = profiler_take };
	const struct fio_run light = {
		.job = JOB_FILE, .wants_watch = true, .what = WATCH_CPU, .sink = &sink
	};
	struct bench_run run = { .has_arc = true };
	struct arc_counts before, after;
	struct fio_run_end end = {};
	int r;

	if (profiler_new(&wanted, &profiler) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	sink.self = profiler;
	before = read_arc(place, &run.has_arc);
	r = run_there(matrix, turn, &light, &end, why);
	after = read_arc(place, &run.has_arc);
	run.arc_hits = after.hits - before.hits;
	run.arc_misses = after.misses - before.misses;
	if (r == 0)
		r = add_round(matrix, turn, &run, profiler, &end, why);
	fio_result_end(&end.result);
	return r;
}

static int measure_case(struct bench_matrix *matrix, size_t which, struct diag *why)
{
	int r = 0;

	for (uint32_t round = 0; round < matrix->report->rounds && r == 0; round++)
		r = take_turns(matrix, which, measure, why);
	return r;
}

/* --- the round that explains --- */

/* Both think about the same events. */
struct thinkers {
	struct analysis *analysis;
	struct profiler *profiler;
};

static void thinkers_end(struct thinkers *thinkers)
{
	analysis_free(&thinkers->analysis);
	profiler_free(&thinkers->profiler);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct thinkers *thinkers = self;
	int r = analysis_take(thinkers->analysis, event, why);

	return r < 0 ? r : profiler_take(thinkers->profiler, event, why);
}

static int begin_thinking(struct thinkers *thinkers)
{
	const struct profiler_options wanted = {
		.keys = { .items = { PROFILE_POOL, PROFILE_DSO, PROFILE_SYMBOL }, .count = 3 },
		.with_kernel = true,
	};

	if (analysis_new(&thinkers->analysis) < 0 || profiler_new(&wanted, &thinkers->profiler) < 0)
		return -ENOMEM;
	/* fio's first thread only waits for its jobs. */
	analysis_charge_others(thinkers->analysis);
	return 0;
}

static int conclude(struct bench_matrix *matrix, const struct turn *turn, struct thinkers *thinkers,
		    const struct fio_result *result, struct diag *why)
{
	struct bench_watched watched = { .fio = result };
	int r = analysis_verdict(thinkers->analysis, &watched.verdict, why);

	if (r == 0)
		r = make_profile(thinkers->profiler, &watched.profile, why);
	if (r == 0)
		bencher_explain(matrix->bencher, turn->which, turn->target, &watched);
	else
		verdict_free(&watched.verdict);
	return r;
}

static const char *recording_path(const struct bench_matrix *matrix, const struct turn *turn,
				  char *room, size_t bytes)
{
	if (!matrix->output)
		return NULL;
	(void)snprintf(room, bytes, "%s/%s-%s.slowpath", matrix->output,
		       matrix->report->cases.items[turn->which].id,
		       matrix->report->targets.items[turn->target].name);
	return room;
}

static int explain(struct bench_matrix *matrix, const struct turn *turn, struct diag *why)
{
	owns(thinkers_end) struct thinkers thinkers = {};
	const struct event_sink sink = { .take = take, .self = &thinkers };
	char path[PATH_BYTES];
	const struct fio_run whole = {
		.job = JOB_FILE,
		.wants_watch = true,
		.what = WATCH_ALL,
		.sample_hz = EXPLAIN_HZ,
		.output = recording_path(matrix, turn, path, sizeof(path)),
		.sink = &sink,
	};
	struct fio_run_end end = {};
	int r;

	if (begin_thinking(&thinkers) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	r = run_there(matrix, turn, &whole, &end, why);
	if (r == 0 && end.was_watched)
		r = conclude(matrix, turn, &thinkers, &end.result, why);
	fio_result_end(&end.result);
	return r;
}

/* Without a watch there is nothing that it could say. */
static int explain_case(struct bench_matrix *matrix, size_t which, struct diag *why)
{
	return matrix->fio->unwatched.code ? 0 : take_turns(matrix, which, explain, why);
}

/* --- all --- */

static int fill(struct bench_matrix *matrix, size_t target, struct diag *why)
{
	const struct fio_run plain = { .job = JOB_FILE, .only_creates = matrix->own != NULL };
	const struct turn turn = { .kind = JOB_FILL, .target = target };
	struct fio_run_end end = {};
	struct diag inner = {};
	const char *name = matrix->report->targets.items[target].name;
	int r;

	tell_progress(matrix, "files", name);
	r = run_there(matrix, &turn, &plain, &end, &inner);
	fio_result_end(&end.result);
	if (r < 0 && r != -EINTR)
		return diag_set(why, r, "making the files on %s: %s", name, inner.text);
	return r;
}

int bench_runs(struct bench_matrix *matrix, struct diag *why)
{
	const struct bench *report = matrix->report;
	size_t cells = report->cases.count * report->targets.count;
	int r = 0;

	matrix->begin_ns = now_ns();
	matrix->done = 0;
	matrix->planned = report->targets.count + cells * (report->rounds + 1);
	for (size_t i = 0; i < report->targets.count && r == 0; i++)
		r = fill(matrix, i, why);
	for (size_t i = 0; i < report->cases.count && r == 0; i++) {
		r = measure_case(matrix, i, why);
		if (r == 0)
			r = explain_case(matrix, i, why);
	}
	end_progress(matrix);
	return r;
}
