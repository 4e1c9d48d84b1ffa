/* Why is it slow, and who is to blame? Watches or reads, thinks, and says the verdict. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/pictures.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/json.h"
#include "view/json_values.h"
#include "view/text.h"

/* The page shows when as well. */
static json_t *page_object(const struct verdict *verdict)
{
	json_t *object = view_json_object(verdict);
	int bad = 0;

	bad |= json_object_set_new(object, "over_time", view_json_over_time(verdict));
	bad |= json_object_set_new(object, "threads_over_time",
				   view_json_threads_over_time(verdict));
	return json_finished(object, bad);
}

struct job {
	struct analysis *analysis;
	struct pictures *pictures; /* NULL: no page is wanted */
};

static void job_end(struct job *job)
{
	analysis_free(&job->analysis);
	pictures_free(&job->pictures);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;
	int r = analysis_take(job->analysis, event, why);

	return r == 0 && job->pictures ? pictures_take(job->pictures, event, why) : r;
}

static int keep_page(const struct options *options, const struct job *job,
		     const struct verdict *verdict, struct diag *why)
{
	int r = html_keep(options->page, page_object(verdict));

	return r < 0 ? r : pictures_add(job->pictures, options->page->report, options->page, why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(verdict_free) struct verdict *verdict = NULL;
	const struct job *job = self;
	int r = analysis_verdict(job->analysis, &verdict, why);

	if (r < 0)
		return r;
	r = options->json ? view_json(verdict, stdout) : view_text(verdict, &style, stdout);
	if (r == 0 && options->page)
		r = keep_page(options, job, verdict, why);
	return r < 0 ? diag_set(why, r, "cannot write the verdict: %s", strerror(-r)) : 0;
}

int cmd_diagnose(struct options *options)
{
	owns(job_end) struct job job = {};
	const struct answer answer = { .sink = { .take = take, .self = &job }, .say = say };
	struct diag why = {};
	int r = analysis_new(&job.analysis);

	if (r == 0 && options->html)
		r = pictures_new(&job.pictures);
	if (r < 0) {
		diag_set(&why, r, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	return source_answer(options, &answer);
}
