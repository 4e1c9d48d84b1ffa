/* How does a screen get onto a terminal, and keys from it? Through ncurses, which is told nothing
 * but lines that are escaped already. */
#include "cmd/terminal.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Not its macros: they have everybody's names. */
#define NCURSES_NOMACROS         1
#define NCURSES_WIDECHAR         1
#define NCURSES_ENABLE_STDBOOL_H 1
#include <ncurses.h>

#include "view/top_screen.h"

enum {
	ESCAPE_MS = 25, /* after an escape: what comes later is no part of its sequence */
	FDS = 2,
	COLORED_WARNING = 1, /* pairs of colors */
	COLORED_BAR = 2,
};

/* Of these ncurses takes some for itself, to end or stop us as it likes. */
static const int SIGNALS[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };

struct terminal {
	SCREEN *screen;
	bool has_color;
	struct pollfd fds[FDS]; /* standard input; the signals' descriptor, owned */
	sigset_t mask;          /* before we took ours */
	struct sigaction actions[sizeof(SIGNALS) / sizeof(SIGNALS[0])];
};

bool terminal_is_built(void)
{
	return true;
}

/* --- signals --- */

static sigset_t own_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGWINCH);
	return set;
}

static int take_signals(struct terminal *terminal, struct diag *why)
{
	const sigset_t set = own_signals();
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return diag_set(why, -errno, "cannot take signals: %s", strerror(errno));
	terminal->fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	terminal->fds[1] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (size_t i = 0; i < array_count(SIGNALS); i++)
		(void)sigaction(SIGNALS[i], NULL, &terminal->actions[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &terminal->mask);
	return 0;
}

static void give_signals_back(struct terminal *terminal)
{
	for (size_t i = 0; i < array_count(SIGNALS); i++)
		(void)sigaction(SIGNALS[i], &terminal->actions[i], NULL);
	own_close(&terminal->fds[1].fd);
	(void)sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
}

/* --- the life of it --- */

static void set_colors(struct terminal *terminal, bool color)
{
	terminal->has_color = color && has_colors() && start_color() == OK &&
			      use_default_colors() == OK &&
			      init_pair(COLORED_WARNING, COLOR_RED, -1) == OK &&
			      init_pair(COLORED_BAR, COLOR_BLACK, COLOR_CYAN) == OK;
}

static int begin(struct terminal *terminal, bool color, struct diag *why)
{
	const char *type = getenv("TERM");

	/* Not initscr(), which ends the program where it fails. */
	terminal->screen = newterm(NULL, stdout, stdin);
	if (!terminal->screen)
		return diag_set(why, -ENOTSUP,
				"nothing is known of terminals of the type '%s': set TERM, or use "
				"--batch",
				type ? type : "");
	set_term(terminal->screen);
	/* (char *)-1: that is no text; NULL: it has none. */
	if (!tigetstr("cup") || tigetstr("cup") == (char *)-1) {
		(void)endwin();
		return diag_set(why, -ENOTSUP,
				"terminals of the type '%s' cannot move their cursor: use --batch",
				type ? type : "");
	}
	/* Ctrl-C and its like are keys here: nothing may end us behind our back. */
	(void)raw();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, true);
	(void)nodelay(stdscr, true);
	(void)set_escdelay(ESCAPE_MS);
	(void)curs_set(0);
	set_colors(terminal, color);
	return 0;
}

int terminal_open(bool color, bool utf8, struct terminal **ret, struct diag *why)
{
	owns(terminal_close) struct terminal *terminal = calloc(1, sizeof(*terminal));
	int r;

	if (!terminal)
		return diag_set(why, -ENOMEM, "out of memory");
	terminal->fds[1].fd = -1;
	r = take_signals(terminal, why);
	if (r < 0)
		return r;
	/* What ncurses needs to know a character from its bytes; numbers stay as they are. */
	if (utf8)
		(void)setlocale(LC_CTYPE, "");
	r = begin(terminal, color, why);
	if (r < 0)
		return r;
	*ret = give(terminal);
	return 0;
}

void terminal_close(struct terminal **terminal)
{
	struct terminal *old = *terminal;

	*terminal = NULL;
	if (!old)
		return;
	if (old->screen) {
		if (!isendwin()) {
			(void)curs_set(1);
			(void)endwin();
		}
		delscreen(old->screen);
	}
	(void)setlocale(LC_CTYPE, "C");
	if (old->fds[1].fd >= 0)
		give_signals_back(old);
	free(old);
}

/* --- news --- */

const struct pollfd *terminal_fds(const struct terminal *terminal, size_t *ret_count)
{
	*ret_count = FDS;
	return terminal->fds;
}

