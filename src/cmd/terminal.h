/*
 * How does a screen get onto a terminal, and keys from it? The one file that knows ncurses; where
 * that was missing when slowpath was built, another one stands in.
 */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <poll.h>
#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "view/screen.h"

struct terminal;

/* What happened to the terminal since the last question. */
enum terminal_news {
	TERMINAL_NOTHING,
	TERMINAL_RESIZED,
	TERMINAL_SUSPENDED, /* and continued */
	TERMINAL_GONE,      /* it was closed, or SIGHUP or SIGQUIT says so */
};

/* Was slowpath built with ncurses? */
bool terminal_is_built(void);

/*
 * Take the terminal on standard input and output, and the signals that concern it. On success *ret
 * is the caller's; terminal_close() makes all as it was: modes, cursor, what stood on the screen,
 * signals. -ENOTSUP: it cannot do what is needed. There is only one at a time.
 */
must_check int terminal_open(bool color, bool utf8, struct terminal **ret, struct diag *why);
void terminal_close(struct terminal **terminal);

/* When one of these is ready, look for news and keys. *ret_count of them, valid until the close. */
const struct pollfd *terminal_fds(const struct terminal *terminal, size_t *ret_count);

enum terminal_news terminal_look(struct terminal *terminal);

/* Give the terminal back, stop as Ctrl-Z does, and take it again when we are continued. */
void terminal_suspend(struct terminal *terminal);

/* The next key, as enum top_key has it, without waiting; TOP_KEY_NONE: there is none. */
int terminal_key(struct terminal *terminal);

void terminal_size(const struct terminal *terminal, unsigned int *ret_columns,
		   unsigned int *ret_lines);

/* Show the screen. all: draw what should stand there already, too. */
void terminal_draw(struct terminal *terminal, const struct screen *screen, bool all);

#endif
