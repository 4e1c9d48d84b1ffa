/* What is wrong with ZFS's pools and datasets? Hands ZFS's texts, of the machine or of a folder, to
 * who reads and judges them. */
#include "analyse/zfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/style.h"
#include "host/children.h"
#include "host/zfs.h"
#include "import/zfs.h"
#include "view/zfs_json.h"
#include "view/zfs_text.h"

static const char KSTATS[] = "/proc/spl/kstat";

#define NS_PER_S  UINT64_C(1000000000)
#define COMMAND_S UINT64_C(15) /* one that hangs is left after so long */

struct job {
	struct zfs_study *study;
	struct guard *guard;
	uint32_t look;
	uint64_t texts; /* that were read */
	struct html_file page;
	struct diag *why;
};

/* --- one text --- */

static struct event_sink sink_of(const struct job *job)
{
	return (struct event_sink){ .take = zfs_study_take, .self = job->study };
}

static int read_text(void *self, const char *file, const char *path, int result, const char *text,
		     size_t bytes)
{
	struct job *job = self;
	const struct event_sink sink = sink_of(job);
	const struct zfs_text in = {
		.file = file, .path = path, .text = text, .bytes = bytes, .look = job->look
	};

	if (result < 0)
		return zfs_damage_tell(&in,
				       result == -ETIMEDOUT
					       ? "reading it hung: the pool itself may hang"
					       : strerror(-result),
				       &sink, job->why);
	job->texts++;
	return zfs_text_read(&in, 0, &sink, job->why);
}

/* --- a folder of copies --- */

static int read_folder_entry(struct job *job, const char *folder, const char *name)
{
	char path[1024];
	size_t length = strlen(name);
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return -ENAMETOOLONG;
	if (name[length - 1] != '/')
		return access(path, F_OK) < 0 && errno == ENOENT
			       ? 0
			       : zfs_read_one(job->guard, path, name, read_text, job);
	path[strlen(path) - 1] = '\0';
	r = zfs_walk(job->guard, path, name, read_text, job);
	return r == -ENOENT ? 0 : r;
}

/* Of a copy of the kstats alone: what stands before its files' names, by a file that all have. */
static const struct {
	const char *sign;
	const char *file;
} KSTATS_ALONE[] = {
	{ "zfs/arcstats", "kstat/" },
	{ "arcstats", "kstat/zfs/" },
};

static int read_kstats_alone(struct job *job, const char *folder)
{
	for (size_t i = 0; i < array_count(KSTATS_ALONE); i++) {
		char path[1024];

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, KSTATS_ALONE[i].sign) >=
		    sizeof(path))
			return -ENAMETOOLONG;
		if (access(path, F_OK) == 0)
			return zfs_walk(job->guard, folder, KSTATS_ALONE[i].file, read_text, job);
	}
	return 0;
}

static int read_folder(struct job *job, const char *folder, uint32_t look)
{
	uint64_t before = job->texts;
	int r = 0;

	if (access(folder, R_OK | X_OK) < 0)
		return diag_set(job->why, -errno, "cannot read the folder %s: %s", folder,
				strerror(errno));
	job->look = look;
	for (size_t i = 0; r == 0 && i < ZFS_FILE_COUNT; i++)
		r = read_folder_entry(job, folder, zfs_file_name((enum zfs_file)i));
	if (r == 0 && job->texts == before)
		r = read_kstats_alone(job, folder);
	if (r < 0)
		return diag_set(job->why, r, "cannot read the folder %s: %s", folder, strerror(-r));
	if (job->texts == before)
		return diag_set(job->why, -ENOENT,
				"%s has none of the files that are read; slowpath zfs "
				"--copy-commands says how to make them",
				folder);
	return 0;
}

/* --- the machine --- */

static int read_own(struct job *job, enum zfs_file file, const char *path, int result, char *text,
		    size_t bytes)
{
	owns(own_free) char *owned = text;

	return read_text(job, zfs_file_name(file), path, result, owned, bytes);
}

static int look_at_kernel(struct job *job, uint32_t look)
{
	char *text = NULL;
	size_t bytes = 0;
	int r;

	job->look = look;
	r = zfs_walk(job->guard, KSTATS, zfs_file_name(ZFS_FILE_KSTAT), read_text, job);
	if (r == 0) {
		int result = zfs_parameters("", &text, &bytes);

		r = read_own(job, ZFS_FILE_PARAMS, "/sys/module/zfs/parameters", result, text,
			     bytes);
	}
	if (r == 0) {
		int result;

		text = NULL;
		bytes = 0;
		result = zfs_thread_times(&text, &bytes);
		r = read_own(job, ZFS_FILE_THREADS, "/proc", result, text, bytes);
	}
	return r;
}

static bool is_measured(enum zfs_file file)
{
	return file == ZFS_FILE_ZPOOL_IOSTAT || file == ZFS_FILE_ZPOOL_LATENCY;
}

