/* What would a watch cost that only looked at the clock? Programs at the same places as slowpath's,
 * which keep nothing. */
/* The helpers need the types: in this order. */
/* clang-format off */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

__u64 last_ns;

#define LOOK(tracepoint)                      \
	SEC("raw_tp/" #tracepoint)            \
	int look_at_##tracepoint(void *ctx)   \
	{                                     \
		last_ns = bpf_ktime_get_ns(); \
		return 0;                     \
	}

LOOK(sched_switch)
LOOK(sched_waking)
LOOK(sys_enter)
LOOK(sys_exit)

char LICENSE[] SEC("license") = "GPL";
