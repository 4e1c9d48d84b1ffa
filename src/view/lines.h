/* How is a line of a report laid out? What the reports, their tables and their trees share. */
#ifndef VIEW_LINES_H
#define VIEW_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finding/finding.h"
#include "finding/profile.h"
#include "view/page.h"

enum {
	LINES_SHARE_COLUMNS = 7,
	LINES_GAP = 2,
};

/* What was watched, for how long. */
void lines_target(struct page *page, const struct profile *profile);

/* Begin the first line of a report: who it is about. */
void lines_subject(struct page *page, enum target_kind kind, const char *name, uint32_t pid);

/* An empty line, then a heading; more words may follow on its line. */
void lines_heading(struct page *page, const char *text);
void lines_heading_painted(struct page *page, const char *text, enum paint paint);

/* A line of its own that begins with a label, such as "•". */
void lines_bullet(struct page *page, unsigned int indent, const char *label, const char *words);

/* A link of a chain: who (0: no thread) does what, where, for how long; "" for what is not known.
 */
struct lines_link {
	const char *who;
	uint32_t tid;
	const char *what;
	const char *detail;
	const char *duration;
};

void lines_link(struct page *page, const struct lines_link *link, bool is_first);

/* By which ways it was seen: nothing when there are none. */
void lines_seen_through(struct page *page, const struct text *how, size_t count);

void lines_skip(struct page *page, unsigned int columns);

/* Begin a line with two shares. */
void lines_shares(struct page *page, const char *first, const char *second);

/* The last cell of a line: cut where the line ends, and not filled. */
void lines_last(struct page *page, const char *text);

/* "and 12 more rows": nothing when there are none. */
void lines_more(struct page *page, uint64_t more, const char *what);

/* What to know before believing it. */
void lines_notes(struct page *page, const struct text *notes, size_t count);

#endif
