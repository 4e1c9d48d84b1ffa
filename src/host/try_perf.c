/* Which perf events open, and do they run BPF programs? Each is opened, tried, and closed. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/try.h"

enum {
	PROBED_BYTES = 4096,
};

/* The event's descriptor, or -errno. */
static int open_event(struct perf_event_attr *attr, pid_t pid, int cpu)
{
	long fd;

	attr->size = sizeof(*attr);
	fd = syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

/* Every thread on one CPU: what a watch of the machine opens on all of them. */
static int open_on_cpu(struct perf_event_attr *attr)
{
	int cpu = sched_getcpu();

	return open_event(attr, -1, cpu < 0 ? 0 : cpu);
}

/* This thread, wherever it runs: the most harmless target for a probe. */
static int open_on_self(struct perf_event_attr *attr)
{
	return open_event(attr, 0, -1);
}

/* Run a BPF program that does nothing whenever the event fires; 0 or -errno. */
static int attach_nothing(int event, int prog_type)
{
	owns(own_close) int prog = bpf_load_nothing(prog_type);

	if (prog < 0)
		return prog;
	return ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) < 0 ? -errno : 0;
}

enum feature_state try_tp_classic(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.sample_period = 1,
					.disabled = 1 };
	int id = read_tracepoint_id(features, row->detail), r;

	if (id < 0)
		return say_absent(answer, "tracefs has no number for %s: %s", row->detail,
				  strerror(-id));
	attr.config = (uint64_t)id;

	owns(own_close) int event = open_on_self(&attr);

	if (event < 0)
		return say_absent(answer, "opening %s: %s", row->detail, strerror(-event));
	r = attach_nothing(event, BPF_PROG_TYPE_TRACEPOINT);
	if (r < 0)
		return say_absent(answer, "attaching at %s: %s", row->detail, strerror(-r));
	return say_works(answer, "attached at %s", row->detail);
}

enum feature_state try_perf_tp(struct features *features, const struct feature_row *row,
			       struct feature_answer *answer)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.sample_period = 1,
					.sample_type = PERF_SAMPLE_RAW | PERF_SAMPLE_TID |
						       PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN,
					.disabled = 1 };
	int id = read_tracepoint_id(features, row->detail);

	if (id < 0)
		return say_absent(answer, "tracefs has no number for %s: %s", row->detail,
				  strerror(-id));
	attr.config = (uint64_t)id;

	owns(own_close) int event = open_on_cpu(&attr);

	if (event < 0)
		return say_absent(answer, "opening %s: %s", row->detail, strerror(-event));
	return say_works(answer, "opened %s", row->detail);
}

/* Samples by a timer, on the clock of all events. */
static struct perf_event_attr cpu_clock(void)
{
	return (struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
					 .config = PERF_COUNT_SW_CPU_CLOCK,
					 .sample_period = 1000000,
					 .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
							PERF_SAMPLE_CALLCHAIN,
					 .disabled = 1,
					 .use_clockid = 1,
					 .clockid = CLOCK_MONOTONIC };
}

enum feature_state try_cpu_clock(struct features *features, const struct feature_row *row,
				 struct feature_answer *answer)
{
	struct perf_event_attr attr = cpu_clock();
	owns(own_close) int whole = open_on_cpu(&attr);

	if (whole >= 0)
		return say_works(answer, "whole machine");

	owns(own_close) int own = open_on_self(&attr);

	if (own >= 0)
		return say_partly(answer, "own processes", "whole machine: %s", strerror(-whole));
	attr.exclude_kernel = 1;

	owns(own_close) int user = open_on_self(&attr);

	if (user >= 0)
		return say_partly(answer, "own processes, user code only", "kernel code: %s",
				  strerror(-own));
	return say_absent(answer, "opening: %s", strerror(-user));
}

enum feature_state try_bpf_sample(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	struct perf_event_attr attr = cpu_clock();
	owns(own_close) int event = open_on_cpu(&attr);
	int r;

	if (event < 0)
		return say_absent(answer, "opening: %s", strerror(-event));
	r = attach_nothing(event, BPF_PROG_TYPE_PERF_EVENT);
	if (r < 0)
		return say_absent(answer, "attaching to cpu-clock: %s", strerror(-r));
	return say_works(answer, "whole machine");
}

