/* What must one know before believing it? What is exact and what is not, and what was lost. */
#include <errno.h>
#include <string.h>

#include "analyse/drill_state.h"
#include "finding/format.h"

static int copy_texts(void *to, const struct text *texts, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = text_add(to, "%s", texts[i].words);
	return r;
}

static int note_way(const struct drill_report *report, void *notes)
{
	switch (report->by) {
	case DRILL_BY_SYSCALL:
	case DRILL_BY_PROBES:
		return text_add(
			notes,
			"When each call began and ended, what it waited for and how long it was "
			"ready without a CPU is exact. Where it ran on a CPU is known from samples (%s).",
			format_count(report->samples).text);
	case DRILL_BY_STACKS:
		return text_add(
			notes,
			"Nothing was put at the function's entry and return: a call is told from the "
			"first to the last stack of a thread that has the function in it, with none "
			"between that has not. So it lasted at least as long; calls that follow "
			"each other at once are told as one, and those in which nothing was seen "
			"(no wait whose stack was taken, no sample) are not told, nor is a function "
			"that ends by calling another one: it is in no stack. What was waited for is "
			"exact; where it ran on a CPU is known from samples (%s).",
			format_count(report->samples).text);
	}
	return 0;
}

static int note_stacks(const struct drill_report *report, void *notes)
{
	if (!report->waits_without_stack)
		return 0;
	return text_add(
		notes,
		"Of %s of %s waits no stack was taken: they were too short. They stand directly "
		"below the function.",
		format_count(report->waits_without_stack).text, format_count(report->waits).text);
}

static int note_calls(const struct drill *drill, const struct drill_report *report, void *notes)
{
	int r = 0;

	if (report->nested_calls)
		r = text_add(
			notes,
			"%s calls were made inside of another one of the same kind: their time "
			"is in that one's.",
			format_count(report->nested_calls).text);
	if (r == 0 && report->standing)
		r = text_add(notes,
			     "%s calls lasted for all of the watch, most likely for want of work: "
			     "they are left out. Watch a process (-p) to see them.",
			     format_count(report->standing).text);
	if (r == 0 && report->left_over)
		r = text_add(notes, "There was no room for %s slow calls: they are in no sum.",
			     format_count(report->left_over).text);
	if (r == 0 && report->time.unknown_ns)
		r = text_add(notes,
			     "What happened in %s of the calls' time could not be kept: it stands "
			     "directly below the function.",
			     format_duration(report->time.unknown_ns).text);
	if (r == 0 && drill->crowded)
		r = text_add(notes,
			     "%s waits and samples had no room in single calls: the times of steps "
			     "in each call are too low.",
			     format_count(drill->crowded).text);
	if (r == 0 && drill->refused)
		r = text_add(
			notes,
			"There was no room for all threads: %s of what they did is in no call.",
			format_count(drill->refused).text);
	return r;
}

static bool is_on_path(const struct drill_report *report, const char *function)
{
	for (size_t i = 0; i < report->path.count; i++) {
		const struct drill_step *step = &report->path.items[i];

		if (step->timed_calls && strcmp(step->name, function) == 0)
			return true;
	}
	return false;
}

/* The first calls may have gone another way than most of all did. */
static int note_timed(const struct drill *drill, const struct drill_report *report, void *notes)
{
	int r = 0;

	for (size_t i = 0; i < DRILL_TIMED_MAX && r == 0; i++) {
		const struct drill_timed *timed = &drill->timed[i];
		const char *function = names_text(&drill->profiler->names, timed->name);

		if (!timed->calls || !timed->calls_ns || is_on_path(report, function))
			continue;
		r = text_add(notes,
			     "%s was timed as well, as the first calls spent most in it: %s of %s "
			     "calls' time. It is not on the path of all.",
			     function,
			     format_share((double)timed->ns / (double)timed->calls_ns).text,
			     format_count(timed->calls).text);
	}
	return r;
}

static int note_losses(const struct drill *drill, void *notes)
{
	int r = 0;

	for (uint32_t what = 0; what < array_count(drill->losses) && r == 0; what++) {
		if (drill->losses[what])
			r = text_add(notes, "Lost: %s %s.", format_count(drill->losses[what]).text,
				     event_loss_name(what));
	}
	if (r == 0 && drill->losses[LOSS_SWITCH])
		r = text_add(notes, "A wait that was lost looks like time on a CPU.");
	return r;
}

static int note_missing(const struct drill *drill, void *notes)
{
	int r = 0;

	for (size_t i = 0; i < drill->missing.count && r == 0; i++)
		r = text_add(notes, "Not seen: %s", drill->missing.items[i].words);
	return r;
}

int drill_tell_notes(const struct drill *drill, struct drill_report *report)
{
	int r = copy_texts(&report->how, drill->how.items, drill->how.count);

	if (r == 0)
		r = note_way(report, &report->notes);
	if (r == 0)
		r = note_stacks(report, &report->notes);
	if (r == 0)
		r = note_calls(drill, report, &report->notes);
	if (r == 0)
		r = note_timed(drill, report, &report->notes);
	if (r == 0)
		r = note_losses(drill, &report->notes);
	return r < 0 ? r : note_missing(drill, &report->notes);
}
