/*
 * What does a reader of a pipe look like that nobody writes to? The other end is held by a process
 * that sleeps, or by the reader itself: then there is not even an end of file to come.
 */
/* STUCK: case=pipe_sleeper class=user_lockup row=quiet cause=wait.process subject=sleeper
 * chain=pipe.*sleeper exit=12 */
/* STUCK: case=pipe_own class=user_lockup row=nobody cause=wait.process chain=pipe.*nobody exit=12
 */
#include <string.h>
#include <unistd.h>

#include "../culprit.h"

int main(int argc, char **argv)
{
	int is_own = strcmp(argument_at(argc, argv, 2), "own") == 0;
	int ends[2];
	char byte;

	end_in_time(argc, argv);
	if (pipe(ends) != 0)
		die("pipe");
	if (!is_own) {
		start_sleeper();
		(void)close(ends[1]);
	}
	tell_ready(getpid());
	if (read(ends[0], &byte, 1) < 0)
		die("read");
	return 1;
}
