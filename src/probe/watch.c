/* How do we see it happen? Loads the BPF programs, drains their rings, puts the records in order,
 * tells them as events. */
#include "probe/watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/hash.h"
#include "host/facts.h"
#include "host/features.h"
#include "host/procfs.h"
#include "probe/cgroups.h"
#include "probe/dictionary.h"
#include "probe/lock_fields.h"
#include "probe/mappings.h"
#include "probe/order.h"
#include "probe/owners.h"
#include "probe/programs.h"
#include "probe/rungs.h"
#include "probe/translate.h"

#include "watch.skel.h"

enum limits {
	RINGS_MAX = 16, /* CPUs share rings beyond this */
	RING_BYTES_ALL = 4 << 20,
	RING_BYTES_MAX = 2 << 20,
	/* A program reads the clock a few microseconds before its record is visible; a stolen
	 * virtual CPU makes it more. */
	LAG_NS = 10000000,
	WAITING_BYTES_MAX = 8 << 20,
	TOLD_TASKS_MAX = 65536,
	/* The kernel lets go of the dead after an RCU grace period: some 20 ms, seldom more. */
	RELEASE_NS_MAX = 100000000,
	RELEASE_TICK_NS = 2000000,
};

/* The order of enum wire_loss. */
static const uint32_t LOSS_OF_WIRE[] = {
	[WIRE_LOST_SWITCH] = LOSS_SWITCH,   [WIRE_LOST_STACK] = LOSS_STACK,
	[WIRE_LOST_SYSCALL] = LOSS_SYSCALL, [WIRE_LOST_REQUEST] = LOSS_REQUEST,
	[WIRE_LOST_SAMPLE] = LOSS_SAMPLE,   [WIRE_LOST_TASK] = LOSS_TASK,
	[WIRE_LOST_THREAD] = LOSS_THREAD,   [WIRE_LOST_LOCK] = LOSS_LOCK,
	[WIRE_LOST_FILE] = LOSS_FILE,       [WIRE_LOST_HIDDEN] = LOSS_HIDDEN,
	[WIRE_LOST_USAGE] = LOSS_USAGE,
};
_Static_assert(array_count(LOSS_OF_WIRE) == WIRE_LOSSES, "each loss of the programs has a name");

struct ring_source {
	struct watch *watch;
	size_t index;
};

/* A thread, as it was told last. */
struct told_task {
	uint64_t birth_ns;
	uint64_t time_ns;
};

struct sampling;

struct sampler {
	struct bpf_link *link;
};

struct watch {
	struct watch_options options;
	struct rung_programs programs;
	struct ring_buffer *ring_buffer;
	struct ring_source sources[RINGS_MAX];
	size_t rings;
	uint32_t frames_max;
	struct mappings *mappings; /* NULL: they are not told */
	struct dictionary *dictionary;
	struct order *order;
	uint64_t drained_ns; /* all that happened before this is in order, but for the lag */
	ARRAY(struct told_task) told_tasks;
	struct hash_map by_tid; /* place in told_tasks + 1 */
	struct cgroups cgroups;
	struct translator translator;
	struct owners owners;
	struct lock_fields lock_fields;
	ARRAY(struct sampler) samplers;
	const struct sampling *sampling; /* NULL: no samples are taken */
	uint64_t told_losses[WIRE_LOSSES];
	uint64_t told_lost_mappings;
	uint64_t late;
	struct diag why; /* of a failure inside a ring's callback */
	bool is_stopped;
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* --- which samples --- */

struct sampling {
	enum feature_id feature;
	uint32_t type;
	uint64_t config;
	const char *name;
	bool in_nmi; /* its samples come as NMIs */
};

/* From best to worst. */
static const struct sampling SAMPLINGS[] = {
	{ FEATURE_PMU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "PMU cycles", true },
	{ FEATURE_CPU_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, "cpu-clock", false },
};

static const struct sampling *choose_sampling(struct features *features)
{
	for (size_t i = 0; i < array_count(SAMPLINGS); i++) {
		if (features_have(features, SAMPLINGS[i].feature, NULL, NULL))
			return &SAMPLINGS[i];
	}
	return NULL;
}

/* --- loading --- */

static size_t ring_count(void)
{
	size_t cpus = (size_t)libbpf_num_possible_cpus(), rings = 1;

	while (rings < cpus && rings < RINGS_MAX)
		rings *= 2;
	return rings;
}

static struct told_task *find_told(struct watch *watch, uint32_t tid)
{
	struct told_task *told;
	uint64_t *place;

