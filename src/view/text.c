/* How do we say it on a terminal? The culprit in the first sentence; after it what a doubting
 * engineer asks next. */
#include "view/text.h"

#include <string.h>

#include "base/array.h"
#include "finding/format.h"
#include "view/accounting.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	INDENT = 3,       /* of what belongs to a finding */
	SMALL_LISTED = 8, /* findings below SMALL_SHARE that are named */
};

/* Findings below this share one line. */
static const double SMALL_SHARE = 0.01;

static void print_bullets(struct page *page, unsigned int indent, const struct text *texts,
			  size_t count)
{
	for (size_t i = 0; i < count; i++)
		lines_bullet(page, indent, "•", texts[i].words);
}

static void print_target(const struct verdict *verdict, struct page *page)
{
	struct number window = format_duration(verdict->window_ns);
	/* The watch begins before the command does, and ends after it. */
	struct number life = format_duration(verdict->base_ns);
	const char *signal_name;

	lines_subject(page, verdict->target, verdict->name, verdict->pid);

	if (verdict->has_exit_status && verdict->was_signaled) {
		signal_name = sigabbrev_np(verdict->exit_status);
		page_format(page, "died of signal %d%s%s%s after %s", verdict->exit_status,
			    signal_name ? " (SIG" : "", signal_name ? signal_name : "",
			    signal_name ? ")" : "", life.text);
	} else if (verdict->has_exit_status) {
		page_format(page, "ended with exit status %d after %s", verdict->exit_status,
			    life.text);
	} else {
		page_format(page, "watched for %s", window.text);
	}
	if (verdict->was_interrupted)
		page_words(page, "(ended early by the user)");
	page_end(page);
	if (verdict->base_words[0]) {
		page_begin(page, 0, 2);
		page_format(page, "100 %% is %s: %s", verdict->base_words,
			    format_duration(verdict->base_ns).text);
		page_end(page);
	}
}

static void print_chain(const struct finding *finding, struct page *page)
{
	if (!finding->chain.count)
		return;
	page_begin(page, INDENT, INDENT + 2);
	for (size_t i = 0; i < finding->chain.count; i++) {
		const struct link *link = &finding->chain.items[i];
		const struct number duration = format_duration(link->ns);

		lines_link(page,
			   &(struct lines_link){ .who = link->who,
						 .tid = link->tid,
						 .what = link->state,
						 .detail = link->detail,
						 .duration = duration.text },
			   i == 0);
	}
	page_end(page);
}

static void print_limit(const struct finding *finding, struct page *page)
{
	page_begin(page, INDENT, INDENT + 2);
	if (finding->speedup_limit > 0)
		page_format(page, "at most %s× faster without it",
			    format_factor(finding->speedup_limit).text);
	else
		page_words(page,
			   "nothing else was waited for: no limit to how much faster without it");
	page_end(page);
}

/* A failure takes no time, and matters all the same. */
static bool is_small(const struct finding *finding)
{
	return finding->share < SMALL_SHARE && cause_takes_time(finding->cause);
}

/* Findings about one device have its numbers in common: they are told with the first of them. */
static bool is_evident(const struct finding *findings, size_t index, const char *words)
{
	for (size_t i = 0; i < index; i++) {
		if (i > 0 && is_small(&findings[i]))
			continue;
		for (size_t k = 0; k < findings[i].evidence.count; k++) {
			if (strcmp(findings[i].evidence.items[k].words, words) == 0)
				return true;
		}
	}
	return false;
}

static void print_evidence(const struct finding *findings, size_t index, struct page *page)
{
	const struct finding *finding = &findings[index];
	size_t repeated = 0;

	for (size_t i = 0; i < finding->evidence.count; i++) {
		if (is_evident(findings, index, finding->evidence.items[i].words))
			repeated++;
		else
			print_bullets(page, INDENT, &finding->evidence.items[i], 1);
	}
	if (!repeated)
		return;
	page_begin(page, INDENT, INDENT + 2);
	page_format(page, "• and %s that %s already",
		    repeated == 1 ? "one" : format_count(repeated).text,
		    repeated == 1 ? "stands above" : "stand above");
	page_end(page);
}

static void print_finding(const struct finding *findings, size_t index, size_t rank,
			  struct page *page)
{
	const struct finding *finding = &findings[index];
	char words[160];

	page_end(page);
	page_begin(page, 0, INDENT);
	page_paint(page, PAINT_STRONG);
	(void)snprintf(words, sizeof(words), "%zu. %s (%s) ", rank,
		       format_share(finding->share).text, format_duration(finding->ns).text);
	page_atom(page, words);
	page_format(page, "%s: %s", cause_id(finding->cause), cause_title(finding->cause));
	if (finding->subject.name[0]) {
		(void)snprintf(words, sizeof(words), "(%s%s%s)", finding->subject.kind,
			       finding->subject.kind[0] ? " " : "", finding->subject.name);
		page_atom(page, words);
	}
	page_paint(page, PAINT_PLAIN);
	(void)snprintf(words, sizeof(words), "%s confidence", confidence_name(finding->confidence));
	page_right(page, words);
	page_end(page);

