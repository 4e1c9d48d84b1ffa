/* What do programs ask of their files? Watches or reads, models it, and has fio try the model. */
#include "analyse/workload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "cmd/verify.h"
#include "view/workload_fio.h"
#include "view/workload_json.h"
#include "view/workload_text.h"

static int print_words(const struct options *options, const struct workload *workload,
		       const struct workload_comparison *comparison)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	int r = view_workload_text(workload, &style, stdout);

	if (r < 0 || !workload->jobs.count)
		return r;
	(void)fputs("\n--- a job file for fio (also alone: --fio) ---\n", stdout);
	r = view_workload_fio(workload, NULL, stdout);
	return r < 0 || !comparison ? r : view_workload_comparison_text(comparison, &style, stdout);
}

static int print(const struct options *options, const struct workload *workload,
		 const struct workload_comparison *comparison, struct diag *why)
{
	int r;

	if (options->json)
		r = view_workload_json(workload, comparison, stdout);
	else if (options->fio)
		r = view_workload_fio(workload, NULL, stdout);
	else
		r = print_words(options, workload, comparison);
	if (r == -ENODATA)
		return diag_set(why, r, "nothing was asked of files: there is no job for fio");
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int say(const struct options *options, void *modeller, struct diag *why)
{
	owns(workload_free) struct workload *workload = NULL;
	owns(workload_comparison_free) struct workload_comparison *comparison = NULL;
	bool was_told = false;
	int r = modeller_model(modeller, &workload, why), failed = 0;

	if (r < 0)
		return r;
	if (options->verify)
		failed = verify_run(options, workload, &comparison, &was_told, why);
	/* The model stands, whatever became of the run; its reason is told, too. */
	r = print(options, workload, comparison, failed ? NULL : why);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_workload_json_object(workload, comparison));
	return failed ? failed : r;
}

int cmd_workload(struct options *options)
{
	const struct modeller_options as_recorded = {};
	owns(modeller_free) struct modeller *modeller = NULL;
	struct answer answer = { .sink = { .take = modeller_take }, .say = say };
	struct diag why = {};

	options->what = WATCH_IO;
	options->sample_hz = 0;
	if (modeller_new(&as_recorded, &modeller) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	answer.sink.self = modeller;
	return source_answer(options, &answer);
}
