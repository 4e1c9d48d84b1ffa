/* Who takes the CPU from a culprit? A process that computes on the first CPU until it is ended. */
#include <sched.h>

#include "../culprit.h"

int main(void)
{
	uint64_t state = 1;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first) != 0)
		die("sched_setaffinity");
	for (;;)
		state = churn(state, 1000000);
}
