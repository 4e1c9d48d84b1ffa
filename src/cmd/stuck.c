/* What is stuck, and what does it wait for? Looks twice at all threads or reads such looks, and
 * says who does not get on. */
#include "analyse/stuck.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/stuck_json.h"
#include "view/stuck_text.h"

struct job {
	struct stuck *stuck;
	int exit_status; /* of the worst that was told */
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct job *job = self;

	return stuck_take(job->stuck, event, why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	owns(stuck_report_free) struct stuck_report *report = NULL;
	const struct view_style style = style_for(options, STDOUT_FILENO);
	struct job *job = self;
	int r = stuck_report_make(job->stuck, &report, why);

	if (r < 0)
		return r;
	job->exit_status = report->exit_status;
	r = options->json ? view_stuck_json(report, stdout)
			  : view_stuck_text(report, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_stuck_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write what is stuck: %s", strerror(-r)) : 0;
}

int cmd_stuck(struct options *options)
{
	const struct stuck_options wanted = { .is_all = options->all };
	struct job job = {};
	const struct answer answer = { .sink = { .take = take, .self = &job }, .say = say };
	int status = CMD_FAILED;

	options->what = WATCH_LOOK;
	if (stuck_new(&wanted, &job.stuck) < 0) {
		cmd_complain(&(struct diag){ .code = -ENOMEM, .text = "out of memory" });
		return status;
	}
	status = source_answer(options, &answer);
	stuck_free(&job.stuck);
	return status == CMD_DONE ? job.exit_status : status;
}
