/* What does a program look like whose CPU time is the kernel's, in few and large system calls? */
/* EXPECT: cause=cpu.kernel subject=chacha|urandom|get_random share>=0.85 evidence=random.bytes */
#include <fcntl.h>
#include <unistd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	size_t bytes = 1 << 20;
	char *block = direct_buffer(bytes);
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/dev/urandom");
	while (clock_now_ns() < deadline_ns)
		if (read(fd, block, bytes) <= 0)
			die("/dev/urandom");

	report_cpu();
	return 0;
}
