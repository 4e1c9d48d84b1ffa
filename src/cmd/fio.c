/* What does fio measure here and now? Started, waited for, and its result read; what it says itself
 * goes into a file, so that one line of it can be told when it fails. */
#include "cmd/fio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/launch.h"
#include "cmd/live.h"
#include "cmd/source.h"
#include "host/features.h"
#include "host/procfs.h"

#define SAID_FILE   "slowpath-said.txt"
#define RESULT_FILE "slowpath-result.json"

enum {
	SECTOR_BYTES = 512, /* of ru_inblock: see account_io in the kernel's
			       include/linux/task_io_accounting_ops.h */
	TROUBLE_BYTES = 300,
};

/* --- signals --- */

/* What was sent to us alone is handed on to fio (NULL: none runs), which ends its own children. */
static void take_signals(struct fio *fio, struct launch *launch)
{
	struct signalfd_siginfo info;

	while (read(fio->signals.fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		fio->is_interrupted = true;
		if (launch && !launch_has_ended(launch) && info.ssi_code != SI_KERNEL)
			(void)kill(launch->pid,
				   info.ssi_signo == SIGHUP ? SIGTERM : (int)info.ssi_signo);
	}
}

bool fio_is_interrupted(struct fio *fio)
{
	take_signals(fio, NULL);
	return fio->is_interrupted;
}

/* --- unwatched --- */

static void wait_for_end(struct fio *fio, struct launch *launch)
{
	struct pollfd fd = { .fd = fio->signals.fd, .events = POLLIN };

	while (!launch_has_ended(launch)) {
		(void)poll(&fd, 1, -1);
		take_signals(fio, launch);
	}
}

/* *ret_status is the exit status as a shell has it. */
static int run_plainly(struct fio *fio, char *const *argv, int output_fd, int *ret_status,
		       struct rusage *ret_usage, struct diag *why)
{
	owns(launch_end) struct launch launch = LAUNCH_NONE;
	int r = launch_prepare_into(argv, &fio->signals, output_fd, &launch, why);

	if (r == 0)
		r = launch_go(&launch, argv[0], why);
	if (r < 0)
		return r;
	wait_for_end(fio, &launch);
	*ret_status = launch_exit_status(&launch);
	*ret_usage = launch.usage;
	return 0;
}

/* --- watched --- */

static int run_watched(struct fio *fio, const struct fio_run *run, char *const *argv, int output_fd,
		       struct live_end *ret, struct diag *why)
{
	struct features features = {};
	const struct live_options live = {
		.features = &features,
		.what = run->what,
		.command = argv,
		.output = run->output,
		.sample_hz = run->sample_hz,
		.signals = &fio->signals,
		.command_output = &output_fd,
	};
	int r = features_from_options(fio->options, &features, why);

	if (r == 0)
		r = live_run(&live, run->sink, ret, why);
	features_free(&features);
	/* A watch takes precedence; what is tried next has that of before. */
	(void)setpriority(PRIO_PROCESS, 0, fio->niceness);
	fio->is_interrupted |= ret->interrupts > 0;
	if (r == 0 && ret->recording.code)
		return diag_set(why, ret->recording.code, "%s", ret->recording.text);
	return r;
}

/* Without the rights or the facilities to watch, fio can measure all the same. */
static bool is_lack_of_watch(int r)
{
	return r == -EPERM || r == -EACCES || r == -ENOTSUP || r == -ENOSYS;
}

/* 1: it was watched; 0: it was not; -errno. */
static int run_somehow(struct fio *fio, const struct fio_run *run, char *const *argv, int output_fd,
		       struct live_end *end, struct diag *why)
{
	struct diag watching = {};
	int r;

	if (run->wants_watch && !fio->unwatched.code) {
		r = run_watched(fio, run, argv, output_fd, end, &watching);
		if (!is_lack_of_watch(r))
			return r < 0 ? diag_set(why, r, "%s", watching.text) : 1;
		fio->unwatched = watching;
	}
	return run_plainly(fio, argv, output_fd, &end->command_status, &end->command_usage, why);
}

/* --- what it said --- */

/* "": nothing. */
static void read_trouble(const char *path, char *room, size_t room_bytes)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (host_read_file(path, &text, &bytes, NULL) == 0)
		fio_result_trouble(text, bytes, room, room_bytes);
}

