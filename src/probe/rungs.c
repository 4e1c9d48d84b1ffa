/* By which way do we get at the kernel's events? Each rung is tried by loading and attaching its
 * programs. */
#include "probe/rungs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/features.h"
#include "probe/functions.h"
#include "probe/guests.h"
#include "probe/io_calls.h"
#include "probe/programs.h"

#include "watch.skel.h"
#include "watch_classic.skel.h"
#include "watch_raw.skel.h"

/* The objects are built of the same headers: what we set and read lies at the same place in each.
 */
#define SAME(section, member)                                                                 \
	_Static_assert(offsetof(struct watch_bpf__##section, member) ==                       \
				       offsetof(struct watch_raw_bpf__##section, member) &&   \
			       offsetof(struct watch_bpf__##section, member) ==               \
				       offsetof(struct watch_classic_bpf__##section, member), \
		       #member)
SAME(rodata, ring_mask);
SAME(rodata, watch_machine);
SAME(rodata, samples_in_nmi);
SAME(rodata, switch_has_state);
SAME(rodata, call_stack_ns);
SAME(rodata, call_over_ns);
SAME(rodata, counts_calls);
SAME(rodata, awaits_exec);
SAME(rodata, syscall_kinds);
SAME(rodata, own_tgid);
SAME(rodata, frames_max);
SAME(rodata, stacks_at_wake);
SAME(rodata, sees_release);
SAME(rodata, sees_io_start);
SAME(rodata, only_requests);
SAME(rodata, tells_caches);
SAME(rodata, page_bytes);
SAME(rodata, watches_files);
SAME(rodata, io_calls);
SAME(rodata, io_opcodes);
SAME(rodata, aio_operations);
SAME(rodata, slow_io_ns);
SAME(rodata, io_quota);
SAME(rodata, function_over_ns);
SAME(rodata, function_syscall);
SAME(rodata, direct_flag);
SAME(rodata, sees_io_start);
SAME(rodata, completion_has_entry);
SAME(bss, is_on);
SAME(bss, is_over);
SAME(bss, begin_ns);
SAME(bss, bh_enable_address);
SAME(bss, bh_enable_bytes);
SAME(bss, throttle_work_address);
SAME(bss, lost);
SAME(bss, cut_stacks);
SAME(bss, sees_fault_end);
SAME(bss, unseen_ends);
SAME(bss, short_calls);
SAME(bss, callee_count);

#define OPEN(object_name)                                                  \
	static int open_##object_name(struct rung_programs *programs)      \
	{                                                                  \
		struct object_name##_bpf *bpf = object_name##_bpf__open(); \
                                                                           \
		if (!bpf)                                                  \
			return -errno;                                     \
		programs->memory = bpf;                                    \
		programs->object = bpf->obj;                               \
		programs->skeleton = bpf->skeleton;                        \
		return 0;                                                  \
	}
OPEN(watch)
OPEN(watch_raw)
OPEN(watch_classic)

enum {
	/* Operations told one by one in 17 ms on each CPU, however short, where all are tallied:
	 * some sixty thousand a second. */
	IO_QUOTA = 1024,
	NEEDS_MAX = 3,
	LOST_MAX = 5,
};

#define OF(what) (1U << WATCH_##what)

struct lost {
	const char *key;
	const char *text;
	unsigned int watches; /* that miss it: a bit for each enum watch_what */
};

struct rung {
	const char *name; /* told as the facility in use */
	int (*open)(struct rung_programs *programs);
	enum feature_id needs[NEEDS_MAX];
	size_t need_count;
	struct lost lost[LOST_MAX]; /* beside what programs.def tells */
};

#define STACK_TOO_EARLY                                                                        \
	{                                                                                      \
		"wait_stacks",                                                                 \
			"kernel stacks of some long waits: one can only be taken when a wait " \
			"begins, before its length is known",                                  \
			OF(ALL) | OF(CALLS)                                                    \
	}

/* From best to worst. */
static const struct rung RUNGS[] = {
	{
		.name = "tp_btf",
		.open = open_watch,
		.needs = { FEATURE_TP_BTF, FEATURE_TASK_STORAGE, FEATURE_TASK_STACK },
		.need_count = 3,
	},
	{
		.name = "raw_tp",
		.open = open_watch_raw,
		.needs = { FEATURE_RAW_TP },
		.need_count = 1,
		.lost = {
			STACK_TOO_EARLY,
			{ "request_files", "where threads slept in operations that took long", OF(IO) },
		},
	},
	{
		.name = "tp_classic",
		.open = open_watch_classic,
		.needs = { FEATURE_TP_CLASSIC },
		.need_count = 1,
		.lost = {
			STACK_TOO_EARLY,
			{ "requests_by_place",
			  "block requests one by one: they are known by disk and sector, so flushes of "
			  "one disk that overlap are mixed up, and partitions are told as their disk",
			  OF(ALL) | OF(DISK) | OF(IO) },
			{ "nested_events",
			  "what an interrupt did that came while another program of ours ran on the "
			  "same CPU",
			  OF(ALL) | OF(CALLS) },
			{ "crash_addresses", "which address a program touched when it crashed",
			  OF(ALL) },
			{ "request_files",
			"which file a block request is about that no operation waits for, which of "
			"several operations of one io_submit(2) caused a request, and where threads "
			"slept in operations that took long",
			  OF(IO) },
		},
	},
};

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

/* The memory that user space shares with the section ".rodata" or ".bss" of the object. */
static void *shared_memory(const struct rung_programs *programs, const char *section)
{
	const struct bpf_object_skeleton *skeleton = programs->skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++) {
		const char *dot = strrchr(skeleton->maps[i].name, '.');

		if (dot && strcmp(dot, section) == 0 && skeleton->maps[i].mmaped)
			return *skeleton->maps[i].mmaped;
	}
	return NULL;
}

static bool is_loaded(const struct rung_programs *programs, const char *name)
{
	const struct bpf_program *program =
		bpf_object__find_program_by_name(programs->object, name);

	return program && bpf_program__autoload(program);
}

static void fill_file_settings(const struct rung_settings *settings,
			       const struct rung_programs *programs,
			       struct watch_bpf__rodata *rodata)
{
	rodata->watches_files = true;
	rodata->slow_io_ns = settings->slow_io_ns;
	rodata->io_quota = settings->slow_io_ns ? IO_QUOTA : 0;
	rodata->direct_flag = O_DIRECT;
	rodata->sees_io_start = is_loaded(programs, "on_file_start");
	rodata->completion_has_entry = completion_tells_entry(features_btf(settings->features));
	io_calls_fill((uint32_t *)rodata->io_calls);
	io_opcodes_fill((uint32_t *)rodata->io_opcodes);
	aio_operations_fill((uint32_t *)rodata->aio_operations);
}

/*
 * Since 5.18 (54ecbe6f1ed5, "rethook: Add a generic return hook") the kernel refuses to find a
 * return address that a kretprobe hides in the stack of a thread that is to run: the stack ends
 * there, and until 6.10 it warns as well. kernel/trace/rethook.c, rethook_find_ret_addr().
 */
static bool refuses_stacks(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "rethook_find_ret_addr", BTF_KIND_FUNC) > 0;
}

/* Nothing but the release tells. */
static bool warns_of_stacks(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	/* NOLINTNEXTLINE(cert-err34-c): what is no number is no old kernel */
	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major * 1000 + minor < 6010;
}

/* Do we put kretprobes into the stacks ourselves? Those of others are rare. */
static bool hides_returns(const struct watch_function *function)
{
	return function->by == WATCH_BY_KPROBE || function->by == WATCH_BY_KPROBE_MULTI ||
	       function->with_callees;
}

static int fill_settings(const struct rung_settings *settings, struct rung_programs *programs)
{
	struct watch_bpf__rodata *rodata = shared_memory(programs, ".rodata");

	if (!rodata)
		return -EINVAL;
	rodata->ring_mask = settings->ring_mask;
	rodata->watch_machine = settings->watch_machine;
	rodata->samples_in_nmi = settings->samples_in_nmi;
	rodata->own_tgid = (uint32_t)getpid();
	rodata->frames_max = settings->frames_max;
	rodata->stacks_at_wake = refuses_stacks(features_btf(settings->features)) &&
				 (hides_returns(&settings->function) || warns_of_stacks());
	rodata->sees_release = is_loaded(programs, "on_release");
	rodata->sees_io_start = is_loaded(programs, "on_io_start");
	rodata->only_requests = settings->what == WATCH_DISK;
	rodata->switch_has_state = switch_tells_state(features_btf(settings->features));
	rodata->tells_caches = btf__find_by_name_kind(features_btf(settings->features),
						      "bpf_get_kmem_cache", BTF_KIND_FUNC) > 0;
	rodata->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	rodata->function_over_ns = settings->function.over_ns;
	if (settings->function.by == WATCH_BY_NOTHING && settings->function.with_callees)
		rodata->function_syscall = settings->function.syscall;
	if (settings->call_stack_ns)
		rodata->call_stack_ns = settings->call_stack_ns;
	if (settings->call_over_ns)
		rodata->call_over_ns = settings->call_over_ns;
	rodata->counts_calls = settings->what == WATCH_CALLS;
	rodata->awaits_exec = rodata->counts_calls && settings->awaits_exec;
	syscall_kinds_fill((uint8_t *)rodata->syscall_kinds);
	if (settings->what == WATCH_IO)
		fill_file_settings(settings, programs, rodata);
	return 0;
}

/* Every fault of user code costs, on a file or not: only who wants all operations pays for it. Both
 * its ends are seen, or none. */
static void choose_faults(const struct rung_settings *settings, struct rung_programs *programs)
{
	struct bpf_program *begin =
		bpf_object__find_program_by_name(programs->object, "on_user_fault");
	struct bpf_program *end =
		bpf_object__find_program_by_name(programs->object, "on_fault_end");

	if (begin && settings->slow_io_ns)
		bpf_program__set_autoload(begin, false);
	if (end)
		bpf_program__set_autoload(end, begin && bpf_program__autoload(begin));
}

static int choose_guests(const struct rung_settings *settings, struct rung_programs *programs)
{
	struct watch_bpf__rodata *rodata = shared_memory(programs, ".rodata");

	programs->with_guests = settings->with_guests;
	return rodata ? guests_choose(programs->object, settings->features, settings->with_guests,
				      &rodata->guest_fields)
		      : -EINVAL;
}

static int try_rung(const struct rung *rung, const struct rung_settings *settings,
		    struct rung_programs *programs, struct diag *why)
{
	int r = rung->open(programs);

	if (r < 0)
		return load_failed(r, why);
	programs->rung = rung;
	programs->what = settings->what;
	programs->has_iter = features_have(settings->features, FEATURE_ITER_TASK, NULL, NULL);
	r = programs_choose(programs->object, features_btf(settings->features), settings->what,
			    programs->has_iter, why);
	if (r < 0)
		return r;
	choose_faults(settings, programs);
	r = functions_choose(programs->object, &settings->function);
	if (r == 0)
		r = choose_guests(settings, programs);
	if (r == 0)
		r = fill_settings(settings, programs);
	if (r == 0)
		r = bpf_object__load_skeleton(programs->skeleton);
	if (r < 0)
		return load_failed(r, why);
	r = bpf_object__attach_skeleton(programs->skeleton);
	if (r < 0)
		return diag_set(why, r, "cannot attach BPF programs: %s; see 'slowpath doctor'",
				strerror(-r));
	programs->live = shared_memory(programs, ".bss");
	return programs->live ? 0 : -EINVAL;
}

/* The first thing that the rung needs and that is not there, or NULL. */
static const struct feature_row *find_lack(const struct rung *rung, struct features *features,
					   const char **ret_text)
{
	for (size_t i = 0; i < rung->need_count; i++) {
		if (!features_have(features, rung->needs[i], NULL, ret_text))
			return feature_row(rung->needs[i]);
	}
	return NULL;
}

static int check_ground(struct features *features, struct diag *why)
{
	const char *text;

	if (!features_have(features, FEATURE_BPF, NULL, &text))
		return diag_set(why, -EPERM, "cannot load BPF programs: %s; %s", text,
				geteuid() == 0 ? "see 'slowpath doctor'"
					       : "run as root, or with CAP_BPF and CAP_PERFMON");
	if (!features_btf(features))
		return diag_set(
			why, -ENOTSUP,
			"this kernel has no BTF (/sys/kernel/btf/vmlinux), which BPF programs need: use a kernel built with CONFIG_DEBUG_INFO_BTF");
	return 0;
}

int rung_climb(const struct rung_settings *settings, struct rung_programs *programs,
	       struct diag *why)
{
	struct diag refused = {};
	int r = check_ground(settings->features, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < array_count(RUNGS); i++) {
		const struct feature_row *lack;
		const char *text = "";

		lack = find_lack(&RUNGS[i], settings->features, &text);
		if (lack) {
			(void)diag_set(&refused, -ENOTSUP, "%s: %s", lack->id, text);
			continue;
		}
		if (try_rung(&RUNGS[i], settings, programs, &refused) == 0) {
			programs->refused = refused;
			return 0;
		}
		rung_leave(programs);
	}
	return diag_set(why, refused.code,
			"no way to watch this kernel works: %s; see 'slowpath doctor'",
			refused.text);
}

void rung_leave(struct rung_programs *programs)
{
	if (programs->skeleton)
		bpf_object__destroy_skeleton(programs->skeleton);
	free(programs->memory);
	*programs = (struct rung_programs){};
}

static const struct lost LOST_IN_LIGHT_WATCH = {
	.key = "waits",
	.text = "what threads waited for: only samples and CPU time were recorded",
	.watches = OF(CPU),
};

static const struct lost LOST_IN_WATCH_OF_CALLS = {
	.key = "waits",
	.text = "waits outside of system calls, and those shorter than a tenth of a long call (--over)",
	.watches = OF(CALLS),
};

static const struct lost LOST_IN_WATCH_OF_REQUESTS = {
	.key = "waits",
	.text = "what threads waited for, and their CPU time: only block requests were recorded",
	.watches = OF(DISK),
};

static const char *const LOST_WITHOUT_ITER[] = {
	[WATCH_ALL] = "threads that did not run during the watch, and what each thread did when it "
		      "ended",
	[WATCH_CPU] = "CPU time of threads that lived on when the watch ended, and of older ones "
		      "before their first sample",
	[WATCH_CALLS] = "system calls that had not returned when the watch ended, and CPU time of "
			"threads that lived on",
	[WATCH_IO] = "operations on files that were under way when the watch ended",
	[WATCH_DISK] = NULL, /* a request's end is seen wherever it is */
};

static int tell_missing(const struct rung_programs *programs, const struct lost *lost,
			const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	char key[64];

	if (!(lost->watches & 1U << programs->what))
		return 0;
	if (snprintf(key, sizeof(key), "missing.%s", lost->key) < 0)
		return -EINVAL;
	return fact_tell(sink, time_ns, why, key, "%s", lost->text);
}

static int tell_lost(const struct rung_programs *programs, const struct event_sink *sink,
		     uint64_t time_ns, struct diag *why)
{
	int r = tell_missing(programs, &LOST_IN_LIGHT_WATCH, sink, time_ns, why);

	if (r == 0)
		r = tell_missing(programs, &LOST_IN_WATCH_OF_CALLS, sink, time_ns, why);
	if (r == 0)
		r = tell_missing(programs, &LOST_IN_WATCH_OF_REQUESTS, sink, time_ns, why);
	for (size_t i = 0; i < LOST_MAX && programs->rung->lost[i].key && r == 0; i++)
		r = tell_missing(programs, &programs->rung->lost[i], sink, time_ns, why);
	return r;
}

static int tell_lacks(const struct rung_programs *programs, const struct event_sink *sink,
		      uint64_t time_ns, struct diag *why)
{
	const struct lost without_iter = { "iter_task", LOST_WITHOUT_ITER[programs->what],
					   LOST_WITHOUT_ITER[programs->what] ? ~0U : 0 };
	int r = tell_lost(programs, sink, time_ns, why);

	return r < 0 || programs->has_iter
		       ? r
		       : tell_missing(programs, &without_iter, sink, time_ns, why);
}

int rung_tell(const struct rung_programs *programs, const char *sampler,
	      const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	int r = programs_tell(programs->object, programs->what, programs->rung->name, sink, time_ns,
			      why);

	if (r == 0 && programs->with_guests)
		r = guests_tell(programs->object, sink, time_ns, why);
	if (r == 0)
		r = fact_tell(sink, time_ns, why, "facility.samples", "%s", sampler);
	if (r == 0)
		r = tell_lacks(programs, sink, time_ns, why);
	if (r == 0 && programs->refused.code)
		r = fact_tell(sink, time_ns, why, "refused.facility", "%s", programs->refused.text);
	return r;
}
