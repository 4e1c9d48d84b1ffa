/* What happened? Keeps the events of a watch in a file, and leaves the thinking for later. */
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/source.h"
#include "finding/format.h"

static void tell_result(const struct options *options)
{
	struct diag note = {};
	struct stat file;

	if (options->quiet || stat(options->output, &file) < 0)
		return;
	diag_set(&note, 1, "%s of events in %s; 'slowpath -i %s' gives the verdict",
		 format_bytes((uint64_t)file.st_size).text, options->output, options->output);
	cmd_complain(&note);
}

int cmd_record(struct options *options)
{
	const struct event_sink nobody = {};
	struct options with_output = *options;
	bool has_events = false;
	int status;

	if (!with_output.output)
		with_output.output = "slowpath.slowpath";
	status = source_run(&with_output, &nobody, &has_events);
	if (has_events)
		tell_result(&with_output);
	return status;
}
