/* Where inside of the slow calls of a function did the time go? Watches or reads, looks into each
 * slow call, and says so. */
#include "cmd/slow_calls.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/drill.h"
#include "cmd/call_rungs.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/html.h"
#include "cmd/pictured.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/drill_json.h"
#include "view/drill_text.h"
#include "view/folded.h"

static int print(const struct options *options, const struct drill_report *report)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_drill_json(report, stdout);
	if (options->folded)
		return view_folded(report->tree, stdout);
	return view_drill_text(report, &style, stdout);
}

static int say(const struct options *options, void *drill, struct diag *why)
{
	owns(drill_report_free) struct drill_report *report = NULL;
	int r = drill_report(drill, &report, why);

	if (r < 0)
		return r;
	r = print(options, report);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_drill_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int tree(void *drill, struct profile **ret, struct diag *why)
{
	owns(drill_report_free) struct drill_report *report = NULL;
	int r;

	drill_leave_out(drill, FLAME_SHARE_MIN);
	r = drill_report(drill, &report, why);
	if (r < 0)
		return r;
	*ret = give(report->tree);
	return 0;
}

static const struct pictured_kind KIND = { .take = drill_take, .say = say, .tree = tree };

static int fail(const struct options *options, struct diag *why, int status)
{
	cmd_complain(why);
	return options->argv ? CMD_OWN_FAILURE : status;
}

/* Which rung a watch takes, and that it is not the best. */
static int choose(struct options *options, enum call_rung_id *ret, struct diag *why)
{
	struct features features = {};
	struct diag refused = {}, note = {};
	int r = features_from_options(options, &features, why);

	if (r == 0)
		r = call_rung_climb(options, &features, ret, &refused, why);
	features_free(&features);
	if (r == 0 && refused.code && !options->quiet) {
		(void)diag_set(&note, refused.code, "rung: %s, %s. Not: %s", call_rung(*ret)->name,
			       call_rung(*ret)->words, refused.text);
		cmd_complain(&note);
	}
	return r;
}

/* What programs are put at: "/usr/bin/x:function", or a function of the kernel. */
struct place {
	char path[PATH_MAX];
	const char *name;
};

static int find_place(struct options *options, enum call_rung_id rung, struct place *place,
		      struct diag *why)
{
	const char *function = options->words[0], *colon = strrchr(function, ':');

	place->name = colon ? colon + 1 : function;
	if (colon && snprintf(place->path, sizeof(place->path), "%.*s", (int)(colon - function),
			      function) >= (int)sizeof(place->path))
		return diag_set(why, -ENAMETOOLONG, "the path in %s is too long", function);
	if (colon && (!place->path[0] || !place->name[0]))
		return diag_set(
			why, -EINVAL,
			"%s names no function of a program: write /path/of/program:function",
			function);
	options->function = (struct watch_function){
		.by = call_rung(rung)->by,
		.path = place->path,
		.name = place->name,
		.over_ns = options->over_ns,
	};
	return 0;
}

int slow_calls_run(struct options *options)
{
	owns(drill_free) struct drill *drill = NULL;
	struct place place = {};
	struct drill_options wanted = {
		.function = options->words[0],
		.over_ns = options->over_ns,
		.min_share = options->min_share,
		.slowest = options->slowest,
		.is_each = options->each,
	};
	enum call_rung_id rung = CALL_RUNG_COUNT;
	struct diag why = {};

	if (options->rung)
		rung = call_rung_find(options->rung);
	if (options->rung && rung == CALL_RUNG_COUNT) {
		(void)diag_set(&why, -EINVAL, "there is no rung '%s': see slowpath calls --help",
			       options->rung);
		return fail(options, &why, CMD_USAGE);
	}
	if (!options->input && choose(options, &rung, &why) < 0)
		return fail(options, &why, why.code == -EINVAL ? CMD_USAGE : CMD_FAILED);
	if (!options->input && find_place(options, rung, &place, &why) < 0)
		return fail(options, &why, CMD_USAGE);
	wanted.is_kernel = rung != CALL_RUNG_COUNT && rung != CALL_RUNG_SYSCALL;
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	options->what = WATCH_ALL;
	options->call_stack_ns = SOURCE_CALL_STACK_NS;
	if (drill_new(&wanted, &drill) < 0)
		return pictured_fail(options);
	return pictured_run(options, &(struct pictured){ &KIND, drill, NULL });
}
