/* How does a process write records that are durable before anyone hears of them? */
#include "durable.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "culprit.h"

#define RECORD_BYTES (256 << 10)
#define FILE_BYTES   (64 << 20)

_Noreturn void write_durably(const char *path, int fd)
{
	char *record = direct_buffer(RECORD_BYTES);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t count = 0;

	if (file < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		die(path);
	do {
		if (pwrite(file, record, RECORD_BYTES,
			   (off_t)(count++ * RECORD_BYTES % FILE_BYTES)) != RECORD_BYTES ||
		    fsync(file) != 0)
			die(path);
	} while (write(fd, record, 1) == 1);
	_exit(0);
}
