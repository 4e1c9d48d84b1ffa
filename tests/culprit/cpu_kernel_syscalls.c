/* What does a program look like that makes very many system calls, each for next to nothing? */
/* EXPECT: cause=cpu.kernel subject=syscall|read share>=0.6 */
#include <fcntl.h>
#include <unistd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0)
		die("/dev/zero");
	while (clock_now_ns() < deadline_ns)
		for (unsigned i = 0; i < 1000; i++)
			if (read(fd, &byte, 0) != 0)
				die("/dev/zero");

	report_cpu();
	return 0;
}
