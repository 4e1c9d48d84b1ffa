/*
 * What does a program look like that could run, but others are on its CPU? The runner starts two
 * hogs there.
 */
/* EXPECT: cause=cpu.runqueue subject=hog share>=0.5 */
#include <sched.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	uint64_t state = 1;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first); /* where the hogs are */
	if (sched_setaffinity(0, sizeof(first), &first) != 0)
		die("sched_setaffinity");
	while (clock_now_ns() < deadline_ns)
		state = churn(state, 1000000);

	report_cpu();
	return state == 0;
}
