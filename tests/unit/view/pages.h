/* Does a report for people look as it was accepted, and does it fit in every width? */
#ifndef TESTS_UNIT_VIEW_PAGES_H
#define TESTS_UNIT_VIEW_PAGES_H

#include "view/text.h"

/* The view under test: it knows what the report is. */
typedef int page_view(const void *report, const struct view_style *style, FILE *out);

/* What it prints, the caller's. */
char *page_text(page_view *view, const void *report, struct view_style style);

/* Is it what tests/golden/view/NAME.txt has, harmless, and no wider than it may be? */
void page_looks_as(const char *name, page_view *view, const void *report, struct view_style style);

/* The same for NAME-80, NAME-80-ascii, NAME-120 and NAME-200. */
void pages_look_as(const char *name, page_view *view, const void *report);

/* No line is too wide, in UTF-8 and in ASCII. */
void page_fits_every_width(page_view *view, const void *report);

/* A stream that takes no more is a failure. */
void page_fails_when_full(page_view *view, const void *report);

#endif
