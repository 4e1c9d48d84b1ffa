/* Where inside of the slow calls of a function did the time go? Watches or reads, looks into each
 * slow call, and says so. */
#include "cmd/slow_calls.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/drill.h"
#include "base/array.h"
#include "cmd/call_rungs.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/html.h"
#include "cmd/kernel_function.h"
#include "cmd/pictured.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "host/procfs.h"
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

enum {
	SCOUTED_CALLS =
		8, /* slow ones that are enough to know the path, if they do not come slowly */
	NAME_BYTES = 128,
};

#define SCOUTED_NS UINT64_C(1000000000)

/* Of what is watched, a scout tells after the first calls which path holds most of the time; the
 * functions on it are then timed. */
struct thinker {
	struct drill *drill; /* of all calls */
	struct drill *scout; /* of the first; NULL: none is wanted, or it has told */
	uint64_t first_ns;   /* when it had seen one; 0: none */
	uint64_t last_ns;
	char names[WATCH_CALLEES_MAX][NAME_BYTES];
};

static void thinker_end(struct thinker *thinker)
{
	drill_free(&thinker->drill);
	drill_free(&thinker->scout);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct thinker *thinker = self;
	int r = drill_take(thinker->drill, event, why);

	if (r < 0 || !thinker->scout)
		return r;
	if (event->time_ns > thinker->last_ns)
		thinker->last_ns = event->time_ns;
	r = drill_take(thinker->scout, event, why);
	if (r == 0 && !thinker->first_ns && drill_calls(thinker->scout))
		thinker->first_ns = thinker->last_ns;
	return r;
}

static bool has_seen_enough(const struct thinker *thinker)
{
	return drill_calls(thinker->scout) >= SCOUTED_CALLS ||
	       (thinker->first_ns && thinker->last_ns - thinker->first_ns >= SCOUTED_NS);
}

/* The functions below the one that is watched, outermost first. */
static int choose_callees(void *self, const char **names, size_t max, struct diag *why)
{
	struct thinker *thinker = self;
	owns(drill_report_free) struct drill_report *report = NULL;
	size_t count = 0;
	int r;

	if (!thinker->scout || !has_seen_enough(thinker))
		return 0;
	r = drill_report(thinker->scout, &report, why);
	drill_free(&thinker->scout);
	if (r < 0)
		return r;
	max = max < WATCH_CALLEES_MAX ? max : WATCH_CALLEES_MAX;
	for (size_t i = 1; i < report->path.count && count < max; i++) {
		const struct drill_step *step = &report->path.items[i];

		if (step->kind != FRAME_KERNEL || strlen(step->name) >= NAME_BYTES)
			continue;
		memcpy(thinker->names[count], step->name, strlen(step->name) + 1);
		names[count] = thinker->names[count];
		count++;
	}
	return (int)count;
}

static int say(const struct options *options, void *self, struct diag *why)
{
	const struct thinker *thinker = self;
	owns(drill_report_free) struct drill_report *report = NULL;
	int r = drill_report(thinker->drill, &report, why);

	if (r < 0)
		return r;
	r = print(options, report);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_drill_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int tree(void *self, struct profile **ret, struct diag *why)
{
	const struct thinker *thinker = self;
	owns(drill_report_free) struct drill_report *report = NULL;
	int r;

	drill_leave_out(thinker->drill, FLAME_SHARE_MIN);
	r = drill_report(thinker->drill, &report, why);
	if (r < 0)
		return r;
	*ret = give(report->tree);
	return 0;
}

static const struct pictured_kind KIND = { .take = take, .say = say, .tree = tree };

static int fail(const struct options *options, struct diag *why, int status)
{
	cmd_complain(why);
	return options->argv ? CMD_OWN_FAILURE : status;
}

/* A function of the kernel that is watched must be there; where its list cannot be read, nothing is
 * known. */
static int check_is_there(const struct options *options, enum call_rung_id rung, struct diag *why)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (!(call_rung(rung)->kinds & CALL_KERNEL) || host_kallsyms(NULL, &text, &bytes, NULL) < 0)
		return 0;
	return kernel_function_check(options->words[0], text, bytes, why);
}

/* Which rung a watch takes, and that it is not the best. */
static int choose(struct options *options, enum call_rung_id *ret,
		  struct kernel_functions *ret_functions, bool *ret_with_callees, struct diag *why)
{
	struct features features = {};
	struct diag refused = {}, note = {};
	int r = features_from_options(options, &features, why);

	if (r == 0)
		r = call_rung_climb(options, &features, ret, ret_functions, &refused, why);
	if (r == 0)
		r = check_is_there(options, *ret, why);
	/* Of a pattern, the path differs from one of its functions to the next. */
	*ret_with_callees = r == 0 && *ret != CALL_RUNG_STACKS && !ret_functions->names.count &&
			    features_have(&features, FEATURE_KPROBE, NULL, NULL);
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

static int find_place(struct options *options, enum call_rung_id rung,
		      const struct kernel_functions *functions, struct place *place,
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
		.names = functions->names.items,
		.name_count = functions->names.count,
		.over_ns = options->over_ns,
	};
	return 0;
}

int slow_calls_run(struct options *options)
{
	owns(thinker_end) struct thinker thinker = {};
	owns(kernel_functions_free) struct kernel_functions functions = {};
	struct place place = {};
	struct drill_options wanted = {
		.function = options->words[0],
		.over_ns = options->over_ns,
		.min_share = options->min_share,
		.slowest = options->slowest,
		.is_each = options->each,
	};
	enum call_rung_id rung = CALL_RUNG_COUNT;
	bool with_callees = false;
	struct diag why = {};

	if (options->rung)
		rung = call_rung_find(options->rung);
	if (options->rung && rung == CALL_RUNG_COUNT) {
		(void)diag_set(&why, -EINVAL, "there is no rung '%s': see slowpath calls --help",
			       options->rung);
		return fail(options, &why, CMD_USAGE);
	}
	if (!options->input && choose(options, &rung, &functions, &with_callees, &why) < 0)
		return fail(options, &why, why.code == -EINVAL ? CMD_USAGE : CMD_FAILED);
	if (!options->input && find_place(options, rung, &functions, &place, &why) < 0)
		return fail(options, &why, CMD_USAGE);
	wanted.is_kernel = rung != CALL_RUNG_COUNT && rung != CALL_RUNG_SYSCALL;
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	options->what = WATCH_ALL;
	options->call_stack_ns = SOURCE_CALL_STACK_NS;
	options->function.with_callees = with_callees;
	options->function.syscall = drill_syscall(options->words[0]);
	if (with_callees)
		options->callees = (struct live_callees){ choose_callees, &thinker };
	if (drill_new(&wanted, &thinker.drill) < 0 ||
	    (with_callees && drill_new(&wanted, &thinker.scout) < 0))
		return pictured_fail(options);
	return pictured_run(options, &(struct pictured){ &KIND, &thinker, NULL });
}
