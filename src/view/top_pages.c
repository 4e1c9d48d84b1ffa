/* All about one thread, and the help: pages that are longer than a screen. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "finding/format.h"
#include "view/top_parts.h"

/* --- a page is made whole, and the part of it that is scrolled to is shown --- */

static void begin_page(const struct screen *screen, struct screen *page)
{
	const struct screen_style style = {
		.columns = screen->style.columns,
		.lines = SCREEN_SIDE_MAX,
		.utf8 = screen->style.utf8,
	};

	screen_begin(page, &style);
}

static void show_page(struct screen *screen, struct screen *page, struct top_state *state,
		      unsigned int below)
{
	size_t count = page->lines.count;
	size_t left = screen_lines_left(screen), room = left > below ? left - below : 0;

	if (state->scroll + room > count)
		state->scroll = count > room ? count - room : 0;
	for (size_t i = state->scroll; i < count && i < state->scroll + room; i++) {
		struct screen_line empty = {}, *line;

		screen_line_begin(screen);
		if (screen->is_out_of_memory)
			break;
		line = &screen->lines.items[screen->lines.count - 1];
		*line = page->lines.items[i];
		page->lines.items[i] = empty;
	}
	screen->is_out_of_memory |= page->is_out_of_memory;
	screen_free(page);
}

static void begin_part(struct screen *page, const char *heading)
{
	screen_line_begin(page);
	screen_line_begin(page);
	screen_put(page, SCREEN_STRONG, heading);
}

static void put_share(struct screen *page, const struct top_report *report, uint64_t ns)
{
	screen_line_begin(page);
	screen_cell(page, SCREEN_PLAIN, 8, SCREEN_RIGHT, format_share(top_share(report, ns)).text);
	screen_put(page, SCREEN_PLAIN, "  ");
}

/* --- one thread --- */

static void put_thread(struct screen *page, const struct top_report *report,
		       const struct top_thread *thread)
{
	screen_line_begin(page);
	screen_format(page, SCREEN_STRONG, "%s [%" PRIu32 "]", thread->name, thread->tid);
	if (thread->is_kernel)
		screen_put(page, SCREEN_PLAIN, ", a thread of the kernel");
	else
		screen_format(page, SCREEN_PLAIN, " of process %s [%" PRIu32 "]", thread->process,
			      thread->tgid);
	if (thread->has_ended)
		screen_put(page, SCREEN_PLAIN, ", ended");
	screen_line_begin(page);
	screen_format(page, SCREEN_PLAIN, "lost %s, ran %s, idle %s",
		      format_share(top_share(report, thread->lost_ns)).text,
		      format_share(top_share(report, thread->cpu_ns)).text,
		      format_share(top_share(report, thread->idle_ns)).text);
	if (thread->unknown_ns)
		screen_format(page, SCREEN_PLAIN, "; of what it lost %s for a reason not known",
			      format_share(top_share(report, thread->unknown_ns)).text);
	if (!thread->wait_ns)
		return;
	screen_line_begin(page);
	screen_format(page, SCREEN_PLAIN, "its present wait lasts %s%s",
		      thread->wait_is_older ? "more than " : "",
		      format_duration(thread->wait_ns).text);
}

static void put_link(struct screen *page, const struct link *link, size_t depth)
{
	screen_line_begin(page);
	screen_cell(page, SCREEN_PLAIN, 10 + 2 * (unsigned int)depth, SCREEN_LEFT, "");
	if (depth)
		screen_put(page, SCREEN_PLAIN, "→ ");
	screen_put(page, SCREEN_PLAIN, link->who);
	if (link->tid)
		screen_format(page, SCREEN_PLAIN, "[%" PRIu32 "]", link->tid);
	screen_format(page, SCREEN_PLAIN, " %s",
		      strcmp(link->state, "unknown") == 0 ? "" : link->state);
	if (link->detail[0])
		screen_format(page, SCREEN_PLAIN, " (%s)", link->detail);
}

static void put_causes(struct screen *page, const struct top_report *report,
		       const struct top_detail *detail)
{
	if (detail->causes.count)
		begin_part(page, "Where its time went, and who is to blame");
	for (size_t i = 0; i < detail->causes.count; i++) {
		const struct top_cause *cause = &detail->causes.items[i];

		put_share(page, report, cause->ns);
		screen_put(page, SCREEN_PLAIN, cause_id(cause->cause));
		if (cause->culprit.name[0])
			screen_format(page, SCREEN_PLAIN, ": %s", cause->culprit.name);
		for (size_t k = 0; k < cause->chain.count; k++)
			put_link(page, &cause->chain.items[k], k);
	}
}

static void put_stacks(struct screen *page, const struct top_report *report,
		       const struct top_detail *detail)
{
	if (detail->stacks.count)
		begin_part(page, "Stacks (of samples while it ran, of waits where one was taken)");
	for (size_t i = 0; i < detail->stacks.count; i++) {
		const struct top_stack *stack = &detail->stacks.items[i];

		put_share(page, report, stack->ns);
		screen_put(page, SCREEN_PLAIN, stack->is_running ? "ran in" : "waited in");
		if (!stack->frames.count)
			screen_put(page, SCREEN_PLAIN, " code that is not known");
		for (size_t k = 0; k < stack->frames.count; k++) {
			screen_line_begin(page);
			screen_format(page, SCREEN_PLAIN, "            %s",
				      stack->frames.items[k].words);
		}
		if (stack->more) {
			screen_line_begin(page);
			screen_format(page, SCREEN_PLAIN, "            and %s more",
				      format_count(stack->more).text);
		}
	}
}

