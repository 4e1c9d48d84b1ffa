/* Who loses time, and who is to blame? The rows of the live screen's tables. */
#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "view/top_parts.h"

enum columns {
	TID_COLUMNS = 7,
	NAME_COLUMNS = 15,
	NARROW_NAME_COLUMNS = 9,
	SHARE_COLUMNS = 6,
	CAUSE_COLUMNS = 14, /* of most: longer ones move the culprit to the right */
	WAIT_COLUMNS = 8,
	THREADS_COLUMNS = 7,
	LEAST_COLUMNS = 34, /* below there is room for a name and a share only */
	WAIT_LEAST_COLUMNS = 88,
	SPACIOUS_COLUMNS = 110,
};

/* Shorter waits are over before they are read. */
#define WAIT_TOLD_NS 1000000000u

static enum screen_paint row_paint(bool is_selected)
{
	return is_selected ? SCREEN_SELECTED : SCREEN_PLAIN;
}

/* A cell with a blank behind it. */
static void put(struct screen *screen, enum screen_paint paint, unsigned int columns,
		enum screen_align align, const char *text)
{
	screen_cell(screen, paint, columns, align, text);
	screen_put(screen, paint, " ");
}

void top_put_heading(struct screen *screen, const char *text)
{
	screen_line_begin(screen);
	screen_put(screen, SCREEN_BAR, text);
	screen_fill(screen, SCREEN_BAR);
}

/* --- threads --- */

static void put_threads_heading(struct screen *screen)
{
	unsigned int columns = screen->style.columns;

	screen_line_begin(screen);
	screen_put(screen, SCREEN_BAR, " ");
	if (columns < LEAST_COLUMNS) {
		put(screen, SCREEN_BAR, columns > 8 ? columns - 8 : 0, SCREEN_LEFT, "NAME");
		screen_cell(screen, SCREEN_BAR, SHARE_COLUMNS, SCREEN_RIGHT, "LOST");
		screen_fill(screen, SCREEN_BAR);
		return;
	}
	put(screen, SCREEN_BAR, TID_COLUMNS, SCREEN_RIGHT, "TID");
	if (columns >= SPACIOUS_COLUMNS)
		put(screen, SCREEN_BAR, NAME_COLUMNS, SCREEN_LEFT, "PROCESS");
	put(screen, SCREEN_BAR, columns < TOP_WIDE_COLUMNS ? NARROW_NAME_COLUMNS : NAME_COLUMNS,
	    SCREEN_LEFT, "NAME");
	put(screen, SCREEN_BAR, SHARE_COLUMNS, SCREEN_RIGHT, "LOST");
	if (columns >= TOP_WIDE_COLUMNS) {
		put(screen, SCREEN_BAR, SHARE_COLUMNS, SCREEN_RIGHT, "CPU");
		put(screen, SCREEN_BAR, CAUSE_COLUMNS, SCREEN_LEFT, "CAUSE");
		if (columns >= WAIT_LEAST_COLUMNS)
			put(screen, SCREEN_BAR, WAIT_COLUMNS, SCREEN_RIGHT, "FOR");
		screen_put(screen, SCREEN_BAR, "CULPRIT");
	} else {
		screen_put(screen, SCREEN_BAR, "CAUSE, CULPRIT");
	}
	screen_fill(screen, SCREEN_BAR);
}

/* How long it waits; "" when it does not, or not for long. */
static struct number say_wait(const struct top_thread *thread)
{
	struct number duration = format_duration(thread->wait_ns), told = {};

	if (thread->wait_ns >= WAIT_TOLD_NS && !thread->wait_is_idle)
		(void)snprintf(told.text, sizeof(told.text), "%s%.24s",
			       thread->wait_is_older ? ">" : "", duration.text);
	return told;
}

/* An id is never cut: it is what people look up. */
static void put_cause(struct screen *screen, enum screen_paint paint, enum cause cause)
{
	const char *id = cause_id(cause);

	if (strlen(id) > CAUSE_COLUMNS)
		screen_format(screen, paint, "%s ", id);
	else
		put(screen, paint, CAUSE_COLUMNS, SCREEN_LEFT, id);
}

static void put_why(struct screen *screen, const struct top_thread *thread, enum screen_paint paint)
{
	const struct top_cause *cause = &thread->heaviest;

	if (screen->style.columns >= TOP_WIDE_COLUMNS) {
		put_cause(screen, paint, cause->cause);
		if (screen->style.columns >= WAIT_LEAST_COLUMNS)
			put(screen, paint, WAIT_COLUMNS, SCREEN_RIGHT, say_wait(thread).text);
	} else {
		screen_format(screen, paint, "%s ", cause_id(cause->cause));
	}
	screen_put(screen, paint, cause->culprit.name);
	screen_fill(screen, paint);
}

