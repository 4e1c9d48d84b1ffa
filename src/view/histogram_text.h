/* How is a distribution said on a terminal? A bar for each doubling. */
#ifndef VIEW_HISTOGRAM_TEXT_H
#define VIEW_HISTOGRAM_TEXT_H

#include "finding/latency.h"
#include "view/page.h"

/* A line for each doubling from the first to the last that something is in. */
void histogram_text(const struct latency *latency, struct page *page);

#endif
