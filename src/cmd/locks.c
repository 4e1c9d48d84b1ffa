/* Which locks were fought for, and who held them? Watches or reads, and says it. */
#include "analyse/locks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/locks_json.h"
#include "view/locks_text.h"

struct job {
	struct locksmith *smith;
	struct locksmith *before; /* NULL: nothing to compare with */
};

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;

	return locksmith_take(job->smith, event, why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(lock_report_free) struct lock_report *report = NULL;
	const struct job *job = self;
	enum lock_order order = LOCK_ORDER_WAIT;
	int r;

	/* That the text is sound was looked at when it was read. */
	if (options->order && lock_order_read(options->order, &order) < 0)
		return -EINVAL;
	r = locksmith_report(job->smith, job->before, order, &report, why);
	if (r < 0)
		return r;
	r = options->json ? view_locks_json(report, stdout)
			  : view_locks_text(report, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_locks_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int run(struct options *options, struct job *job)
{
	const struct answer answer = { .sink = { .take = take, .self = job }, .say = say };
	struct event_sink before = { .take = locksmith_take };
	struct diag why = {};
	int status;

	if (locksmith_new(&job->smith) < 0 ||
	    (options->before && locksmith_new(&job->before) < 0)) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	before.self = job->before;
	status = source_run_before(options, &before);
	return status != CMD_DONE ? status : source_answer(options, &answer);
}

int cmd_locks(struct options *options)
{
	struct job job = {};
	int status;

	options->with_lock_stat = true;
	status = run(options, &job);
	locksmith_free(&job.smith);
	locksmith_free(&job.before);
	return status;
}
