/* What happens to the threads of the target, and to those it waits for? All programs of a watch,
 * one object. */
#include "probe/bpf/kernel.h"

/* A tracepoint program with typed arguments. Each is optional: what this kernel has is chosen when
 * it is loaded. */
#define PROBE(tracepoint, name, args...) \
	SEC("?tp_btf/" #tracepoint)      \
	int BPF_PROG(name, ##args)

#include "probe/bpf/block.h"
#include "probe/bpf/irq.h"
#include "probe/bpf/lock.h"
#include "probe/bpf/open.h"
#include "probe/bpf/sample.h"
#include "probe/bpf/sched.h"
#include "probe/bpf/syscall.h"

/* get_task_stack() and task storage are for GPL programs only. */
char LICENSE[] SEC("license") = "GPL";
