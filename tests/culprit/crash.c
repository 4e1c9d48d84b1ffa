/*
 * What does a program look like that dies? It computes for a while, then writes where nothing is
 * mapped.
 */
/* EXPECT: cause=crash.signal subject=SIGSEGV share>=0 exit=signal:11 */
#include <sys/resource.h>

#include "culprit.h"

static __attribute__((noinline)) void write_nowhere(volatile int *address)
{
	*address = 1;
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	struct rlimit no_core = { 0, 0 };
	volatile uintptr_t nowhere =
		16; /* volatile: the compiler must not see that it is invalid */
	uint64_t state = 1;

	if (setrlimit(RLIMIT_CORE, &no_core) != 0)
		die("setrlimit");
	while (clock_now_ns() < deadline_ns)
		state = churn(state, 1000000);

	report_cpu();
	write_nowhere((volatile int *)nowhere);
	return state == 0;
}
