/* How do we say on a terminal who waited, what for, and who ended it? In 80 to 200 columns. */
#ifndef VIEW_WAIT_TEXT_H
#define VIEW_WAIT_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/wait.h"
#include "view/text.h"

/* Print the table and the tree for people. -errno when out took no more; it is flushed. */
must_check int view_wait_text(const struct wait_report *report, const struct view_style *style,
			      FILE *out);

/* Print who wakes whom instead. */
must_check int view_wakers_text(const struct wait_report *report, const struct view_style *style,
				FILE *out);

/* A name with its number and role, as long as both may be; unescaped. */
struct wait_title {
	char text[256];
};

/* Who ended a wait: "kworker/0:1[17] (…)", "an interrupt, a request of vda", "nobody yet". */
struct wait_title wait_waker_title(const struct wait_waker *waker);

#endif
