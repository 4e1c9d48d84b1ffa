/* What must one know before believing a report of block devices? What was not told one by one, what
 * was lost, and what cannot be seen. */
#include "analyse/disk_state.h"
#include "finding/format.h"

static int note_counts(struct disk_report *report)
{
	int r = 0;

	if (report->is_tallied && report->told < report->told_of)
		r = text_add(&report->notes,
			     "Counts, bytes, errors and latencies are of all %s requests, counted "
			     "in the kernel. %s of them were told one by one: depths over time, "
			     "order, sizes, the heat map, quantiles of the queue and the slowest "
			     "are of these.",
			     format_count(report->told_of).text, format_count(report->told).text);
	if (r == 0 && report->lost)
		r = text_add(&report->notes,
			     "%s requests were not seen, or found no room: all sums are too low.",
			     format_count(report->lost).text);
	if (r == 0 && report->may_miss)
		r = text_add(
			&report->notes,
			"Seen through classic tracepoints: these know a request by its place, not "
			"by itself, and the kernel leaves their programs out at times. A few in a "
			"hundred thousand may be missing.");
	if (r == 0 && report->target != TARGET_MACHINE)
		r = text_add(&report->notes,
			     "Only requests that its own threads queued are counted: what the "
			     "kernel writes back later, or a file system's own threads ask for, is "
			     "the machine's (watch without -p).");
	return r;
}

static int note_layers(struct disk_report *report)
{
	for (size_t i = 0; i < report->devices.count; i++) {
		if (!report->devices.items[i].is_counted)
			return text_add(&report->notes,
					"Devices that lie on others are told by themselves, but "
					"not counted in the sums: what they ask for is counted "
					"below them.");
	}
	return 0;
}

static int note_rooms(const struct disks *disks, struct disk_report *report)
{
	if (!disks->told.rest && !disks->tallied.rest && !disks->by_issuer.rest)
		return 0;
	return text_add(&report->notes,
			"There were more kinds of requests and issuers than there is room for: the "
			"rest are one row.");
}

static int note_losses(const struct disks *disks, struct disk_report *report)
{
	int r = 0;

	for (uint32_t what = 0; what < array_count(disks->losses) && r == 0; what++) {
		/* These stand above. */
		bool is_told = what == LOSS_TALLY || what == LOSS_REQUEST;

		if (disks->losses[what] && !is_told)
			r = text_add(&report->notes, "Lost: %s %s.",
				     format_count(disks->losses[what]).text, event_loss_name(what));
	}
	for (size_t i = 0; i < disks->missing.count && r == 0; i++)
		r = text_add(&report->notes, "Not seen: %s.",
			     names_text(&disks->names, disks->missing.items[i]));
	return r;
}

int disk_notes_make(const struct disks *disks, struct disk_report *report)
{
	int r = note_counts(report);

	if (r == 0)
		r = note_layers(report);
	if (r == 0)
		r = note_rooms(disks, report);
	for (size_t i = 0; i < disks->logged.count && r == 0; i++)
		r = text_add(&report->notes, "The kernel's log: %s",
			     names_text(&disks->names, disks->logged.items[i]));
	return r < 0 ? r : note_losses(disks, report);
}
