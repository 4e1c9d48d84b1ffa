/*
 * What does a program look like that dies? It computes for a while, then writes where nothing is
 * mapped, or gives up. It may leave a core file, or not.
 */
/* EXPECT: cause=crash.signal subject=SIGSEGV.in.write_nowhere,.address.0x10 share>=0
 * evidence=no.core.was.written:.the.limit exit=signal:11 */
/* EXPECT: case=crash_core cause=crash.signal subject=SIGSEGV.in.write_nowhere share>=0
 * evidence=a.core.was exit=signal:11 */
/* EXPECT: case=crash_abort cause=crash.signal subject=SIGABRT share>=0
 * evidence=it.sent.the.signal.to.itself exit=signal:6 */
/* EXPECT: case=crash_child cause=crash.signal subject=SIGSEGV.in.write_nowhere share>=0
 * evidence=crash.*was.ended.by.SIGSEGV exit=7 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "culprit.h"

static __attribute__((noinline)) void write_nowhere(volatile int *address)
{
	*address = 1;
}

/* The parent sees its child's end, and ends in its own way. */
static void die_in_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child && waitpid(child, NULL, 0) == child)
		_exit(7);
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *how = argc > 2 ? argv[2] : "";
	volatile uintptr_t nowhere =
		16; /* volatile: the compiler must not see that it is invalid */
	uint64_t state = 1;

	allow_core(strcmp(how, "core") == 0);
	while (clock_now_ns() < deadline_ns)
		state = churn(state, 1000000);

	report_cpu();
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "child") == 0)
		die_in_child();
	write_nowhere((volatile int *)nowhere);
	return state == 0;
}
