/* How does a live watch run? One loop: drain the probes many times a second until the target, the
 * time or the user ends it. */
#include "cmd/live.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "cmd/kernel_locks.h"
#include "cmd/launch.h"
#include "cmd/signals.h"
#include "cmd/target.h"
#include "cmd/tee.h"
#include "host/devices.h"
#include "host/facts.h"
#include "host/features.h"
#include "host/guest.h"
#include "host/images.h"
#include "host/logged.h"
#include "host/meters.h"
#include "host/mounts.h"
#include "host/procfs.h"
#include "host/qemu.h"
#include "probe/watch.h"
#include "recording/recording.h"
#include "symbol/symbol.h"

enum tempo {
	TICK_MS = 20,
	LIGHT_TICK_MS = 50,      /* little comes in: each tick costs more than what it fetches */
	BUSY_TICK_EVENTS = 1000, /* in a light tick: much comes in */
	READER_NICENESS = -10,
	FLUSH_NS = 1000000000, /* what a killed recorder may lose */
};

/* Places are nice to have; that a watch stays small is promised, unless more is asked for. */
#define DEBUG_BYTES_MAX   (8UL << 20)
#define INLINED_BYTES_MAX (64UL << 20)

/* What is told while it lasts. */
struct glancing {
	struct meters meters; /* as of the glance */
	uint64_t due_ns;
	uint64_t glance_ns; /* the last one */
	uint64_t taken_ns;  /* the last one of which all was told; 0: none */
	uint64_t events;    /* taken before the last tick */
};

struct live {
	const struct live_options *options;
	struct live_end *end;
	struct tee tee;
	struct namer *namer;
	struct watch *watch;
	struct launch launch;
	uint32_t command_tgid; /* the watch looks at it for as long as it lives */
	char *kallsyms;        /* read ahead; NULL: not, or given away */
	size_t kallsyms_bytes;
	struct kernel_locks kernel_locks;
	struct logged logged;
	struct signals signals;
	struct glancing glancing;
	int target_fd; /* pidfd of the one process watched; -1: none */
	uint64_t begin_ns;
	uint64_t flushed_ns;
	unsigned int interrupts;
	bool is_over;
	bool has_callees; /* those that are to be timed were chosen */
	bool target_ended;
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* --- the stream: probes → namer → tee --- */

/* It takes tens of milliseconds: in the watch it would be that long until the rings are drained. */
static void read_kallsyms_ahead(struct live *live)
{
	/* Why it fails is told when they are asked for. */
	if (host_kallsyms(NULL, &live->kallsyms, &live->kallsyms_bytes, NULL) == 0)
		watch_learn_kallsyms(live->watch, live->kallsyms, live->kallsyms_bytes);
}

static int read_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	struct live *live = self;

	if (!live->kallsyms)
		return host_kallsyms(NULL, ret_text, ret_bytes, why);
	*ret_bytes = live->kallsyms_bytes;
	*ret_text = give(live->kallsyms);
	return 0;
}

/* --- signals --- */

/*
 * A signal from a terminal (SI_KERNEL) has reached the command too; one sent to us alone is passed
 * on to it. The watch goes on until the command ends, or until the user insists. Without a command
 * a signal ends the watch.
 */
static void take_signal(struct live *live, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD)
		return;
	live->interrupts++;
	if (!live->options->command || live->launch.has_ended || live->interrupts > 1)
		live->is_over = true;
	if (live->options->command && !launch_has_ended(&live->launch) &&
	    info->ssi_code != SI_KERNEL)
		/* Not all that are to be ended clean up when their terminal ends. */
		kill(live->launch.pid, info->ssi_signo == SIGHUP ? SIGTERM : (int)info->ssi_signo);
}

static void take_signals(struct live *live)
{
	struct signalfd_siginfo info;

	while (read(live->signals.fd, &info, sizeof(info)) == sizeof(info))
		take_signal(live, &info);
}

/* --- the loop --- */

static void tell_progress(const struct live *live, uint64_t elapsed_ns)
{
	if (live->options->tell_progress && elapsed_ns >= 1000000000ULL)
		(void)fprintf(stderr, "\rwatching: %llu s, %llu events ",
			      (unsigned long long)(elapsed_ns / 1000000000ULL),
			      (unsigned long long)live->tee.events);
}

