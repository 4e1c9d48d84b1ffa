/* Why is it slow, and who is to blame? Watches or reads, thinks, and says the verdict. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/analyse.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/json.h"
#include "view/text.h"

/* The page shows when as well. */
static json_t *page_object(const struct verdict *verdict)
{
	json_t *object = view_json_object(verdict);

	if (json_object_set_new(object, "over_time", view_json_over_time(verdict)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int say(const struct options *options, void *self, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(verdict_free) struct verdict *verdict = NULL;
	int r = analysis_verdict(self, &verdict, why);

	if (r < 0)
		return r;
	r = options->json ? view_json(verdict, stdout) : view_text(verdict, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, page_object(verdict));
	return r < 0 ? diag_set(why, r, "cannot write the verdict: %s", strerror(-r)) : 0;
}

int cmd_diagnose(struct options *options)
{
	owns(analysis_free) struct analysis *analysis = NULL;
	struct answer answer = { .sink.take = analysis_take, .say = say };
	struct diag why = {};
	int r;

	r = analysis_new(&analysis);
	if (r < 0) {
		diag_set(&why, r, "out of memory");
		cmd_complain(&why);
		return CMD_FAILED;
	}
	answer.sink.self = analysis;
	return source_answer(options, &answer);
}
