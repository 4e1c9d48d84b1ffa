/* Where do the events come from? Chooses between a file and a watch, and turns their troubles into
 * lines and statuses. */
#include "cmd/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/imported.h"
#include "cmd/live.h"
#include "cmd/look.h"
#include "cmd/traced.h"
#include "host/features.h"
#include "host/rooted.h"
#include "import/lock_stat.h"
#include "import/recognise.h"
#include "recording/recording.h"

int features_from_options(const struct options *options, struct features *features,
			  struct diag *why)
{
	for (size_t i = 0; i < options->without.count; i++) {
		int r = features_forbid(features, options->without.items[i], why);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- from a file --- */

static int check_file(const char *path, struct diag *why)
{
	enum file_kind kind = file_recognise(path);

	if (kind == FILE_UNREADABLE)
		return diag_set(why, -errno, "cannot read %s: %s", path, strerror(errno));
	if (kind != FILE_RECORDING)
		return diag_set(
			why, -EBADMSG,
			"%s is %s, not a recording of slowpath or perf: make one with 'slowpath record -o FILE'",
			path, file_kind_name(kind));
	return 0;
}

static int read_events(struct recording *recording, const struct event_sink *sink, struct diag *why)
{
	const struct event *event;
	int r;

	while ((r = recording_next(recording, &event, why)) > 0) {
		r = sink->take ? event_sink_take(sink, event, why) : 0;
		if (r < 0)
			return r;
	}
	return r;
}

static void tell_damage(const char *damage)
{
	struct diag note = {};

	if (!damage)
		return;
	(void)diag_set(&note, -EBADMSG, "%s", damage);
	cmd_complain(&note);
}

static int replay(const char *path, const struct event_sink *sink, struct diag *why)
{
	owns(recording_free) struct recording *recording = NULL;
	int r = check_file(path, why);

	if (r < 0)
		return r;
	r = recording_open(path, &recording, why);
	if (r < 0)
		return r;
	r = read_events(recording, sink, why);
	if (r == 0)
		tell_damage(recording_damage(recording));
	return r;
}

/* The kernel's own statistics have no times: only a report on locks can use them. */
static int read_lock_stat(const struct options *options, const struct event_sink *sink,
			  struct diag *why)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r;

	if (!options->with_lock_stat)
		return diag_set(
			why, -EBADMSG,
			"%s is the kernel's lock statistics: read it with 'slowpath locks -i'",
			options->input);
	r = rooted_read("", &text, &bytes, "%s", options->input);
	if (r < 0)
		return diag_set(why, r, "cannot read %s: %s", options->input, strerror(-r));
	return lock_stat_read(text, bytes, 1, 0, sink, why);
}

static int read_file(const struct options *options, const struct event_sink *sink, struct diag *why)
{
	if (options->with_calls && traced_is(options->input))
		return traced_read(options, sink, why);
	if (imported_is(options->input))
		return imported_read(options, sink, why);
	if (file_recognise(options->input) == FILE_LOCK_STAT)
		return read_lock_stat(options, sink, why);
	if (options->kallsyms)
		return diag_set(why, -EINVAL,
				"--kallsyms is for perf.data files: %s has its names in it",
				options->input);
	if (options->inlined)
		return diag_set(
			why, -EINVAL,
			"--inlined is for watches and perf.data files: %s has its names in it, of inlined functions too if it was made with 'slowpath record --inlined'",
			options->input);
	return replay(options->input, sink, why);
}

/* --- from a watch --- */

/* A watch whose recording fails still answers; but it failed. */
static void tell_recording(struct live_end *end, int *r)
{
	if (!end->recording.code)
		return;
	cmd_complain(&end->recording);
	if (*r == 0)
		*r = end->recording.code;
}

static int watch(const struct options *options, struct features *features,
		 const struct event_sink *sink, struct live_end *end, struct diag *why)
{
	const struct live_options live = {
		.features = features,
		.what = options->what,
		.tgids = options->pids.items,
		.tgid_count = options->pids.count,
		.command = options->argv,
		.output = options->output,
		.duration_ns = options->duration_ns,
		.sample_hz = options->sample_hz,
		.call_stack_ns = options->call_stack_ns,
		.call_over_ns = options->call_over_ns,
		.slow_io_ns = options->slow_io_ns,
		.function = options->function,
		.callees = options->callees,
		.with_lock_stat = options->with_lock_stat,
		.wants_inlined = options->inlined,
		.tell_progress = !options->quiet && isatty(STDERR_FILENO),
	};
	int r = features_from_options(options, features, why);

	if (r < 0)
		return r;
	sink = sink->take ? sink : NULL;
	return options->what == WATCH_LOOK ? look_run(&live, sink, end, why)
					   : live_run(&live, sink, end, why);
}

static int exit_status(const struct options *options, const struct live_end *end, int r)
{
	if (!options->argv)
		return r < 0 ? CMD_FAILED : CMD_DONE;
	if (end->command_failed)
		return end->command_status;
	return r < 0 ? CMD_OWN_FAILURE : end->command_status;
}

static int watch_and_tell(const struct options *options, const struct event_sink *sink,
			  bool *ret_has_events)
{
	struct features features = {};
	struct live_end end = {};
	struct diag why = {};
	int r = watch(options, &features, sink, &end, &why);

	features_free(&features);
	*ret_has_events = r == 0 && (sink->take || !end.recording.code);
	if (r < 0)
		cmd_complain(&why);
	tell_recording(&end, &r);
	return exit_status(options, &end, r);
}

int source_run(const struct options *options, const struct event_sink *sink, bool *ret_has_events)
{
	struct diag why = {};
	int r;

	if (!options->input)
		return watch_and_tell(options, sink, ret_has_events);
	r = read_file(options, sink, &why);
	*ret_has_events = r == 0;
	if (r < 0)
		cmd_complain(&why);
	return r < 0 ? CMD_FAILED : CMD_DONE;
}

int source_run_before(const struct options *options, const struct event_sink *sink)
{
	struct options earlier = *options;
	bool has_events;

	if (!options->before)
		return CMD_DONE;
	earlier.input = options->before;
	/* An earlier recording shows what it was made with. */
	earlier.inlined = options->inlined && imported_is(options->before);
	return source_run(&earlier, sink, &has_events);
}

static int fail(const struct options *options, const struct diag *why)
{
	cmd_complain(why);
	return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
}

int source_answer(const struct options *options, const struct answer *answer)
{
	owns(html_file_close) struct html_file page = HTML_FILE_NONE;
	struct options paged = *options;
	bool has_events = false;
	struct diag why = {};
	int status;

	if (html_file_open(options, &page, &why) < 0)
		return fail(options, &why);
	paged.page = page.path ? &page : NULL;
	status = source_run(options, &answer->sink, &has_events);
	if (!has_events)
		return status;
	if (answer->say(&paged, answer->sink.self, &why) < 0)
		return fail(options, &why);
	if (page.path && html_file_write(&page, options, &why) < 0)
		return fail(options, &why);
	return status;
}