	print_chain(finding, page);
	print_evidence(findings, index, page);
	if (cause_takes_time(finding->cause))
		print_limit(finding, page);
}

/* Was this advice given with one of these findings already? */
static bool is_advised(const struct finding *findings, size_t count, const char *words)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < findings[i].advice.count; j++) {
			if (strcmp(findings[i].advice.items[j].words, words) == 0)
				return true;
		}
	}
	return false;
}

/* What to do, once: several findings of one cause have the same advice. */
static void print_advice(const struct finding *findings, size_t index, struct page *page)
{
	const struct finding *finding = &findings[index];

	for (size_t i = 0; i < finding->advice.count; i++) {
		const char *words = finding->advice.items[i].words;

		if (!is_advised(findings, index, words))
			lines_bullet(page, INDENT, "Advice:", words);
	}
}

static void print_small(const struct finding *findings, size_t count, struct page *page)
{
	char words[160];

	lines_heading_painted(page, "Below 1 %:", PAINT_PLAIN);
	for (size_t i = 0; i < count && i < SMALL_LISTED; i++) {
		(void)snprintf(words, sizeof(words), "%s%s%s %s%s", cause_id(findings[i].cause),
			       findings[i].subject.name[0] ? " " : "", findings[i].subject.name,
			       format_share(findings[i].share).text, i + 1 < count ? "," : "");
		page_atom(page, words);
	}
	if (count > SMALL_LISTED)
		page_format(page, "and %s more", format_count(count - SMALL_LISTED).text);
	page_end(page);
}

static void print_findings(const struct verdict *verdict, struct page *page)
{
	const struct finding *findings = verdict->findings.items;
	size_t shown = 0, first_small = 0, small_count = 0;

	if (!verdict->findings.count) {
		lines_heading(page, "No finding.");
		page_end(page);
	}
	for (size_t i = 0; i < verdict->findings.count; i++) {
		if (i > 0 && is_small(&findings[i])) {
			first_small = small_count++ ? first_small : i;
			continue;
		}
		print_finding(findings, i, ++shown, page);
		print_advice(findings, i, page);
	}
	if (small_count)
		print_small(&findings[first_small], small_count, page);
	if (verdict->unknown_ns) {
		lines_heading_painted(page, "Unknown:", PAINT_WARNING);
		page_format(page, "%s (%s) could not be attributed to any cause.",
			    format_share(verdict_unknown_share(verdict)).text,
			    format_duration(verdict->unknown_ns).text);
		page_end(page);
	}
}

static void print_accounting(const struct verdict *verdict, struct page *page)
{
	if (!verdict->threads.count)
		return;
	lines_heading(page, "Where the threads' time went:");
	page_format(page, "%s in %s %s", format_duration(verdict->wall_ns).text,
		    format_count(verdict->threads.count).text,
		    verdict->threads.count == 1 ? "thread" : "threads");
	if (verdict->idle_ns)
		page_format(page, "(%s of it with nothing to do, left out above)",
			    format_duration(verdict->idle_ns).text);
	page_end(page);
	accounting_print(verdict, page);
}

static void print_losses(const struct verdict *verdict, struct page *page)
{
	if (!verdict->losses.count && !verdict->lost_events)
		return;
	lines_heading_painted(page, "Lost:", PAINT_WARNING);
	page_format(page, "%s events", format_count(verdict->lost_events).text);
	for (size_t i = 0; i < verdict->losses.count; i++) {
		const struct loss_count *loss = &verdict->losses.items[i];

		page_format(page, "%s%s %s%s", i ? "" : "(", format_count(loss->count).text,
			    loss->what, i + 1 < verdict->losses.count ? "," : ")");
	}
	page_end(page);
}

static void print_seeing(const struct verdict *verdict, struct page *page)
{
	if (verdict->not_seen.count) {
		lines_heading_painted(page, "Not seen:", PAINT_WARNING);
		page_end(page);
		print_bullets(page, 0, verdict->not_seen.items, verdict->not_seen.count);
	}
	print_losses(verdict, page);
	lines_seen_through(page, verdict->how.items, verdict->how.count);
	if (verdict->next_command[0]) {
		lines_heading(page, "Next:");
		page_atom(page, verdict->next_command);
		page_end(page);
	}
}

struct page view_page(const struct view_style *style, FILE *out)
{
	struct page page = {
		.out = out,
		.columns = style->columns,
		.color = style->color,
		.utf8 = style->utf8,
	};

	if (page.columns < VIEW_COLUMNS_MIN)
		page.columns = VIEW_COLUMNS_MIN;
	if (page.columns > VIEW_COLUMNS_MAX)
		page.columns = VIEW_COLUMNS_MAX;
	return page;
}

int view_text(const struct verdict *verdict, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_target(verdict, &page);
	print_findings(verdict, &page);
	print_accounting(verdict, &page);
	print_seeing(verdict, &page);

	return stream_flush(out);
}
