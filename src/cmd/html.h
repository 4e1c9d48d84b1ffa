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
#include "view/html.h"

/* What a page is made of, gathered while the answer is said. */
struct html_file {
	const char *path;
	int fd;
	json_t *report; /* NULL: not told yet */
	struct html_flame flames[HTML_FLAMES_MAX];
	size_t flame_count;
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

struct html_picture {
	const char *name;
	const struct profile *profile;
	bool is_differential;
	size_t bytes_max; /* all of a page's together: HTML_FLAMES_BYTES_MAX */
};

/* Keep a flame graph beside it, at most HTML_FLAMES_MAX. */
must_check int html_draw(struct html_file *file, const struct html_picture *picture,
			 struct diag *why);

/* Write what was kept. -errno: what is in the file is cut short. */
must_check int html_file_write(struct html_file *file, const struct options *options,
			       struct diag *why);

void html_file_close(struct html_file *file);

#endif
