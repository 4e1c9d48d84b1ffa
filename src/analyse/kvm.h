/*
 * How do virtual machines do? A fold over the events of one watch or of another tool's file: how
 * each guest was set up (facts "vm.PID."), what made its virtual CPUs leave it, and who of its
 * threads wakes whom, how. No I/O, no clock, no globals; memory is bounded, and what found no room
 * is counted and told.
 */
#ifndef ANALYSE_KVM_H
#define ANALYSE_KVM_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/kvm.h"

struct kvm;

/* On success *ret is the caller's, to end with kvm_free(). -ENOMEM. */
must_check int kvm_new(struct kvm **ret);
void kvm_free(struct kvm **kvm);

/* Take the next event, in the stream's order. -ENOMEM; unknown kinds are skipped. Fits struct
 * event_sink. */
must_check int kvm_take(void *kvm, const struct event *event, struct diag *why);

/* The report of all events; nothing can be taken after. *ret is the caller's, to end with
 * kvm_report_free(). -ENOMEM. */
must_check int kvm_report(struct kvm *kvm, struct kvm_report **ret, struct diag *why);

#endif
