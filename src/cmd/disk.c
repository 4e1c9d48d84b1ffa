/* What did the block devices do, for whom, and how long did it take? Watches or reads, and says it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analyse/disks.h"
#include "cmd/cmd.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/disk_json.h"
#include "view/disk_text.h"

static const char KEYS[] = "device,op,flags";

static int print(const struct options *options, const struct disk_report *report)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	const struct disk_view what = {
		.has_table = options->by,
		.has_heat = options->heat,
		.has_slowest = options->over_ns,
	};

	return options->json ? view_disk_json(report, stdout)
			     : view_disk_text(report, &what, &style, stdout);
}

static int say(const struct options *options, void *disks, struct diag *why)
{
	owns(disk_report_free) struct disk_report *report = NULL;
	int r = disks_report(disks, &report, why);

	if (r < 0)
		return r;
	r = print(options, report);
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int cmd_disk(struct options *options)
{
	owns(disks_free) struct disks *disks = NULL;
	struct disks_options wanted = { .over_ns = options->over_ns };
	struct answer answer = { .sink = { .take = disks_take }, .say = say };
	struct diag why = {};

	options->what = WATCH_DISK;
	options->sample_hz = 0;
	/* That the text is sound was looked at when it was read. */
	if (disk_keys_read(options->by ? options->by : KEYS, &wanted.keys) < 0)
		return CMD_USAGE;
	if (disks_new(&wanted, &disks) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	answer.sink.self = disks;
	return source_answer(options, &answer);
}
