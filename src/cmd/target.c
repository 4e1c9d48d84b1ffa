/* What is to be watched, and what is it called? */
#include "cmd/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/procfs.h"

enum watch_target target_kind(const struct live_options *options)
{
	if (options->command)
		return WATCH_COMMAND;
	return options->tgid_count ? WATCH_PROCESS : WATCH_MACHINE;
}

void target_name(const struct live_options *options, char *name, size_t bytes)
{
	struct host_task task;
	const char *base = "";

	memset(name, 0, bytes);
	if (options->command) {
		base = strrchr(options->command[0], '/');
		base = base ? base + 1 : options->command[0];
	} else if (options->tgid_count &&
		   host_task_read(options->tgids[0], options->tgids[0], &task) == 0) {
		base = task.comm;
	}
	(void)snprintf(name, bytes, "%s", base);
}

int target_check(const struct live_options *options, struct diag *why)
{
	for (size_t i = 0; i < options->tgid_count; i++) {
		struct host_task task;

		if (host_task_read(options->tgids[i], options->tgids[i], &task) < 0)
			return diag_set(why, -ESRCH,
					"no process %u: it has ended, or never was; see 'ps -e'",
					options->tgids[i]);
		if (task.tgid != options->tgids[i])
			return diag_set(why, -ESRCH, "%u is a thread of process %u: use -p %u",
					options->tgids[i], task.tgid, task.tgid);
	}
	return 0;
}
