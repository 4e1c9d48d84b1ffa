/* What does a process look like that has ended, and whose parent does not care? */
/* STUCK: class=zombie row=unreaped cause=wait.process evidence=its.parent.is.zombie_parent exit=16
 */
#include <sys/wait.h>
#include <unistd.h>

#include "../culprit.h"

int main(int argc, char **argv)
{
	siginfo_t ended;
	pid_t child;

	end_in_time(argc, argv);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		_exit(3);
	if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0)
		die("waitid");
	tell_ready(child);
	for (;;)
		(void)pause();
}
