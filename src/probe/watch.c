/* How do we see it happen? Loads the BPF programs, drains their rings, puts the records in order,
 * tells them as events. */
#include "probe/watch.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
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
#include "host/features.h"
#include "probe/order.h"
#include "probe/programs.h"
#include "probe/translate.h"

#include "watch.skel.h"

enum limits {
	RINGS_MAX = 16, /* CPUs share rings beyond this */
	RING_BYTES_ALL = 8 << 20,
	RING_BYTES_MAX = 4 << 20,
	/* A program reads the clock a few microseconds before its record is visible; a stolen
	 * virtual CPU makes it more. */
	LAG_NS = 10000000,
	WAITING_BYTES_MAX = 24 << 20,
};

/* The order of enum wire_loss. */
static const uint32_t LOSS_OF_WIRE[] = {
	[WIRE_LOST_SWITCH] = LOSS_SWITCH,   [WIRE_LOST_STACK] = LOSS_STACK,
	[WIRE_LOST_SYSCALL] = LOSS_SYSCALL, [WIRE_LOST_REQUEST] = LOSS_REQUEST,
	[WIRE_LOST_SAMPLE] = LOSS_SAMPLE,   [WIRE_LOST_TASK] = LOSS_TASK,
	[WIRE_LOST_THREAD] = LOSS_THREAD,   [WIRE_LOST_LOCK] = LOSS_LOCK,
	[WIRE_LOST_FILE] = LOSS_FILE,
	[WIRE_LOST_HIDDEN] = LOSS_HIDDEN,
};
_Static_assert(array_count(LOSS_OF_WIRE) == WIRE_LOSSES, "each loss of the programs has a name");

struct ring_source {
	struct watch *watch;
	size_t index;
};

struct watch {
	struct watch_options options;
	struct watch_bpf *bpf;
	struct ring_buffer *ring_buffer;
	struct ring_source sources[RINGS_MAX];
	size_t rings;
	struct order *order;
	struct translator translator;
	ARRAY(struct bpf_link *) samplers;
	const char *sampler;
	uint64_t told_losses[WIRE_LOSSES];
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

/* --- loading --- */

static size_t ring_count(void)
{
	size_t cpus = (size_t)libbpf_num_possible_cpus(), rings = 1;

	while (rings < cpus && rings < RINGS_MAX)
		rings *= 2;
	return rings;
}

static int take_record(void *context, void *data, size_t bytes)
{
	struct ring_source *source = context;
	struct watch *watch = source->watch;
	const struct wire *wire = data;

	if (bytes < sizeof(*wire))
		return diag_set(&watch->why, -EBADMSG, "the kernel sent a record of %zu bytes",
				bytes);
	if (wire_is_dictionary(wire))
		return translate(&watch->translator, wire, bytes, &watch->why);
	return order_push(watch->order, source->index, wire->time_ns, data, bytes);
}

static int make_ring(struct watch *watch, uint32_t slot, uint32_t bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "slowpath_ring", 0, 0, bytes, NULL), r;

	if (fd < 0)
		return -errno;
	watch->sources[slot] = (struct ring_source){ .watch = watch, .index = slot };
	r = bpf_map_update_elem(bpf_map__fd(watch->bpf->maps.rings), &slot, &fd, BPF_ANY);
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
		if (bpf_map_update_elem(bpf_map__fd(watch->bpf->maps.targets),
					&watch->options.tgids[i], &one, BPF_ANY) < 0)
			return diag_set(why, -errno, "cannot watch process %u: %s",
					watch->options.tgids[i], strerror(errno));
	}
	return 0;
}

static int load_failed(int r, struct diag *why)
{
	if (r == -EPERM || r == -EACCES)
		return diag_set(
			why, -EPERM,
			"cannot load BPF programs: not permitted; run as root, or with CAP_BPF and CAP_PERFMON");
	return diag_set(
		why, r,
		"cannot load BPF programs: %s; 'slowpath doctor' tells what this kernel lacks",
		strerror(-r));
}

static int load(struct watch *watch, struct diag *why)
{
	struct watch_bpf *bpf = watch_bpf__open();
	int r;

	if (!bpf)
		return load_failed(-errno, why);
	watch->bpf = bpf;
	r = programs_choose(bpf, features_btf(watch->options.features), why);
	if (r < 0)
		return r;
	bpf->rodata->ring_mask = watch->rings - 1;
	bpf->rodata->watch_machine = watch->options.target == WATCH_MACHINE;
	bpf->rodata->own_tgid = (uint32_t)getpid();
	syscall_kinds_fill((uint8_t *)bpf->rodata->syscall_kinds);
	r = watch_bpf__load(bpf);
	return r < 0 ? load_failed(r, why) : 0;
}

/* --- samples --- */

static int sampler_open(uint32_t type, uint64_t config, uint32_t hz, int cpu)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.sample_freq = hz,
		.freq = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int attach_sampler(struct watch *watch, int cpu)
{
	struct bpf_link **link;
	int fd = sampler_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, watch->options.sample_hz,
			      cpu);

	if (fd < 0)
		return errno == ENODEV ? 0 : -errno; /* an offline CPU */
	link = array_push(&watch->samplers);
	if (!link) {
		close(fd);
		return -ENOMEM;
	}
	*link = bpf_program__attach_perf_event(watch->bpf->progs.on_sample, fd);
	if (!*link) {
		watch->samplers.count--;
		close(fd);
		return -errno;
	}
	return 0;
}

