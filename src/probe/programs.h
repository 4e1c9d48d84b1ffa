/* Which of the BPF programs does this kernel run, and what is lost without the others? */
#ifndef PROBE_PROGRAMS_H
#define PROBE_PROGRAMS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct btf;
struct watch_bpf;

/*
 * Choose what to load by what the kernel's BTF says it has. -ENOTSUP: no BTF (NULL), or a tracepoint is
 * missing that cannot be done without.
 */
must_check int programs_choose(struct watch_bpf *bpf, const struct btf *btf, struct diag *why);

/* Tell as facts which facility is used ("facility.…"), and what cannot be seen ("missing.…"). */
must_check int programs_tell(struct watch_bpf *bpf, const char *sampler,
			     const struct event_sink *sink, uint64_t time_ns, struct diag *why);

/* The kinds (enum wire_syscall_kind) of this architecture's system calls, by number; room for
 * WIRE_SYSCALLS. */
void syscall_kinds_fill(uint8_t *kinds);

#endif
