/* How is a facility tried? The functions that features.def names, and how they answer. */
#ifndef HOST_TRY_H
#define HOST_TRY_H

#include "host/features.h"

/* Try the facility of this row; fill in *answer's texts and say how it went. */
typedef enum feature_state feature_try(struct features *features, const struct feature_row *row,
				       struct feature_answer *answer);

/* BPF programs and maps: try_bpf.c */
feature_try try_btf, try_bpf, try_memlock, try_bpf_ringbuf, try_tp_btf, try_task_storage,
	try_task_stack;
feature_try try_iter_task, try_btf_field, try_raw_tp, try_kprobe_multi, try_fentry;

/* perf events, with and without BPF: try_perf.c */
feature_try try_tp_classic, try_perf_tp, try_cpu_clock, try_bpf_sample, try_pmu_cycles, try_kprobe;
feature_try try_uprobe, try_perf_mmap;

/* files: try_files.c */
feature_try try_capabilities, try_lockdown, try_paranoid, try_tracefs, try_proc, try_tracepoints;
feature_try try_function_graph, try_kallsyms, try_proc_stack, try_psi, try_schedstats,
	try_sysctl_on;
feature_try try_cgroup, try_debuginfod;

/* other facilities: features.c */
feature_try try_ladder;

/* It works, in this way. */
enum feature_state say_works(struct feature_answer *answer, const char *rung_format, ...)
	__attribute__((format(printf, 2, 3)));

/* It works in the way of rung, with the limits told. */
enum feature_state say_partly(struct feature_answer *answer, const char *rung,
			      const char *why_format, ...) __attribute__((format(printf, 3, 4)));

/* It does not work. */
enum feature_state say_absent(struct feature_answer *answer, const char *why_format, ...)
	__attribute__((format(printf, 2, 3)));

/* It cannot be tried. */
enum feature_state say_unknown(struct feature_answer *answer, const char *why_format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Load a BPF program that does nothing, of a type that runs at probes and perf events
 * (BPF_PROG_TYPE_…). Its descriptor, or -errno.
 */
int bpf_load_nothing(int prog_type);

/* Where path is in the features' root: written to full, cut to fit. */
enum {
	TRY_PATH_BYTES = 512
};
const char *path_in_root(const struct features *features, const char *path,
			 char full[static TRY_PATH_BYTES]);

/* The number in a file; 0 or -errno. */
int read_number(const struct features *features, const char *path, long long *ret);

/* The tracefs number of an event ("sched/sched_switch"), or -errno. */
int read_tracepoint_id(struct features *features, const char *event);

#endif
