/* What does a program look like that was stopped? It does so to itself. */
/* STUCK: class=stopped row=signal cause=wait.process chain=stopped.stopped
 * evidence=a.signal.stopped.it exit=15 */
#include <signal.h>
#include <unistd.h>

#include "../culprit.h"

int main(int argc, char **argv)
{
	end_in_time(argc, argv);
	tell_ready(getpid());
	if (raise(SIGSTOP) != 0)
		die("raise");
	return 1;
}
