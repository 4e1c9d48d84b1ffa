/* How do we see it happen? The life of a watch: loads the BPF programs, turns them on, has what
 * they send told as events, and ends with what they kept. */
#include "probe/watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/features.h"
#include "host/guard.h"
#include "host/procfs.h"
#include "probe/callees.h"
#include "probe/cgroups.h"
#include "probe/clock.h"
#include "probe/dictionary.h"
#include "probe/dying.h"
#include "probe/fault_ends.h"
#include "probe/functions.h"
#include "probe/glances.h"
#include "probe/guests.h"
#include "probe/intake.h"
#include "probe/io_book.h"
#include "probe/io_holds.h"
#include "probe/lock_fields.h"
#include "probe/losses.h"
#include "probe/owners.h"
#include "probe/rungs.h"
#include "probe/samplers.h"
#include "probe/tallies.h"
#include "probe/thread_iter.h"
#include "probe/titles.h"
#include "probe/translate.h"
#include "probe/unseen_ends.h"

#include "watch.skel.h"

/* Asking who holds user locks must not keep us from reading the rings, but when all is over. */
#define GLANCE_ASKS_NS 20000000u
#define LAST_ASKS_NS   500000000u

struct watch {
	struct watch_options options;
	struct rung_programs programs;
	uint32_t frames_max;
	struct cgroups cgroups;
	struct translator translator;
	struct owners owners;
	struct lock_fields lock_fields;
	struct samplers samplers;
	struct fault_ends fault_ends;
	struct intake intake;
	struct tallies tallies;
	struct io_book io_book;
	struct losses losses;
	struct titles titles;
	struct io_holds io_holds;
	struct functions functions;
	struct glances glances;
	uint64_t glance_ns; /* what is told of this moment has its place behind all before it: there
			       the stream stands still until the next poll; 0: nowhere */
	uint64_t told_ns;
	struct callees callees;
	bool is_stopped;
};

static int map_fd(const struct watch *watch, const char *name)
{
	return bpf_object__find_map_fd_by_name(watch->programs.object, name);
}

static struct bpf_program *program(const struct watch *watch, const char *name)
{
	return bpf_object__find_program_by_name(watch->programs.object, name);
}

static int add_targets(struct watch *watch, struct diag *why)
{
	uint8_t one = 1;

	for (size_t i = 0; i < watch->options.tgid_count; i++) {
		if (bpf_map_update_elem(map_fd(watch, "targets"), &watch->options.tgids[i], &one,
					BPF_ANY) < 0)
			return diag_set(why, -errno, "cannot watch process %u: %s",
					watch->options.tgids[i], strerror(errno));
		if (dictionary_follow(watch->intake.dictionary, watch->options.tgids[i]) < 0)
			return diag_set(why, -ENOMEM, "out of memory");
	}
	return 0;
}

/* As deep as a stack can be: by our buffers, or by the kernel's setting if that is less. */
static uint32_t deepest_stack(void)
{
	owns(own_free) char *text = NULL;
	unsigned long max = 0;
	size_t bytes;

	if (host_read_file("/proc/sys/kernel/perf_event_max_stack", &text, &bytes, NULL) == 0)
		max = strtoul(text, NULL, 10);
	return max ? (uint32_t)MIN(max, (unsigned long)WIRE_FRAMES) : WIRE_FRAMES;
}

static int load(struct watch *watch, struct diag *why)
{
	struct rung_settings settings = {
		.features = watch->options.features,
		.what = watch->options.what,
		.frames_max = watch->frames_max,
		.ring_mask = (uint32_t)watch->intake.rings - 1,
		.watch_machine = watch->options.target == WATCH_MACHINE,
		.samples_in_nmi = samplers_in_nmi(&watch->samplers),
		.call_stack_ns = watch->options.call_stack_ns,
		.call_over_ns = watch->options.call_over_ns,
		.awaits_exec = watch->options.target == WATCH_COMMAND,
		.slow_io_ns = watch->options.slow_io_ns,
		.with_guests = watch->options.with_guests,
		.function = watch->options.function,
	};

	return rung_climb(&settings, &watch->programs, why);
}

/* What was so before the watch: what threads wait for, where a rung cannot look at others while a
 * thread runs; how much they have run. */
static int seed_threads(struct watch *watch, struct diag *why)
{
	int r = thread_iter_run(watch->programs.object, "on_seed");

	if (r == 0)
		r = thread_iter_run(watch->programs.object, "on_begin");
	return r < 0 ? diag_set(why, r, "cannot look at all threads: %s", strerror(-r)) : 0;
}

/* The light watches tell how long each thread ran. */
static bool tells_usage(const struct watch *watch)
{
	return watch->options.what == WATCH_CPU || watch->options.what == WATCH_CALLS;
}

