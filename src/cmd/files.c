/* Which operations on which files took how long? Watches or reads, and says it. */
#include "analyse/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/files_json.h"
#include "view/files_text.h"

static const char KEYS[] = "file,op,engine";

#define OVER_NS 1000000

static int say(const struct options *options, void *filer, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(files_report_free) struct files_report *report = NULL;
	int r = filer_report(filer, &report, why);

	if (r < 0)
		return r;
	r = options->json ? view_files_json(report, stdout)
			  : view_files_text(report, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_files_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int cmd_files(struct options *options)
{
	owns(filer_free) struct filer *filer = NULL;
	struct filer_options wanted = {
		.min_share = options->json && !(options->given & OPTION_BIT(MIN))
				     ? 0
				     : options->min_share,
		.over_ns = options->over_ns ? options->over_ns : OVER_NS,
	};
	struct answer answer = { .sink = { .take = filer_take }, .say = say };
	struct diag why = {};

	options->what = WATCH_IO;
	options->sample_hz = 0;
	options->slow_io_ns = wanted.over_ns;
	/* That the text is sound was looked at when it was read. */
	if (files_keys_read(options->by ? options->by : KEYS, &wanted.keys) < 0)
		return CMD_USAGE;
	if (filer_new(&wanted, &filer) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	answer.sink.self = filer;
	return source_answer(options, &answer);
}
