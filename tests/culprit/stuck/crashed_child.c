/*
 * What does a crashed process look like when nobody has waited for it yet? The child wrote where
 * nothing is mapped; with a limit on core files it left none.
 */
/* STUCK: case=crashed_core class=user_crash row=zombie|dumping cause=crash.signal subject=SIGSEGV
 * evidence=core exit=13 */
/* STUCK: case=crashed_no_core class=user_crash row=zombie cause=crash.signal subject=SIGSEGV
 * evidence=No.core.was.written:.the.limit..ulimit.-c..was.0.B exit=13 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../culprit.h"

static __attribute__((noinline)) void write_nowhere(volatile int *address)
{
	*address = 1;
}

int main(int argc, char **argv)
{
	/* volatile: the compiler must not see that it is invalid */
	volatile uintptr_t nowhere = 16;
	siginfo_t ended;
	pid_t child;

	end_in_time(argc, argv);
	allow_core(strcmp(argument_at(argc, argv, 2), "core") == 0);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		write_nowhere((volatile int *)nowhere);
		_exit(1);
	}
	if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0)
		die("waitid");
	tell_ready(child);
	for (;;)
		(void)pause();
}
