/* Who writes to a FIFO only what is durable? fsync_writer FIFO FILE */
#include <fcntl.h>

#include "../culprit.h"
#include "../durable.h"

int main(int argc, char **argv)
{
	int fd = open(argument_at(argc, argv, 1), O_WRONLY | O_CLOEXEC); /* waits for the reader */

	if (fd < 0)
		die(argv[1]);
	write_durably(argument_at(argc, argv, 2), fd);
}
