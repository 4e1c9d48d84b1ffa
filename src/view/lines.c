/* How is a line of a table laid out? Shares first, then cells; the last takes the room that is
 * left. */
#include "view/lines.h"

#include <inttypes.h>

#include "base/escape.h"
#include "finding/format.h"

void lines_subject(struct page *page, enum target_kind kind, const char *name, uint32_t pid)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	if (kind != TARGET_MACHINE)
		page_format(page, "%s %s[%" PRIu32 "],", target_kind_name(kind), name, pid);
	else if (name[0])
		page_format(page, "the whole machine (%s),", name);
	else
		page_words(page, "the whole machine,");
	page_paint(page, PAINT_PLAIN);
}

void lines_target(struct page *page, const struct profile *profile)
{
	lines_subject(page, profile->target, profile->name, profile->pid);
	if (profile->window_ns)
		page_format(page, "watched for %s", format_duration(profile->window_ns).text);
	if (profile->cpus)
		page_format(page, "on %s CPUs", format_count(profile->cpus).text);
	page_end(page);
}

void lines_heading_painted(struct page *page, const char *text, enum paint paint)
{
	page_end(page);
	page_paint(page, paint);
	page_begin(page, 0, 2);
	page_words(page, text);
	page_paint(page, PAINT_PLAIN);
}

void lines_heading(struct page *page, const char *text)
{
	lines_heading_painted(page, text, PAINT_STRONG);
}

void lines_bullet(struct page *page, unsigned int indent, const char *label, const char *words)
{
	page_begin(page, indent, indent + 2);
	page_words(page, label);
	page_words(page, words);
	page_end(page);
}

void lines_link(struct page *page, const struct lines_link *link, bool is_first)
{
	char tid[16] = "", detail[104] = "", words[400];

	if (link->tid)
		(void)snprintf(tid, sizeof(tid), "[%" PRIu32 "]", link->tid);
	if (link->detail[0])
		(void)snprintf(detail, sizeof(detail), " (%s)", link->detail);
	(void)snprintf(words, sizeof(words), "%s%s%s %s%s%s%s", is_first ? "" : "→ ", link->who,
		       tid, link->what, detail, link->duration[0] ? " " : "", link->duration);
	page_atom(page, words);
}

void lines_seen_through(struct page *page, const struct text *how, size_t count)
{
	if (!count)
		return;
	lines_heading_painted(page, "Seen through:", PAINT_PLAIN);
	for (size_t i = 0; i < count; i++) {
		page_words(page, how[i].words);
		if (i + 1 < count)
			page_words(page, "|");
	}
	page_end(page);
}

void lines_skip(struct page *page, unsigned int columns)
{
	page_cell(page, "", columns, true);
}

void lines_shares(struct page *page, const char *first, const char *second)
{
	page_begin(page, 0, 2);
	page_cell(page, first, LINES_SHARE_COLUMNS, false);
	lines_skip(page, 1);
	page_cell(page, second, LINES_SHARE_COLUMNS, false);
	lines_skip(page, LINES_GAP);
}

void lines_last(struct page *page, const char *text)
{
	unsigned int wanted = escaped_columns(text, page->utf8);
	unsigned int room = page->column < page->columns ? page->columns - page->column : 1;

	page_cell(page, text, wanted < room ? wanted : room, true);
	page_end(page);
}

void lines_more(struct page *page, uint64_t more, const char *what)
{
	if (!more)
		return;
	page_begin(page, 2, 4);
	page_format(page, "and %s more %s", format_count(more).text, what);
	page_end(page);
}

void lines_notes(struct page *page, const struct text *notes, size_t count)
{
	if (!count)
		return;
	lines_heading(page, "To know:");
	page_end(page);
	for (size_t i = 0; i < count; i++)
		lines_bullet(page, 0, "•", notes[i].words);
}
