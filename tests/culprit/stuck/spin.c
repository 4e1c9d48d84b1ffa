/* What does a program look like that waits for a flag which nobody sets, and never sleeps? */
/* STUCK: class=spinning row=user cause=cpu.user subject=spin_forever chain=spin.*runs exit=14 */
#include <stdatomic.h>
#include <unistd.h>

#include "../culprit.h"

static atomic_int is_done;

static __attribute__((noinline)) void spin_forever(void)
{
	while (!atomic_load(&is_done))
		continue;
}

int main(int argc, char **argv)
{
	end_in_time(argc, argv);
	tell_ready(getpid());
	spin_forever();
	return 1;
}
