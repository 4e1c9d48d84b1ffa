/* Where does the page go that --html names? Into a new file, which is made before anything is
 * watched. */
#ifndef CMD_HTML_H
#define CMD_HTML_H

#include <jansson.h>
#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "finding/profile.h"

/* What a page is made of, gathered while the answer is said. */
struct html_file {
	const char *path;
	int fd;
	json_t *report; /* NULL: not told yet */
	char *flame;    /* NULL: none */
};

#define HTML_FILE_NONE ((struct html_file){ .fd = -1 })

/*
 * Make the file that --html names, if it does. What is no page of slowpath is never overwritten.
 * -ENOTSUP: this slowpath was built without; -errno: nothing was touched.
 */
must_check int html_file_open(const struct options *options, struct html_file *file,
			      struct diag *why);

/* Keep the report (a command's, as --json prints it); it is taken. -ENOMEM when it is NULL. */
must_check int html_keep(struct html_file *file, json_t *report);

/* Keep a flame graph beside it. */
must_check int html_draw(struct html_file *file, const struct profile *profile,
			 bool is_differential, struct diag *why);

/* Write what was kept. -errno: what is in the file is cut short. */
must_check int html_file_write(struct html_file *file, const struct options *options,
			       struct diag *why);

void html_file_close(struct html_file *file);

#endif
