/* What happens to the threads, where programs with typed tasks are refused? The programs of
 * watch.bpf.c on raw tracepoints. */
#include "probe/bpf/raw.h"

/* The same arguments at the same places, but untyped. */
#define PROBE(tracepoint, name, args...) \
	SEC("?raw_tp/" #tracepoint)      \
	int BPF_PROG(name, ##args)

#include "probe/bpf/all.h"
#include "probe/bpf/block.h"
#include "probe/bpf/io_requests.h"
#include "probe/bpf/seed.h"

char LICENSE[] SEC("license") = "GPL";
