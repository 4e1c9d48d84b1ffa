/* How does the live screen look? What was watched above, the page in the middle, what can be done
 * below. */
#include "view/top_screen.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "view/top_parts.h"

enum lines {
	ROWS_LEAST = 3, /* rather than that the machine is told */
	DISKS_MAX = 3,
	FOOT_LEAST_LINES = 4, /* on a smaller screen there is no line below */
};

/* --- above --- */

/* " 3 events LOST"; of one thing the ending s is left out. */
static void put_count(struct screen *screen, enum screen_paint paint, uint64_t count,
		      const char *before, const char *what, const char *after)
{
	if (count)
		screen_format(screen, paint, "%s%s %s%s%s", before, format_count(count).text, what,
			      count == 1 ? "" : "s", after);
}

static void put_title(struct screen *screen, const struct top_state *state,
		      const struct top_model *model)
{
	const struct top_report *report = model->report;

	screen_line_begin(screen);
	screen_put(screen, SCREEN_STRONG, "slowpath top");
	/* What must not be overlooked comes first. */
	if (state->is_paused)
		screen_format(screen, SCREEN_WARNING, " PAUSED for %s",
			      format_duration((uint64_t)(model->paused_s * 1e9)).text);
	put_count(screen, SCREEN_WARNING, report->lost_events, " ", "event", " LOST");
	put_count(screen, SCREEN_WARNING, report->refused, " ", "amount", " left out");
	screen_format(screen, SCREEN_PLAIN, " last %s", format_duration(report->window_ns).text);
	if (report->target == TARGET_MACHINE)
		screen_put(screen, SCREEN_PLAIN, " of the whole machine");
	else
		screen_format(screen, SCREEN_PLAIN, " of %s", report->target_name);
	screen_format(screen, SCREEN_PLAIN, ", watched for %s",
		      format_duration(report->age_ns).text);
	put_count(screen, SCREEN_PLAIN, report->hidden_threads, ", without ", "thread",
		  " that the kernel hides");
	put_count(screen, SCREEN_PLAIN, report->not_seen.count, ", ", "thing",
		  " not to be seen here (?)");
	put_count(screen, SCREEN_PLAIN, model->renewals, ", begun anew ", "time", "");
}

static void put_cpus(struct screen *screen, const struct top_report *report)
{
	const struct top_machine *machine = &report->machine;

	screen_line_begin(screen);
	screen_format(screen, SCREEN_PLAIN, "%s CPU%s: user %s, system %s, idle %s, stolen %s",
		      format_count(machine->cpus).text, machine->cpus == 1 ? "" : "s",
		      format_share(top_cpu_share(report, machine->user_ns)).text,
		      format_share(top_cpu_share(report, machine->system_ns)).text,
		      format_share(top_cpu_share(report, machine->idle_ns)).text,
		      format_share(top_cpu_share(report, machine->steal_ns)).text);
}

static void put_pressure(struct screen *screen, const struct top_report *report)
{
	const struct top_machine *machine = &report->machine;

	screen_line_begin(screen);
	screen_format(screen, SCREEN_PLAIN, "Pressure: CPU %s, I/O %s (all %s), memory %s (all %s)",
		      format_share(top_share(report, machine->cpu_some_ns)).text,
		      format_share(top_share(report, machine->io_some_ns)).text,
		      format_share(top_share(report, machine->io_full_ns)).text,
		      format_share(top_share(report, machine->memory_some_ns)).text,
		      format_share(top_share(report, machine->memory_full_ns)).text);
}

/* Where it is little, its parts count. */
static struct number say_rate(const struct top_report *report, uint64_t count)
{
	double rate = top_per_second(report, count);

	return rate < 10 ? format_factor(rate) : format_count((uint64_t)rate);
}

static void put_requests(struct screen *screen, const struct top_report *report, const char *what,
			 uint64_t count, uint64_t bytes)
{
	if (count)
		screen_format(screen, SCREEN_PLAIN, " %s %s/s %s/s,", what,
			      say_rate(report, count).text,
			      format_bytes((uint64_t)top_per_second(report, bytes)).text);
}