	if (watch->told_tasks.count >= TOLD_TASKS_MAX) {
		array_free(&watch->told_tasks);
		hash_free(&watch->by_tid);
	}
	place = hash_put(&watch->by_tid, tid);
	if (!place)
		return NULL;
	if (!*place) {
		told = array_push(&watch->told_tasks);
		if (!told)
			return NULL;
		told->birth_ns = UINT64_MAX;
		*place = watch->told_tasks.count;
	}
	return &watch->told_tasks.items[*place - 1];
}

/*
 * A thread is told when its record is found, before all that it did. Told again, because of a new
 * name, it has its place among what it did: each ring is read to its end before the next, and an
 * older name in a later ring would come back.
 */
static int take_task(struct watch *watch, const struct ring_source *source,
		     const struct wire_task *wire)
{
	struct told_task *told = find_told(watch, wire->head.tid);
	bool is_new;

	if (!told)
		return diag_set(&watch->why, -ENOMEM, "out of memory");
	is_new = told->birth_ns != wire->birth_ns;
	if (!is_new && wire->head.time_ns < told->time_ns)
		return 0;
	*told = (struct told_task){ wire->birth_ns, wire->head.time_ns };
	if (is_new)
		return dictionary_take(watch->dictionary, &watch->translator, &wire->head,
				       sizeof(*wire), &watch->why);
	return order_push(watch->order, source->index, wire->head.time_ns, wire, sizeof(*wire));
}

/* With mappings an exec is told at once: names from before it are outdated then, wherever they
 * are. */
static int take_exec(struct watch *watch, const struct wire_task *wire)
{
	struct told_task *told = find_told(watch, wire->head.tid);

	if (!told)
		return diag_set(&watch->why, -ENOMEM, "out of memory");
	*told = (struct told_task){ wire->birth_ns, wire->head.time_ns };
	return dictionary_take(watch->dictionary, &watch->translator, &wire->head, sizeof(*wire),
			       &watch->why);
}

static bool is_outdated(const struct watch *watch, const struct wire *wire)
{
	const uint64_t *place =
		wire->kind == WIRE_TASK ? hash_find(&watch->by_tid, wire->tid) : NULL;

	return place && wire->time_ns < watch->told_tasks.items[*place - 1].time_ns;
}

static int take_record(void *context, void *data, size_t bytes)
{
	struct ring_source *source = context;
	struct watch *watch = source->watch;
	const struct wire *wire = data;

	if (bytes < sizeof(*wire))
		return diag_set(&watch->why, -EBADMSG, "the kernel sent a record of %zu bytes",
				bytes);
	if (wire->kind == WIRE_TASK && bytes >= sizeof(struct wire_task))
		return take_task(watch, source, data);
	if (watch->mappings && wire->kind == WIRE_EXEC && bytes >= sizeof(struct wire_task))
		return take_exec(watch, data);
	if (wire_is_dictionary(wire))
		return dictionary_take(watch->dictionary, &watch->translator, wire, bytes,
				       &watch->why);
	return order_push(watch->order, source->index, wire->time_ns, data, bytes);
}

static int map_fd(const struct watch *watch, const char *name)
{
	return bpf_object__find_map_fd_by_name(watch->programs.object, name);
}

static struct bpf_program *program(const struct watch *watch, const char *name)
{
	return bpf_object__find_program_by_name(watch->programs.object, name);
}

static int make_ring(struct watch *watch, uint32_t slot, uint32_t bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "slowpath_ring", 0, 0, bytes, NULL), r;

	if (fd < 0)
		return -errno;
	watch->sources[slot] = (struct ring_source){ .watch = watch, .index = slot };
	r = bpf_map_update_elem(map_fd(watch, "rings"), &slot, &fd, BPF_ANY);
	if (r == 0 && !watch->ring_buffer) {
		watch->ring_buffer = ring_buffer__new(fd, take_record, &watch->sources[slot], NULL);
		r = watch->ring_buffer ? 0 : -errno;
	} else if (r == 0) {
		r = ring_buffer__add(watch->ring_buffer, fd, take_record, &watch->sources[slot]);
	}
	close(fd); /* the map of maps and the reader's mapping hold it now */
	return r < 0 ? r : 0;
}

static int make_rings(struct watch *watch, struct diag *why)
{
	uint32_t bytes = MIN(RING_BYTES_ALL / watch->rings, (size_t)RING_BYTES_MAX);

	for (uint32_t slot = 0; slot < watch->rings; slot++) {
		int r = make_ring(watch, slot, bytes);

		if (r < 0)
			return diag_set(why, r, "cannot make a ring buffer of %u KiB: %s",
					bytes >> 10, strerror(-r));
	}
	return 0;
}

