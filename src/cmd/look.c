/* How do all threads stand, and what moves? From two looks through the namer to those who keep and
 * those who think; what may hang is done by a helper. */
#include "cmd/look.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cmd/signals.h"
#include "cmd/target.h"
#include "cmd/tee.h"
#include "host/devices.h"
#include "host/facts.h"
#include "host/features.h"
#include "host/guard.h"
#include "host/guarded.h"
#include "host/procfs.h"
#include "probe/look.h"
#include "recording/recording.h"
#include "symbol/symbol.h"

#define INTERVAL_NS 1000000000ULL

struct looking {
	const struct live_options *options;
	struct tee tee;
	struct guard *guard;
	struct namer *namer;
	struct look *look;
	struct signals signals;
	char *kallsyms; /* NULL: not to be had, or given away */
	size_t kallsyms_bytes;
	bool was_interrupted;
};

/* --- where the namer gets its bytes --- */

static int give_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	struct looking *looking = self;

	if (!looking->kallsyms)
		return host_kallsyms(NULL, ret_text, ret_bytes, why);
	*ret_bytes = looking->kallsyms_bytes;
	*ret_text = give(looking->kallsyms);
	return 0;
}

static int give_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes)
{
	const struct looking *looking = self;

	return guarded_maps(looking->guard, tgid, ret_text, ret_bytes);
}

static int give_image(void *self, uint32_t tgid, const char *path)
{
	const struct looking *looking = self;

	return guarded_open_image(looking->guard, tgid, path);
}

static int give_perf_map(void *self, uint32_t tgid)
{
	const struct looking *looking = self;

	return guarded_open_perf_map(looking->guard, tgid);
}

/* --- the run --- */

/* No places: debug information would be read without a guard. */
static int open_namer(struct looking *looking, struct diag *why)
{
	const struct symbol_source source = {
		.kallsyms = give_kallsyms,
		.maps = give_maps,
		.open = give_image,
		.perf_map = give_perf_map,
		.self = looking,
	};
	const struct event_sink out = { .take = tee_take, .self = &looking->tee };
	int r = namer_new(&source, &out, &looking->namer);

	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

static int open_look(struct looking *looking, struct diag *why)
{
	const struct event_sink in = { .take = namer_take, .self = looking->namer };
	struct look_options look = {
		.features = looking->options->features,
		.guard = looking->guard,
		.target = target_kind(looking->options),
		.tgids = looking->options->tgids,
		.tgid_count = looking->options->tgid_count,
	};
	int r;

	target_name(looking->options, look.name, sizeof(look.name));
	r = look_open(&look, &in, &looking->look, why);
	/* The kernel's types, which only the loading needed, are large. */
	features_free(looking->options->features);
	(void)malloc_trim(0);
	if (r == 0 && host_kallsyms(NULL, &looking->kallsyms, &looking->kallsyms_bytes, NULL) == 0)
		look_learn_kallsyms(looking->look, looking->kallsyms, looking->kallsyms_bytes);
	return r;
}

static int prepare(struct looking *looking, struct diag *why)
{
	int r = target_check(looking->options, why);

	if (r < 0)
		return r;
	r = guard_new(&looking->guard);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = open_namer(looking, why);
	if (r == 0)
		r = open_look(looking, why);
	if (r == 0 && looking->options->output)
		r = recording_create(looking->options->output, &looking->tee.writer, why);
	return r;
}

static int tell_host(struct looking *looking, struct diag *why)
{
	const struct event_sink sink = { .take = namer_take, .self = looking->namer };
	uint64_t begin_ns = look_begin_ns(looking->look);
	int r = facts_tell(&sink, begin_ns, why);

	return r < 0 ? r : devices_tell(&sink, begin_ns, why);
}

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void take_signals(struct looking *looking)
{
	struct signalfd_siginfo info;

	while (read(looking->signals.fd, &info, sizeof(info)) == sizeof(info))
		looking->was_interrupted |= info.ssi_signo != SIGCHLD;
}

static int wait_between(struct looking *looking, struct diag *why)
{
	uint64_t interval_ns = looking->options->duration_ns ?: INTERVAL_NS;
	uint64_t end_ns = now_ns() + interval_ns;
	struct pollfd fd = { .fd = looking->signals.fd, .events = POLLIN };

	for (uint64_t now = now_ns(); now < end_ns && !looking->was_interrupted; now = now_ns()) {
		struct timespec left = { .tv_sec = (time_t)((end_ns - now) / 1000000000ULL),
					 .tv_nsec = (long)((end_ns - now) % 1000000000ULL) };

		if (ppoll(&fd, 1, &left, NULL) < 0 && errno != EINTR)
			return diag_set(why, -errno, "cannot wait: %s", strerror(errno));
		take_signals(looking);
	}
	return 0;
}

static int look_twice(struct looking *looking, struct diag *why)
{
	int r = look_at_log(looking->look, why);

	if (r == 0)
		r = look_at_threads(looking->look, why);
	if (r == 0)
		r = wait_between(looking, why);
	if (r == 0)
		r = look_at_log(looking->look, why);
	if (r == 0)
		r = look_at_threads(looking->look, why);
	if (r == 0)
		r = look_at_relations(looking->look, why);
	if (r == 0)
		r = look_at_log(looking->look, why);
	if (r == 0)
		r = look_stop(looking->look, looking->was_interrupted ? WATCH_END_INTERRUPTED : 0,
			      why);
	return r;
}

static int run(struct looking *looking, struct diag *why)
{
	int r = prepare(looking, why);

	if (r == 0)
		r = look_start(looking->look, why);
	if (r == 0)
		r = tell_host(looking, why);
	return r < 0 ? r : look_twice(looking, why);
}

int look_run(const struct live_options *options, const struct event_sink *thinker,
	     struct live_end *ret, struct diag *why)
{
	struct looking looking = {
		.options = options,
		.tee = { .thinker = thinker, .recording = &ret->recording },
		.signals = SIGNALS_NONE,
	};
	int r;

	*ret = (struct live_end){};
	r = signals_take(&looking.signals, why);
	if (r == 0)
		r = run(&looking, why);
	tee_finish(&looking.tee);
	look_free(&looking.look);
	namer_free(&looking.namer);
	guard_free(&looking.guard);
	free(looking.kallsyms);
	signals_give_back(&looking.signals);
	return r;
}
