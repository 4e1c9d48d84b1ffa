/* What can the reader's terminal show? Asked of the terminal and of the environment, each time
 * anew. */
#include "cmd/style.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool wants_color(enum color_when when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	switch (when) {
	case COLOR_ALWAYS:
		return true;
	case COLOR_NEVER:
		return false;
	case COLOR_AUTO:
		return !(no_color && no_color[0]) && isatty(fd) && term &&
		       strcmp(term, "dumb") != 0;
	}
	return false;
}

static unsigned int columns_of(int fd)
{
	struct winsize size = {};
	const char *columns = getenv("COLUMNS");
	unsigned long wanted = 0;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		wanted = size.ws_col;
	else if (columns)
		wanted = strtoul(columns, NULL, 10);

	if (wanted < VIEW_COLUMNS_MIN)
		return VIEW_COLUMNS_MIN;
	return wanted > VIEW_COLUMNS_MAX ? VIEW_COLUMNS_MAX : (unsigned int)wanted;
}

bool style_is_utf8(void)
{
	/* A locale of our own: the program's stays "C", so that no number is ever printed with a
	 * comma. */
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool is_utf8;

	if (!locale)
		return false;
	is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return is_utf8;
}

struct view_style style_for(const struct options *options, int fd)
{
	return (struct view_style){
		.columns = columns_of(fd),
		.color = wants_color(options->color, fd),
		.utf8 = style_is_utf8(),
	};
}
