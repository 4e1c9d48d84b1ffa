/* What are the lines of a text? Read in pieces; what is left of a line waits for the next piece. */
#include "import/text_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)256 << 10)

static int take_lines(char *buffer, size_t bytes, text_line_take *take, void *self,
		      size_t *ret_left, struct diag *why)
{
	const char *text = buffer, *limit = text + bytes, *end;
	int r = 0;

	for (; r == 0 && (end = memchr(text, '\n', (size_t)(limit - text))); text = end + 1)
		r = take(self, text, (size_t)(end - text), why);
	*ret_left = (size_t)(limit - text);
	memmove(buffer, text, *ret_left);
	return r;
}

int text_lines_read(int fd, const char *path, text_line_take *take, void *self, struct diag *why)
{
	owns(own_free) char *buffer = malloc(BUFFER_BYTES);
	size_t held = 0;
	off_t at = 0;
	int r = 0;

	if (!buffer)
		return diag_set(why, -ENOMEM, "out of memory");
	while (r == 0) {
		ssize_t n = pread(fd, buffer + held, BUFFER_BYTES - held, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_set(why, -errno, "cannot read %s: %s", path, strerror(errno));
		if (n == 0)
			break;
		at += n;
		r = take_lines(buffer, held + (size_t)n, take, self, &held, why);
		if (r == 0 && held == BUFFER_BYTES)
			return diag_set(why, -EBADMSG, "%s is no text: it has no lines", path);
	}
	return r;
}
