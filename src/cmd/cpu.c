/* Which code burns the CPU? Watches or reads, adds up the samples, and says where they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/folded.h"
#include "view/profile_json.h"
#include "view/profile_text.h"

/* A flame graph shows call paths of a tenth of a pixel, of some twelve hundred. */
#define FLAME_SHARE_MIN 0.00005

struct job {
	struct profiler *profiler;
	struct profiler *before; /* NULL: nothing to compare with */
	struct flame_file flame;
};

/* Folded stacks and flame graphs have no place for a second sampler: the first that saw something.
 */
static struct profile *first_seen(const struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->items.count; i++) {
		if (profiles->items.items[i]->amount)
			return profiles->items.items[i];
	}
	return profiles->items.items[0];
}

static int print(const struct options *options, const struct profiles *profiles)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_profiles_json(profiles, stdout);
	if (options->folded)
		return view_folded(first_seen(profiles), stdout);
	return view_profiles_text(profiles, &style, stdout);
}

static int compare(const struct job *job, struct profile *profile, struct diag *why)
{
	owns(profiles_free) struct profiles before = {};
	int r;

	if (!job->before)
		return 0;
	profiler_leave_out(job->before, FLAME_SHARE_MIN);
	r = profiler_profiles(job->before, &before, why);
	return r < 0 ? r : profile_compare(first_seen(&before), profile, why);
}

static int draw(struct job *job, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r;

	if (!job->flame.path)
		return 0;
	profiler_leave_out(job->profiler, FLAME_SHARE_MIN);
	r = profiler_profiles(job->profiler, &profiles, why);
	if (r == 0)
		r = compare(job, first_seen(&profiles), why);
	return r < 0 ? r
		     : flame_file_draw(&job->flame, first_seen(&profiles), job->before != NULL,
				       why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	struct job *job = self;
	int r = profiler_profiles(job->profiler, &profiles, why);

	if (r < 0)
		return r;
	r = print(options, &profiles);
	if (r < 0)
		return diag_set(why, r, "cannot write the profile: %s", strerror(-r));
	profiles_free(&profiles);
	return draw(job, why);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct job *job = self;

	return profiler_take(job->profiler, event, why);
}

static int prepare(const struct options *options, struct job *job, struct diag *why)
{
	struct profiler_options wanted = {
		.keys = options->keys,
		.min_share = options->min_share,
		.is_wall = options->wall,
	};

	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	if (profiler_new(&wanted, &job->profiler) < 0 ||
	    (options->before && profiler_new(&wanted, &job->before) < 0))
		return diag_set(why, -ENOMEM, "out of memory");
	return flame_file_open(options, &job->flame, why);
}

/* The earlier recording is read first: a wrong name costs nobody a watch. */
static int read_before(const struct options *options, const struct job *job)
{
	const struct event_sink sink = { .take = profiler_take, .self = job->before };
	struct options earlier = *options;
	bool has_events;

	if (!options->before)
		return CMD_DONE;
	earlier.input = options->before;
	return source_run(&earlier, &sink, &has_events);
}

static int run(struct options *options, struct job *job)
{
	const struct answer answer = { .sink = { .take = take, .self = job }, .say = say };
	struct diag why = {};
	int status;

	if (prepare(options, job, &why) < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	status = read_before(options, job);
	if (status != CMD_DONE)
		return options->argv ? CMD_OWN_FAILURE : status;
	return source_answer(options, &answer);
}

int cmd_cpu(struct options *options)
{
	struct job job = { .flame = FLAME_FILE_NONE };
	int status;

	options->what = options->wall ? WATCH_ALL : WATCH_CPU;
	status = run(options, &job);
	flame_file_close(&job.flame);
	profiler_free(&job.profiler);
	profiler_free(&job.before);
	return status;
}
