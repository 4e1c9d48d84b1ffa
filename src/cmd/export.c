/* How do others want it? Watches or reads, and writes what happened in the format that was asked
 * for. */
#include "export/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "analyse/latencies.h"
#include "analyse/profile.h"
#include "analyse/reasons.h"
#include "analyse/waits.h"
#include "cmd/cmd.h"
#include "cmd/source.h"
#include "export/openmetrics.h"
#include "export/profile.h"
#include "finding/format.h"
#include "recording/place.h"
#include "view/folded.h"

/* Where it goes, and who makes it. */
struct job {
	const struct options *options;
	FILE *out;
	const char *path; /* NULL: standard output */
	struct exporter *exporter;
	struct reasons *reasons; /* NULL: nobody asks for them */
	struct profiler *profiler;
	struct analysis *analysis;
	struct latency_meter *meter;
};

static void job_end(struct job *job)
{
	exporter_free(&job->exporter);
	reasons_free(&job->reasons);
	profiler_free(&job->profiler);
	analysis_free(&job->analysis);
	latency_meter_free(&job->meter);
	if (job->out && job->out != stdout)
		(void)fclose(job->out);
	job->out = NULL;
}

/* --- the file --- */

/* Made first, so that a wrong name costs nobody a watch. */
static int open_output(struct job *job, struct diag *why)
{
	static const struct place_kind KIND = { .words = "an export" };
	int fd, r;

	job->path = job->options->output;
	job->out = stdout;
	if (!job->path)
		return 0;
	r = place_create_kind(job->path, &KIND, &fd, why);
	if (r < 0)
		return r;
	job->out = fdopen(fd, "w");
	if (job->out)
		return 0;
	r = -errno;
	close(fd);
	return diag_set(why, r, "cannot write %s: %s", job->path, strerror(-r));
}

static int close_output(struct job *job, struct diag *why)
{
	FILE *out = give(job->out);
	int r = 0;

	errno = 0;
	if (out == stdout ? fflush(out) != 0 : fclose(out) != 0)
		r = errno ? -errno : -EIO;
	return r < 0 ? diag_set(why, r, "cannot write %s: %s", job->path ?: "to standard output",
				strerror(-r))
		     : 0;
}

/* --- formats made of events --- */

static int cause_of(void *self, const struct event_wait *wait, struct export_cause *ret)
{
	enum cause cause;
	int r = reasons_of(self, wait, &cause, &ret->words);

	ret->id = r == 0 ? cause_id(cause) : "";
	return r;
}

