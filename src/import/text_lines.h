/* What are the lines of a text? Of any size, in bounded memory. */
#ifndef IMPORT_TEXT_LINES_H
#define IMPORT_TEXT_LINES_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"

/* A line without its newline; what is returned other than 0 ends the reading. */
typedef int text_line_take(void *self, const char *line, size_t bytes, struct diag *why);

/*
 * Hand each line of a regular file to take(), from the file's begin. A last one without its newline
 * does not count: it may be half of one. 0, what take() returned, -EBADMSG: a line is longer than
 * any text's, or -errno. The path is for the reason.
 */
must_check int text_lines_read(int fd, const char *path, text_line_take *take, void *self,
			       struct diag *why);

#endif
