/* What would a watch cost that only looked at the clock? Attaches those programs until it is
 * interrupted. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "floor.skel.h"

int main(void)
{
	struct floor_bpf *floor = floor_bpf__open_and_load();
	sigset_t signals;
	int number;

	if (!floor || floor_bpf__attach(floor) < 0) {
		fprintf(stderr, "floor: cannot attach its programs\n");
		return 1;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sigwait(&signals, &number);
	floor_bpf__destroy(floor);
	return 0;
}
