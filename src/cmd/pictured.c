/* How is a question answered whose answer can be drawn as well, and compared with an earlier one?
 */
#include "cmd/pictured.h"

#include <errno.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/html.h"
#include "cmd/source.h"

struct job {
	const struct pictured *pictured;
	struct flame_file flame;
};

static int compare(const struct pictured *pictured, struct profile *tree, struct diag *why)
{
	owns(profile_free) struct profile *before = NULL;
	int r;

	if (!pictured->before)
		return 0;
	r = pictured->kind->tree(pictured->before, &before, why);
	return r < 0 ? r : profile_compare(before, tree, why);
}

static int draw_in_page(struct html_file *page, const struct profile *tree, bool is_differential,
			struct diag *why)
{
	const struct html_picture picture = {
		.name = "Flame graph",
		.profile = tree,
		.is_differential = is_differential,
		.bytes_max = HTML_FLAMES_BYTES_MAX,
	};

	return html_draw(page, &picture, why);
}

static int draw(const struct options *options, struct job *job, struct diag *why)
{
	const struct pictured *pictured = job->pictured;
	owns(profile_free) struct profile *tree = NULL;
	int r;

	if (!job->flame.path && !options->page)
		return 0;
	r = pictured->kind->tree(pictured->thinker, &tree, why);
	if (r == 0)
		r = compare(pictured, tree, why);
	if (r == 0 && options->page)
		r = draw_in_page(options->page, tree, pictured->before != NULL, why);
	if (r == 0 && job->flame.path)
		r = flame_file_draw(&job->flame, tree, pictured->before != NULL, why);
	return r;
}

static int say(const struct options *options, void *self, struct diag *why)
{
	struct job *job = self;
	int r = job->pictured->kind->say(options, job->pictured->thinker, why);

	return r < 0 ? r : draw(options, job, why);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;

	return job->pictured->kind->take(job->pictured->thinker, event, why);
}

static int run(struct options *options, struct job *job)
{
	const struct answer answer = { .sink = { .take = take, .self = job }, .say = say };
	const struct event_sink before = { .take = job->pictured->kind->take,
					   .self = job->pictured->before };
	struct diag why = {};
	int status;

	if (flame_file_open(options, &job->flame, &why) < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	status = source_run_before(options, &before);
	if (status != CMD_DONE)
		return options->argv ? CMD_OWN_FAILURE : status;
	return source_answer(options, &answer);
}

int pictured_run(struct options *options, const struct pictured *pictured)
{
	struct job job = { .pictured = pictured, .flame = FLAME_FILE_NONE };
	int status = run(options, &job);

	flame_file_close(&job.flame);
	return status;
}

int pictured_fail(const struct options *options)
{
	struct diag why = {};

	(void)diag_set(&why, -ENOMEM, "out of memory");
	cmd_complain(&why);
	return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
}
