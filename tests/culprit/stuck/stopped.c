/* What does a program look like that was stopped? It does so to itself. */
/* STUCK: class=stopped cause=wait.process chain=stopped evidence=a.signal.stopped.it */
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