/* Without perf's side band only those have names that can be asked in time: see decision 9. What
 * has no user stacks needs none. */
static bool wants_mappings(const struct watch *watch)
{
	return watch->options.what != WATCH_IO && watch->options.what != WATCH_DISK;
}

static int begin_intake(struct watch *watch)
{
	bool with_mappings = wants_mappings(watch) &&
			     features_have(watch->options.features, FEATURE_PERF_MMAP, NULL, NULL);

	return intake_begin(&watch->intake, &watch->translator, with_mappings,
			    watch->options.target == WATCH_MACHINE);
}

/* Where the watch's programs count. */
static int open_tallies(struct watch *watch, struct diag *why)
{
	int slot_fd = map_fd(watch, "tallies");

	return slot_fd < 0 ? 0 : tallies_open(&watch->tallies, slot_fd, why);
}

static int set_up(struct watch *watch, struct diag *why)
{
	int r;

	if (watch->options.sample_hz)
		samplers_choose(&watch->samplers, watch->options.features,
				watch->options.sample_hz);
	r = begin_intake(watch);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = load(watch, why);
	if (r < 0)
		return r;
	if (watch->options.what == WATCH_ALL)
		r = lock_fields_learn(&watch->lock_fields, features_btf(watch->options.features));
	if (r < 0)
		return diag_set(why, r, "out of memory");
	watch->translator.lock_fields = &watch->lock_fields;
	watch->translator.io_book = &watch->io_book;
	watch->translator.titles = &watch->titles;
	if (watch->options.with_glances) {
		watch->translator.glances = &watch->glances;
		watch->translator.owners = &watch->owners;
	}
	r = intake_make_rings(&watch->intake, map_fd(watch, "rings"), why);
	if (r == 0)
		r = open_tallies(watch, why);
	if (r < 0)
		return r;
	r = add_targets(watch, why);
	if (r < 0)
		return r;
	samplers_attach(&watch->samplers, program(watch, "on_sample"));
	fault_ends_attach(&watch->fault_ends, &watch->programs);
	return functions_attach(&watch->functions, watch->programs.object, &watch->options.function,
				why);
}

static int be_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int watch_open(const struct watch_options *options, const struct event_sink *sink,
	       struct watch **ret, struct diag *why)
{
	owns(watch_free) struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return diag_set(why, -ENOMEM, "out of memory");
	libbpf_set_print(be_quiet);
	watch->options = *options;
	watch->frames_max = deepest_stack();
	watch->cgroups.next = *sink;
	watch->translator = (struct translator){
		.sink = { .take = cgroups_take, .self = &watch->cgroups },
		.begin_ns = UINT64_MAX,
		.end_ns = UINT64_MAX,
		.sample_ns = 1000000000ULL / (options->sample_hz ?: 1),
	};
	r = set_up(watch, why);
	if (r < 0)
		return r;

	*ret = give(watch);
	return 0;
}

static int tell_watch(struct watch *watch, struct diag *why)
{
	struct event_watch event = {
		.head = { .bytes = sizeof(event),
			  .kind = EVENT_WATCH,
			  .time_ns = watch->translator.begin_ns },
		.target = watch->options.target,
		.pid = watch->options.tgid_count ? watch->options.tgids[0] : 0,
		.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
	};

	memcpy(event.name, watch->options.name, sizeof(event.name));
	return event_sink_take(&watch->translator.sink, &event.head, why);
}

static int tell_how_mappings_come(struct watch *watch, struct diag *why)
{
	if (!wants_mappings(watch))
		return 0;
	return watch->intake.mappings
		       ? fact_tell(&watch->translator.sink, watch->translator.begin_ns, why,
				   "facility.mappings", "perf")
		       : fact_tell(
				 &watch->translator.sink, watch->translator.begin_ns, why,
				 "missing.perf_mmap",
				 "names in programs that ended before their mappings could be read");
}

static int tell_facts(struct watch *watch, struct diag *why)
{
	char sampler[64];
	int r = samplers_say(&watch->samplers, sampler, sizeof(sampler));

	if (r < 0)
		return r;
	r = rung_tell(&watch->programs, sampler, &watch->translator.sink,
		      watch->translator.begin_ns, why);
	if (r == 0)
		r = fault_ends_tell(&watch->fault_ends, &watch->translator.sink,
				    watch->translator.begin_ns, why);
	if (r == 0)
		r = functions_tell(&watch->options.function, &watch->translator.sink,
				   watch->translator.begin_ns, why);
	return r < 0 ? r : tell_how_mappings_come(watch, why);
}

/* By a helper of their own, which is gone when the programs run: it is none of the machine's
 * processes. */
