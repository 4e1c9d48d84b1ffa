/* What happens to the threads of the target, and to those it waits for? All programs of a watch,
 * one object. */
#include "probe/bpf/typed.h"

/* A tracepoint program with typed arguments. Each is optional: what this kernel has is chosen when
 * it is loaded. */
#define PROBE(tracepoint, name, args...) \
	SEC("?tp_btf/" #tracepoint)      \
	int BPF_PROG(name, ##args)

#include "probe/bpf/all.h"
#include "probe/bpf/block.h"
#include "probe/bpf/io_requests.h"

/* get_task_stack() and task storage are for GPL programs only. */
char LICENSE[] SEC("license") = "GPL";