static enum terminal_news news_of(struct terminal *terminal, int signal)
{
	switch (signal) {
	case SIGHUP:
	case SIGQUIT:
		return TERMINAL_GONE;
	case SIGTSTP:
		terminal_suspend(terminal);
		return TERMINAL_SUSPENDED;
	case SIGWINCH:
		return TERMINAL_RESIZED;
	default:
		return TERMINAL_NOTHING;
	}
}

static void resize(void)
{
	struct winsize size = {};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		(void)resizeterm(size.ws_row, size.ws_col);
}

enum terminal_news terminal_look(struct terminal *terminal)
{
	struct pollfd keys = terminal->fds[0];
	struct signalfd_siginfo info;
	enum terminal_news news = TERMINAL_NOTHING, last;

	if (poll(&keys, 1, 0) > 0 && keys.revents & (POLLHUP | POLLERR | POLLNVAL))
		return TERMINAL_GONE;
	while (read(terminal->fds[1].fd, &info, sizeof(info)) == sizeof(info)) {
		last = news_of(terminal, (int)info.ssi_signo);
		news = last > news ? last : news;
	}
	if (news == TERMINAL_RESIZED || news == TERMINAL_SUSPENDED)
		resize();
	return news;
}

void terminal_suspend(struct terminal *terminal)
{
	const struct sigaction stop = { .sa_handler = SIG_DFL };
	sigset_t set;

	(void)curs_set(1);
	(void)endwin();
	(void)sigaction(SIGTSTP, &stop, NULL);
	(void)kill(0, SIGTSTP);
	/* It is delivered now, and we go on from here. */
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)refresh();
	(void)curs_set(0);
}

static const struct {
	int code;
	enum top_key key;
} KEYS[] = {
	{ KEY_UP, TOP_KEY_UP },         { KEY_DOWN, TOP_KEY_DOWN },
	{ KEY_PPAGE, TOP_KEY_PAGE_UP }, { KEY_NPAGE, TOP_KEY_PAGE_DOWN },
	{ KEY_HOME, TOP_KEY_HOME },     { KEY_END, TOP_KEY_END },
	{ KEY_ENTER, TOP_KEY_ENTER },   { KEY_BACKSPACE, TOP_KEY_BACKSPACE },
	{ 27, TOP_KEY_ESCAPE },
};

int terminal_key(struct terminal *terminal)
{
	int code;

	/* That the size changed is known already: it is no key. */
	do {
		code = getch();
	} while (code == KEY_RESIZE);
	if (code == ERR)
		return TOP_KEY_NONE;
	for (size_t i = 0; i < array_count(KEYS); i++) {
		if (KEYS[i].code == code)
			return (int)KEYS[i].key;
	}
	/* A key that has no meaning here is a key all the same. */
	return code > 0 && code < 256 ? code : TOP_KEY_OTHER;
}

/* --- the screen --- */

void terminal_size(const struct terminal *terminal, unsigned int *ret_columns,
		   unsigned int *ret_lines)
{
	int columns = getmaxx(stdscr), lines = getmaxy(stdscr);

	*ret_columns = columns > 0 ? (unsigned int)columns : 0;
	*ret_lines = lines > 0 ? (unsigned int)lines : 0;
}

static void paint(const struct terminal *terminal, int line, const struct screen_piece *piece)
{
	attr_t attributes = A_NORMAL;
	short pair = 0;

	switch (piece->paint) {
	case SCREEN_PLAIN:
		return;
	case SCREEN_STRONG:
		attributes = A_BOLD;
		break;
	case SCREEN_BAR:
		attributes = terminal->has_color ? A_NORMAL : A_REVERSE;
		pair = terminal->has_color ? COLORED_BAR : 0;
		break;
	case SCREEN_SELECTED:
		attributes = A_REVERSE;
		break;
	case SCREEN_WARNING:
		attributes = A_BOLD;
		pair = terminal->has_color ? COLORED_WARNING : 0;
		break;
	}
	(void)mvchgat(line, (int)piece->column, (int)piece->columns, attributes, pair, NULL);
}

void terminal_draw(struct terminal *terminal, const struct screen *screen, bool all)
{
	(void)erase();
	for (size_t i = 0; i < screen->lines.count && i < screen->style.lines; i++) {
		const struct screen_line *line = &screen->lines.items[i];

		(void)mvaddstr((int)i, 0, line->text.items);
		for (size_t k = 0; k < line->pieces.count; k++)
			paint(terminal, (int)i, &line->pieces.items[k]);
	}
	if (all)
		(void)clearok(stdscr, true);
	(void)refresh();
}