static int gather_titles(struct watch *watch, struct diag *why)
{
	owns(guard_free) struct guard *guard = NULL;
	int r;

	if (watch->options.what != WATCH_ALL)
		return 0;
	r = guard_new(&guard);
	if (r == 0)
		r = titles_gather(&watch->titles, guard);
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

int watch_start(struct watch *watch, struct diag *why)
{
	int r = gather_titles(watch, why);

	if (r < 0)
		return r;
	watch->translator.begin_ns = watch->translator.told_ns = clock_now_ns();
	watch->programs.live->begin_ns = watch->translator.begin_ns;
	tallies_start(&watch->tallies, watch->translator.begin_ns);
	__atomic_store_n(&watch->programs.live->is_on, true, __ATOMIC_RELEASE);
	r = seed_threads(watch, why);
	if (r == 0)
		r = tell_watch(watch, why);
	return r < 0 ? r : tell_facts(watch, why);
}

uint64_t watch_begin_ns(const struct watch *watch)
{
	return watch->programs.live->begin_ns;
}

/* The address of a function in the text of kallsyms; 0: not there. */
static uint64_t find_function(const char *text, size_t bytes, const char *name)
{
	char pattern[128];
	const char *hit;
	int length = snprintf(pattern, sizeof(pattern), " %s\n", name);

	hit = memmem(text, bytes, pattern, (size_t)length);
	if (!hit)
		return 0;
	while (hit > text && hit[-1] != '\n')
		hit--;
	return strtoull(hit, NULL, 16);
}

void watch_learn_kallsyms(struct watch *watch, const char *text, size_t bytes)
{
	/* The function is some 100 bytes long on x86 (6.18); its return addresses lie within 256 on
	 * all builds looked at. */
	watch->programs.live->bh_enable_bytes = 256;
	watch->programs.live->bh_enable_address =
		find_function(text, bytes, "__local_bh_enable_ip");
	watch->programs.live->throttle_work_address =
		find_function(text, bytes, "blk_throtl_dispatch_work_fn");
}

static int tell_losses(struct watch *watch, struct diag *why)
{
	return losses_tell(&watch->losses, &watch->programs, watch->intake.mappings,
			   &watch->translator.sink, watch->translator.told_ns, why);
}

/* What was counted up to a moment has its place behind all that happened before it. */
static int tell_tallies(struct watch *watch, struct diag *why)
{
	uint64_t cut_ns = watch->tallies.cut_ns;

	if (!cut_ns || intake_horizon_ns(&watch->intake) < cut_ns)
		return 0;
	watch->translator.told_ns = cut_ns;
	return tallies_tell(&watch->tallies, &watch->translator.sink, why);
}

static void note_told(struct watch *watch)
{
	uint64_t horizon_ns = intake_horizon_ns(&watch->intake);

	watch->told_ns = MIN(horizon_ns, watch->glance_ns ?: UINT64_MAX);
	if (horizon_ns >= watch->glance_ns)
		watch->glance_ns = 0;
}

int watch_poll(struct watch *watch, struct diag *why)
{
	int r = tallies_cut(&watch->tallies, clock_now_ns(), why);

	if (r == 0)
		r = intake_tell(
			&watch->intake,
			MIN(watch->tallies.cut_ns ?: UINT64_MAX, watch->glance_ns ?: UINT64_MAX),
			why);
	if (r == 0) {
		note_told(watch);
		r = tell_tallies(watch, why);
	}
	return r < 0 ? r : tell_losses(watch, why);
}

int watch_glance(struct watch *watch, uint64_t *ret_ns, struct diag *why)
{
	int r;

	owners_give_time(&watch->owners, GLANCE_ASKS_NS);
	r = thread_iter_run(watch->programs.object, "on_open");
	if (r < 0)
		return diag_set(why, r, "cannot look at all threads: %s", strerror(-r));
	*ret_ns = watch->glance_ns = clock_now_ns();
	return 0;
}

uint64_t watch_told_ns(const struct watch *watch)
{
	return watch->told_ns;
}

int watch_time_callees(struct watch *watch, const char *const *names, size_t count,
		       struct diag *why)
{
	callees_attach(&watch->callees, watch->programs.object, names, count);
	__atomic_store_n(&watch->programs.live->callee_count, watch->callees.count,
			 __ATOMIC_RELEASE);
	return callees_tell(&watch->callees, &watch->translator.sink, watch->translator.told_ns,
			    why);
}

static int tell_end(struct watch *watch, int exit_status, uint32_t flags, struct diag *why)
{
	struct event_watch_end end = {
		.head = { .bytes = sizeof(end),
			  .kind = EVENT_WATCH_END,
			  .time_ns = watch->translator.end_ns },
		.exit_status = exit_status,
		.flags = flags,
	};

	return event_sink_take(&watch->translator.sink, &end.head, why);
}

/* Those of processes that were born since, and what changed: before what threads still wait for. */
static int tell_last_titles(struct watch *watch, struct diag *why)
{
	int r = gather_titles(watch, why);

	return r < 0 ? r
		     : titles_tell(&watch->titles, false, &watch->translator.sink,
				   watch->translator.end_ns, why);
}

/* What each thread was doing, or has used; the other programs are off by now. */
static int send_last_states(struct watch *watch, struct diag *why)
{
	static const char *const LOOKS[] = { "on_open", "on_open_calls", "on_io_open", "on_end" };
	int r = 0;

	for (size_t i = 0; i < array_count(LOOKS) && r == 0; i++)
		r = thread_iter_run(watch->programs.object, LOOKS[i]);
	__atomic_store_n(&watch->programs.live->is_over, true, __ATOMIC_RELEASE);
	if (r < 0)
		return diag_set(why, r, "cannot read the threads' last states: %s", strerror(-r));
	/* Only now: while processes are asked, threads go on, and what they waited for is gone. */
	r = tell_last_titles(watch, why);
	if (r < 0)
		return r;
	if (watch->options.with_glances)
		owners_give_time(&watch->owners, LAST_ASKS_NS);
	watch->translator.owners = &watch->owners;
	watch->translator.io_holds = &watch->io_holds;
	r = intake_tell_all(&watch->intake, why);
	watch->translator.owners = NULL;
	watch->translator.io_holds = NULL;
	owners_end(&watch->owners);
	io_holds_free(&watch->io_holds);
	return r;
}

/* The counts of what is not there. */
static int tell_lacks(struct watch *watch, struct diag *why)
{
	int r = tell_losses(watch, why);

	return r < 0 ? r
		     : losses_tell_last(&watch->programs, watch->frames_max, watch->intake.late,
					&watch->translator.sink, watch->translator.end_ns, why);
}

/* The classic rung's map forgets, and its keys are no requests. */
static int count_unseen_ends(struct watch *watch, struct diag *why)
{
	const struct bpf_map *map =
		bpf_object__find_map_by_name(watch->programs.object, "requests");
	uint64_t count = 0;
	int r;

	if (watch->options.what != WATCH_DISK || !map || bpf_map__type(map) != BPF_MAP_TYPE_HASH)
		return 0;
	r = unseen_ends_count(bpf_map__fd(map), &count);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	__atomic_fetch_add(&watch->programs.live->lost[WIRE_LOST_REQUEST], count, __ATOMIC_RELAXED);
	return 0;
}

int watch_stop(struct watch *watch, int exit_status, uint32_t end_flags, struct diag *why)
{
	int r;

	if (watch->is_stopped)
		return 0;
	watch->is_stopped = true;
	r = count_unseen_ends(watch, why);
	watch->translator.end_ns = clock_now_ns();
	__atomic_store_n(&watch->programs.live->is_on, false, __ATOMIC_RELEASE);
	if (r == 0)
		r = intake_tell_all(&watch->intake, why);
	if (r == 0)
		r = send_last_states(watch, why);
	if (r == 0 && tells_usage(watch))
		r = dying_tell(map_fd(watch, "dying"), &watch->intake, why);
	if (r == 0)
		r = guests_tell_last(watch->programs.object, &watch->translator, why);
	if (r == 0)
		r = tallies_tell_last(&watch->tallies, watch->translator.end_ns,
				      &watch->translator.sink, why);
	if (r == 0)
		r = functions_tell_last(watch->programs.object, &watch->options.function,
					watch->programs.live->short_calls, &watch->translator.sink,
					watch->translator.end_ns, why);
	if (r == 0)
		r = tell_lacks(watch, why);
	return r < 0 ? r : tell_end(watch, exit_status, end_flags, why);
}

void watch_free(struct watch **watch_pointer)
{
	struct watch *watch = *watch_pointer;

	if (!watch)
		return;
	callees_detach(&watch->callees);
	functions_detach(&watch->functions);
	samplers_free(&watch->samplers);
	fault_ends_detach(&watch->fault_ends);
	intake_free(&watch->intake);
	tallies_free(&watch->tallies);
	io_book_free(&watch->io_book);
	rung_leave(&watch->programs);
	cgroups_free(&watch->cgroups);
	titles_free(&watch->titles);
	io_holds_free(&watch->io_holds);
	owners_end(&watch->owners);
	lock_fields_free(&watch->lock_fields);
	glances_free(&watch->glances);
	free(watch);
	*watch_pointer = NULL;
}
