/* Who loses time just now, and who is to blame? A watch that goes on, and a screen that is made
 * anew each second. */
#include "analyse/top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "cmd/terminal.h"
#include "host/features.h"
#include "recording/recent.h"
#include "view/top_screen.h"

#define SECOND_NS 1000000000ULL

/* What is forgotten at once would be there again: so often at most. */
#define RENEWAL_NS (60 * SECOND_NS)

/* What can be kept with a key: so much of the past, in so much memory. */
#define RECENT_NS            (10 * SECOND_NS)
#define RECENT_BYTES         ((size_t)32 << 20)
#define DICTIONARY_BYTES_MAX ((size_t)48 << 20)

struct top {
	const struct options *options;
	struct view_style style;
	struct topper *topper;
	struct recent *recent;
	struct terminal *terminal; /* NULL: none (yet): --batch */

	struct top_report *report;
	struct top_rows rows;
	struct top_detail *detail;
	struct top_state state;
	uint64_t first_ns;     /* the first glance of this watch */
	uint64_t glance_ns;    /* the last one */
	uint64_t report_ns;    /* the one that the report is of */
	bool is_pending;       /* the last glance is not judged yet */
	bool is_dirty;         /* what is to be seen has changed */
	bool wants_all;        /* all of it has to be drawn */
	uint32_t screens_left; /* of --batch */
	uint32_t renewals;
	bool is_renewed;
	bool target_ended;
	bool has_quit;
};

/* --- what is to be shown --- */

static struct top_model model_of(const struct top *top)
{
	const uint64_t shown_ns = top->report_ns, now_ns = top->glance_ns;

	return (struct top_model){
		.report = top->report,
		.rows = &top->rows,
		.detail = top->detail,
		.paused_s = now_ns > shown_ns ? (double)(now_ns - shown_ns) / 1e9 : 0,
		.renewals = top->renewals,
	};
}

