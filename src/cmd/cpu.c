/* Which code burns the CPU? Watches or reads, adds up the samples, and says where they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/html.h"
#include "cmd/imported.h"
#include "cmd/pictured.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/folded.h"
#include "view/profile_json.h"
#include "view/profile_text.h"

/* Who reads one input. */
struct reading {
	const struct options *options;
	const char *input; /* NULL: a watch */
	struct profiler_options wanted;
	struct profiler *profiler;
};

static int print(const struct options *options, const struct profiles *profiles)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_profiles_json(profiles, stdout);
	if (options->folded)
		return view_folded(*profiles_first_seen(profiles), stdout);
	return view_profiles_text(profiles, &style, stdout);
}

/* The profiler has forgotten what is to be shown: one that forgets nothing reads it again. */
static int read_whole(struct reading *reading, struct diag *why)
{
	struct profiler_options whole = reading->wanted;
	struct options again = *reading->options;
	struct event_sink sink = { .take = profiler_take };
	bool has_events = false;

	whole.least_share = 0;
	again.input = reading->input;
	again.is_told = true;
	profiler_free(&reading->profiler);
	if (profiler_new(&whole, &reading->profiler) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	sink.self = reading->profiler;
	if (source_run(&again, &sink, &has_events) != CMD_DONE || !has_events)
		return diag_set(why, -EIO, "%s could be read once, but not again", reading->input);
	return 0;
}

/* The profiles without what is below the share. */
static int make(struct reading *reading, double share, struct profiles *ret, struct diag *why)
{
	int r;

	profiler_leave_out(reading->profiler, share);
	r = profiler_profiles(reading->profiler, ret, why);
	if (r < 0 || !profiler_is_cut(reading->profiler))
		return r;
	profiles_free(ret);
	r = read_whole(reading, why);
	if (r < 0)
		return r;
	profiler_leave_out(reading->profiler, share);
	return profiler_profiles(reading->profiler, ret, why);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct reading *reading = self;

	return profiler_take(reading->profiler, event, why);
}

static int say(const struct options *options, void *reading, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	double share = ((const struct reading *)reading)->wanted.min_share;
	int r = make(reading, share, &profiles, why);

	if (r < 0)
		return r;
	r = print(options, &profiles);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_profiles_json_object(&profiles));
	return r < 0 ? diag_set(why, r, "cannot write the profile: %s", strerror(-r)) : 0;
}

static int tree(void *reading, struct profile **ret, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r = make(reading, FLAME_SHARE_MIN, &profiles, why);

	if (r < 0)
		return r;
	*ret = give(*profiles_first_seen(&profiles));
	return 0;
}

static const struct pictured_kind KIND = { .take = take, .say = say, .tree = tree };

/* What can be read again may be forgotten where it is small. */
static int begin(struct reading *reading)
{
	struct profiler_options wanted = reading->wanted;

	if (!reading->input || !imported_again(reading->input))
		wanted.least_share = 0;
	return profiler_new(&wanted, &reading->profiler);
}

static void reading_end(struct reading *reading)
{
	profiler_free(&reading->profiler);
}

/* That the keys are sound was looked at when they were read. */
static int want(const struct options *options, struct profiler_options *ret)
{
	*ret = (struct profiler_options){
		.min_share = options->min_share,
		.is_wall = options->wall,
	};
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		ret->min_share = 0;
	ret->least_share = ret->min_share;
	if ((options->flame || options->html) && ret->least_share > FLAME_SHARE_MIN)
		ret->least_share = FLAME_SHARE_MIN;
	return profile_keys_read(options->by ?: "comm,dso,symbol", &ret->keys);
}

int cmd_cpu(struct options *options)
{
	owns(reading_end) struct reading now = { .options = options, .input = options->input };
	owns(reading_end) struct reading before = { .options = options, .input = options->before };

	options->what = options->wall ? WATCH_ALL : WATCH_CPU;
	options->call_stack_ns = options->wall ? SOURCE_CALL_STACK_NS : 0;
	if (want(options, &now.wanted) < 0)
		return CMD_USAGE;
	before.wanted = now.wanted;
	if (begin(&now) < 0 || (options->before && begin(&before) < 0))
		return pictured_fail(options);
	return pictured_run(options,
			    &(struct pictured){ &KIND, &now, options->before ? &before : NULL });
}
