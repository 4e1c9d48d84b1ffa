/* How do we say it on a terminal? The verdict first, then what stands behind it, in 80 to 200
 * columns. */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/finding.h"
#include "view/page.h"

enum {
	VIEW_COLUMNS_MIN = 80,
	VIEW_COLUMNS_MAX = 200,
};

struct view_style {
	unsigned int columns; /* taken as at least VIEW_COLUMNS_MIN and at most VIEW_COLUMNS_MAX */
	bool color;
	bool utf8; /* the terminal shows UTF-8; else all is ASCII */
};

/* An empty page of that style. */
struct page view_page(const struct view_style *style, FILE *out);

/* Print the verdict for people. -errno when out took no more; it is flushed. */
must_check int view_text(const struct verdict *verdict, const struct view_style *style, FILE *out);

#endif
