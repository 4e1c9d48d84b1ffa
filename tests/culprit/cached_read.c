/* What does a program look like that reads what is in memory already, in large requests? The kernel
 * copies it. */
/* EXPECT: cause=cpu.kernel subject=. share>=0.7 evidence=^file.data.is.copied */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "culprit.h"

#define BLOCK_BYTES (1u << 20)
#define BLOCKS      32

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	char *block = direct_buffer(BLOCK_BYTES);
	int fd = memfd_create("cached", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create");
	memset(block, 'x', BLOCK_BYTES);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (write(fd, block, BLOCK_BYTES) != (ssize_t)BLOCK_BYTES)
			die("cached");
	while (clock_now_ns() < deadline_ns)
		for (unsigned i = 0; i < BLOCKS; i++)
			if (pread(fd, block, BLOCK_BYTES, (off_t)i * BLOCK_BYTES) <= 0)
				die("cached");

	report_cpu();
	return 0;
}
