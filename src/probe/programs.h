/* Which of the BPF programs does this kernel run, and what is lost without the others? */
#ifndef PROBE_PROGRAMS_H
#define PROBE_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/watch.h"

struct bpf_object;
struct btf;

/*
 * Choose what to load: what this watch needs, and the kernel's BTF says is there; has_iter:
 * programs that look at all threads. -ENOTSUP: a tracepoint is missing that cannot be done without.
 */
must_check int programs_choose(struct bpf_object *object, const struct btf *btf,
			       enum watch_what what, bool has_iter, struct diag *why);

/* Does sched_switch tell in which state the previous thread left? */
bool switch_tells_state(const struct btf *btf);

/* Does io_uring_complete tell the entry of the completion queue? (6.13) */
bool completion_tells_entry(const struct btf *btf);

/* Tell as facts which facility is used ("facility.…"), and what cannot be seen ("missing.…"). */
must_check int programs_tell(const struct bpf_object *object, enum watch_what what,
			     const char *rung, const struct event_sink *sink, uint64_t time_ns,
			     struct diag *why);

/* Tell as losses how often the kernel left programs out, which it does when one interrupts another.
 */
must_check int programs_tell_missed(const struct bpf_object *object, const struct event_sink *sink,
				    uint64_t time_ns, struct diag *why);

/* The kinds (enum wire_syscall_kind) of this architecture's system calls, by number; room for
 * WIRE_SYSCALLS. */
void syscall_kinds_fill(uint8_t *kinds);

#endif
