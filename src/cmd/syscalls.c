/* Which system calls are made, how long do they take, and what do the longest wait for? Watches or
 * reads, counts, and says so. */
#include "analyse/syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/json_values.h"
#include "view/latency_map_json.h"
#include "view/syscalls_json.h"
#include "view/syscalls_text.h"

/* What a call must take to be told one by one. */
#define OVER_NS 1000000

static const char KEYS[] = "syscall";
static const char ORDER[] = "total";

static json_t *page_object(const struct syscall_report *report)
{
	json_t *object = view_syscalls_json_object(report);

	return json_finished(object, json_object_set_new(object, "latency_maps",
							 view_latency_maps_json(&report->maps)));
}

static int say(const struct options *options, void *syscalls, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(syscall_report_free) struct syscall_report *report = NULL;
	int r = syscalls_report(syscalls, &report, why);

	if (r < 0)
		return r;
	r = options->json ? view_syscalls_json(report, stdout)
			  : view_syscalls_text(report, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, page_object(report));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int cmd_syscalls(struct options *options)
{
	owns(syscalls_free) struct syscalls *syscalls = NULL;
	struct syscalls_options wanted = {
		.over_ns = options->over_ns ?: OVER_NS,
		.has_idle = options->idle,
	};
	struct answer answer = { .sink = { .take = syscalls_take }, .say = say };
	struct diag why = {};

	/* That the texts are sound was looked at when they were read. */
	if (syscall_keys_read(options->by ?: KEYS, &wanted.keys) < 0 ||
	    syscall_order_read(options->order ?: ORDER, &wanted.order) < 0)
		return CMD_USAGE;
	if (syscalls_new(&wanted, &syscalls) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		cmd_complain(&why);
		return options->argv ? CMD_OWN_FAILURE : CMD_FAILED;
	}
	options->what = WATCH_CALLS;
	options->sample_hz = 0;
	options->call_over_ns = options->call_stack_ns = wanted.over_ns;
	answer.sink.self = syscalls;
	return source_answer(options, &answer);
}