static void flush_if_due(struct live *live, uint64_t now)
{
	if (now - live->flushed_ns < FLUSH_NS)
		return;
	live->flushed_ns = now;
	tee_flush(&live->tee);
}

static void see_whether_it_ended(struct live *live, uint64_t now)
{
	if (live->options->duration_ns && now - live->begin_ns >= live->options->duration_ns)
		live->is_over = true;
	if (live->options->command && launch_has_ended(&live->launch))
		live->is_over = live->target_ended = true;
}

/* A profile, or counts: what the kernel says of failures is not asked for. */
static bool is_light(const struct live *live)
{
	return live->options->what == WATCH_CPU || live->options->what == WATCH_CALLS ||
	       live->options->what == WATCH_DISK;
}

/* Those who only look on do so for days: where little happens it shall cost little. */
static bool is_quiet(struct live *live)
{
	uint64_t events = live->tee.events - live->glancing.events;

	live->glancing.events = live->tee.events;
	return live->options->onlooker && events < BUSY_TICK_EVENTS;
}

/* How long to sleep: no longer than the watch. */
static int tick_ms(struct live *live)
{
	int tick = is_light(live) || is_quiet(live) ? LIGHT_TICK_MS : TICK_MS;
	uint64_t end_ns = live->begin_ns + live->options->duration_ns, now = now_ns();

	if (!live->options->duration_ns || end_ns > now + (uint64_t)tick * 1000000)
		return tick;
	return end_ns > now ? (int)((end_ns - now) / 1000000) + 1 : 0;
}

/* When it is time: look at what lasts. What that showed is told with the next polls, and the meters
 * a moment behind it. */
static int glance(struct live *live, uint64_t now, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = live->namer };
	struct glancing *glancing = &live->glancing;
	int r;

	if (glancing->taken_ns != glancing->glance_ns) {
		if (watch_told_ns(live->watch) < glancing->glance_ns)
			return 0;
		glancing->taken_ns = glancing->glance_ns;
		return meters_tell(&glancing->meters, glancing->glance_ns, &sink, why);
	}
	if (now < glancing->due_ns)
		return 0;
	glancing->due_ns += live->options->onlooker->every_ns;
	if (glancing->due_ns <= now)
		glancing->due_ns = now + live->options->onlooker->every_ns;
	r = watch_glance(live->watch, &glancing->glance_ns, why);
	if (r < 0)
		return r;
	r = meters_read("", &glancing->meters);
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

static int let_look_on(struct live *live, uint64_t now, struct diag *why)
{
	const struct live_onlooker *onlooker = live->options->onlooker;
	int r;

	if (!onlooker)
		return 0;
	r = glance(live, now, why);
	if (r == 0)
		r = onlooker->tick(onlooker->self, watch_told_ns(live->watch),
				   live->glancing.glance_ns, why);
	live->is_over |= r > 0;
	return r < 0 ? r : 0;
}

/* What is to be timed in the watched function's calls is known when some of them were seen. */
static int choose_callees(struct live *live, struct diag *why)
{
	const struct live_callees *callees = &live->options->callees;
	const char *names[WATCH_CALLEES_MAX];
	int r;

	if (!callees->choose || live->has_callees)
		return 0;
	r = callees->choose(callees->self, names, array_count(names), why);
	if (r <= 0)
		return r;
	live->has_callees = true;
	return watch_time_callees(live->watch, names, (size_t)r, why);
}

