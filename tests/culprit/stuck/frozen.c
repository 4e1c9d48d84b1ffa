/*
 * What does a program look like that writes to a file system which somebody freezes? The runner
 * does.
 */
/* EXPECT: cause=fs.frozen subject={device} share>=0.3 */
/* STUCK: class=kernel_lockup row=blocked cause=fs.frozen subject=^mount.+/mnt.\(loop[0-9]+,.xfs\)$
 * chain=^frozen.freeze.*>.+/mnt.\(loop[0-9]+,.xfs\).frozen$ exit=11 */
/* STUCK: case=frozen_killed class=kernel_lockup row=killed cause=fs.frozen chain=^frozen.freeze
 * evidence=SIGKILL|killed exit=11 */
#include <fcntl.h>
#include <unistd.h>

#include "../culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *path = argument_at(argc, argv, 2);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		die(path);
	tell_ready(getpid());
	await_go();
	while (clock_now_ns() < deadline_ns) {
		if (pwrite(fd, "x", 1, 0) != 1)
			die(path);
		sleep_ns(1000000);
	}
	report_cpu();
	return 0;
}
