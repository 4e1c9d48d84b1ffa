/* How do we say it on a terminal? The class and the row of the decision table first: what a
 * doubting engineer asks next stands below. */
#include "view/stuck_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	INDENT = 3,
};

/* --- what was looked at --- */

static void print_target(const struct stuck_report *report, struct page *page)
{
	lines_subject(page, report->target, report->name, report->pid);
	if (report->looks > 1)
		page_format(page, "looked at %s, %s apart:",
			    report->looks == 2 ? "twice" : "several times",
			    format_duration(report->looked_ns).text);
	else
		page_words(page, "looked at once:");
	page_format(page, "%s threads in %s processes", format_count(report->threads).text,
		    format_count(report->processes_seen).text);
	if (report->was_interrupted)
		page_words(page, "(ended early by the user)");
	page_end(page);
}

/* "2 user_lockup, 40 slow, 269 idle" */
static void print_counts(const struct stuck_report *report, struct page *page)
{
	bool is_first = true;

	page_begin(page, 0, 2);
	for (enum stuck_class class = 0; class < STUCK_CLASS_COUNT; class ++) {
		char words[80];

		if (!report->counts[class])
			continue;
		(void)snprintf(words, sizeof(words), "%s %s",
			       format_count(report->counts[class]).text, stuck_class_id(class));
		page_words(page, is_first ? "processes:" : "|");
		page_atom(page, words);
		is_first = false;
	}
	if (!is_first)
		page_end(page);
}

/* --- the processes --- */

static void print_chain(const struct stuck_process *process, struct page *page)
{
	if (process->chain.count < 2)
		return;
	page_begin(page, INDENT, INDENT + 2);
	for (size_t i = 0; i < process->chain.count; i++) {
		const struct stuck_link *link = &process->chain.items[i];
		const struct number duration = format_duration(link->ns);

		lines_link(page,
			   &(struct lines_link){ .who = link->who,
						 .tid = link->tid,
						 .what = link->what,
						 .detail = link->detail,
						 .duration = link->ns ? duration.text : "" },
			   i == 0);
	}
	page_end(page);
}

static void print_process(const struct stuck_process *process, size_t rank, struct page *page)
{
	enum stuck_class class = stuck_row_class(process->row);
	char words[160];

	page_end(page);
	page_begin(page, 0, INDENT);
	page_paint(page, stuck_class_exit_status(class) ? PAINT_WARNING : PAINT_STRONG);
	(void)snprintf(words, sizeof(words), "%zu. %s[%" PRIu32 "]", rank, process->name,
		       process->pid);
	page_atom(page, words);
	page_format(page, "%s: %s", stuck_class_id(class), stuck_class_title(class));
	page_paint(page, PAINT_PLAIN);
	if (process->ns)
		page_right(page, format_duration(process->ns).text);
	page_end(page);
	page_line(page, INDENT, process->words);
	print_chain(process, page);
	if (process->subject.name[0]) {
		page_begin(page, INDENT, INDENT + 2);
		page_format(page, "cause: %s, %s %s", cause_id(process->cause),
			    process->subject.kind, process->subject.name);
		page_end(page);
	}
	for (size_t i = 0; i < process->evidence.count; i++)
		lines_bullet(page, INDENT, "•", process->evidence.items[i].words);
	for (size_t i = 0; i < process->log.count; i++)
		lines_bullet(page, INDENT, "log:", process->log.items[i].words);
}

/* What to do, once: all processes of a class have the same advice. */
static bool is_advised(const struct stuck_report *report, size_t count, const char *words)
{
	for (size_t i = 0; i < count; i++) {
		const struct stuck_process *process = &report->processes.items[i];

		for (size_t k = 0; k < process->advice.count; k++) {
			if (strcmp(process->advice.items[k].words, words) == 0)
				return true;
		}
	}
	return false;
}

static void print_processes(const struct stuck_report *report, struct page *page)
{
	if (!report->processes.count) {
		lines_heading(page, "Nothing is stuck, as far as can be seen.");
		page_end(page);
	}
	for (size_t i = 0; i < report->processes.count; i++) {
		const struct stuck_process *process = &report->processes.items[i];

		print_process(process, i + 1, page);
		for (size_t k = 0; k < process->advice.count; k++) {
			if (!is_advised(report, i, process->advice.items[k].words))
				lines_bullet(page, INDENT,
					     "Advice:", process->advice.items[k].words);
		}
	}
	if (report->hidden_processes) {
		page_end(page);
		page_begin(page, 0, 2);
		page_format(page, "and %s more processes: --all",
			    format_count(report->hidden_processes).text);
		page_end(page);
	}
}

/* --- the deadlocks --- */

/* "futex_wait ← do_futex ← …": as long as it is, it breaks between functions. */
static void print_stack(struct page *page, unsigned int indent, const char *label,
			const struct text *functions, size_t count)
{
	if (!count)
		return;
	page_begin(page, indent, indent + 2);
	if (label[0])
		page_words(page, label);
	for (size_t i = 0; i < count; i++) {
		if (i)
			page_words(page, "←");
		page_atom(page, functions[i].words);
	}
	page_end(page);
}