static int take_event(void *self, const struct event *event, struct diag *why)
{
	struct job *job = self;

	if (job->reasons && reasons_take(job->reasons, event) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	return exporter_take(job->exporter, event, why);
}

static void tell_left_out(const struct job *job)
{
	struct diag note = {};
	const char *words = "";
	uint64_t count = exporter_left_out(job->exporter, &words);

	if (!count || job->options->quiet)
		return;
	(void)diag_set(&note, -ENOSPC,
		       "%s %s are not in the export: there was no room to keep them",
		       format_count(count).text, words);
	cmd_complain(&note);
}

static int finish_events(const struct options *options, void *self, struct diag *why)
{
	struct job *job = self;
	int r = exporter_finish(job->exporter, why);

	if (r == 0)
		r = close_output(job, why);
	if (r == 0)
		tell_left_out(job);
	return r;
}

static int begin_events(struct job *job, struct answer *answer, struct diag *why)
{
	struct export_options wanted = { .is_wall = job->options->wall };

	if (job->options->format == EXPORT_PERFETTO) {
		if (reasons_new(&job->reasons) < 0)
			return diag_set(why, -ENOMEM, "out of memory");
		wanted.cause_of = cause_of;
		wanted.self = job->reasons;
		wanted.syscall_name = syscall_name;
	}
	*answer = (struct answer){ .sink = { .take = take_event, .self = job },
				   .say = finish_events };
	return exporter_new(job->options->format, &wanted, job->out, &job->exporter, why);
}

/* --- formats made of call paths --- */

static int take_for_profile(void *self, const struct event *event, struct diag *why)
{
	struct job *job = self;

	return profiler_take(job->profiler, event, why);
}

static int write_folded(const struct profiles *profiles, FILE *out, struct diag *why)
{
	int r = view_folded(*profiles_first_seen(profiles), out);

	return r < 0 ? diag_set(why, r, "cannot write the export: %s", strerror(-r)) : 0;
}

static int write_profiles(const struct job *job, const struct profiles *profiles, struct diag *why)
{
	if (job->options->format == EXPORT_PPROF)
		return export_pprof(profiles, job->out, why);
	if (job->options->format == EXPORT_SPEEDSCOPE)
		return export_speedscope(profiles, job->out, why);
	return write_folded(profiles, job->out, why);
}

static void tell_crowded(const struct job *job)
{
	struct diag note = {};
	uint64_t count = profiler_crowded(job->profiler);

	if (!count || job->options->quiet)
		return;
	(void)diag_set(&note, -ENOSPC,
		       "%s stacks, samples and waits found no room in memory: they are counted as "
		       "%s, below their threads",
		       format_count(count).text, PROFILE_CROWDED);
	cmd_complain(&note);
}

static int finish_profile(const struct options *options, void *self, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	struct job *job = self;
	int r = profiler_profiles(job->profiler, &profiles, why);

	if (r == 0)
		r = write_profiles(job, &profiles, why);
	if (r == 0)
		r = close_output(job, why);
	if (r == 0)
		tell_crowded(job);
	return r;
}

static int begin_profile(struct job *job, struct answer *answer, struct diag *why)
{
	struct profiler_options wanted = {
		.is_wall = job->options->wall,
		.is_wall_if_seen = job->options->format == EXPORT_PPROF,
		.is_told = true,
	};

	if (profile_keys_read("comm,dso,symbol", &wanted.keys) < 0 ||
	    profiler_new(&wanted, &job->profiler) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	*answer = (struct answer){ .sink = { .take = take_for_profile, .self = job },
				   .say = finish_profile };
	return 0;
}

/* --- formats made of the verdict --- */

static int take_for_measures(void *self, const struct event *event, struct diag *why)
{
	struct job *job = self;
	int r = analysis_take(job->analysis, event, why);

	return r < 0 ? r : latency_meter_take(job->meter, event, why);
}

static void latencies_free(struct latencies *latencies)
{
	array_free(&latencies->rows);
}

static int finish_measures(const struct options *options, void *self, struct diag *why)
{
	owns(verdict_free) struct verdict *verdict = NULL;
	owns(latencies_free) struct latencies latencies = {};
	struct job *job = self;
	int r = analysis_verdict(job->analysis, &verdict, why);

	if (r < 0)
		return r;
	if (latency_meter_tell(job->meter, &latencies) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	r = export_openmetrics(verdict, &latencies, job->out, why);
	return r < 0 ? r : close_output(job, why);
}

static int begin_measures(struct job *job, struct answer *answer, struct diag *why)
{
	*answer = (struct answer){ .sink = { .take = take_for_measures, .self = job },
				   .say = finish_measures };
	if (analysis_new(&job->analysis) < 0 || latency_meter_new(&job->meter) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	return 0;
}

/* --- all --- */

static int begin(struct job *job, struct answer *answer, struct diag *why)
{
	int r = open_output(job, why);

	if (r < 0)
		return r;
	switch (export_format_row(job->options->format)->source) {
	case EXPORT_OF_EVENTS:
		return begin_events(job, answer, why);
	case EXPORT_OF_PROFILE:
		return begin_profile(job, answer, why);
	case EXPORT_OF_MEASURES:
		return begin_measures(job, answer, why);
	}
	return -EINVAL;
}

int cmd_export(struct options *options)
{
	struct options watch = *options;
	owns(job_end) struct job job = { .options = options };
	struct answer answer = {};
	struct diag why = {};

	if (!(options->given & OPTION_BIT(FORMAT))) {
		(void)diag_set(
			&why, -EINVAL,
			"export needs to know the format: --format json, folded, pprof, speedscope, "
			"perf-script, perfetto or openmetrics");
		cmd_complain(&why);
		return CMD_USAGE;
	}
	if (begin(&job, &answer, &why) < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	/* The file is the export's: no recording is kept. */
	watch.output = NULL;
	watch.what = WATCH_ALL;
	watch.call_stack_ns = SOURCE_CALL_STACK_NS;
	return source_answer(&watch, &answer);
}