static int choose_rows(struct top *top, struct diag *why)
{
	const struct top_choice choice = { .order = top->state.order,
					   .with_idle = top->state.with_idle,
					   .filter = top->state.filter };
	struct top_model model = model_of(top);

	if (!top->report)
		return 0;
	if (top_rows_choose(&top->rows, top->report, &choice) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	top_state_follow(&top->state, &model);
	return 0;
}

static int look_closely(struct top *top, struct diag *why)
{
	struct diag gone = {};
	int r;

	top_detail_free(&top->detail);
	if (top->state.page != TOP_PAGE_DETAIL || !top->report)
		return 0;
	r = topper_detail(top->topper, top->state.tid, &top->detail, &gone);
	return r == 0 || r == -ESRCH ? 0 : diag_set(why, r, "%s", gone.text);
}

static int print_screen(struct top *top, struct diag *why)
{
	const struct screen_style style = {
		.columns = top->style.columns,
		.lines = SCREEN_SIDE_MAX,
		.utf8 = top->style.utf8,
		.is_paper = true,
	};
	owns(screen_free) struct screen screen = {};
	struct top_model model = model_of(top);
	int r = top_screen_make(&top->state, &model, &style, &screen);

	if (r == 0)
		r = screen_print(&screen, stdout);
	if (r == 0 && --top->screens_left)
		r = putchar('\n') == EOF ? -EIO : 0;
	return r < 0 ? diag_set(why, r, "cannot write the screen: %s", strerror(-r)) : 0;
}

/* The newest report; a paused screen keeps the one it has. */
static int refresh(struct top *top, struct diag *why)
{
	int r;

	top->is_dirty = true;
	if (top->state.is_paused)
		return 0;
	top_report_free(&top->report);
	r = topper_report(top->topper, &top->report, why);
	if (r == -ENODATA) {
		diag_clear(why);
		return 0;
	}
	if (r < 0)
		return r;
	top->report_ns = top->glance_ns;
	r = choose_rows(top, why);
	if (r == 0)
		r = look_closely(top, why);
	return r < 0 || top->terminal || !top->screens_left ? r : print_screen(top, why);
}

static int draw(struct top *top, struct diag *why)
{
	struct screen_style style = { .utf8 = top->style.utf8 };
	owns(screen_free) struct screen screen = {};
	struct top_model model = model_of(top);

	if (!top->terminal || !top->is_dirty)
		return 0;
	terminal_size(top->terminal, &style.columns, &style.lines);
	if (top_screen_make(&top->state, &model, &style, &screen) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	terminal_draw(top->terminal, &screen, top->wants_all);
	top->is_dirty = top->wants_all = false;
	return 0;
}

/* --- freezing --- */

static void name_recording(const struct top *top, char *path, size_t bytes)
{
	time_t now = time(NULL);
	struct tm parts;

	if (top->options->output)
		(void)snprintf(path, bytes, "%s", top->options->output);
	else if (!localtime_r(&now, &parts) ||
		 !strftime(path, bytes, "slowpath-top-%Y%m%d-%H%M%S.slowpath", &parts))
		(void)snprintf(path, bytes, "slowpath-top.slowpath");
}

/* What is told up to the last glance shows also what lasted then. */
static int freeze(struct top *top, struct diag *why)
{
	char path[4096];
	uint64_t ns = 0;
	int r;

	name_recording(top, path, sizeof(path));
	r = recent_write(top->recent, path, top->glance_ns, &ns, why);
	if (r == 0)
		(void)snprintf(top->state.message, sizeof(top->state.message),
			       "the last %.1f s are kept: slowpath -i %.180s", (double)ns / 1e9,
			       path);
	return r;
}

/* --- keys --- */

static int act(struct top *top, enum top_action action, struct diag *why)
{
	struct diag failed = {};

	switch (action) {
	case TOP_ACTION_NONE:
		return 0;
	case TOP_ACTION_REORDER:
		/* In a new order no row has a place to keep. */
		top->rows.tids.count = 0;
		return choose_rows(top, why);
	case TOP_ACTION_DETAIL:
		return look_closely(top, why);
	case TOP_ACTION_FREEZE:
		if (freeze(top, &failed) < 0)
			(void)snprintf(top->state.message, sizeof(top->state.message), "%.250s",
				       failed.text);
		return 0;
	case TOP_ACTION_SUSPEND:
		terminal_suspend(top->terminal);
		top->wants_all = true;
		return 0;
	case TOP_ACTION_REDRAW:
		top->wants_all = true;
		return 0;
	case TOP_ACTION_QUIT:
		top->has_quit = true;
		return 0;
	}
	return 0;
}

static int take_keys(struct top *top, struct diag *why)
{
	unsigned int columns, lines;
	int key, r = 0;

	terminal_size(top->terminal, &columns, &lines);
	while (r == 0 && !top->has_quit && (key = terminal_key(top->terminal)) != TOP_KEY_NONE) {
		struct top_model model = model_of(top);

		r = act(top, top_key_take(&top->state, &model, key, lines), why);
		top->is_dirty = true;
	}
	return r;
}

static int attend(struct top *top, struct diag *why)
{
	switch (terminal_look(top->terminal)) {
	case TERMINAL_GONE:
		return diag_set(why, -EIO, "the terminal is gone");
	case TERMINAL_RESIZED:
	case TERMINAL_SUSPENDED:
		top->is_dirty = top->wants_all = true;
		break;
	case TERMINAL_NOTHING:
		break;
	}
	return take_keys(top, why);
}

/* --- the watch --- */

static int take(void *self, const struct event *event, struct diag *why)
{
	struct top *top = self;
	int r = recent_take(top->recent, event, why);

	return r < 0 ? r : topper_take(top->topper, event, why);
}

/* A glance is judged when what happened around it was told. */
static int judge(struct top *top, uint64_t told_ns, uint64_t glance_ns, struct diag *why)
{
	int r;

	if (glance_ns != top->glance_ns) {
		topper_mark(top->topper, glance_ns);
		top->first_ns = top->first_ns ?: glance_ns;
		top->glance_ns = glance_ns;
		top->is_pending = true;
	}
	if (!top->is_pending || told_ns < glance_ns + TOPPER_LAG_NS)
		return 0;
	top->is_pending = false;
	r = topper_turn(top->topper, told_ns, why);
	return r < 0 ? r : refresh(top, why);
}

static bool is_full(const struct top *top)
{
	return top->glance_ns - top->first_ns > RENEWAL_NS &&
	       (topper_is_full(top->topper) ||
		recent_dictionary_bytes(top->recent) > DICTIONARY_BYTES_MAX);
}

static int tick(void *self, uint64_t told_ns, uint64_t glance_ns, struct diag *why)
{
	struct top *top = self;
	int r = judge(top, told_ns, glance_ns, why);

	if (r == 0 && top->terminal)
		r = attend(top, why);
	if (r == 0)
		r = draw(top, why);
	if (r < 0)
		return r;
	if (!top->terminal && !top->screens_left)
		top->has_quit = true;
	top->is_renewed = !top->has_quit && is_full(top);
	return top->has_quit || top->is_renewed;
}

/* One watch, with nothing left of the one before but what is to be seen. */
static int watch(struct top *top, struct diag *why)
{
	const struct options *options = top->options;
	const struct event_sink thinker = { .take = take, .self = top };
	struct live_onlooker onlooker = { .every_ns = SECOND_NS, .tick = tick, .self = top };
	struct features features = {};
	struct live_options live = {
		.features = &features,
		.what = WATCH_ALL,
		.tgids = options->pids.items,
		.tgid_count = options->pids.count,
		.sample_hz = options->sample_hz,
		.onlooker = &onlooker,
	};
	struct live_end end;
	int r;

	topper_free(&top->topper);
	recent_free(&top->recent);
	top->first_ns = top->glance_ns = 0;
	top->is_pending = top->is_renewed = false;
	if (top->terminal)
		onlooker.fds = terminal_fds(top->terminal, &onlooker.fd_count);
	/* To load the programs takes a while. */
	top->is_dirty = top->wants_all = true;
	r = draw(top, why);
	if (r < 0)
		return r;
	r = topper_new((uint32_t)getpid(), &top->topper);
	if (r == 0)
		r = recent_new(RECENT_NS, RECENT_BYTES, &top->recent);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = features_from_options(options, &features, why);
	if (r == 0)
		r = live_run(&live, &thinker, &end, why);
	features_free(&features);
	top->target_ended = r == 0 && end.target_ended;
	return r;
}

static int watch_on(struct top *top, struct diag *why)
{
	int r;

	do {
		r = watch(top, why);
		top->renewals += top->is_renewed;
	} while (r == 0 && top->is_renewed);
	/* Of --batch this is the only moment at which it can be asked for. */
	if (r == 0 && !top->terminal && top->options->output)
		r = freeze(top, why);
	return r;
}

static int run(struct top *top, bool is_batch, struct diag *why)
{
	int r = 0;

	if (!is_batch)
		r = terminal_open(top->style.color, top->style.utf8, &top->terminal, why);
	if (r == 0)
		r = watch_on(top, why);
	/* Before anything is said. */
	terminal_close(&top->terminal);
	return r;
}

static int refuse(int status, const char *words)
{
	struct diag why = {};

	(void)diag_set(&why, -ENOTSUP, "%s", words);
	cmd_complain(&why);
	return status;
}

int cmd_top(struct options *options)
{
	bool is_batch = options->given & OPTION_BIT(BATCH);
	struct top top = {
		.options = options,
		.style = style_for(options, STDOUT_FILENO),
		.screens_left = is_batch ? options->batch : 0,
	};
	struct diag why = {};
	int r;

	if (is_batch && !options->batch)
		return refuse(CMD_USAGE, "--batch prints at least 1 screen");
	if (!is_batch && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)))
		return refuse(CMD_USAGE,
			      "top needs a terminal on standard input and output: --batch N prints "
			      "N screens as text");
	if (!is_batch && !terminal_is_built())
		return refuse(CMD_FAILED,
			      "this slowpath was built without ncursesw, which its screen "
			      "needs: --batch N prints N screens as text");
	/* It was checked when the options were read. */
	r = options->order ? top_order_read(options->order, &top.state.order) : 0;
	if (r == 0)
		r = run(&top, is_batch, &why);
	if (r == 0 && top.target_ended)
		(void)diag_set(&why, -ESRCH, "process %u has ended, and so the watch",
			       options->pids.items[0]);
	if (why.code)
		cmd_complain(&why);
	top_report_free(&top.report);
	top_detail_free(&top.detail);
	top_rows_free(&top.rows);
	topper_free(&top.topper);
	recent_free(&top.recent);
	return r < 0 ? CMD_FAILED : CMD_DONE;
}
