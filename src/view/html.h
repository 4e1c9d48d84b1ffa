/*
 * How do we say it to people who would rather look? As one page that needs nothing but a browser:
 * the report as data, beside the script and style that show it (view/report/, an npm project which
 * is bundled while building).
 */
#ifndef VIEW_HTML_H
#define VIEW_HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/profile.h"

/* By which an earlier page is known: see recording/place.h. */
#define HTML_FIRST_BYTES "<!doctype html>\n<!-- slowpath: a report -->\n"

enum {
	/* A page is never larger than 10 MiB: what stands in it is cut before, and said to be. */
	HTML_REPORT_BYTES_MAX = 5 << 20,
	HTML_FLAMES_BYTES_MAX = 4 << 20, /* all flame graphs together */
	HTML_FLAMES_MAX = 2,
	HTML_ROWS_MAX = 10000, /* of a list, before it is cut further */
};

/* Was the page there to be built in? Without it view_html() shows nothing. */
bool view_html_is_built(void);

struct html_flame {
	const char *name; /* ours: "On-CPU flame graph" */
	char *json;       /* of view_html_flame() */
};

struct html_page {
	const char *command; /* "diagnose" */
	const char *version; /* of slowpath */
	const char *input;   /* any bytes; NULL: a watch */
	json_t *report;      /* as --json prints it; lists that are too long are cut in it */
	struct html_flame flames[HTML_FLAMES_MAX]; /* in the order in which they are shown */
	size_t flame_count;
};

/*
 * The flame graph of a profile as the page takes it, the caller's to free: frames too narrow are
 * left out until it fits into so many bytes, and it says so itself. -ENOMEM; -EFBIG; or what
 * view_flame() says.
 */
must_check int view_html_flame(const struct profile *profile, bool is_differential,
			       size_t bytes_max, char **ret);

/*
 * Write the page: the same bytes for the same report. Its call tree ("tree") is left to the flame
 * graph. -ENOMEM; -EFBIG: the report cannot be cut to fit; or -errno when out took no more; it is
 * flushed.
 */
must_check int view_html(const struct html_page *page, FILE *out);

/* Write JSON so that it may stand in an element of a page: what HTML or a script could obey becomes
 * \uNNNN. */
void html_put_json(FILE *out, const char *json);

#endif