/* Virtual machines may open the counter and never count: only a count is proof. */
enum feature_state try_pmu_cycles(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
					.config = PERF_COUNT_HW_CPU_CYCLES };
	owns(own_close) int event = open_on_self(&attr);
	uint64_t cycles = 0;

	if (event < 0) {
		attr.exclude_kernel = 1;
		event = open_on_self(&attr);
	}
	if (event < 0)
		return say_absent(answer, "opening: %s", strerror(-event));
	for (volatile int work = 0; work < 10000; work++)
		;
	if (read(event, &cycles, sizeof(cycles)) != (ssize_t)sizeof(cycles) || cycles == 0)
		return say_absent(answer, "it opens but does not count");
	if (attr.exclude_kernel)
		return say_partly(answer, "user code only", "kernel code is not shown to us");
	return say_works(answer, "cycles");
}

/* An event that never fires, but tells of mappings; with build-ids since 5.12. */
enum feature_state try_perf_mmap(struct features *features, const struct feature_row *row,
				 struct feature_answer *answer)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_DUMMY,
					.sample_type = PERF_SAMPLE_TIME,
					.mmap = 1,
					.mmap2 = 1,
					.build_id = 1,
					.exclude_kernel = 1,
					.use_clockid = 1,
					.clockid = CLOCK_MONOTONIC };
	owns(own_close) int event = open_on_cpu(&attr);

	if (event >= 0)
		return say_works(answer, "with build-ids");
	attr.build_id = 0;

	owns(own_close) int plain = open_on_cpu(&attr);

	if (plain >= 0)
		return say_works(answer, "without build-ids");
	return say_absent(answer, "opening: %s", strerror(-plain));
}

/* The number of a kind of probes ("kprobe"), or -errno. */
static int read_probe_type(const struct features *features, const char *kind)
{
	char path[TRY_PATH_BYTES];
	long long type;
	int r;

	if (snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", kind) < 0)
		return -EINVAL;
	r = read_number(features, path, &type);
	return r < 0 ? r : (int)type;
}

/* Open the probe that attr describes and run BPF at it. */
static enum feature_state try_probe(struct features *features, const char *kind,
				    struct perf_event_attr *attr, const char *rung,
				    struct feature_answer *answer)
{
	int type = read_probe_type(features, kind), r;

	if (type < 0)
		return say_absent(answer, "the kernel has no %s events: %s", kind, strerror(-type));
	attr->type = (uint32_t)type;

	owns(own_close) int event = open_on_self(attr);

	if (event < 0)
		return say_absent(answer, "opening a %s: %s", kind, strerror(-event));
	r = attach_nothing(event, BPF_PROG_TYPE_KPROBE);
	if (r < 0)
		return say_absent(answer, "attaching to a %s: %s", kind, strerror(-r));
	return say_works(answer, "%s", rung);
}

enum feature_state try_kprobe(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	struct perf_event_attr attr = { .sample_period = 1,
					.disabled = 1,
					.kprobe_func = (uintptr_t)row->detail };

	return try_probe(features, "kprobe", &attr, "perf event", answer);
}

/*
 * The uprobe is put on a file that nobody executes: no process gets a breakpoint. Should we be
 * killed just then, the kernel could fail to take a breakpoint out again, and keep the probe.
 */
enum feature_state try_uprobe(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	owns(own_close) int file = memfd_create("slowpath-probe", MFD_CLOEXEC);
	struct perf_event_attr attr = { .sample_period = 1, .disabled = 1 };
	char path[TRY_PATH_BYTES];

	if (file < 0 || ftruncate(file, PROBED_BYTES) < 0)
		return say_unknown(answer, "no file to try it on: %s", strerror(errno));
	if (snprintf(path, sizeof(path), "/proc/self/fd/%d", file) < 0)
		return say_unknown(answer, "no name for the file to try it on");
	attr.uprobe_path = (uintptr_t)path;
	return try_probe(features, "uprobe", &attr, "perf event", answer);
}
