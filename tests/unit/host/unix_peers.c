/* Are the two ends of a local socket found to belong together? */
#include "host/unix_peers.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
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

static void each_end_of_a_pair_has_the_other(void **state)
{
	owns(hash_free) struct hash_map peers = {};
	uint64_t *peer;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (unix_peers_read(&peers) < 0)
		skip();
	peer = hash_find(&peers, inode_of(pair[0]));
	assert_non_null(peer);
	assert_int_equal(*peer, inode_of(pair[1]));
	peer = hash_find(&peers, inode_of(pair[1]));
	assert_non_null(peer);
	assert_int_equal(*peer, inode_of(pair[0]));
	close(pair[0]);
	close(pair[1]);
}

static void a_socket_that_is_not_connected_has_no_peer(void **state)
{
	owns(hash_free) struct hash_map peers = {};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (unix_peers_read(&peers) < 0)
		skip();
	assert_non_null(hash_find(&peers, inode_of(fd)));
	assert_int_equal(*hash_find(&peers, inode_of(fd)), 0);
	close(fd);
}

static void an_answer_that_is_cut_is_refused(void **state)
{
	owns(hash_free) struct hash_map peers = {};
	_Alignas(struct nlmsghdr) char bytes[64] = {};
	struct nlmsghdr head = { .nlmsg_len = sizeof(head) + 4, .nlmsg_type = 20 };

	memcpy(bytes, &head, sizeof(head));
	assert_int_equal(unix_peers_parse(bytes, sizeof(bytes), &peers), -EBADMSG);
	assert_int_equal(unix_peers_parse(bytes, 10, &peers), 0);
	head.nlmsg_type = NLMSG_DONE;
	memcpy(bytes, &head, sizeof(head));
	assert_int_equal(unix_peers_parse(bytes, sizeof(bytes), &peers), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_of_a_pair_has_the_other),
		cmocka_unit_test(a_socket_that_is_not_connected_has_no_peer),
		cmocka_unit_test(an_answer_that_is_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
