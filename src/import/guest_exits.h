/*
 * When did which virtual CPU leave its guest, and when did it go back? Two tracepoints make one
 * event: kvm_exit, and the kvm_entry of the same thread that comes after it.
 */
#ifndef IMPORT_GUEST_EXITS_H
#define IMPORT_GUEST_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/own.h"
#include "import/perf_tell.h"

#define GUEST_VCPUS_MAX 65536u

/* A virtual CPU's thread. */
struct guest_vcpu {
	uint32_t tid;
	bool is_out;            /* it has left its guest: exit is filled in but for its end */
	bool is_in;             /* it is in the guest since entered_ns */
	uint64_t entered_ns;    /* valid with is_in */
	uint64_t user_since_ns; /* 0: it did not leave for the program */
	struct event_guest_exit exit;
};

/* Born zero. */
struct guest_exits {
	ARRAY(struct guest_vcpu) vcpus;
	struct hash_map by_tid; /* place + 1 */
	uint64_t unpaired;      /* exits whose entry was not told */
	uint64_t refused;       /* for want of room */
};

/* A moment told by a tracepoint. */
struct guest_moment {
	uint64_t time_ns;
	uint32_t tid;
	uint32_t vcpu; /* UINT32_MAX: not told */
	uint32_t isa;  /* enum guest_isa */
	uint32_t reason;
};

/* kvm_exit. 0 or -ENOMEM. */
must_check int guest_exits_leave(struct guest_exits *exits, const struct guest_moment *moment);
/* What kvm_userspace_exit is for: its reason where the call did not fail, or a signal's, or none.
 */
uint32_t guest_user_reason(uint32_t reason, int64_t error);

/* kvm_userspace_exit: of the moment only time, tid and reason count. */
void guest_exits_user(struct guest_exits *exits, const struct guest_moment *moment);
/* kvm_vcpu_wakeup: the kernel polled or slept for so long. */
void guest_exits_halted(struct guest_exits *exits, uint32_t tid, uint64_t ns);
/* kvm_entry: tell the exit that ends. 0, -ENOMEM, or what the sink returned. */
must_check int guest_exits_enter(struct guest_exits *exits, const struct guest_moment *moment,
				 struct perf_out *out, struct diag *why);

/* Records were lost: nothing that is open can be believed. */
void guest_exits_forget(struct guest_exits *exits);

/* The recording ends: tell what is still open, and what was lost. */
must_check int guest_exits_finish(struct guest_exits *exits, uint64_t end_ns, struct perf_out *out,
				  struct diag *why);

void guest_exits_free(struct guest_exits *exits);

#endif
