/* What got slower? Reads the runs of both sides, one after the other, and compares them. */
#include "analyse/compare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/compare_json.h"
#include "view/compare_text.h"

/* All that is made of one run. */
struct made {
	const char *path;
	struct analysis *analysis;
	struct profiler *profiler;
	struct verdict *verdict;
	struct profiles profiles;
};

struct side {
	struct made made[COMPARE_RUNS_MAX];
	struct run runs[COMPARE_RUNS_MAX];
	size_t count;
};

static void side_end(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		analysis_free(&side->made[i].analysis);
		profiler_free(&side->made[i].profiler);
		verdict_free(&side->made[i].verdict);
		profiles_free(&side->made[i].profiles);
	}
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct made *made = self;
	int r = analysis_take(made->analysis, event, why);

	return r < 0 ? r : profiler_take(made->profiler, event, why);
}

static int begin(struct made *made)
{
	const struct profiler_options wanted = {
		.keys = { .items = { PROFILE_DSO, PROFILE_SYMBOL }, .count = 2 },
	};

	return analysis_new(&made->analysis) < 0 || profiler_new(&wanted, &made->profiler) < 0
		       ? -ENOMEM
		       : 0;
}

/* What is known of it now is all that will be asked: the memory of its events is given back. */
static int conclude(struct made *made, struct diag *why)
{
	int r = analysis_verdict(made->analysis, &made->verdict, why);

	if (r < 0)
		return r;
	r = profiler_profiles(made->profiler, &made->profiles, why);
	analysis_free(&made->analysis);
	profiler_free(&made->profiler);
	return r;
}

/* Returns the exit status. */
static int read_run(const struct options *options, struct made *made)
{
	const struct event_sink sink = { .take = take, .self = made };
	struct options one = *options;
	bool has_events = false;
	struct diag why = {};
	int status;

	if (begin(made) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return CMD_FAILED;
	}
	one.input = made->path;
	one.argv = NULL;
	status = source_run(&one, &sink, &has_events);
	if (status != CMD_DONE || !has_events)
		return CMD_FAILED;
	if (conclude(made, &why) < 0) {
		struct diag where = {};

		(void)diag_set(&where, why.code, "%s: %s", made->path, why.text);
		cmd_complain(&where);
		return CMD_FAILED;
	}
	return CMD_DONE;
}

/* The first sampler of time; a profile without samples still has the pools. */
static const struct profile *profile_of(const struct made *made)
{
	for (size_t i = 0; i < made->profiles.items.count; i++) {
		const struct profile *profile = made->profiles.items.items[i];

		if (profile->unit == PROFILE_NS && profile->amount)
			return profile;
	}
	return made->profiles.items.count ? made->profiles.items.items[0] : NULL;
}

static int read_side(const struct options *options, const char *const *paths, size_t count,
		     struct side *side)
{
	for (size_t i = 0; i < count; i++) {
		struct made *made = &side->made[i];
		int status;

		made->path = paths[i];
		side->count++;
		status = read_run(options, made);
		if (status != CMD_DONE)
			return status;
		side->runs[i] = (struct run){ .path = made->path,
					      .verdict = made->verdict,
					      .profile = profile_of(made) };
	}
	return CMD_DONE;
}

/* It was read, though from no one file. */
static int keep_page(const struct options *options, const struct comparison *comparison,
		     struct html_file *page, struct diag *why)
{
	struct options one = *options;

	one.input = "recordings";
	if (html_keep(page, view_compare_json_object(comparison)) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	return html_file_write(page, &one, why);
}

static int say(const struct options *options, const struct side *before, const struct side *after,
	       struct html_file *page)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(comparison_free) struct comparison *comparison = NULL;
	struct diag why = {};
	int r = compare_runs(&(struct runs){ before->runs, before->count },
			     &(struct runs){ after->runs, after->count }, &comparison, &why);

	if (r == 0) {
		r = options->json ? view_compare_json(comparison, stdout)
				  : view_compare_text(comparison, &style, stdout);
		if (r < 0)
			(void)diag_set(&why, r, "cannot write the comparison: %s", strerror(-r));
	}
	if (r == 0 && page->path)
		r = keep_page(options, comparison, page, &why);
	if (r < 0)
		cmd_complain(&why);
	return r < 0 ? CMD_FAILED : CMD_DONE;
}

/* Which files are whose: A B, or those before and those behind the two dashes. */
static int part(const struct options *options, const char *const **ret_after, size_t *ret_before,
		size_t *ret_after_count)
{
	size_t behind = 0;

	*ret_before = options->word_count;
	while (options->argv && options->argv[behind])
		behind++;
	if (options->argv) {
		*ret_after = (const char *const *)options->argv;
		*ret_after_count = behind;
		return *ret_before && behind && behind <= COMPARE_RUNS_MAX ? 0 : -EINVAL;
	}
	if (options->word_count != 2)
		return -EINVAL;
	*ret_before = 1;
	*ret_after = options->words + 1;
	*ret_after_count = 1;
	return 0;
}

int cmd_compare(struct options *options)
{
	owns(side_end) struct side before = {};
	owns(side_end) struct side after = {};
	owns(html_file_close) struct html_file page = HTML_FILE_NONE;
	const char *const *after_paths = NULL;
	size_t before_count, after_count;
	struct diag why = {};
	int status;

	if (part(options, &after_paths, &before_count, &after_count) < 0) {
		(void)diag_set(&why, -EINVAL,
			       "compare takes two recordings, or up to %d of each side: "
			       "slowpath compare BEFORE... -- AFTER...",
			       COMPARE_RUNS_MAX);
		cmd_complain(&why);
		return CMD_USAGE;
	}
	if (html_file_open(options, &page, &why) < 0) {
		cmd_complain(&why);
		return CMD_FAILED;
	}
	status = read_side(options, options->words, before_count, &before);
	if (status == CMD_DONE)
		status = read_side(options, after_paths, after_count, &after);
	return status == CMD_DONE ? say(options, &before, &after, &page) : status;
}
