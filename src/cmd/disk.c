/* What did the block devices do, for whom, and how long did it take? Watches or reads, and says it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analyse/disks.h"
#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/stack_map.h"
#include "cmd/style.h"
#include "view/disk_json.h"
#include "view/disk_text.h"

static const char KEYS[] = "device,op,flags";

struct job {
	struct disks *disks;
	struct stack_map *map; /* NULL: not asked for */
};

static int print(const struct options *options, const struct disk_report *report,
		 const struct stack_map *map)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	const struct disk_view what = {
		.has_table = options->by,
		.has_heat = options->heat,
		.has_slowest = options->over_ns,
		.map = map,
	};

	return options->json ? view_disk_json(report, map, stdout)
			     : view_disk_text(report, &what, &style, stdout);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;

	return disks_take(job->disks, event, why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	owns(disk_report_free) struct disk_report *report = NULL;
	const struct job *job = self;
	int r = disks_report(job->disks, &report, why);

	if (r < 0)
		return r;
	if (job->map)
		stack_map_measure(job->map, report);
	r = print(options, report, job->map);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_disk_json_object(report, job->map));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static void job_end(struct job *job)
{
	disks_free(&job->disks);
	stack_map_free(&job->map);
}

static int prepare(const struct options *options, struct job *job, struct diag *why)
{
	struct disks_options wanted = { .over_ns = options->over_ns };
	/* That the text is sound was looked at when it was read. */
	int r = disk_keys_read(options->by ? options->by : KEYS, &wanted.keys);

	if (r == 0)
		r = disks_new(&wanted, &job->disks);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	return options->map ? stack_map_of(options->map, &job->map, why) : 0;
}

int cmd_disk(struct options *options)
{
	owns(job_end) struct job job = {};
	const struct answer answer = { .sink = { .take = take, .self = &job }, .say = say };
	struct diag why = {};

	options->what = WATCH_DISK;
	options->sample_hz = 0;
	if (prepare(options, &job, &why) < 0) {
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	return source_answer(options, &answer);
}
