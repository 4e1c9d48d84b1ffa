/* What is known of virtual machines without watching any? */
#include "cmd/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/signals.h"
#include "host/facts.h"
#include "host/guest.h"
#include "import/kvm_text.h"
#include "import/recognise.h"
#include "import/trace_dat.h"

bool guests_is(const char *path)
{
	enum file_kind kind = file_recognise(path);

	return kind == FILE_TEXT || kind == FILE_FTRACE_TEXT || kind == FILE_TRACE_DAT;
}

static int read_dat(const char *path, int fd, const struct event_sink *sink, struct diag *why)
{
	owns(trace_dat_free) struct trace_dat *dat = NULL;
	struct diag note = {};
	int r = trace_dat_open(fd, path, &dat, why);

	if (r == 0)
		r = trace_dat_read_guests(dat, sink, why);
	if (r == 0 && trace_dat_damage(dat)) {
		(void)diag_set(&note, -EBADMSG, "%s", trace_dat_damage(dat));
		cmd_complain(&note);
	}
	return r;
}

int guests_read(const struct options *options, const struct event_sink *sink, struct diag *why)
{
	owns(own_close) int fd = open(options->input, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return diag_set(why, -errno, "cannot read %s: %s", options->input, strerror(errno));
	if (options->kallsyms)
		return diag_set(
			why, -EINVAL,
			"--kallsyms is for perf.data files: exits of guests have no stacks in %s",
			options->input);
	return file_recognise(options->input) == FILE_TRACE_DAT
		       ? read_dat(options->input, fd, sink, why)
		       : kvm_text_read(fd, options->input, sink, why);
}

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int tell_counters(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	int r = counters_tell(sink, time_ns, NULL);

	return r == -ENODATA ? 0 : r < 0 ? diag_set(why, r, "cannot count: %s", strerror(-r)) : 0;
}

static int begin(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	struct event_watch watch = {
		.head = { .bytes = sizeof(watch), .kind = EVENT_WATCH, .time_ns = time_ns },
		.target = WATCH_MACHINE,
		.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
	};
	int r = event_sink_take(sink, &watch.head, why);

	if (r == 0)
		r = facts_tell(sink, time_ns, why);
	if (r == 0)
		r = guest_tell("", sink, time_ns, why);
	return r < 0 ? r : tell_counters(sink, time_ns, why);
}

static int end(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	struct event_watch_end over = {
		.head = { .bytes = sizeof(over), .kind = EVENT_WATCH_END, .time_ns = time_ns },
	};
	int r = tell_counters(sink, time_ns, why);

	return r < 0 ? r : event_sink_take(sink, &over.head, why);
}

int guests_look(uint64_t duration_ns, const struct event_sink *sink, struct diag *why)
{
	struct signals signals = SIGNALS_NONE;
	struct pollfd fd = { .events = POLLIN };
	struct signalfd_siginfo info;
	int r = signals_take(&signals, why);

	if (r < 0)
		return r;
	fd.fd = signals.fd;
	r = begin(sink, now_ns(), why);
	if (r == 0)
		(void)poll(&fd, 1,
			   (int)(duration_ns / 1000000 > INT32_MAX ? INT32_MAX
								   : duration_ns / 1000000));
	/* What was taken here ends no one else. */
	while (read(signals.fd, &info, sizeof(info)) == sizeof(info))
		continue;
	signals_give_back(&signals);
	return r < 0 ? r : end(sink, now_ns(), why);
}