static int loop(struct live *live, struct diag *why)
{
	const struct live_onlooker *onlooker = live->options->onlooker;
	struct pollfd fds[2 + LIVE_ONLOOKER_FDS] = {
		{ .fd = live->signals.fd, .events = POLLIN },
		{ .fd = live->target_fd, .events = POLLIN },
	};
	nfds_t count = 2;

	for (size_t i = 0; onlooker && i < onlooker->fd_count && i < LIVE_ONLOOKER_FDS; i++)
		fds[count++] = onlooker->fds[i];
	while (!live->is_over) {
		uint64_t now;
		int r;

		if (poll(fds, count, tick_ms(live)) < 0 && errno != EINTR)
			return diag_set(why, -errno, "cannot wait for events: %s", strerror(errno));
		take_signals(live);
		if (fds[1].revents)
			live->is_over = live->target_ended = true;
		r = watch_poll(live->watch, why);
		if (r == 0)
			r = choose_callees(live, why);
		if (r < 0)
			return r;
		now = now_ns();
		flush_if_due(live, now);
		see_whether_it_ended(live, now);
		tell_progress(live, now - live->begin_ns);
		r = let_look_on(live, now, why);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the hypervisor took: at the begin and at the end. */
static int tell_counters(struct live *live, uint64_t time_ns, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = live->namer };
	int r = counters_tell(&sink, time_ns, why);

	return r == -ENODATA ? 0 : r;
}

/* At the end alone, as the counters: the probes' events are told a little late, and lines amid them
 * would be out of order. */
static int tell_log(struct live *live, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = live->namer };
	uint64_t told_ns = now_ns();
	int r = logged_tell(&live->logged, &sink, &told_ns, why);

	return r < 0 ? r : logged_tell_lacks(&live->logged, &sink, told_ns, why);
}

static int stop(struct live *live, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = live->namer };
	uint32_t flags = 0;
	int status = 0, r;

	if (live->options->command && live->launch.has_ended) {
		flags = WATCH_END_EXITED;
		status = launch_exit_status(&live->launch);
		if (WIFSIGNALED(live->launch.status)) {
			flags = WATCH_END_SIGNALED;
			status = WTERMSIG(live->launch.status);
		}
	}
	if (live->interrupts)
		flags |= WATCH_END_INTERRUPTED;
	r = tell_counters(live, now_ns(), why);
	if (r == 0)
		r = kernel_locks_tell(&live->kernel_locks, &sink, now_ns(), why);
	if (r == 0)
		r = tell_log(live, why);
	if (r < 0)
		return r;
	return watch_stop(live->watch, status, flags, why);
}

static int tell_guests(struct live *live, const struct event_sink *sink, struct diag *why)
{
	int r = guest_tell("", sink, live->begin_ns, why);

	return r < 0 ? r
		     : qemu_tell(live->options->tgids, live->options->tgid_count, sink,
				 live->begin_ns, why);
}

static int tell_host(struct live *live, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = live->namer };
	int r = facts_tell(&sink, live->begin_ns, why);

	if (r < 0)
		return r;
	r = devices_tell(&sink, live->begin_ns, why);
	if (r == 0 && live->options->with_lock_stat)
		r = kernel_locks_begin(&live->kernel_locks, "", &sink, live->begin_ns, why);
	if (r == 0 && live->options->what == WATCH_IO)
		r = mounts_tell("/proc/self/mountinfo", &sink, live->begin_ns, why);
	if (r == 0 && live->options->with_guests)
		r = tell_guests(live, &sink, why);
	if (r == 0 && !is_light(live))
		r = logged_tell_way(&live->logged, &sink, live->begin_ns, why);
	return r < 0 ? r : tell_counters(live, live->begin_ns, why);
}

static int begin(struct live *live, struct diag *why)
{
	int r = 0;

	if (!is_light(live))
		r = logged_begin(&live->logged, true);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = watch_start(live->watch, why);
	if (r < 0)
		return r;
	live->begin_ns = live->flushed_ns = watch_begin_ns(live->watch);
	if (live->options->command) {
		r = launch_go(&live->launch, live->options->command[0], why);
		if (r < 0)
			return r;
	}
	return tell_host(live, why);
}

static int open_watch(struct live *live, struct diag *why)
{
	const struct symbol_source source = {
		.kallsyms = read_kallsyms,
		.maps = host_maps,
		.open = host_open_image,
		.perf_map = host_open_perf_map,
		.debug_bytes_max =
			live->options->wants_inlined ? INLINED_BYTES_MAX : DEBUG_BYTES_MAX,
		.wants_inlined = live->options->wants_inlined,
		.self = live,
	};
	const struct event_sink out = { .take = tee_take, .self = &live->tee };
	struct event_sink in = { .take = namer_take };
	struct watch_options watch = {
		.features = live->options->features,
		.what = live->options->what,
		.target = target_kind(live->options),
		.tgids = live->options->tgids,
		.tgid_count = live->options->tgid_count,
		.sample_hz = live->options->sample_hz,
		.call_stack_ns = live->options->call_stack_ns,
		.call_over_ns = live->options->call_over_ns,
		.slow_io_ns = live->options->slow_io_ns,
		.function = live->options->function,
		.with_glances = live->options->onlooker,
		.with_guests = live->options->with_guests,
	};
	int r;

	if (live->options->command) {
		live->command_tgid = (uint32_t)live->launch.pid;
		watch.tgids = &live->command_tgid;
		watch.tgid_count = 1;
	}
	target_name(live->options, watch.name, sizeof(watch.name));
	r = namer_new(&source, &out, &live->namer);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	in.self = live->namer;
	r = watch_open(&watch, &in, &live->watch, why);
	/* The kernel's types, which only the loading needed, are large. */
	features_free(live->options->features);
	(void)malloc_trim(0);
	if (r == 0)
		read_kallsyms_ahead(live);
	return r;
}

