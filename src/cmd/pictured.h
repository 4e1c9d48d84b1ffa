/* How is a question answered whose answer can be drawn as well, and compared with an earlier one?
 */
#ifndef CMD_PICTURED_H
#define CMD_PICTURED_H

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "event/event.h"
#include "finding/profile.h"

/* Those who think about the events in one way. All: 0 or -errno with the reason. */
struct pictured_kind {
	int (*take)(void *thinker, const struct event *event, struct diag *why);
	/* The answer in words, on standard output. */
	int (*say)(const struct options *options, void *thinker, struct diag *why);
	/* What is drawn: *ret is the caller's. */
	int (*tree)(void *thinker, struct profile **ret, struct diag *why);
};

struct pictured {
	const struct pictured_kind *kind;
	void *thinker;
	void *before; /* another one, for --before; NULL: nothing to compare with */
};

/* Watch or read, say the answer, and draw it where --flame says. What went wrong was told. Returns
 * the exit status. */
int pictured_run(struct options *options, const struct pictured *pictured);

/* There is no memory for the thinkers: told. Returns the exit status. */
int pictured_fail(const struct options *options);

#endif
