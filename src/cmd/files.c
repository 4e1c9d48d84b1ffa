/* Which operations on which files took how long? Watches or reads, and says it. */
#include "analyse/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/disks.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/stack_map.h"
#include "cmd/style.h"
#include "view/files_json.h"
#include "view/files_text.h"
#include "view/json_values.h"
#include "view/latency_map_json.h"

static const char KEYS[] = "file,op,engine";

#define OVER_NS 1000000

struct job {
	struct filer *filer;
	struct stack_map *map; /* NULL: not asked for */
	struct disks *disks;   /* what was asked of its layers */
};

static int print(const struct options *options, const struct files_report *report,
		 const struct stack_map *map)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	return options->json ? view_files_json(report, map, stdout)
			     : view_files_text(report, map, &style, stdout);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;
	int r = job->map ? disks_take(job->disks, event, why) : 0;

	return r < 0 ? r : filer_take(job->filer, event, why);
}

static int measure(const struct job *job, struct diag *why)
{
	owns(disk_report_free) struct disk_report *report = NULL;
	int r = disks_report(job->disks, &report, why);

	if (r == 0)
		stack_map_measure(job->map, report);
	return r;
}

static json_t *page_object(const struct files_report *report, const struct stack_map *map)
{
	json_t *object = view_files_json_object(report, map);

	return json_finished(object, json_object_set_new(object, "latency_maps",
							 view_latency_maps_json(&report->maps)));
}

static int say(const struct options *options, void *self, struct diag *why)
{
	owns(files_report_free) struct files_report *report = NULL;
	const struct job *job = self;
	int r = filer_report(job->filer, &report, why);

	if (r == 0 && job->map)
		r = measure(job, why);
	if (r < 0)
		return r;
	r = print(options, report, job->map);
	if (r == 0 && options->page)
		r = html_keep(options->page, page_object(report, job->map));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static void job_end(struct job *job)
{
	filer_free(&job->filer);
	disks_free(&job->disks);
	stack_map_free(&job->map);
}

static int prepare(const struct options *options, const struct filer_options *wanted,
		   struct job *job, struct diag *why)
{
	static const struct disks_options PLAIN = {};
	int r = filer_new(wanted, &job->filer);

	if (r == 0 && options->map)
		r = disks_new(&PLAIN, &job->disks);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	return options->map ? stack_map_of(options->map, &job->map, why) : 0;
}

int cmd_files(struct options *options)
{
	owns(job_end) struct job job = {};
	struct filer_options wanted = {
		.min_share = options->json && !(options->given & OPTION_BIT(MIN))
				     ? 0
				     : options->min_share,
		.over_ns = options->over_ns ? options->over_ns : OVER_NS,
	};
	const struct answer answer = { .sink = { .take = take, .self = &job }, .say = say };
	struct diag why = {};

	options->what = WATCH_IO;
	options->sample_hz = 0;
	options->slow_io_ns = wanted.over_ns;
	/* That the text is sound was looked at when it was read. */
	if (files_keys_read(options->by ? options->by : KEYS, &wanted.keys) < 0)
		return CMD_USAGE;
	if (prepare(options, &wanted, &job, &why) < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	return source_answer(options, &answer);
}
