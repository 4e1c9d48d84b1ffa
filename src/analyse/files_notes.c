/* What is to be known before the report is believed? */
#include <inttypes.h>

#include "analyse/files_state.h"
#include "finding/format.h"

static int note_losses(const struct filer *filer, struct files_report *report)
{
	uint64_t lost = filer->losses[LOSS_IO], requests = filer->losses[LOSS_REQUEST];
	int r = 0;

	if (lost && filer->has_tallies)
		r = text_add(
			&report->notes,
			"%s operations were not told one by one: counts and times of the table "
			"are exact, but the slowest of them may be missing below",
			format_count(lost).text);
	else if (lost)
		r = text_add(
			&report->notes,
			"%s operations were lost: counts and sums are too low, and the slowest "
			"may be missing",
			format_count(lost).text);
	if (r == 0 && requests)
		r = text_add(
			&report->notes,
			"%s block requests were lost: operations that made them are told as if "
			"they had made none",
			format_count(requests).text);
	if (r == 0 && filer->losses[LOSS_TALLY])
		r = text_add(&report->notes,
			     "%s operations found no room in the tallies: counts are too low",
			     format_count(filer->losses[LOSS_TALLY]).text);
	return r;
}

static int note_reaping(const struct filer *filer, struct files_report *report)
{
	int r = 0;

	if (filer->reap_unseen)
		r = text_add(
			&report->notes,
			"%s operations of libaio%s were reaped from the mapped ring, without a "
			"system call: they count as complete when their last block request was",
			format_count(filer->reap_unseen).text,
			filer->has_tallies ? ", of those that were told one by one," : "");
	if (r == 0 && filer->all.untimed)
		r = text_add(
			&report->notes,
			"of %s of them no block request was seen to end: they are counted, but have no "
			"time",
			format_count(filer->all.untimed).text);
	return r;
}

/* Not those told because they took long: they would make it look like more. */
static int note_punting(const struct filer *filer, struct files_report *report)
{
	if (!filer->punted)
		return 0;
	return text_add(
		&report->notes,
		"of the reads and writes of io_uring that were told one by one, %s of %s were handed "
		"to a worker of io-wq, %s of these without O_DIRECT: what has to wait for the page "
		"cache, or in a file system that cannot go on with it later, costs a thread and two "
		"switches each time",
		format_count(filer->punted).text, format_count(filer->uring).text,
		format_count(filer->punted_buffered).text);
}

/* What the words "from memory" and "from the device" rest on. */
static int note_sources(const struct filer *filer, struct files_report *report)
{
	if (filer->has_blind_spot)
		return text_add(&report->notes,
				"block requests could not all be seen: what operations were served "
				"from is not told");
	if (!filer->source.device && !filer->source.memory && !filer->source.waited)
		return 0;
	return text_add(
		&report->notes,
		"\"device\" is what made block requests of its own, \"memory\" a system call "
		"that made none and never slept, \"waited\" one that made none but slept: for "
		"requests of others, or for locks");
}

static int note_missing(const struct filer *filer, struct files_report *report)
{
	int r = 0;

	for (size_t i = 0; i < filer->missing.count && r == 0; i++)
		r = text_add(&report->notes, "not seen: %s",
			     names_text(&filer->names, filer->missing.items[i]));
	return r;
}

int filer_tell_notes(const struct filer *filer, struct files_report *report)
{
	int r = note_losses(filer, report);

	if (r == 0 && filer->open)
		r = text_add(&report->notes,
			     "%s operations had not ended when the watch did: they are not in the "
			     "table, but among the slowest",
			     format_count(filer->open).text);
	if (r == 0)
		r = note_reaping(filer, report);
	if (r == 0)
		r = note_punting(filer, report);
	if (r == 0)
		r = note_sources(filer, report);
	if (r == 0 && filer->refused_back)
		r = text_add(&report->notes,
			     "%s more block requests are of files that found no room in the table",
			     format_count(filer->refused_back).text);
	return r < 0 ? r : note_missing(filer, report);
}