static void put_thread(struct screen *screen, const struct top_report *report,
		       const struct top_thread *thread, bool is_selected)
{
	enum screen_paint paint = row_paint(is_selected);
	unsigned int columns = screen->style.columns;
	const struct number lost = format_share(top_share(report, thread->lost_ns));
	const struct number cpu = format_share(top_share(report, thread->cpu_ns));
	char tid[16];

	(void)snprintf(tid, sizeof(tid), "%" PRIu32, thread->tid);
	screen_line_begin(screen);
	/* Also where nothing can be painted. */
	screen_put(screen, paint, is_selected ? ">" : " ");
	if (columns < LEAST_COLUMNS) {
		put(screen, paint, columns > 8 ? columns - 8 : 0, SCREEN_LEFT, thread->name);
		screen_cell(screen, paint, SHARE_COLUMNS, SCREEN_RIGHT, lost.text);
		screen_fill(screen, paint);
		return;
	}
	put(screen, paint, TID_COLUMNS, SCREEN_RIGHT, tid);
	if (columns >= SPACIOUS_COLUMNS)
		put(screen, paint, NAME_COLUMNS, SCREEN_LEFT, thread->process);
	put(screen, paint, columns < TOP_WIDE_COLUMNS ? NARROW_NAME_COLUMNS : NAME_COLUMNS,
	    SCREEN_LEFT, thread->name);
	put(screen, paint, SHARE_COLUMNS, SCREEN_RIGHT, lost.text);
	if (columns >= TOP_WIDE_COLUMNS)
		put(screen, paint, SHARE_COLUMNS, SCREEN_RIGHT, cpu.text);
	put_why(screen, thread, paint);
}

/* The first row to show, so that the selected one is seen. */
static void scroll_to(struct top_state *state, size_t count, size_t room)
{
	if (state->place < state->top)
		state->top = state->place;
	if (room && state->place >= state->top + room)
		state->top = state->place - room + 1;
	if (state->top + room > count)
		state->top = count > room ? count - room : 0;
}

void top_put_threads(struct screen *screen, struct top_state *state, const struct top_model *model,
		     unsigned int below)
{
	size_t count = model->rows->places.count, room;

	if (screen_lines_left(screen) > below + 1)
		put_threads_heading(screen);
	room = screen_lines_left(screen) > below ? screen_lines_left(screen) - below : 0;
	scroll_to(state, count, room);
	for (size_t i = state->top; i < count && i < state->top + room; i++)
		put_thread(screen, model->report,
			   &model->report->threads.items[model->rows->places.items[i]],
			   i == state->place && !screen->style.is_paper);
	if (count || !room)
		return;
	screen_line_begin(screen);
	screen_put(screen, SCREEN_PLAIN,
		   state->filter[0] ? " no thread matches the filter"
				    : " no thread lost time or ran (i: show those that idle)");
}

/* --- culprits --- */

static void put_culprit(struct screen *screen, const struct top_report *report,
			const struct top_culprit *culprit)
{
	unsigned int columns = screen->style.columns;
	const struct number lost = format_share(top_share(report, culprit->lost_ns));

	screen_line_begin(screen);
	put(screen, SCREEN_PLAIN, SHARE_COLUMNS, SCREEN_RIGHT, lost.text);
	if (columns >= LEAST_COLUMNS)
		put(screen, SCREEN_PLAIN, THREADS_COLUMNS, SCREEN_RIGHT,
		    format_count(culprit->threads).text);
	if (columns >= TOP_WIDE_COLUMNS)
		put_cause(screen, SCREEN_PLAIN, culprit->cause);
	else
		screen_format(screen, SCREEN_PLAIN, "%s ", cause_id(culprit->cause));
	screen_put(screen, SCREEN_PLAIN, culprit->culprit.name);
}

static void put_culprits_heading(struct screen *screen)
{
	unsigned int columns = screen->style.columns;

	screen_line_begin(screen);
	put(screen, SCREEN_BAR, SHARE_COLUMNS, SCREEN_RIGHT, "LOST");
	if (columns >= LEAST_COLUMNS)
		put(screen, SCREEN_BAR, THREADS_COLUMNS, SCREEN_RIGHT, "THREADS");
	put(screen, SCREEN_BAR, columns >= TOP_WIDE_COLUMNS ? CAUSE_COLUMNS : 6, SCREEN_LEFT,
	    "CAUSE");
	screen_put(screen, SCREEN_BAR, "CULPRIT");
	screen_fill(screen, SCREEN_BAR);
}

void top_put_culprits(struct screen *screen, struct top_state *state, const struct top_model *model,
		      unsigned int below)
{
	size_t count = model->report->culprits.count, room;

	if (screen_lines_left(screen) > below + 1)
		put_culprits_heading(screen);
	room = screen_lines_left(screen) > below ? screen_lines_left(screen) - below : 0;
	if (state->scroll + room > count)
		state->scroll = count > room ? count - room : 0;
	for (size_t i = state->scroll; i < count && i < state->scroll + room; i++)
		put_culprit(screen, model->report, &model->report->culprits.items[i]);
	if (!count && room) {
		screen_line_begin(screen);
		screen_put(screen, SCREEN_PLAIN, " no thread lost time");
	}
}