static int prepare(struct live *live, struct diag *why)
{
	int r = target_check(live->options, why);

	if (r < 0)
		return r;
	if (live->options->command) {
		const int *output = live->options->command_output;

		r = launch_prepare_into(live->options->command, &live->signals,
					output ? *output : -1, &live->launch, why);
		if (r < 0)
			return r;
	}
	if (live->options->tgid_count == 1)
		live->target_fd = (int)syscall(SYS_pidfd_open, live->options->tgids[0], 0);
	r = open_watch(live, why);
	if (r == 0 && live->options->output)
		r = recording_create(live->options->output, &live->tee.writer, why);
	return r;
}

/* Its end is a signal too; those that come before are still passed on. */
static void wait_for_command(struct live *live)
{
	struct pollfd fd = { .fd = live->signals.fd, .events = POLLIN };

	while (!launch_has_ended(&live->launch)) {
		(void)poll(&fd, 1, -1);
		take_signals(live);
	}
}

/* The command could not be run, or it runs on unwatched: it is waited for. */
static void see_the_command_off(struct live *live, int r)
{
	struct live_end *end = live->end;

	if (!live->options->command || live->launch.go_fd >= 0)
		return;
	end->command_failed = r < 0 && live->launch.has_ended;
	wait_for_command(live);
	end->command_status =
		end->command_failed ? launch_failure_status(r) : launch_exit_status(&live->launch);
	end->command_usage = live->launch.usage;
}

/*
 * What the rings cannot hold is lost, and that soon: on a busy machine whoever reads them must not
 * queue behind the load. The command was born before, and keeps the niceness that it was given.
 * Without the right to it the watch goes on as it is.
 */
static void take_precedence(void)
{
	int niceness = getpriority(PRIO_PROCESS, 0);

	if (niceness > READER_NICENESS)
		(void)setpriority(PRIO_PROCESS, 0, READER_NICENESS);
}

static int run(struct live *live, struct diag *why)
{
	int r = prepare(live, why);

	if (r < 0)
		return r;
	r = begin(live, why);
	if (r < 0) {
		see_the_command_off(live, r);
		return r;
	}
	take_precedence();
	r = loop(live, why);
	if (live->options->tell_progress)
		(void)fputs("\r\033[K", stderr);
	/* Who looked on has seen all that he wanted. */
	if (r == 0 && !live->options->onlooker)
		r = stop(live, why);
	live->end->target_ended = live->target_ended;
	watch_free(&live->watch); /* the programs are off before the command is waited for */
	see_the_command_off(live, 0);
	return r;
}

int live_run(const struct live_options *options, const struct event_sink *thinker,
	     struct live_end *ret, struct diag *why)
{
	struct live live = {
		.options = options,
		.end = ret,
		.tee = { .thinker = thinker, .recording = &ret->recording },
		.launch = LAUNCH_NONE,
		.signals = SIGNALS_NONE,
		.target_fd = -1,
	};
	int r = 0;

	*ret = (struct live_end){};
	if (options->signals)
		live.signals = *options->signals;
	else
		r = signals_take(&live.signals, why);
	if (r == 0)
		r = run(&live, why);
	ret->interrupts = live.interrupts;
	tee_finish(&live.tee);
	kernel_locks_end(&live.kernel_locks);
	logged_end(&live.logged);
	meters_free(&live.glancing.meters);
	watch_free(&live.watch);
	namer_free(&live.namer);
	free(live.kallsyms);
	launch_end(&live.launch);
	own_close(&live.target_fd);
	if (!options->signals)
		signals_give_back(&live.signals);
	return r;
}
