/* What do all rungs watch in the same way? All but block requests, which not every rung can tell
 * apart. Comes after the rung's own header. */
#ifndef PROBE_BPF_ALL_H
#define PROBE_BPF_ALL_H

#include "probe/bpf/calls.h"
#include "probe/bpf/functions.h"
#include "probe/bpf/guest.h"
#include "probe/bpf/io_fault.h"
#include "probe/bpf/io_open.h"
#include "probe/bpf/io_sync.h"
#include "probe/bpf/io_uring.h"
#include "probe/bpf/irq.h"
#include "probe/bpf/lock.h"
#include "probe/bpf/open.h"
#include "probe/bpf/sample.h"
#include "probe/bpf/sched.h"
#include "probe/bpf/signal.h"
#include "probe/bpf/syscall.h"
#include "probe/bpf/tally.h"
#include "probe/bpf/usage.h"

#endif