void top_put_disk(struct screen *screen, const struct top_report *report,
		  const struct top_disk *disk)
{
	screen_line_begin(screen);
	screen_format(screen, SCREEN_PLAIN, "%s:", disk->name);
	if (disk->busy_ns != TOP_UNKNOWN)
		screen_format(screen, SCREEN_PLAIN, " busy %s,",
			      format_share(top_share(report, disk->busy_ns)).text);
	put_requests(screen, report, "read", disk->reads, disk->read_bytes);
	put_requests(screen, report, "write", disk->writes, disk->write_bytes);
	if (disk->reads + disk->writes)
		screen_format(screen, SCREEN_PLAIN, " %s each, at most %s",
			      format_duration(top_mean_ns(disk)).text,
			      format_duration(disk->longest_ns).text);
	else
		screen_put(screen, SCREEN_PLAIN, " no request was completed");
}

void top_put_machine(struct screen *screen, const struct top_state *state,
		     const struct top_model *model, unsigned int others)
{
	const struct top_report *report = model->report;

	if (screen_lines_left(screen) > others)
		put_title(screen, state, model);
	if (screen_lines_left(screen) > others)
		put_cpus(screen, report);
	if (screen_lines_left(screen) > others)
		put_pressure(screen, report);
	/* On a small screen the threads are more interesting than further disks. */
	for (size_t i = 0; i < report->disks.count && i < DISKS_MAX; i++) {
		if (screen_lines_left(screen) > others + 2 * i)
			top_put_disk(screen, report, &report->disks.items[i]);
	}
}

/* --- below --- */

static void put_foot(struct screen *screen, const struct top_state *state)
{
	/* What is left undone stands last: narrow screens cut it. */
	static const char *const HINTS[] = {
		[TOP_PAGE_THREADS] =
			"?:help q:quit Enter:details /:filter s:sort p:pause f:freeze Tab:culprits i:idle",
		[TOP_PAGE_CULPRITS] = "?:help q:quit Tab:threads p:pause f:freeze",
		[TOP_PAGE_DETAIL] = "?:help q:quit Esc:back up,down:scroll p:pause f:freeze",
		[TOP_PAGE_HELP] = "q:quit Esc:back up,down:scroll",
	};

	screen_line_begin(screen);
	if (state->is_typing) {
		screen_format(screen, SCREEN_STRONG, "Filter: %s_", state->filter);
		screen_put(screen, SCREEN_PLAIN, "  Enter:keep Esc:undo");
	} else if (state->message[0]) {
		screen_put(screen, SCREEN_STRONG, state->message);
	} else {
		if (state->filter[0])
			screen_format(screen, SCREEN_BAR, "[filter: %s] ", state->filter);
		if (state->page == TOP_PAGE_THREADS && state->order != TOP_BY_LOST)
			screen_format(screen, SCREEN_BAR, "[by %s] ", top_order_id(state->order));
		screen_put(screen, SCREEN_BAR, HINTS[state->page]);
		screen_fill(screen, SCREEN_BAR);
	}
}

/* --- all --- */

static void put_page(struct screen *screen, struct top_state *state, const struct top_model *model,
		     unsigned int below)
{
	switch (state->page) {
	case TOP_PAGE_THREADS:
		top_put_machine(screen, state, model, below + 1 + ROWS_LEAST);
		top_put_threads(screen, state, model, below);
		break;
	case TOP_PAGE_CULPRITS:
		top_put_machine(screen, state, model, below + 1 + ROWS_LEAST);
		top_put_culprits(screen, state, model, below);
		break;
	case TOP_PAGE_DETAIL:
		if (screen_lines_left(screen) > below + ROWS_LEAST)
			put_title(screen, state, model);
		top_put_detail(screen, state, model, below);
		break;
	case TOP_PAGE_HELP:
		top_put_help(screen, state, model, below);
		break;
	}
}

int top_screen_make(struct top_state *state, const struct top_model *model,
		    const struct screen_style *style, struct screen *ret)
{
	unsigned int below = style->lines >= FOOT_LEAST_LINES && !style->is_paper ? 1 : 0;

	screen_begin(ret, style);
	if (!style->lines || !style->columns)
		return 0;
	if (model->report) {
		put_page(ret, state, model, below);
	} else {
		screen_line_begin(ret);
		screen_put(ret, SCREEN_STRONG, "slowpath top");
		screen_put(ret, SCREEN_PLAIN, " watches: the first numbers come in a moment");
	}
	while (below && screen_lines_left(ret) > below && !ret->is_out_of_memory)
		screen_line_begin(ret);
	if (below)
		put_foot(ret, state);
	return screen_end(ret);
}
