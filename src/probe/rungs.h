/* By which way do we get at the kernel's events? The best that this kernel takes: a ladder. */
#ifndef PROBE_RUNGS_H
#define PROBE_RUNGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.h"

struct bpf_object;
struct bpf_object_skeleton;
struct features;
struct rung;
struct watch_bpf__bss;

struct rung_settings {
	struct features *features;
	enum watch_what what;
	uint32_t ring_mask;  /* number of rings - 1 */
	uint32_t frames_max; /* of a stack, as far as the kernel goes */
	bool watch_machine;
	bool samples_in_nmi;
	uint64_t call_stack_ns; /* 0: the programs' own */
	uint64_t call_over_ns;  /* the same */
	bool awaits_exec;       /* the target is a command */
	uint64_t slow_io_ns;    /* see watch_options */
	bool with_guests;       /* exits of guests are told */
	struct watch_function function;
};

/* The programs of one rung, loaded and attached. */
struct rung_programs {
	const struct rung *rung;
	enum watch_what what;
	struct bpf_object *object; /* every rung's programs and maps have the same names */
	struct watch_bpf__bss *live;
	bool has_iter; /* it can look at all threads */
	bool with_guests;
	struct diag refused; /* why the rung is not the best one; else empty */
	struct bpf_object_skeleton *skeleton;
	void *memory;
};

/*
 * Load and attach the programs of the best rung that works. Those that are absent or forbidden are
 * left out. -EPERM: rights are missing; -ENOTSUP: this kernel lacks what no rung can do without.
 * End with rung_leave(), whatever came of it.
 */
must_check int rung_climb(const struct rung_settings *settings, struct rung_programs *programs,
			  struct diag *why);

void rung_leave(struct rung_programs *programs);

/* Tell as facts which rung it is ("facility.…"), and what cannot be seen from it ("missing.…"). */
must_check int rung_tell(const struct rung_programs *programs, const char *sampler,
			 const struct event_sink *sink, uint64_t time_ns, struct diag *why);

#endif