static int fail(int status, struct diag *why)
{
	char trouble[TROUBLE_BYTES] = "";

	/* The reason itself is on standard error; lists of what it could have been are not. */
	read_trouble(SAID_FILE, trouble, sizeof(trouble));
	if (!trouble[0])
		read_trouble(RESULT_FILE, trouble, sizeof(trouble));
	if (trouble[0])
		return diag_set(why, -EIO, "fio failed: %s", trouble);
	return diag_set(why, -EIO, "fio failed with status %d, and did not say why", status);
}

static int read_result(int status, struct fio_result *ret, struct diag *why)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r = host_read_file(RESULT_FILE, &text, &bytes, NULL);

	if (status || r < 0)
		return fail(status, why);
	r = fio_result_read(text, bytes, ret, why);
	if (r == 0 && ret->error) {
		int error = ret->error;

		fio_result_end(ret);
		*ret = (struct fio_result){};
		return diag_set(why, -EIO, "fio failed: %s", strerror(error));
	}
	return r;
}

/* --- a run --- */

static uint64_t time_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

static void take_usage(const struct rusage *usage, struct fio_run_end *end)
{
	end->cpu_ns = time_ns(&usage->ru_utime) + time_ns(&usage->ru_stime);
	end->device_bytes = (uint64_t)usage->ru_inblock * SECTOR_BYTES;
}

int fio_run(struct fio *fio, const struct fio_run *run, struct fio_run_end *ret, struct diag *why)
{
	char name[] = "fio", format[] = "--output-format=json+", result[] = "--output=" RESULT_FILE;
	char only[] = "--create_only=1", job[64];
	char *argv[] = { name,
			 format,
			 result,
			 run->only_creates ? only : job,
			 run->only_creates ? job : NULL,
			 NULL };
	owns(own_close) int said_fd =
		open(SAID_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct fio_run_end end = {};
	struct live_end live = {};
	int r;

	if (fio_is_interrupted(fio))
		return diag_set(why, -EINTR, "interrupted");
	if (said_fd < 0)
		return diag_set(why, -errno, "cannot write a file beside fio's: %s",
				strerror(errno));
	/* What an earlier run said is not this one's. */
	if (unlink(RESULT_FILE) < 0 && errno != ENOENT)
		return diag_set(why, -errno, "cannot remove fio's last result: %s",
				strerror(errno));
	(void)snprintf(job, sizeof(job), "%s", run->job);
	r = run_somehow(fio, run, argv, said_fd, &live, why);
	if (fio_is_interrupted(fio)) {
		diag_clear(why);
		return diag_set(why, -EINTR, "interrupted");
	}
	if (r < 0)
		return r;
	end.was_watched = r > 0;
	r = 0;
	take_usage(&live.command_usage, &end);
	if (!run->only_creates)
		r = read_result(live.command_status, &end.result, why);
	else if (live.command_status)
		r = fail(live.command_status, why);
	if (r == 0)
		*ret = end;
	return r;
}

/* --- is there one? --- */

/* Reads the first line of what it printed. */
static void take_version(int fd, char *version, size_t bytes)
{
	ssize_t n = pread(fd, version, bytes - 1, 0);

	version[n > 0 ? n : 0] = '\0';
	version[strcspn(version, "\r\n")] = '\0';
}

static int ask_version(struct fio *fio, int fd, char *version, size_t bytes, struct diag *why)
{
	char name[] = "fio", option[] = "--version";
	char *argv[] = { name, option, NULL };
	struct rusage usage;
	int status = 0;
	int r = run_plainly(fio, argv, fd, &status, &usage, NULL);

	if (r == -ENOENT)
		return diag_set(why, r, "there is no fio in PATH: install it (apt install fio)");
	if (r < 0)
		return diag_set(why, r, "cannot run fio: %s", strerror(-r));
	take_version(fd, version, bytes);
	if (status || strncmp(version, "fio-", 4) != 0)
		return diag_set(why, -EIO,
				"what is called fio here does not work: it says no version");
	return 0;
}

int fio_begin(struct fio *fio, char *version, size_t bytes, struct diag *why)
{
	owns(own_close) int fd = -1;
	int r = signals_take(&fio->signals, why);

	if (r == 0)
		r = signals_take_hangup(&fio->signals, why);
	if (r < 0)
		return r;
	fio->niceness = getpriority(PRIO_PROCESS, 0);
	fd = memfd_create("slowpath-fio", MFD_CLOEXEC);
	if (fd < 0)
		return diag_set(why, -errno, "cannot make a file in memory: %s", strerror(errno));
	return ask_version(fio, fd, version, bytes, why);
}

void fio_end(struct fio *fio)
{
	signals_give_back(&fio->signals);
}