static const char *result_words(int result)
{
	switch (result) {
	case -ENOENT:
		return "there is no such program: install it (Debian: zfsutils-linux)";
	case -ETIMEDOUT:
		return "it did not end, and was left: the pool itself may hang";
	case -EIO:
		return "it failed; run it by hand to see why";
	default:
		return strerror(-result);
	}
}

static int read_children(struct job *job, const enum zfs_file *files, const struct child *children,
			 size_t count)
{
	const struct event_sink sink = sink_of(job);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct child *child = &children[i];
		const struct zfs_text in = { .path = child->line, .look = job->look };

		r = child->result < 0
			    ? zfs_damage_tell(&in, result_words(child->result), &sink, job->why)
			    : read_text(job, zfs_file_name(files[i]), child->line, 0,
					child->text ? child->text : "", child->bytes);
	}
	return r;
}

/* Those that measure take as long as the watch, and all that is printed is of now. */
static int run_commands(struct job *job, bool measured, uint64_t seconds)
{
	struct child children[ZFS_FILE_COUNT] = {};
	enum zfs_file files[ZFS_FILE_COUNT];
	uint64_t limit_s = measured ? COMMAND_S + seconds : COMMAND_S;
	size_t count = 0;
	int r;

	for (size_t i = 0; i < ZFS_FILE_COUNT; i++) {
		enum zfs_file file = (enum zfs_file)i;
		const char *command = zfs_file_command(file);

		if (!*command || is_measured(file) != measured)
			continue;
		files[count] = file;
		(void)snprintf(children[count].line, sizeof(children[count].line),
			       measured ? "%s -y %" PRIu64 " 1" : "%s", command, seconds);
		count++;
	}
	children_run(children, count, limit_s * NS_PER_S);
	job->look = 2;
	r = read_children(job, files, children, count);
	children_free(children, count);
	return r;
}

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t end_ns)
{
	const struct timespec end = { .tv_sec = (time_t)(end_ns / NS_PER_S),
				      .tv_nsec = (long)(end_ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
		;
}

static int watch_machine(struct job *job, const struct options *options)
{
	uint64_t seconds = (options->duration_ns + NS_PER_S - 1) / NS_PER_S, end_ns;
	int r;

	if (access("/proc/spl/kstat/zfs", F_OK) < 0)
		return diag_set(job->why, -ENOENT,
				"ZFS is not loaded here (no /proc/spl/kstat/zfs): load it, or give "
				"a folder of copies with -i (see --copy-commands)");
	if (!options->quiet)
		(void)fprintf(stderr, "watching ZFS for %" PRIu64 " s …\n", seconds);
	end_ns = now_ns() + seconds * NS_PER_S;
	r = look_at_kernel(job, 1);
	if (r == 0)
		r = run_commands(job, true, seconds);
	if (r == 0) {
		sleep_until(end_ns);
		r = look_at_kernel(job, 2);
	}
	return r == 0 ? run_commands(job, false, seconds) : r;
}

/* --- what to copy --- */

static int print_commands(void)
{
	static const char LINES[] =
#include "cmd/zfs_copy.def"
		;

	for (const char *at = LINES; *at; at++) {
		if (*at != '\t')
			(void)putchar(*at);
	}
	return 0;
}

/* --- all of it --- */

static int say(const struct options *options, struct job *job)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(zfs_report_free) struct zfs_report *report = NULL;
	int r = zfs_study_report(job->study, &report, job->why);

	if (r == -ENODATA)
		return diag_set(job->why, r, "ZFS said nothing that could be read");
	if (r < 0)
		return r;
	r = options->json ? view_zfs_json(report, stdout) : view_zfs_text(report, &style, stdout);
	if (r == 0 && job->page.path)
		r = html_keep(&job->page, view_zfs_json_object(report));
	return r < 0 ? diag_set(job->why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int work(const struct options *options, struct job *job)
{
	int r;

	if (options->before && !options->input)
		return diag_set(job->why, -EINVAL, "--before needs -i: both are folders of copies");
	r = html_file_open(options, &job->page, job->why);
	if (r < 0)
		return r;
	if (zfs_study_new(&job->study) < 0 || guard_new(&job->guard) < 0)
		return diag_set(job->why, -ENOMEM, "out of memory");
	r = options->before ? read_folder(job, options->before, 1) : 0;
	if (r == 0)
		r = options->input ? read_folder(job, options->input, options->before ? 2 : 1)
				   : watch_machine(job, options);
	if (r == 0)
		r = say(options, job);
	return r == 0 && job->page.path ? html_file_write(&job->page, options, job->why) : r;
}

int cmd_zfs(struct options *options)
{
	struct diag why = {};
	struct job job = { .page = HTML_FILE_NONE, .why = &why };
	int r;

	if (options->copy_commands)
		return print_commands();
	r = work(options, &job);
	zfs_study_free(&job.study);
	guard_free(&job.guard);
	html_file_close(&job.page);
	if (r == 0)
		return CMD_DONE;
	if (!why.text[0])
		(void)diag_set(&why, r, "cannot look at ZFS: %s", strerror(-r));
	cmd_complain(&why);
	return r == -EINVAL ? CMD_USAGE : CMD_FAILED;
}
