/* How does a test tell a story of virtual machines? The stream of events of stream.h, and what is
 * reported of it. */
#ifndef TESTS_UNIT_ANALYSE_GUESTED_H
#define TESTS_UNIT_ANALYSE_GUESTED_H

#include "analyse/kvm.h"
#include "profiled.h"

#define GUEST 100 /* the process of the guest that stream_guest() makes */

/* Its threads. */
enum {
	VCPU0 = GUEST + 1,
	VCPU1,
	IOTHREAD,
	WORKER,
};

/* A watch of a guest's process: main loop, two virtual CPUs, an iothread, a worker of the pool. */
void stream_guest(struct stream *stream);

/* A thread of a process. */
void stream_thread(struct stream *stream, uint32_t tid, uint32_t tgid, const char *comm);

/* An exit from from_ms to to_ms; the rest as the caller set it in *exit. */
void stream_exit(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		 struct event_guest_exit exit);

/* The report, the caller's. Asserts what holds for all: shares and sums go together, each list is
 * in its order. */
struct kvm_report *stream_guests(struct stream *stream);

/* NULL where it is not there. */
const struct kvm_guest *report_guest(const struct kvm_report *report, uint32_t pid);
const struct kvm_exit *guest_exit(const struct kvm_guest *guest, const char *name);
const struct kvm_thread *guest_thread(const struct kvm_guest *guest, uint32_t tid);
/* Labels begin so. */
const struct kvm_wake *guest_wake(const struct kvm_guest *guest, const char *waker,
				  const char *sleeper);
uint64_t wake_path(const struct kvm_wake *wake, const char *words);
/* what: a part of it; NULL: any. */
const struct kvm_claim *report_claim(const struct kvm_report *report, enum kvm_claim_id id,
				     const char *what);
bool guests_tell(const struct kvm_report *report, const char *words);

#endif
