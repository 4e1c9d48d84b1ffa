/* Who holds the user lock that a thread waits for? Read by a child that may be given up. */
#include "probe/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 200
#define ALL_NS    500000000u /* a few microseconds each: of many thousands some stay unknown */

/* nptl's pthread_mutex_t: the lock's word, a count, the owner. The same on all architectures. */
enum mutex_word {
	MUTEX_LOCK,
	MUTEX_COUNT,
	MUTEX_OWNER,
	MUTEX_WORDS,
};

/* Locked, and somebody waits: nptl/lowlevellock.h. */
#define LOCK_CONTENDED 2u

struct answer {
	bool is_futex;
	struct futex_wait wait;
};

/* --- what the texts and words mean --- */

/* "202 0x7f… 0x80 0x2 …": the call's number and arguments; "running" when it runs. */
bool futex_call_read(const char *text, struct futex_wait *ret, bool *ret_is_pi)
{
	unsigned long long address, operation;
	char *rest;
	long number = strtol(text, &rest, 10);

	if (rest == text || number != SYS_futex)
		return false;
	address = strtoull(rest, &rest, 16);
	operation = strtoull(rest, &rest, 16) & (unsigned)FUTEX_CMD_MASK;
	*ret_is_pi = operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2;
	*ret = (struct futex_wait){
		.address = address,
		.is_condition = operation == FUTEX_WAIT_BITSET,
	};
	return address && (*ret_is_pi || ret->is_condition || operation == FUTEX_WAIT);
}

uint32_t futex_owner_read(const uint32_t words[3], bool is_pi)
{
	if (is_pi)
		return words[MUTEX_LOCK] & FUTEX_TID_MASK;
	/* Robust ones hold their owner in the lock's word as well. */
	if (words[MUTEX_LOCK] & FUTEX_WAITERS &&
	    (words[MUTEX_LOCK] & FUTEX_TID_MASK) == words[MUTEX_OWNER])
		return words[MUTEX_OWNER];
	return words[MUTEX_LOCK] == LOCK_CONTENDED ? words[MUTEX_OWNER] : 0;
}

/* --- the child --- */

static ssize_t read_at(uint32_t tid, const char *file, void *into, size_t bytes, uint64_t offset)
{
	owns(own_close) int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%u/%s", tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : pread(fd, into, bytes, (off_t)offset);
}

/* Any words may stand where no mutex is: a number is only believed when it is one of its own
 * process's other threads. */
static bool is_sibling(uint32_t tid, uint32_t owner)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%u/task/%u", tid, owner);
	return owner && owner != tid && access(path, F_OK) == 0;
}

static struct answer look_up(uint32_t tid)
{
	struct answer answer = {};
	uint32_t words[MUTEX_WORDS];
	char text[256];
	ssize_t n = read_at(tid, "syscall", text, sizeof(text) - 1, 0);
	uint32_t owner;
	bool is_pi;

	if (n <= 0)
		return answer;
	text[n] = '\0';
	answer.is_futex = futex_call_read(text, &answer.wait, &is_pi);
	if (!answer.is_futex || answer.wait.is_condition ||
	    read_at(tid, "mem", words, sizeof(words), answer.wait.address) != sizeof(words))
		return answer;
	owner = futex_owner_read(words, is_pi);
	if (is_sibling(tid, owner))
		answer.wait.owner = owner;
	return answer;
}

static void __attribute__((noreturn)) serve(int fd)
{
	uint32_t tid;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (recv(fd, &tid, sizeof(tid), 0) == sizeof(tid)) {
		const struct answer answer = look_up(tid);

		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	_exit(0);
}

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void make_child(struct owners *owners)
{
	int ends[2];

	owners->until_ns = now_ns() + ALL_NS;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		owners->is_over = true;
		return;
	}
	owners->pid = fork();
	if (owners->pid == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	owners->fd = ends[0];
	if (owners->pid < 0) {
		owners->pid = 0;
		owners->is_over = true;
	}
}

bool owners_ask(struct owners *owners, uint32_t tid, struct futex_wait *ret)
{
	struct pollfd fd = { .events = POLLIN };
	struct answer answer;

	if (!owners->is_over && !owners->pid)
		make_child(owners);
	fd.fd = owners->fd;
	owners->is_over |= now_ns() > owners->until_ns;
	if (owners->is_over)
		return false;
	if (send(owners->fd, &tid, sizeof(tid), MSG_NOSIGNAL) != sizeof(tid) ||
	    poll(&fd, 1, ANSWER_MS) <= 0 ||
	    recv(owners->fd, &answer, sizeof(answer), 0) != sizeof(answer)) {
		owners->is_over = true;
		return false;
	}
	*ret = answer.wait;
	return answer.is_futex;
}

/* What it may wait for ends when it is killed: /proc takes no lock that holds out against that. */
void owners_end(struct owners *owners)
{
	if (owners->pid > 0) {
		(void)kill(owners->pid, SIGKILL);
		(void)waitpid(owners->pid, NULL, 0);
	}
	owners->pid = 0;
	own_close(&owners->fd);
}
