/* Who answers late? A server on TCP or a UNIX socket that sleeps 20 ms over each byte it is sent.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../culprit.h"

#define LATE_NS 20000000

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 4) != 0)
		die(path);
	return fd;
}

/* Any free port; told on stdout. */
static int listen_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) != 0 || listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes) != 0)
		die("TCP");
	(void)printf("%u\n", ntohs(address.sin_port));
	return fd;
}

static void answer(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1) {
		sleep_ns(LATE_NS);
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	(void)close(fd);
}

/* late_server: TCP. late_server PATH: a UNIX socket. The first line printed says that it is ready.
 */
int main(int argc, char **argv)
{
	int server = argc > 1 ? listen_unix(argv[1]) : listen_tcp();

	if (argc > 1)
		(void)puts("ready");
	if (fflush(stdout) != 0)
		die("stdout");
	for (;;) {
		int client = accept(server, NULL, NULL);

		if (client < 0)
			die("accept");
		answer(client);
	}
}