static int add_targets(struct watch *watch, struct diag *why)
{
	uint8_t one = 1;

	for (size_t i = 0; i < watch->options.tgid_count; i++) {
		if (bpf_map_update_elem(map_fd(watch, "targets"), &watch->options.tgids[i], &one,
					BPF_ANY) < 0)
			return diag_set(why, -errno, "cannot watch process %u: %s",
					watch->options.tgids[i], strerror(errno));
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
		.ring_mask = (uint32_t)watch->rings - 1,
		.watch_machine = watch->options.target == WATCH_MACHINE,
		.call_stack_ns = watch->options.call_stack_ns,
	};

	settings.samples_in_nmi = watch->sampling && watch->sampling->in_nmi;
	return rung_climb(&settings, &watch->programs, why);
}

/* --- taking samples --- */

static int sampler_open(const struct sampling *sampling, uint32_t hz, int cpu)
{
	struct perf_event_attr attr = {
		.type = sampling->type,
		.size = sizeof(attr),
		.config = sampling->config,
		.sample_freq = hz,
		.freq = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int attach_sampler(struct watch *watch, int cpu)
{
	struct sampler *sampler;
	int fd = sampler_open(watch->sampling, watch->options.sample_hz, cpu);

	if (fd < 0)
		return errno == ENODEV ? 0 : -errno; /* an offline CPU */
	sampler = array_push(&watch->samplers);
	if (!sampler) {
		close(fd);
		return -ENOMEM;
	}
	sampler->link = bpf_program__attach_perf_event(program(watch, "on_sample"), fd);
	if (!sampler->link) {
		watch->samplers.count--;
		close(fd);
		return -errno;
	}
	return 0;
}

/* Without samples the watch goes on: the facts tell that there are none. */
static void attach_samplers(struct watch *watch)
{
	int cpus = libbpf_num_possible_cpus();

	for (int cpu = 0; watch->sampling && cpu < cpus; cpu++) {
		if (attach_sampler(watch, cpu) < 0)
			watch->sampling = NULL;
	}
}

/* Have a program look at each thread. */
static int look_at_threads(const struct bpf_program *program)
{
	owns(own_close) int fd = -1;
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	char byte;
	ssize_t n;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link);
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, &byte, sizeof(byte));
		if (n < 0 && errno == EAGAIN)
			continue;
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? -errno : 0;
}

/* Show each thread to the program of this name, if this watch on this rung has it. */
static int show_threads(struct watch *watch, const char *name)
{
	const struct bpf_program *iter = program(watch, name);

	return iter && bpf_program__autoload(iter) ? look_at_threads(iter) : 0;
}

/* What was so before the watch: what threads wait for, where a rung cannot look at others while a
 * thread runs; how much they have run. */
static int seed_threads(struct watch *watch, struct diag *why)
{
	int r = show_threads(watch, "on_seed");

	if (r == 0)
		r = show_threads(watch, "on_begin");
	return r < 0 ? diag_set(why, r, "cannot look at all threads: %s", strerror(-r)) : 0;
}

/* --- life --- */

/* Without the side band only those can be named that are asked in time. A full watch does without:
 * there, who runs for a moment only is seldom to blame; but a command may crash in its first one.
 */
static bool wants_mappings(const struct watch *watch)
{
	return watch->options.what == WATCH_CPU || watch->options.target == WATCH_COMMAND;
}

static int make_dictionary(struct watch *watch)
{
	if (wants_mappings(watch) && watch->sampling &&
	    features_have(watch->options.features, FEATURE_PERF_MMAP, NULL, NULL) &&
	    mappings_open(&watch->mappings) < 0)
		watch->mappings = NULL;
	return dictionary_new(watch->mappings != NULL, watch->options.target == WATCH_MACHINE,
			      &watch->dictionary);
}

static int set_up(struct watch *watch, struct diag *why)
{
	int r = order_new(watch->rings, &watch->order);

	if (watch->options.sample_hz)
		watch->sampling = choose_sampling(watch->options.features);
	if (r == 0)
		r = make_dictionary(watch);
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
	r = make_rings(watch, why);
	if (r < 0)
		return r;
	r = add_targets(watch, why);
	if (r < 0)
		return r;
	attach_samplers(watch);
	return 0;
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
	watch->rings = ring_count();
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
	return watch->mappings
		       ? fact_tell(&watch->translator.sink, watch->translator.begin_ns, why,
				   "facility.mappings", "perf")
		       : fact_tell(
				 &watch->translator.sink, watch->translator.begin_ns, why,
				 "missing.perf_mmap",
				 "names in programs that ended before their mappings could be read");
}

