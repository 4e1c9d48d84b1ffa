/* Are the two ends of a TCP connection found to belong together? */
#include "host/tcp_peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"

static uint64_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return status.st_ino;
}

/* A server that takes both kinds of addresses, and a client that knows but one. */
static void make_connection(int ends[2])
{
	struct sockaddr_in6 server = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
	struct sockaddr_in client = { .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0;
	socklen_t bytes = sizeof(server);

	if (listener < 0)
		skip();
	assert_int_equal(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&server, sizeof(server)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&server, &bytes), 0);
	client.sin_port = server.sin6_port;
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(ends[0], (struct sockaddr *)&client, sizeof(client)), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(ends[1] >= 0);
	close(listener);
}

static void each_end_of_a_connection_has_the_other(void **state)
{
	owns(hash_free) struct hash_map peers = {};
	int ends[2];

	make_connection(ends);
	if (tcp_peers_read(&peers) < 0)
		skip();
	assert_non_null(hash_find(&peers, inode_of(ends[0])));
	assert_int_equal(*hash_find(&peers, inode_of(ends[0])), inode_of(ends[1]));
	assert_non_null(hash_find(&peers, inode_of(ends[1])));
	assert_int_equal(*hash_find(&peers, inode_of(ends[1])), inode_of(ends[0]));
	close(ends[0]);
	close(ends[1]);
}

static void add_socket(struct tcp_sockets *sockets, uint64_t inode, uint16_t port,
		       uint16_t peer_port)
{
	struct tcp_socket *socket = array_push(&sockets->list);

	assert_non_null(socket);
	socket->inode = inode;
	socket->end.port = port;
	socket->end.peer_port = peer_port;
}

static void an_end_whose_other_end_is_elsewhere_has_none(void **state)
{
	owns(tcp_sockets_free) struct tcp_sockets sockets = {};
	owns(hash_free) struct hash_map peers = {};

	add_socket(&sockets, 100, 1, 2);
	add_socket(&sockets, 101, 2, 1);
	add_socket(&sockets, 102, 1, 3);
	add_socket(&sockets, 103, 2, 3);
	assert_int_equal(tcp_sockets_pair(&sockets, &peers), 0);
	assert_int_equal(*hash_find(&peers, 100), 101);
	assert_int_equal(*hash_find(&peers, 101), 100);
	assert_null(hash_find(&peers, 102));
	assert_null(hash_find(&peers, 103));
}

static void an_answer_is_read_as_far_as_it_is_whole(void **state)
{
	owns(tcp_sockets_free) struct tcp_sockets sockets = {};
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg message;
	} answer = {
		.head = { .nlmsg_len = sizeof(answer), .nlmsg_type = 20 },
		.message = { .idiag_family = AF_INET, .idiag_inode = 7 },
	};

	answer.message.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
	assert_int_equal(tcp_sockets_parse(&answer, sizeof(answer), &sockets), 0);
	assert_int_equal(sockets.list.count, 1);
	assert_int_equal(sockets.list.items[0].inode, 7);
	assert_int_equal(sockets.list.items[0].end.address[10], 0xff);
	assert_int_equal(sockets.list.items[0].end.address[12], 127);
	answer.head.nlmsg_len = sizeof(answer.head) + 4;
	assert_int_equal(tcp_sockets_parse(&answer, sizeof(answer), &sockets), -EBADMSG);
	answer.head.nlmsg_type = NLMSG_DONE;
	assert_int_equal(tcp_sockets_parse(&answer, sizeof(answer), &sockets), 1);
	assert_int_equal(sockets.list.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_of_a_connection_has_the_other),
		cmocka_unit_test(an_end_whose_other_end_is_elsewhere_has_none),
		cmocka_unit_test(an_answer_is_read_as_far_as_it_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
