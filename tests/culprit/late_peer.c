/*
 * What does a program look like that asks a peer and gets late answers? The peer is a process of
 * the runner's that sleeps 20 ms over each question, once behind TCP, once behind a UNIX socket.
 */
/* EXPECT: case=net_late cause=wait.network subject=late_server|127\.0\.0\.1 share>=0.85 */
/* EXPECT: case=unix_late cause=wait.process subject=late_server share>=0.85 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "culprit.h"

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(path);
	return fd;
}

static int connect_tcp(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die(port);
	return fd;
}

/* A path is a UNIX socket, a number a TCP port on this host. */
int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *where = argument_at(argc, argv, 2);
	int fd = where[0] == '/' ? connect_unix(where) : connect_tcp(where);
	char question = '?';

	while (clock_now_ns() < deadline_ns)
		if (write(fd, &question, 1) != 1 || read(fd, &question, 1) != 1)
			die(where);

	report_cpu();
	return 0;
}
