/* What must one know before believing a report of waits? What was drawn by lot, and what was lost.
 */
#include <errno.h>

#include "analyse/waiter_state.h"
#include "finding/format.h"

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static int note_stacks(const struct waiter *waiter, struct wait_report *report)
{
	int r = 0;

	if (report->untaken_count)
		r = text_add(
			&report->notes,
			"No stack was taken of %s waits, %s of the time: short ones have one by "
			"lot. They stand by their system call and state as \"stack not taken\".",
			format_count(report->untaken_count).text,
			format_share(share_of(report->untaken_ns, report->total_ns)).text);
	if (r == 0 && waiter->with_waker > waiter->with_waker_stack)
		r = text_add(&report->notes,
			     "Who woke is known of each wake-up; its stack was taken of %s of %s: "
			     "of one for each millisecond that a thread waited.",
			     format_count(waiter->with_waker_stack).text,
			     format_count(waiter->with_waker).text);
	if (r == 0 && waiter->profiler->wall.last_calls.count)
		r = text_add(
			&report->notes,
			"User stacks were taken of some system calls: a wait in another stands "
			"below the stack that its thread's last such call had.");
	return r;
}

static int note_choice(const struct waiter *waiter, struct wait_report *report)
{
	int r = 0;

	if (report->open_count)
		r = text_add(
			&report->notes,
			"%s of the waits were not over when the watch ended: what they took is "
			"counted up to then.",
			format_count(report->open_count).text);
	if (r == 0 && waiter->stateless)
		r = text_add(&report->notes,
			     "The state of %s waits that began before the watch is not known: they "
			     "are not among those asked for.",
			     format_count(waiter->stateless).text);
	return r;
}

static int note_rooms(const struct waiter *waiter, struct wait_report *report)
{
	const struct profiler *profiler = waiter->profiler;
	uint64_t crowded =
		profiler->stacks.refused + profiler->wall.aggregates.crowded + waiter->crowded;
	int r = 0;

	if (waiter->rest)
		r = text_add(&report->notes,
			     "There were more rows than there is room for: the rest "
			     "are one row. Fewer keys (--by) make fewer rows.");
	if (r == 0 && waiter->graph.refused)
		r = text_add(
			&report->notes,
			"%s wake-ups were between threads there is no room for: they are of the "
			"rest. --by pool needs less.",
			format_count(waiter->graph.refused).text);
	if (r == 0 && crowded)
		r = text_add(&report->notes,
			     "The stacks of %s waits found no room in memory: they stand in the "
			     "tree without.",
			     format_count(crowded).text);
	if (r == 0 && profiler->threads.refused)
		r = text_add(&report->notes, "There were more threads than there is room for.");
	return r;
}

static int note_losses(const struct waiter *waiter, struct wait_report *report)
{
	int r = 0;

	if (waiter->untold_stacks)
		r = text_add(&report->notes, "%s stacks of waits were taken, but lost.",
			     format_count(waiter->untold_stacks).text);
	for (uint32_t what = 0; what < array_count(waiter->losses) && r == 0; what++) {
		/* These stand above: the sums are too low. */
		if (what != LOSS_SWITCH && waiter->losses[what])
			r = text_add(&report->notes, "Lost: %s %s.",
				     format_count(waiter->losses[what]).text,
				     event_loss_name(what));
	}
	for (size_t i = 0; i < waiter->missing.count && r == 0; i++)
		r = text_add(&report->notes, "Not seen: %s.",
			     names_text(&waiter->profiler->names, waiter->missing.items[i]));
	return r;
}

int wait_notes_make(const struct waiter *waiter, struct wait_report *report)
{
	const struct profiler *profiler = waiter->profiler;
	int r = note_stacks(waiter, report);

	if (r == 0)
		r = note_choice(waiter, report);
	if (r == 0 && profiler->no_kernel_names)
		r = text_add(&report->notes, "The kernel's functions have no names: %s.",
			     names_text(&profiler->names, profiler->no_kernel_names));
	if (r == 0)
		r = note_rooms(waiter, report);
	return r < 0 ? r : note_losses(waiter, report);
}
