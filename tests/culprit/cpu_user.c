/*
 * What does a program look like that only computes? All of its time is in one function of its own.
 */
/* EXPECT: cause=cpu.user subject=spin_here share>=0.85 exit=7 */
#include "culprit.h"

/* The arithmetic is written out here, so that the hottest function is this one and not a helper's.
 */
static __attribute__((noinline)) uint64_t spin_here(uint64_t deadline_ns)
{
	uint64_t state = 88172645463325252U;

	while (clock_now_ns() < deadline_ns)
		for (unsigned i = 0; i < 1000000; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			__asm__ volatile("" : "+r"(state));
		}
	return state;
}

int main(int argc, char **argv)
{
	uint64_t state = spin_here(deadline_from(argc, argv));

	report_cpu();
	return state == 0 ? 1 : 7; /* not 0, to see that slowpath hands the status on */
}
