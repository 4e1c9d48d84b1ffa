/* How does the live screen look, and what do its keys do? Pure functions of what is known, of what
 * the user chose and of the size; whoever draws and reads keys is elsewhere. */
#ifndef VIEW_TOP_SCREEN_H
#define VIEW_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "finding/top.h"
#include "view/screen.h"

enum top_page {
	TOP_PAGE_THREADS,
	TOP_PAGE_CULPRITS,
	TOP_PAGE_DETAIL,
	TOP_PAGE_HELP,
};

enum {
	TOP_FILTER_BYTES = 64,
	TOP_MESSAGE_BYTES = 256,
};

/* What the user chose so far. Zero is the begin. */
struct top_state {
	enum top_page page;
	enum top_page before; /* where leaving the detail or the help leads to */
	enum top_order order;
	bool with_idle;
	bool is_paused;
	bool is_typing; /* a filter */
	char filter[TOP_FILTER_BYTES];
	char former[TOP_FILTER_BYTES]; /* the filter before it is typed anew */

	/* The selected row. While the user has chosen none it is the first one, whatever that is; a
	 * chosen one is kept wherever it moves. */
	bool has_chosen;
	uint32_t tid;
	size_t place;
	size_t top;    /* the first row that is shown */
	size_t scroll; /* of the detail and the help */

	char message[TOP_MESSAGE_BYTES]; /* told until the next key */
};

/* What there is to show. */
struct top_model {
	const struct top_report *report; /* NULL: not yet */
	const struct top_rows *rows;
	const struct top_detail
		*detail;   /* of the selected thread; NULL: it is not there any more */
	double paused_s;   /* how old the report is, while it is paused */
	uint32_t renewals; /* so often the watch was begun anew */
};

enum top_key {
	TOP_KEY_NONE,
	/* ASCII characters are themselves. */
	TOP_KEY_UP = 256,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
	TOP_KEY_OTHER, /* it does nothing */
};

enum top_action {
	TOP_ACTION_NONE,
	TOP_ACTION_REORDER, /* order, filter or choice changed: choose the rows anew */
	TOP_ACTION_DETAIL,  /* the selected thread's detail is wanted */
	TOP_ACTION_FREEZE,  /* keep the last seconds in a recording */
	TOP_ACTION_SUSPEND,
	TOP_ACTION_REDRAW, /* all of it */
	TOP_ACTION_QUIT,
};

/* Take a key. lines: of the screen, to know how far a page is. */
enum top_action top_key_take(struct top_state *state, const struct top_model *model, int key,
			     unsigned int lines);

/* The rows changed: the selection stays with its thread, or where it was when that is gone. */
void top_state_follow(struct top_state *state, const struct top_model *model);

/* Lay the page out. What does not fit is left out, down to nothing at all; state->top and
 * state->scroll are moved so that what matters is seen. 0 or -ENOMEM; the screen is the caller's,
 * to end with screen_free() whatever came of it. */
must_check int top_screen_make(struct top_state *state, const struct top_model *model,
			       const struct screen_style *style, struct screen *ret);

#endif
