/* How are all calls below a function recorded? One loop: empty the tracer's buffers until the
 * target, the time or the user's patience ends. */
#include "cmd/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "cmd/cmd.h"
#include "cmd/launch.h"
#include "cmd/signals.h"
#include "cmd/source.h"
#include "finding/format.h"
#include "host/features.h"
#include "probe/graph_trace.h"
#include "recording/place.h"

enum {
	TICK_MS = 50,
};

static const struct place_kind TRACE_DAT = { .words = "a trace.dat" };

struct graphing {
	const struct options *options;
	struct graph_trace *trace;
	struct launch launch;
	struct signals signals;
	int target_fd; /* of the first process; -1 */
	uint64_t begin_ns;
	unsigned int interrupts;
	bool is_over;
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* As in a watch: what was sent to us alone is handed on; a second one ends it. */
static void take_signals(struct graphing *graphing)
{
	struct signalfd_siginfo info;

	while (read(graphing->signals.fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		graphing->interrupts++;
		if (!graphing->options->argv || graphing->interrupts > 1)
			graphing->is_over = true;
		if (graphing->options->argv && !launch_has_ended(&graphing->launch) &&
		    info.ssi_code != SI_KERNEL)
			(void)kill(graphing->launch.pid, (int)info.ssi_signo);
	}
}

static bool is_time_over(const struct graphing *graphing)
{
	return graphing->options->duration_ns &&
	       now_ns() - graphing->begin_ns >= graphing->options->duration_ns;
}

static int loop(struct graphing *graphing, struct diag *why)
{
	struct pollfd fds[] = {
		{ .fd = graphing->signals.fd, .events = POLLIN },
		{ .fd = graphing->target_fd, .events = POLLIN },
	};

	while (!graphing->is_over) {
		int r;

		if (poll(fds, array_count(fds), TICK_MS) < 0 && errno != EINTR)
			return diag_set(why, -errno, "cannot wait: %s", strerror(errno));
		take_signals(graphing);
		r = graph_trace_drain(graphing->trace, why);
		if (r < 0)
			return r;
		graphing->is_over |=
			is_time_over(graphing) || fds[1].revents != 0 ||
			(graphing->options->argv && launch_has_ended(&graphing->launch));
	}
	return 0;
}

/* *ret is the features'. */
static int find_tracefs(const struct options *options, struct features *features, const char **ret,
			struct diag *why)
{
	const char *reason;
	int r = features_from_options(options, features, why);

	if (r < 0)
		return r;
	if (!features_have(features, FEATURE_FUNCTION_GRAPH, NULL, &reason))
		return diag_set(why, -ENOTSUP,
				"function_graph does not work here (%s): see slowpath doctor",
				reason);
	(void)features_have(features, FEATURE_TRACEFS, ret, NULL);
	return 0;
}

static int open_trace(struct graphing *graphing, const char *tracefs, struct diag *why)
{
	const struct options *options = graphing->options;
	uint32_t child = (uint32_t)graphing->launch.pid;
	const struct graph_trace_options wanted = {
		.tracefs = tracefs,
		.function = options->words[0],
		.tgids = options->argv ? &child : options->pids.items,
		.tgid_count = options->argv ? 1 : options->pids.count,
	};

	uint64_t begin_ns = now_ns();
	int r = graph_trace_new(&wanted, &graphing->trace, why);
	unsigned int functions = r == 0 ? graph_trace_functions(graphing->trace) : 0;
	struct diag note = {};

	if (functions > 1 && !options->quiet) {
		(void)diag_set(&note, -ENODATA,
			       "%s stands for %s functions; it took %s to set the tracer up",
			       options->words[0], format_count(functions).text,
			       format_duration(now_ns() - begin_ns).text);
		cmd_complain(&note);
	}
	return r;
}

static int record(struct graphing *graphing, int fd, struct diag *why)
{
	const struct options *options = graphing->options;
	int r = graph_trace_start(graphing->trace, why);

	graphing->begin_ns = now_ns();
	if (r == 0 && options->argv)
		r = launch_go(&graphing->launch, options->argv[0], why);
	if (r == 0)
		r = loop(graphing, why);
	return r < 0 ? r : graph_trace_finish(graphing->trace, fd, why);
}

static int run(struct graphing *graphing, int fd, struct diag *why)
{
	const struct options *options = graphing->options;
	owns(features_free) struct features features = {};
	const char *tracefs = NULL;
	int r = 0;

	if (options->argv)
		r = launch_prepare(options->argv, &graphing->signals, &graphing->launch, why);
	else if (options->pids.count == 1)
		graphing->target_fd = (int)syscall(SYS_pidfd_open, options->pids.items[0], 0);
	if (r == 0)
		r = find_tracefs(options, &features, &tracefs, why);
	if (r == 0)
		r = open_trace(graphing, tracefs, why);
	if (r == 0)
		r = record(graphing, fd, why);
	graph_trace_free(&graphing->trace);
	return r;
}

/* The file that is named, or one without a name. */
static int open_output(const struct options *options, struct graph_run *ret, struct diag *why)
{
	int r = 0;

	if (options->output)
		r = place_create_kind(options->output, &TRACE_DAT, &ret->fd, why);
	else
		ret->fd = graph_trace_nameless(why);
	if (ret->fd < 0 && r == 0)
		r = ret->fd;
	(void)snprintf(ret->path, sizeof(ret->path), "/proc/self/fd/%d", ret->fd);
	return r;
}

static int status_of(const struct graphing *graphing, int r)
{
	const struct options *options = graphing->options;

	if (!options->argv)
		return r < 0 ? CMD_FAILED : CMD_DONE;
	if (graphing->launch.has_ended)
		return r < 0 ? launch_failure_status(r) : launch_exit_status(&graphing->launch);
	return CMD_OWN_FAILURE;
}

void graph_run(const struct options *options, struct graph_run *ret)
{
	struct graphing graphing = {
		.options = options, .launch = LAUNCH_NONE, .signals = SIGNALS_NONE, .target_fd = -1
	};
	struct diag why = {};
	int r;

	*ret = (struct graph_run){ .fd = -1 };
	r = open_output(options, ret, &why);
	if (r == 0)
		r = signals_take(&graphing.signals, &why);
	if (r == 0)
		r = run(&graphing, ret->fd, &why);
	if (r < 0)
		cmd_complain(&why);
	/* An empty file of ours would only be in the way. */
	if (r < 0 && options->output && ret->fd >= 0 && lseek(ret->fd, 0, SEEK_END) == 0)
		(void)unlink(options->output);
	if (r == 0 && options->argv)
		launch_wait(&graphing.launch);
	ret->has_calls = r == 0;
	ret->status = status_of(&graphing, r);
	launch_end(&graphing.launch);
	own_close(&graphing.target_fd);
	signals_give_back(&graphing.signals);
}
