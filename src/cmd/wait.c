/* Where do threads wait, what for, and who ends it? Watches or reads, adds up the waits, and says
 * so. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/waiter.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/html.h"
#include "cmd/pictured.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/folded.h"
#include "view/wait_dot.h"
#include "view/wait_json.h"
#include "view/wait_text.h"

/* Wakers are asked for by thread, and those of a table as they come together. */
static const char KEYS_OF_TABLE[] = "pool,cause,function,waker";
static const char KEYS_OF_WAKERS[] = "thread,cause,function,waker";

static int print(const struct options *options, const struct wait_report *report)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_wait_json(report, stdout);
	if (options->folded)
		return view_folded(report->tree, stdout);
	if (options->dot)
		return view_wakers_dot(report, stdout);
	if (options->wakers)
		return view_wakers_text(report, &style, stdout);
	return view_wait_text(report, &style, stdout);
}

static int say(const struct options *options, void *waiter, struct diag *why)
{
	owns(wait_report_free) struct wait_report *report = NULL;
	int r = waiter_report(waiter, &report, why);

	if (r < 0)
		return r;
	r = print(options, report);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_wait_json_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

static int tree(void *waiter, struct profile **ret, struct diag *why)
{
	owns(wait_report_free) struct wait_report *report = NULL;
	int r;

	waiter_leave_out(waiter, FLAME_SHARE_MIN);
	r = waiter_report(waiter, &report, why);
	if (r < 0)
		return r;
	*ret = give(report->tree);
	return 0;
}

static const struct pictured_kind KIND = { .take = waiter_take, .say = say, .tree = tree };

int cmd_wait(struct options *options)
{
	owns(waiter_free) struct waiter *waiter = NULL;
	owns(waiter_free) struct waiter *before = NULL;
	const char *by = options->by;
	struct waiter_options wanted = {
		.min_share = options->min_share,
		.over_ns = options->over_ns,
		.state = options->state,
		.has_idle = options->idle,
	};

	options->what = WATCH_ALL;
	options->call_stack_ns = SOURCE_CALL_STACK_NS;
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	if (!by)
		by = options->wakers ? KEYS_OF_WAKERS : KEYS_OF_TABLE;
	/* That the text is sound was looked at when it was read. */
	if (wait_keys_read(by, &wanted.keys) < 0)
		return CMD_USAGE;
	if (waiter_new(&wanted, &waiter) < 0 ||
	    (options->before && waiter_new(&wanted, &before) < 0))
		return pictured_fail(options);
	return pictured_run(options, &(struct pictured){ &KIND, waiter, before });
}
