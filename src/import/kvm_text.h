/*
 * What does a text of KVM's tracepoints say? Turns the lines of kvm_exit, kvm_entry,
 * kvm_userspace_exit and kvm_vcpu_wakeup into exits of guests: those of ftrace's files trace and
 * trace_pipe, of trace-cmd report and of perf script.
 */
#ifndef IMPORT_KVM_TEXT_H
#define IMPORT_KVM_TEXT_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/*
 * Turn all of a text into events. fd stays the caller's; it must be of a regular file. Bounded
 * memory. Which process a thread is of stands in no such text: they are told with none. -EBADMSG:
 * there are no exits in it.
 */
must_check int kvm_text_read(int fd, const char *path, const struct event_sink *sink,
			     struct diag *why);

#endif
