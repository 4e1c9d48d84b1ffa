/* Which functions were called, from where, and how long did they take? Reads what was traced, and
 * says it; or has the slow calls of one function looked into. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/call_graph.h"
#include "cmd/call_rungs.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/graph.h"
#include "cmd/html.h"
#include "cmd/pictured.h"
#include "cmd/slow_calls.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "cmd/traced.h"
#include "view/call_json.h"
#include "view/call_text.h"
#include "view/folded.h"

static int print(const struct options *options, const struct call_report *report)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_call_json(report, stdout);
	if (options->folded)
		return view_folded(report->tree, stdout);
	return view_call_text(report, &style, stdout);
}

static int say(const struct options *options, void *graph, struct diag *why)
{
	owns(call_report_free) struct call_report *report = NULL;
	int r = call_graph_report(graph, &report, why);

	if (r < 0)
		return r;
	r = print(options, report);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_call_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int tree(void *graph, struct profile **ret, struct diag *why)
{
	owns(call_report_free) struct call_report *report = NULL;
	int r;

	call_graph_leave_out(graph, FLAME_SHARE_MIN);
	r = call_graph_report(graph, &report, why);
	if (r < 0)
		return r;
	*ret = give(report->tree);
	return 0;
}

static const struct pictured_kind KIND = { .take = call_graph_take, .say = say, .tree = tree };

/* What is asked of one function needs to know which. */
static int check(const struct options *options, struct diag *why)
{
	uint64_t of_one = OPTION_BIT(OVER) | OPTION_BIT(EACH) | OPTION_BIT(SLOWEST);

	if (!options->input && !options->word_count)
		return diag_set(
			why, -EINVAL,
			"name the function or system call to watch; or give a trace.dat of trace-cmd, or a text of ftrace, with -i");
	if (options->given & of_one && !options->word_count)
		return diag_set(why, -EINVAL,
				"--over, --each and --slowest are of one function: name it");
	return 0;
}

/* What ftrace recorded, by others or just now. */
static int read_traced(struct options *options)
{
	owns(call_graph_free) struct call_graph *graph = NULL;
	struct call_graph_options wanted = {
		.function = options->word_count ? options->words[0] : NULL,
		.over_ns = options->over_ns,
		.slowest = options->word_count ? options->slowest : 0,
		.is_each = options->each,
		.min_share = options->min_share,
	};

	options->with_calls = true;
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	if (call_graph_new(&wanted, &graph) < 0)
		return pictured_fail(options);
	return pictured_run(options, &(struct pictured){ &KIND, graph, NULL });
}

/* The tracer's file is read as if it had been given. */
static int trace(struct options *options)
{
	struct graph_run run;
	int status;

	graph_run(options, &run);
	status = run.status;
	if (run.has_calls) {
		options->input = run.path;
		options->output = NULL;
		options->argv = NULL;
		/* Of a pattern all that was recorded is told: it lies below the functions that it
		 * stands for. */
		if (call_kind_of(options->words[0]) == CALL_PATTERN)
			options->word_count = 0;
		status = read_traced(options);
	}
	own_close(&run.fd);
	return status == CMD_DONE ? run.status : status;
}

int cmd_calls(struct options *options)
{
	bool is_graph = options->rung && call_rung_find(options->rung) == CALL_RUNG_GRAPH;
	struct diag why = {};

	if (check(options, &why) < 0) {
		cmd_complain(&why);
		return CMD_USAGE;
	}
	if (!options->input && is_graph)
		return trace(options);
	/* What is watched, or was, has no calls but those of the function that is asked for. */
	if (!options->input || (options->word_count && !traced_is(options->input)))
		return slow_calls_run(options);
	return read_traced(options);
}