static void put_files(struct screen *page, const struct top_report *report,
		      const struct top_detail *detail)
{
	if (detail->files.count)
		begin_part(page, "Files, by the time lost in waits of operations on them");
	for (size_t i = 0; i < detail->files.count; i++) {
		put_share(page, report, detail->files.items[i].lost_ns);
		screen_put(page, SCREEN_PLAIN, detail->files.items[i].name);
		if (detail->files.items[i].fs_type[0])
			screen_format(page, SCREEN_PLAIN, " (%s)", detail->files.items[i].fs_type);
	}
}

static void put_disks(struct screen *page, const struct top_report *report,
		      const struct top_detail *detail)
{
	if (detail->disks.count)
		begin_part(page, "Block requests that it queued and that were completed");
	for (size_t i = 0; i < detail->disks.count; i++)
		top_put_disk(page, report, &detail->disks.items[i]);
}

void top_put_detail(struct screen *screen, struct top_state *state, const struct top_model *model,
		    unsigned int below)
{
	struct screen page = {};

	begin_page(screen, &page);
	if (model->detail) {
		put_thread(&page, model->report, &model->detail->thread);
		put_causes(&page, model->report, model->detail);
		put_stacks(&page, model->report, model->detail);
		put_files(&page, model->report, model->detail);
		put_disks(&page, model->report, model->detail);
	} else {
		screen_line_begin(&page);
		screen_format(&page, SCREEN_PLAIN, "thread %" PRIu32 " is not there any more",
			      state->tid);
	}
	show_page(screen, &page, state, below);
}

/* --- the help --- */

static const struct {
	const char *keys;
	const char *words;
} KEYS[] = {
	{ "up down k j", "select a row; it stays selected wherever it moves" },
	{ "Page Up Down", "a page up or down" },
	{ "Home g, End G", "the first, the last row" },
	{ "Enter", "all about the selected thread: chain, stacks, files, disks" },
	{ "Esc", "back; clear the filter" },
	{ "Tab", "culprits of all threads, or the threads" },
	{ "/", "show only rows with this text in name, process, cause or culprit" },
	{ "i", "show threads that neither lost time nor ran, too" },
	{ "p, Space", "pause: the screen stands still, the watch goes on" },
	{ "f", "freeze: keep the last seconds in a new recording" },
	{ "s", "order by the next of these:" },
};

static const struct {
	const char *column;
	const char *words;
} COLUMNS[] = {
	{ "LOST", "it could not get on: blocked for a reason, or ready without a CPU" },
	{ "CPU", "it ran" },
	{ "CAUSE", "of most of what it lost (docs/causes.md); of what it ran if it lost nothing" },
	{ "FOR", "how long its present wait lasts; > when it is older than the watch" },
	{ "CULPRIT", "who or what was at fault at the end of the chain of waits" },
};

/* Words below each other, broken at blanks. */
static void put_wrapped(struct screen *page, const char *text, unsigned int indent)
{
	unsigned int columns = page->style.columns;

	screen_line_begin(page);
	screen_cell(page, SCREEN_PLAIN, indent, SCREEN_LEFT, "");
	while (*text) {
		char word[128];
		size_t length = strcspn(text, " ");

		(void)snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (escaped_columns(word, page->style.utf8) > screen_columns_left(page) &&
		    columns - screen_columns_left(page) > indent) {
			screen_line_begin(page);
			screen_cell(page, SCREEN_PLAIN, indent, SCREEN_LEFT, "");
		}
		screen_put(page, SCREEN_PLAIN, word);
		screen_put(page, SCREEN_PLAIN, " ");
		text += length;
		text += strspn(text, " ");
	}
}

static void put_not_seen(struct screen *page, const struct top_report *report)
{
	if (report->not_seen.count)
		begin_part(page, "What cannot be seen on this machine (slowpath doctor says why)");
	for (size_t i = 0; i < report->not_seen.count; i++)
		put_wrapped(page, report->not_seen.items[i].words, 2);
}

static void put_key(struct screen *page, const char *keys, const char *words)
{
	screen_line_begin(page);
	screen_cell(page, SCREEN_STRONG, 14, SCREEN_LEFT, keys);
	screen_format(page, SCREEN_PLAIN, " %s", words);
}

void top_put_help(struct screen *screen, struct top_state *state, const struct top_model *model,
		  unsigned int below)
{
	struct screen page = {};

	begin_page(screen, &page);
	for (size_t i = 0; i < array_count(KEYS); i++)
		put_key(&page, KEYS[i].keys, KEYS[i].words);
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		const char keys[] = { ' ', ' ', top_order_key(order), '\0' };

		put_key(&page, keys, top_order_words(order));
	}
	put_key(&page, "Ctrl-L", "draw the screen anew");
	put_key(&page, "Ctrl-Z", "stop; fg goes on");
	put_key(&page, "q, Ctrl-C", "end");
	begin_part(&page, "Columns: parts of the last seconds, of one thread's time");
	for (size_t i = 0; i < array_count(COLUMNS); i++)
		put_key(&page, COLUMNS[i].column, COLUMNS[i].words);
	screen_line_begin(&page);
	screen_line_begin(&page);
	screen_put(&page, SCREEN_PLAIN,
		   "Rows change places only when one is clearly heavier than the other.");
	if (model->report)
		put_not_seen(&page, model->report);
	show_page(screen, &page, state, below);
}