static void attach_samplers(struct watch *watch)
{
	int cpus = libbpf_num_possible_cpus();

	for (int cpu = 0; cpu < cpus; cpu++) {
		if (attach_sampler(watch, cpu) < 0)
			return;
	}
	watch->sampler = "cpu-clock";
}

/* --- life --- */

static int set_up(struct watch *watch, struct diag *why)
{
	int r = order_new(watch->rings, &watch->order);

	if (r < 0)
		return diag_set(why, r, "out of memory");
	r = load(watch, why);
	if (r < 0)
		return r;
	r = make_rings(watch, why);
	if (r < 0)
		return r;
	r = add_targets(watch, why);
	if (r < 0)
		return r;
	r = watch_bpf__attach(watch->bpf);
	if (r < 0)
		return diag_set(why, r, "cannot attach BPF programs: %s; see 'slowpath doctor'",
				strerror(-r));
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
	watch->translator = (struct translator){
		.sink = *sink,
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

static int tell_facts(struct watch *watch, struct diag *why)
{
	char sampler[64];

	if (snprintf(sampler, sizeof(sampler), "%s at %u Hz", watch->sampler ?: "none",
		     watch->options.sample_hz) < 0)
		return -EINVAL;
	return programs_tell(watch->bpf, sampler, &watch->translator.sink,
			     watch->translator.begin_ns, why);
}

int watch_start(struct watch *watch, struct diag *why)
{
	int r;

	watch->translator.begin_ns = watch->translator.told_ns = now_ns();
	watch->bpf->bss->begin_ns = watch->translator.begin_ns;
	__atomic_store_n(&watch->bpf->bss->is_on, true, __ATOMIC_RELEASE);
	r = tell_watch(watch, why);
	return r < 0 ? r : tell_facts(watch, why);
}

uint64_t watch_begin_ns(const struct watch *watch)
{
	return watch->bpf->bss->begin_ns;
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
	watch->bpf->bss->bh_enable_bytes = 256;
	watch->bpf->bss->bh_enable_address = find_function(text, bytes, "__local_bh_enable_ip");
	watch->bpf->bss->throttle_work_address =
		find_function(text, bytes, "blk_throtl_dispatch_work_fn");
}

static int tell_losses(struct watch *watch, struct diag *why)
{
	for (size_t i = 0; i < WIRE_LOSSES; i++) {
		uint64_t count = __atomic_load_n(&watch->bpf->bss->lost[i], __ATOMIC_RELAXED);
		struct event_loss loss = {
			.head = { .bytes = sizeof(loss),
				  .kind = EVENT_LOSS,
				  .time_ns = watch->translator.told_ns },
			.what = LOSS_OF_WIRE[i],
			.count = count - watch->told_losses[i],
		};
		int r;

		if (!loss.count)
			continue;
		watch->told_losses[i] = count;
		r = event_sink_take(&watch->translator.sink, &loss.head, why);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Tell the records up to the horizon. */
static int tell_until(struct watch *watch, uint64_t horizon_ns, struct diag *why)
{
	const struct wire *wire;
	bool is_late;

	while ((wire = order_pop(watch->order, horizon_ns, &is_late))) {
		int r = translate(&watch->translator, wire, sizeof(struct wire_switch), why);

		if (r < 0)
			return r;
		watch->late += is_late;
	}
	return 0;
}

static int drain(struct watch *watch, struct diag *why)
{
	int r;

	if (order_bytes(watch->order) > WAITING_BYTES_MAX)
		return 0; /* the rings fill up meanwhile, and what finds no room there is counted */
	r = ring_buffer__consume(watch->ring_buffer);
	if (r < 0)
		return diag_set(why, r, "cannot read the ring buffer: %s",
				watch->why.code ? watch->why.text : strerror(-r));
	return 0;
}

int watch_poll(struct watch *watch, struct diag *why)
{
	uint64_t start_ns = now_ns();
	int r = drain(watch, why);

	if (r < 0)
		return r;
	r = tell_until(watch, start_ns - LAG_NS, why);
	return r < 0 ? r : tell_losses(watch, why);
}

/* Have iter/task send what each thread was doing; the other programs are off by now. */
static int send_open_spans(struct watch *watch)
{
	owns(own_close) int fd = -1;
	struct bpf_link *link = bpf_program__attach_iter(watch->bpf->progs.on_open, NULL);
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
	return r < 0 ? r : tell_until(watch, UINT64_MAX, why);
}

int watch_stop(struct watch *watch, int exit_status, uint32_t end_flags, struct diag *why)
{
	int r;

	if (watch->is_stopped)
		return 0;
	watch->is_stopped = true;
	watch->translator.end_ns = now_ns();
	__atomic_store_n(&watch->bpf->bss->is_on, false, __ATOMIC_RELEASE);
	r = drain_all(watch, why);
	if (r < 0)
		return r;
	r = send_open_spans(watch);
	if (r < 0)
		return diag_set(why, r, "cannot read the threads' last states: %s", strerror(-r));
	r = drain_all(watch, why);
	if (r < 0)
		return r;
	r = tell_losses(watch, why);
	if (r < 0)
		return r;
	r = tell_late(watch, why);
	return r < 0 ? r : tell_end(watch, exit_status, end_flags, why);
}

void watch_free(struct watch **watch_pointer)
{
	struct watch *watch = *watch_pointer;

	if (!watch)
		return;
	for (size_t i = 0; i < watch->samplers.count; i++)
		bpf_link__destroy(watch->samplers.items[i]);
	array_free(&watch->samplers);
	ring_buffer__free(watch->ring_buffer);
	watch_bpf__destroy(watch->bpf);
	order_free(&watch->order);
	free(watch);
	*watch_pointer = NULL;
}
