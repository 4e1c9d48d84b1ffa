/* What does leaving the guest cost a durable write? Measures this side, and reads what the other
 * one printed. */
#include "analyse/world_switch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/signals.h"
#include "cmd/style.h"
#include "host/durable.h"
#include "host/facts.h"
#include "host/rooted.h"
#include "view/world_switch.h"

/* What the facts say of the hypervisor. */
static int take_fact(void *self, const struct event *event, struct diag *why)
{
	static const char KEY[] = "hypervisor";
	const struct event_fact *fact = (const void *)event;
	struct sync_run *run = self;

	(void)why;
	if (event->kind == EVENT_FACT && fact->key_bytes == strlen(KEY) &&
	    memcmp(fact->text, KEY, strlen(KEY)) == 0)
		(void)snprintf(run->hypervisor, sizeof(run->hypervisor), "%.*s",
			       (int)fact->value_bytes, fact->text + fact->key_bytes);
	return 0;
}

static bool is_interrupted(void *self)
{
	const struct signals *signals = self;
	struct signalfd_siginfo info;

	return read(signals->fd, &info, sizeof(info)) == sizeof(info);
}

static int fold(const struct durable *durable, const char *folder, struct sync_run *run,
		struct diag *why)
{
	size_t count = durable->times.count;
	owns(own_free) uint64_t *write_ns = malloc((count + 1) * sizeof(*write_ns));
	owns(own_free) uint64_t *sync_ns = malloc((count + 1) * sizeof(*sync_ns));
	int r = -ENOMEM;

	for (size_t i = 0; i < count && write_ns && sync_ns; i++) {
		write_ns[i] = durable->times.items[i].write_ns;
		sync_ns[i] = durable->times.items[i].sync_ns;
	}
	if (write_ns && sync_ns)
		r = sync_run_fold(write_ns, sync_ns, count, run);
	if (r == -ENODATA)
		return diag_set(why, r,
				"only %zu writes in %s became durable in that time: measure longer "
				"with -d",
				count, folder);
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

static int measure(const struct options *options, struct sync_run *run, struct diag *why)
{
	const struct event_sink sink = { .take = take_fact, .self = run };
	owns(durable_free) struct durable durable = {};
	struct signals signals = SIGNALS_NONE;
	int r = facts_tell(&sink, 0, why);

	if (r == 0)
		r = signals_take(&signals, why);
	if (r < 0)
		return r;
	r = durable_measure(options->world_switch, options->duration_ns, is_interrupted, &signals,
			    &durable, why);
	signals_give_back(&signals);
	if (r < 0)
		return r;
	(void)snprintf(run->folder, sizeof(run->folder), "%s", options->world_switch);
	(void)snprintf(run->fs_type, sizeof(run->fs_type), "%s", durable.fs_type);
	run->block_bytes = DURABLE_BLOCK_BYTES;
	run->was_stopped = durable.was_stopped;
	return fold(&durable, options->world_switch, run, why);
}

/* Before anything is measured: a wrong name costs nobody the time. */
static int read_guest(const char *path, struct sync_run *ret, struct diag *why)
{
	owns(own_free) char *text = NULL;
	struct diag reason = {};
	size_t bytes = 0;
	int r = rooted_read("", &text, &bytes, "%s", path);

	if (r < 0)
		return diag_set(why, r, "cannot read %s: %s", path, strerror(-r));
	r = sync_run_read(text, bytes, ret, &reason);
	return r < 0 ? diag_set(why, r, "cannot take %s: %s", path, reason.text) : 0;
}

static int answer(const struct options *options, struct world_switch *report, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	int r = world_switch_judge(report);

	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = options->json ? view_world_switch_json(report, stdout)
			  : view_world_switch_text(report, &style, stdout);
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

int world_switch_run(struct options *options)
{
	owns(world_switch_free) struct world_switch report = {};
	struct diag why = {};
	int r = 0;

	report.has_guest = options->guest;
	if (options->guest)
		r = read_guest(options->guest, &report.guest, &why);
	if (r == 0)
		r = measure(options, &report.own, &why);
	if (r == 0)
		r = answer(options, &report, &why);
	if (r < 0)
		cmd_complain(&why);
	return r < 0 ? CMD_FAILED : CMD_DONE;
}
