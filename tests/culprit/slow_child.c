/* What does a program look like that waits for its child, and the child computes? */
/* EXPECT: cause=cpu.user subject=child_burn share>=0.85 */
#include <sys/wait.h>
#include <unistd.h>

#include "culprit.h"

static __attribute__((noinline)) uint64_t child_burn(uint64_t deadline_ns)
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
	uint64_t deadline_ns = deadline_from(argc, argv);
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0)
		_exit(child_burn(deadline_ns) == 0);
	if (waitpid(child, &status, 0) != child)
		die("waitpid");

	report_cpu();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
