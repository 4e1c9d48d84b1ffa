/* How is a line of a table laid out? What the tables and trees of profiles and waits share. */
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

/* An empty line, then a heading; more words may follow on its line. */
void lines_heading(struct page *page, const char *text);

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