static int tell_facts(struct watch *watch, struct diag *why)
{
	char sampler[64] = "none";
	int r;

	if (watch->sampling && snprintf(sampler, sizeof(sampler), "%s at %u Hz",
					watch->sampling->name, watch->options.sample_hz) < 0)
		return -EINVAL;
	r = rung_tell(&watch->programs, sampler, &watch->translator.sink,
		      watch->translator.begin_ns, why);
	return r < 0 ? r : tell_how_mappings_come(watch, why);
}

int watch_start(struct watch *watch, struct diag *why)
{
	int r;

	watch->translator.begin_ns = watch->translator.told_ns = now_ns();
	watch->programs.live->begin_ns = watch->translator.begin_ns;
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

/* Tell what was lost since it was told last. */
static int tell_loss(struct watch *watch, uint32_t what, uint64_t count, uint64_t *told,
		     struct diag *why)
{
	struct event_loss loss = {
		.head = { .bytes = sizeof(loss),
			  .kind = EVENT_LOSS,
			  .time_ns = watch->translator.told_ns },
		.what = what,
		.count = count - *told,
	};

	if (!loss.count)
		return 0;
	*told = count;
	return event_sink_take(&watch->translator.sink, &loss.head, why);
}

static int tell_losses(struct watch *watch, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < WIRE_LOSSES && r == 0; i++)
		r = tell_loss(watch, LOSS_OF_WIRE[i],
			      __atomic_load_n(&watch->programs.live->lost[i], __ATOMIC_RELAXED),
			      &watch->told_losses[i], why);
	if (r == 0 && watch->mappings)
		r = tell_loss(watch, LOSS_MAPPING, mappings_lost(watch->mappings),
			      &watch->told_lost_mappings, why);
	return r;
}

/* Tell the records up to the horizon. */
static int tell_until(struct watch *watch, uint64_t horizon_ns, struct diag *why)
{
	const struct wire *wire;
	bool is_late;

	while ((wire = order_pop(watch->order, horizon_ns, &is_late))) {
		int r = is_outdated(watch, wire) ? 0
						 : translate(&watch->translator, wire,
							     sizeof(struct wire_switch), why);

		if (r < 0)
			return r;
		watch->late += is_late;
	}
	return 0;
}

static int drain(struct watch *watch, struct diag *why)
{
	const struct event_sink keep = { .take = dictionary_keep, .self = watch->dictionary };
	uint64_t start_ns = now_ns();
	int r;

	if (order_bytes(watch->order) > WAITING_BYTES_MAX)
		return 0; /* the rings fill up meanwhile, and what finds no room there is counted */
	r = watch->mappings ? mappings_drain(watch->mappings, &keep, why) : 0;
	if (r < 0)
		return r;
	r = ring_buffer__consume(watch->ring_buffer);
	if (r < 0)
		return diag_set(why, r, "cannot read the ring buffer: %s",
				watch->why.code ? watch->why.text : strerror(-r));
	watch->drained_ns = start_ns;
	return dictionary_tell(watch->dictionary, &watch->translator, why);
}

int watch_poll(struct watch *watch, struct diag *why)
{
	int r = drain(watch, why);

	if (r < 0)
		return r;
	r = tell_until(watch, watch->drained_ns - LAG_NS, why);
	return r < 0 ? r : tell_losses(watch, why);
}

