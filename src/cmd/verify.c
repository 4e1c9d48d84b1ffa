/* Does fio do the same when it runs the job? In files of its own, that are gone afterwards. */
#include "cmd/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyse/workload.h"
#include "cmd/source.h"
#include "cmd/stage.h"
#include "finding/format.h"
#include "view/workload_fio.h"

enum {
	RUNTIME_MIN_S = 2,
	RUNTIME_MAX_S = 5,
};

#define BYTES_MAX (UINT64_C(1) << 30)

#define JOB_FILE "slowpath-job.fio"

/* A folder of fio's own, and into it: so the folder's name never needs quoting. */
static int build(const char *folder, struct stage *stage, struct diag *why)
{
	struct diag inner = {};
	int r = stage_build(folder, "slowpath-verify", stage, &inner);

	if (r == 0)
		r = stage_enter(stage, &inner);
	return r < 0 ? diag_set(why, r, "--verify: %s", inner.text) : 0;
}

/* At most a quarter of what is free there. */
static uint64_t room_in(const char *folder)
{
	struct statvfs status;
	uint64_t room;

	if (statvfs(folder, &status) < 0)
		return BYTES_MAX;
	room = (uint64_t)status.f_bavail * status.f_frsize / 4;
	return room < BYTES_MAX ? room + 1 : BYTES_MAX;
}

static int write_job(const struct workload *workload, const struct workload_run *run,
		     struct diag *why)
{
	int fd = open(JOB_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	int r = out ? view_workload_fio(workload, run, out) : -errno;

	if (!out)
		own_close(&fd);
	if (out && fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == -ENODATA)
		return diag_set(why, r, "--verify: nothing was asked of files: there is no job");
	return r < 0 ? diag_set(why, r, "cannot write the job file: %s", strerror(-r)) : 0;
}

/* --- fio --- */

static void block_signals(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, old);
}

static int spawn(char *const *argv, const sigset_t *mask, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&attributes, mask);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawnp(ret, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Its files are made before the watch, so that this is not a part of what is compared. */
static int make_files(struct diag *why)
{
	char fio[] = "fio", only[] = "--create_only=1", job[] = JOB_FILE;
	char *argv[] = { fio, only, job, NULL };
	sigset_t old;
	pid_t pid;
	int status = 0, r;

	block_signals(&old);
	r = spawn(argv, &old, &pid);
	if (r == 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (r < 0)
		return diag_set(why, r,
				"--verify: cannot run fio: %s: install it (apt install fio)",
				strerror(-r));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return diag_set(why, -EIO, "--verify: fio could not make the files of the job");
	return 0;
}

static int watch_run(const struct options *options, struct modeller *modeller, bool *ret_was_told,
		     struct diag *why)
{
	char fio[] = "fio", format[] = "--output-format=json", job[] = JOB_FILE;
	char output[] = "--output=slowpath-job.json";
	char *argv[] = { fio, format, output, job, NULL };
	struct options watching = *options;
	const struct event_sink sink = { .take = modeller_take, .self = modeller };
	bool has_events = false;
	int status;

	watching.pids.count = 0;
	watching.argv = argv;
	watching.input = watching.output = NULL;
	watching.duration_ns = 0;
	status = source_run(&watching, &sink, &has_events);
	*ret_was_told = !has_events;
	if (!has_events)
		return diag_set(why, -EIO, "the run could not be watched");
	return status ? diag_set(why, -EIO, "--verify: fio failed with status %d", status) : 0;
}

static int add_notes(const struct workload *workload, const struct workload_run *run,
		     struct workload_comparison *comparison)
{
	uint64_t bytes = workload_fio_bytes(workload);
	int r = text_add(&comparison->notes, "fio ran the job for %s",
			 format_duration(run->runtime_s * 1000000000).text);

	if (r == 0 && bytes > run->bytes_max)
		r = text_add(
			&comparison->notes,
			"its files were made smaller, %s instead of %s in all: ranges, working "
			"sets, what the page cache holds and times may differ for that",
			format_bytes(run->bytes_max).text, format_bytes(bytes).text);
	return r;
}

static int compare(const struct workload *workload, const struct workload_run *run,
		   struct modeller *modeller, struct workload_comparison **ret, struct diag *why)
{
	owns(workload_comparison_free) struct workload_comparison *comparison = NULL;
	owns(workload_free) struct workload *reproduced = NULL;
	int r = modeller_model(modeller, &reproduced, why);

	if (r == 0)
		r = workload_compare(workload, reproduced, &comparison);
	if (r == 0)
		r = add_notes(workload, run, comparison);
	if (r < 0)
		return diag_set(why, r, "no memory left to compare the runs");
	*ret = give(comparison);
	return 0;
}

static struct workload_run run_of(const struct options *options, const struct workload *workload)
{
	uint64_t seconds = (workload->window_ns + 500000000) / 1000000000;

	if (seconds < RUNTIME_MIN_S)
		seconds = RUNTIME_MIN_S;
	return (struct workload_run){
		.runtime_s = seconds < RUNTIME_MAX_S ? seconds : RUNTIME_MAX_S,
		.bytes_max = room_in(options->verify),
		.are_made = true,
	};
}

int verify_run(const struct options *options, const struct workload *workload,
	       struct workload_comparison **ret, bool *ret_was_told, struct diag *why)
{
	const struct modeller_options run_is_seen = { .is_run = true };
	const struct workload_run run = run_of(options, workload);
	owns(modeller_free) struct modeller *modeller = NULL;
	owns(stage_strike) struct stage stage = STAGE_NONE;
	int r = build(options->verify, &stage, why);

	*ret_was_told = false;
	if (r == 0 && modeller_new(&run_is_seen, &modeller) < 0)
		r = diag_set(why, -ENOMEM, "out of memory");
	if (r == 0)
		r = write_job(workload, &run, why);
	if (r == 0)
		r = make_files(why);
	if (r == 0)
		r = watch_run(options, modeller, ret_was_told, why);
	return r < 0 ? r : compare(workload, &run, modeller, ret, why);
}