static void print_member(const struct stuck_member *member, struct page *page)
{
	page_begin(page, INDENT, INDENT + 2);
	page_format(page, "%s[%" PRIu32 "]", member->who, member->tid);
	if (member->holds[0])
		page_format(page, "has %s,", member->holds);
	page_format(page, "waits for %s",
		    member->waits_for[0] ? member->waits_for : "what is not known");
	page_end(page);
	print_stack(page, INDENT + 2, "on", member->stack.items, member->stack.count);
}

static void print_deadlocks(const struct stuck_report *report, struct page *page)
{
	for (size_t i = 0; i < report->deadlocks.count; i++) {
		const struct stuck_deadlock *deadlock = &report->deadlocks.items[i];

		lines_heading_painted(page, "Deadlock:", PAINT_WARNING);
		page_format(page, "each waits for the next, the last for the first (%s threads)",
			    format_count(deadlock->members.count + deadlock->hidden).text);
		page_end(page);
		for (size_t k = 0; k < deadlock->members.count; k++)
			print_member(&deadlock->members.items[k], page);
		if (deadlock->hidden)
			lines_bullet(page, INDENT,
				     "and more:", format_count(deadlock->hidden).text);
	}
	if (report->hidden_deadlocks) {
		lines_heading_painted(page, "More deadlocks:", PAINT_WARNING);
		page_format(page, "%s", format_count(report->hidden_deadlocks).text);
		page_end(page);
	}
}

/* --- the stacks --- */

static void print_times(const struct stuck_group *group, struct page *page)
{
	const struct number longest = format_duration(group->max_ns);
	const struct number shortest = format_duration(group->min_ns);

	if (!group->max_ns)
		return;
	if (group->threads == 1 || strcmp(shortest.text, longest.text) == 0)
		page_format(page, "for %s", longest.text);
	else
		page_format(page, "for %s to %s", shortest.text, longest.text);
}

static void print_group(const struct stuck_group *group, struct page *page)
{
	page_begin(page, 0, INDENT);
	page_format(page, "%s %s %s", format_count(group->threads).text,
		    group->threads == 1 ? "thread" : "threads", group->states);
	print_times(group, page);
	page_words(page, "|");
	for (size_t i = 0; i < group->names.count; i++)
		page_format(page, "%s%s", group->names.items[i].words,
			    i + 1 < group->names.count || group->more_names ? "," : "");
	if (group->more_names)
		page_format(page, "and %s more names", format_count(group->more_names).text);
	page_end(page);
	print_stack(page, INDENT, "", group->kernel.items, group->kernel.count);
	print_stack(page, INDENT, "user:", group->user.items, group->user.count);
	if (!group->kernel.count && !group->user.count)
		page_line(page, INDENT, "(no stack)");
}

static void print_groups(const struct stuck_report *report, struct page *page)
{
	if (!report->groups.count && !report->idle_kernel_threads)
		return;
	lines_heading(page, "Where the threads stand:");
	page_format(page, "%s %s", format_count(report->groups.count + report->hidden_groups).text,
		    report->groups.count + report->hidden_groups == 1 ? "stack"
								      : "different stacks");
	page_end(page);
	for (size_t i = 0; i < report->groups.count; i++)
		print_group(&report->groups.items[i], page);
	page_begin(page, 0, 2);
	if (report->hidden_groups)
		page_format(page, "and %s more stacks,", format_count(report->hidden_groups).text);
	if (report->idle_kernel_threads)
		page_format(page, "and %s idle kernel threads,",
			    format_count(report->idle_kernel_threads).text);
	if (report->hidden_groups || report->idle_kernel_threads) {
		page_words(page, "left out here: --all");
		page_end(page);
	}
}

/* --- what was not seen --- */

static void print_losses(const struct stuck_report *report, struct page *page)
{
	if (!report->losses.count)
		return;
	lines_heading_painted(page, "Lost:", PAINT_WARNING);
	for (size_t i = 0; i < report->losses.count; i++)
		page_format(page, "%s %s%s", format_count(report->losses.items[i].count).text,
			    report->losses.items[i].what, i + 1 < report->losses.count ? "," : "");
	page_end(page);
}

static void print_seeing(const struct stuck_report *report, struct page *page)
{
	if (report->not_seen.count) {
		lines_heading_painted(page, "Not seen:", PAINT_WARNING);
		page_end(page);
	}
	for (size_t i = 0; i < report->not_seen.count; i++)
		lines_bullet(page, 0, "•", report->not_seen.items[i].words);
	print_losses(report, page);
	lines_seen_through(page, report->how.items, report->how.count);
}

int view_stuck_text(const struct stuck_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_target(report, &page);
	print_counts(report, &page);
	print_processes(report, &page);
	print_deadlocks(report, &page);
	print_groups(report, &page);
	print_seeing(report, &page);
	return stream_flush(out);
}
