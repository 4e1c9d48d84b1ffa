/* What must one know before believing a report of system calls? What is not known, and what was
 * lost. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/syscalls_state.h"
#include "finding/format.h"

/* "1 call", "42 calls". */
static struct number calls_of(uint64_t count)
{
	struct number number = format_count(count);
	size_t used = strlen(number.text);

	(void)snprintf(number.text + used, sizeof(number.text) - used, " call%s",
		       count == 1 ? "" : "s");
	return number;
}

/* Where the short calls are sums. */
static int note_sums(const struct syscalls *syscalls, struct syscall_report *report)
{
	uint64_t short_count = 0;

	for (size_t i = 0; i < syscalls->sums.count; i++)
		short_count += syscalls->sums.items[i].short_count;
	if (!short_count)
		return 0;
	return text_add(&report->notes,
			"These events tell of %s short calls only what they sum to, call by call "
			"and thread by thread: quantiles that lie among them, the bytes they moved "
			"and how they failed are unknown. A recording made by 'slowpath syscalls "
			"-o FILE' has them.",
			format_count(short_count).text);
}

static int note_ends(struct syscall_report *report)
{
	int r = 0;

	if (report->begun_before)
		r = text_add(
			&report->notes,
			"%s had begun before the watch: how long that took is not known, and is "
			"in no sum.",
			calls_of(report->begun_before).text);
	if (r == 0 && report->unreturned)
		r = text_add(&report->notes,
			     "%s had not returned when the watch or the thread ended (exit never "
			     "does): that is in no sum.",
			     calls_of(report->unreturned).text);
	return r;
}

/* No clock is so coarse: they were never seen to begin. */
static int note_refused(const struct syscalls *syscalls, struct syscall_report *report)
{
	uint64_t count = 0;

	for (size_t i = 0; i < syscalls->sums.count && syscalls->is_counted; i++)
		count += spread_count(&syscalls->sums.items[i].times, 0);
	if (!count)
		return 0;
	return text_add(
		&report->notes,
		"%s were answered by a filter (seccomp) before they began: how long that took "
		"is not known, and told as 0.",
		calls_of(count).text);
}

static int note_rooms(const struct syscalls *syscalls, struct syscall_report *report)
{
	int r = 0;

	if (syscalls->rest)
		r = text_add(&report->notes,
			     "There were more rows than there is room for: the rest are one row. "
			     "Fewer keys (--by) make fewer rows.");
	if (r == 0 && syscalls->profiler->threads.refused)
		r = text_add(&report->notes, "There were more threads than there is room for.");
	return r;
}

static int note_losses(const struct syscalls *syscalls, struct syscall_report *report)
{
	int r = 0;

	for (uint32_t what = 0; what < array_count(syscalls->losses) && r == 0; what++) {
		if (syscalls->losses[what])
			r = text_add(&report->notes, "Lost: %s %s.",
				     format_count(syscalls->losses[what]).text,
				     event_loss_name(what));
	}
	for (size_t i = 0; i < syscalls->missing.count && r == 0; i++)
		r = text_add(&report->notes, "Not seen: %s.",
			     names_text(&syscalls->profiler->names, syscalls->missing.items[i]));
	return r;
}

int syscalls_notes_make(const struct syscalls *syscalls, struct syscall_report *report)
{
	int r = 0;

	if (!syscalls->has_calls)
		r = text_add(&report->notes,
			     "These events tell nothing of system calls: they are from a watch of "
			     "something else.");
	if (r == 0)
		r = note_sums(syscalls, report);
	if (r == 0)
		r = note_ends(report);
	if (r == 0)
		r = note_refused(syscalls, report);
	if (r == 0)
		r = note_rooms(syscalls, report);
	return r < 0 ? r : note_losses(syscalls, report);
}
