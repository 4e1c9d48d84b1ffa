/*
 * What does a program look like that a CPU quota stops? The runner gives its cgroup 20 ms of each
 * 100 ms.
 */
/* EXPECT: cause=cpu.throttled subject={cgroup} share>=0.7 */
#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	uint64_t state = 1;

	join_cgroup(argument_at(argc, argv, 2));
	while (clock_now_ns() < deadline_ns)
		state = churn(state, 100000);

	report_cpu();
	return state == 0;
}
