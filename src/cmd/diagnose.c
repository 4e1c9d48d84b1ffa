/* Why is it slow, and who is to blame? Watches or reads, thinks, and says the verdict. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "cmd/cmd.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/json.h"
#include "view/text.h"

static int say(const struct options *options, const struct verdict *verdict, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	int r = options->json ? view_json(verdict, stdout) : view_text(verdict, &style, stdout);

	return r < 0 ? diag_set(why, r, "cannot write the verdict: %s", strerror(-r)) : 0;
}

static int answer(const struct options *options, struct analysis *analysis, struct diag *why)
{
	owns(verdict_free) struct verdict *verdict = NULL;
	int r = analysis_verdict(analysis, &verdict, why);

	return r < 0 ? r : say(options, verdict, why);
}

int cmd_diagnose(struct options *options)
{
	owns(analysis_free) struct analysis *analysis = NULL;
	struct event_sink sink = { .take = analysis_take };
	bool has_events = false;
	struct diag why = {};
	int status, r;

	r = analysis_new(&analysis);
	if (r < 0) {
		diag_set(&why, r, "out of memory");
		cmd_complain(&why);
		return CMD_FAILED;
	}
	sink.self = analysis;
	status = source_run(options, &sink, &has_events);
	if (!has_events)
		return status;
	r = answer(options, analysis, &why);
	if (r < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	return status;
}
