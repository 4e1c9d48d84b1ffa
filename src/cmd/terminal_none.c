/* What if there is no ncurses? Then no terminal can be taken, and whoever asks is told why. */
#include <errno.h>

#include "cmd/terminal.h"

bool terminal_is_built(void)
{
	return false;
}

int terminal_open(bool color, bool utf8, struct terminal **ret, struct diag *why)
{
	return diag_set(why, -ENOTSUP, "this slowpath was built without ncursesw");
}

void terminal_close(struct terminal **terminal)
{
}

const struct pollfd *terminal_fds(const struct terminal *terminal, size_t *ret_count)
{
	*ret_count = 0;
	return NULL;
}

enum terminal_news terminal_look(struct terminal *terminal)
{
	return TERMINAL_GONE;
}

void terminal_suspend(struct terminal *terminal)
{
}

int terminal_key(struct terminal *terminal)
{
	return 0;
}

void terminal_size(const struct terminal *terminal, unsigned int *ret_columns,
		   unsigned int *ret_lines)
{
	*ret_columns = *ret_lines = 0;
}

void terminal_draw(struct terminal *terminal, const struct screen *screen, bool all)
{
}