static int tell_late(struct watch *watch, struct diag *why)
{
	struct event_loss loss = {
		.head = { .bytes = sizeof(loss),
			  .kind = EVENT_LOSS,
			  .time_ns = watch->translator.end_ns },
		.what = LOSS_LATE,
		.count = watch->late,
	};

	return loss.count ? event_sink_take(&watch->translator.sink, &loss.head, why) : 0;
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

/* Drain in steps, so that a backlog never needs more memory than the watch itself did. */
static int drain_all(struct watch *watch, struct diag *why)
{
	int r;

	do {
		r = drain(watch, why);
		if (r == 0)
			r = tell_until(watch, UINT64_MAX, why);
	} while (r == 0 && ring_buffer__consume(watch->ring_buffer) > 0);
	if (r == 0)
		r = dictionary_tell(watch->dictionary, &watch->translator, why);
	return r < 0 ? r : tell_until(watch, UINT64_MAX, why);
}

/* What each thread was doing, or has used; the other programs are off by now. */
static int send_last_states(struct watch *watch, struct diag *why)
{
	int r = show_threads(watch, "on_open");

	if (r == 0)
		r = show_threads(watch, "on_end");
	__atomic_store_n(&watch->programs.live->is_over, true, __ATOMIC_RELEASE);
	if (r < 0)
		return diag_set(why, r, "cannot read the threads' last states: %s", strerror(-r));
	watch->translator.owners = &watch->owners;
	r = drain_all(watch, why);
	watch->translator.owners = NULL;
	owners_end(&watch->owners);
	return r;
}

/* Does the kernel still hold threads that died? Then *ret_key is one of them. */
static bool is_anybody_dying(const struct watch *watch, uint64_t *ret_key)
{
	return bpf_map_get_next_key(map_fd(watch, "dying"), NULL, ret_key) == 0;
}

/* Those of whom the kernel did not let go in time are told with what they had when they began to
 * die. */
static int tell_dying(struct watch *watch, struct diag *why)
{
	int map = map_fd(watch, "dying");
	uint64_t key;
	int r = 0;

	while (r == 0 && is_anybody_dying(watch, &key)) {
		struct wire_dying thread;

		/* The kernel may let go of it just now. */
		if (bpf_map_lookup_elem(map, &key, &thread) < 0)
			continue;
		if (bpf_map_delete_elem(map, &key) == 0)
			r = translate(&watch->translator, &thread.usage.head, sizeof(thread.usage),
				      why);
	}
	return r;
}

static int await_the_dead(struct watch *watch, struct diag *why)
{
	const struct timespec tick = { .tv_nsec = RELEASE_TICK_NS };
	uint64_t start_ns = now_ns(), key;
	int r;

	if (watch->options.what != WATCH_CPU)
		return 0;
	while (is_anybody_dying(watch, &key) && now_ns() - start_ns < RELEASE_NS_MAX) {
		(void)nanosleep(&tick, NULL);
		r = drain_all(watch, why);
		if (r < 0)
			return r;
	}
	r = tell_dying(watch, why);
	return r < 0 ? r : drain_all(watch, why);
}

/* Stacks that go on beyond what was kept of them: as a fact, for the samples themselves are whole.
 */
static int tell_cut_stacks(struct watch *watch, struct diag *why)
{
	uint64_t count = __atomic_load_n(&watch->programs.live->cut_stacks, __ATOMIC_RELAXED);

	if (!count)
		return 0;
	return fact_tell(&watch->translator.sink, watch->translator.end_ns, why,
			 "missing.deep_stacks",
			 "the outermost callers in stacks of %u frames or more (there were %llu)",
			 watch->frames_max, (unsigned long long)count);
}

/* The counts of what is not there. */
static int tell_lacks(struct watch *watch, struct diag *why)
{
	int r = tell_losses(watch, why);

	if (r == 0)
		r = programs_tell_missed(watch->programs.object, &watch->translator.sink,
					 watch->translator.end_ns, why);
	if (r == 0)
		r = tell_cut_stacks(watch, why);
	return r < 0 ? r : tell_late(watch, why);
}

int watch_stop(struct watch *watch, int exit_status, uint32_t end_flags, struct diag *why)
{
	int r;

	if (watch->is_stopped)
		return 0;
	watch->is_stopped = true;
	watch->translator.end_ns = now_ns();
	__atomic_store_n(&watch->programs.live->is_on, false, __ATOMIC_RELEASE);
	r = drain_all(watch, why);
	if (r == 0)
		r = send_last_states(watch, why);
	if (r == 0)
		r = await_the_dead(watch, why);
	if (r == 0)
		r = tell_lacks(watch, why);
	return r < 0 ? r : tell_end(watch, exit_status, end_flags, why);
}

void watch_free(struct watch **watch_pointer)
{
	struct watch *watch = *watch_pointer;

	if (!watch)
		return;
	for (size_t i = 0; i < watch->samplers.count; i++)
		bpf_link__destroy(watch->samplers.items[i].link);
	array_free(&watch->samplers);
	ring_buffer__free(watch->ring_buffer);
	dictionary_free(&watch->dictionary);
	mappings_free(&watch->mappings);
	rung_leave(&watch->programs);
	order_free(&watch->order);
	array_free(&watch->told_tasks);
	hash_free(&watch->by_tid);
	cgroups_free(&watch->cgroups);
	owners_end(&watch->owners);
	lock_fields_free(&watch->lock_fields);
	free(watch);
	*watch_pointer = NULL;
}
