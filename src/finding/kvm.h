/*
 * How do virtual machines do? The report on the guests of a host, and on the guest that this
 * machine may be, that analyse builds and view shows. As with the verdict, nothing is computed
 * twice: a view lays out what stands here. Texts are of any bytes.
 */
#ifndef FINDING_KVM_H
#define FINDING_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"
#include "finding/wait.h"

enum kvm_claim_id {
#define CLAIM(NAME, id, advice) KVM_##NAME,
#include "finding/kvm_claims.def"
#undef CLAIM
	KVM_CLAIM_COUNT
};

/* "wait.flush.writethrough". Never NULL. */
const char *kvm_claim_name(enum kvm_claim_id id);
/* What to do. Never NULL. */
const char *kvm_claim_advice(enum kvm_claim_id id);

struct kvm_claim {
	enum kvm_claim_id id;
	uint32_t pid;    /* of the guest; 0: this machine, or not known */
	char what[96];   /* a disk, a thread; "": the guest as a whole */
	char words[320]; /* what was seen, with its numbers */
};

/* As the command line has it: "" and 0 where it does not say. */
struct kvm_disk {
	char device[48];
	char id[64];
	char format[32];
	char backend[32];
	char file[256];
	char cache[16];
	char aio[16];
	char iothread[64];
	uint32_t queues;
	bool is_readonly;
};

struct kvm_thread {
	uint32_t tid;
	char name[16];
	char role[96]; /* "": not known */
	uint64_t run_ns;
	double busy_share; /* of the watch; below 0: not known */
};

/* Exits for one reason. */
struct kvm_exit {
	char name[40];   /* as the kernel calls it; a number that is not known: that number */
	const char *isa; /* "vmx", "svm", "unknown" */
	uint32_t reason;
	const char *words; /* what it means; "" */
	bool is_idle;      /* the guest had nothing to do: in no share */
	uint64_t count;
	uint64_t total_ns;
	uint64_t idle_ns;     /* of it with nothing to do */
	uint64_t user_ns;     /* of it in the program */
	uint64_t user_count;  /* those that went to the program */
	struct latency times; /* without what was idle */
	double share;         /* of the guest's time in exits, idle ones left out */
};

/* What the program was asked for. */
struct kvm_user_exit {
	char name[40];
	uint32_t reason;
	uint64_t count;
	uint64_t ns;
	double share; /* of the time in the program */
};

/* How wake-ups came, of those whose stack was taken. */
struct kvm_path {
	const char *words;
	uint64_t count;
};

enum {
	KVM_PATHS_MAX = 6,
};

/* One wakes the other; threads of one name and role count together. */
struct kvm_wake {
	char waker[128];
	char sleeper[128];
	uint64_t count;
	uint64_t waited_ns; /* by the sleepers until then */
	uint64_t avg_ns;
	double share;                         /* of the sleeper's wake-ups */
	uint64_t with_stack;                  /* of count: paths are of these alone */
	struct kvm_path paths[KVM_PATHS_MAX]; /* by falling count */
	size_t path_count;
};

struct kvm_guest {
	uint32_t pid;    /* 0: which process is not known */
	bool has_config; /* something of its set-up is known */
	char name[64];
	char machine[64];
	char accel[64];
	uint32_t cpus;
	uint64_t memory_bytes;
	bool debug_threads;
	char unread[256]; /* why not all of the configuration is known; "": it is */
	ARRAY(struct text) iothreads;
	ARRAY(struct kvm_disk) disks;
	ARRAY(struct kvm_thread) threads; /* by falling run_ns */

	/* What its virtual CPUs did, as far as exits were told. */
	uint32_t vcpus; /* threads that left the guest */
	uint64_t exit_count;
	uint64_t in_guest_ns;
	uint64_t exit_ns; /* outside, idle left out; user_ns is part of it */
	uint64_t user_ns;
	uint64_t idle_ns;
	uint64_t open_count;          /* exits that had not ended */
	double guest_share;           /* in_guest_ns of it and exit_ns; below 0: not known */
	ARRAY(struct kvm_exit) exits; /* by falling share, idle ones last */
	ARRAY(struct kvm_user_exit) user_exits;
	ARRAY(struct kvm_wake) wakes; /* by sleeper, then falling count */
	uint64_t left_out_wakes;      /* in no row, for want of room */
};

/* Something about the machine on which this was made. */
struct kvm_fact {
	char key[64];
	char value[256];
};

struct kvm_report {
	ARRAY(struct kvm_guest) guests; /* by pid */
	bool has_exits;                 /* exits of guests were told */
	bool has_waits;                 /* waits were */
	uint64_t lost_exits;
	/* The machine itself, where it is a guest. */
	char hypervisor[96]; /* "none", or what it is called; "": not known */
	char kind[32];       /* "kvm", "xen", …; "" */
	bool is_guest;
	double steal_share; /* of all its CPUs' time; below 0: not known */
	uint64_t steal_ns;
	ARRAY(struct kvm_fact) facts;
	ARRAY(struct kvm_claim) claims;
	ARRAY(struct text) notes;
	struct wait_report *waits; /* owned; its tree tells what was watched */
};

void kvm_report_free(struct kvm_report **report);

#endif
