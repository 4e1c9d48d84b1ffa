/* How do we look at a sick process without hanging on it? Questions go to a helper over a socket;
 * one that does not answer is left behind, and another begun. */
#include "host/guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "host/procfs.h"

enum limits {
	ANSWER_BYTES_MAX = 64 << 20,
	/* A helper that is blocked for so long hangs; one that runs, or wants to, is given more. */
	BLOCKED_MS_MAX = 250,
	FILE_BLOCKED_MS_MAX = 1000,
	RUNNING_MS_MAX = 20000,
	TICK_MS = 25,
	HELPER_SOCKET = 0, /* the only descriptor that the helper has */
};

struct question_head {
	guard_work work;
	size_t bytes;
};

struct answer_head {
	int result;
	int has_fd;
	size_t count;
};

struct guard_reply {
	char *bytes;
	size_t count;
	size_t capacity;
	int fd;
};

struct guard {
	pid_t pid; /* 0: there is no helper */
	int socket;
	ARRAY(uint64_t) hung;
};

/* --- both sides --- */

static int send_all(int socket, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t sent = send(socket, at, count, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		at += sent;
		count -= (size_t)sent;
	}
	return 0;
}

/* The head of an answer carries the descriptor. */
static int send_head(int socket, const struct answer_head *head, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec part = { .iov_base = (void *)(uintptr_t)head, .iov_len = sizeof(*head) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*head) ? 0 : -EIO;
}

static int receive_all(int socket, void *bytes, size_t count)
{
	char *at = bytes;

	while (count) {
		ssize_t got = recv(socket, at, count, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		at += got;
		count -= (size_t)got;
	}
	return 0;
}

/* --- the helper --- */

int guard_reply_add(struct guard_reply *reply, const void *bytes, size_t count)
{
	if (count > ANSWER_BYTES_MAX - reply->count)
		return -EFBIG;
	while (reply->capacity < reply->count + count) {
		size_t wanted = reply->capacity ? reply->capacity * 2 : 4096;
		char *grown = realloc(reply->bytes, wanted);

		if (!grown)
			return -ENOMEM;
		reply->bytes = grown;
		reply->capacity = wanted;
	}
	if (count)
		memcpy(reply->bytes + reply->count, bytes, count);
	reply->count += count;
	return 0;
}

void guard_reply_file(struct guard_reply *reply, int fd)
{
	own_close(&reply->fd);
	reply->fd = fd;
}

static int answer(int socket, int result, const struct guard_reply *reply)
{
	struct answer_head head = { .result = result };
	int r;

	if (result == 0) {
		head.count = reply->count;
		head.has_fd = reply->fd >= 0;
	}
	r = send_head(socket, &head, result == 0 ? reply->fd : -1);
	return r == 0 && head.count ? send_all(socket, reply->bytes, head.count) : r;
}

static int serve_one(int socket, char *question)
{
	struct guard_reply reply = { .fd = -1 };
	struct question_head head;
	int r = receive_all(socket, &head, sizeof(head));

	if (r == 0)
		r = receive_all(socket, question, head.bytes);
	if (r == 0)
		r = answer(socket, head.work(question, head.bytes, &reply), &reply);
	free(reply.bytes);
	own_close(&reply.fd);
	return r;
}

/* Nobody who waits for the end of our output, or of a watch, must wait for a helper that hangs. */
static _Noreturn void serve(int socket)
{
	static char question[GUARD_QUESTION_BYTES];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(socket, HELPER_SOCKET) < 0 ||
	    syscall(SYS_close_range, HELPER_SOCKET + 1, ~0U, 0) < 0)
		_exit(1);
	while (serve_one(HELPER_SOCKET, question) == 0)
		;
	_exit(0);
}

/* --- our side --- */

static int begin(struct guard *guard)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		serve(pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	guard->pid = pid;
	guard->socket = pair[0];
	return 0;
}

/* It may never end: then whoever adopts it when we are gone sees it off. */
static void leave_behind(struct guard *guard)
{
	(void)kill(guard->pid, SIGKILL);
	(void)waitpid(guard->pid, NULL, WNOHANG);
	own_close(&guard->socket);
	guard->pid = 0;
}

static uint64_t now_ms(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A helper that only lacks a CPU does not hang. */
static bool is_blocked(const struct guard *guard)
{
	struct host_task task;

	return host_task_read((uint32_t)guard->pid, (uint32_t)guard->pid, &task) < 0 ||
	       task.state != 'R';
}

/* How many ticks in a row it was seen blocked is what counts. */
static int await_answer(const struct guard *guard, uint64_t subject)
{
	uint64_t limit_ms = subject & GUARD_FILE ? FILE_BLOCKED_MS_MAX : BLOCKED_MS_MAX;
	struct pollfd fd = { .fd = guard->socket, .events = POLLIN };
	uint64_t begin_ms = now_ms(), blocked_ms = begin_ms;

	for (;;) {
		int r = poll(&fd, 1, TICK_MS);
		uint64_t now = now_ms();

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0)
			return 0;
		if (!is_blocked(guard))
			blocked_ms = now;
		if (now - blocked_ms >= limit_ms || now - begin_ms >= RUNNING_MS_MAX)
			return -ETIMEDOUT;
	}
}

static int receive_head(int socket, struct answer_head *head, int *ret_fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = head, .iov_len = sizeof(*head) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	const struct cmsghdr *item;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != (ssize_t)sizeof(*head))
		return -EPIPE;
	item = CMSG_FIRSTHDR(&message);
	if (item && item->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(item), sizeof(*ret_fd));
	return 0;
}

static int receive(const struct guard *guard, struct guard_answer *answer)
{
	struct answer_head head;
	int r = receive_head(guard->socket, &head, &answer->fd);

	if (r < 0)
		return r;
	if (head.result < 0 || head.count == 0)
		return head.result < 0 ? head.result : 0;
	answer->bytes = malloc(head.count + 1);
	if (!answer->bytes)
		return -ENOMEM;
	answer->count = head.count;
	answer->bytes[head.count] = '\0';
	return receive_all(guard->socket, answer->bytes, head.count) < 0 ? -EPIPE : 0;
}

static bool has_hung(const struct guard *guard, uint64_t subject)
{
	for (size_t i = 0; i < guard->hung.count; i++) {
		if (guard->hung.items[i] == subject)
			return true;
	}
	return false;
}

static void note_hung(struct guard *guard, uint64_t subject)
{
	uint64_t *item = subject == GUARD_MANY ? NULL : array_push(&guard->hung);

	if (item)
		*item = subject;
	leave_behind(guard);
}

static int ask(const struct guard *guard, uint64_t subject, guard_work work, const void *question,
	       size_t bytes, struct guard_answer *answer)
{
	const struct question_head head = { .work = work, .bytes = bytes };
	int r = send_all(guard->socket, &head, sizeof(head));

	if (r == 0)
		r = send_all(guard->socket, question, bytes);
	if (r == 0)
		r = await_answer(guard, subject);
	return r == 0 ? receive(guard, answer) : r;
}

int guard_new(struct guard **ret)
{
	struct guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	guard->socket = -1;
	*ret = guard;
	return 0;
}

void guard_free(struct guard **guard)
{
	if (!*guard)
		return;
	/* It is between two questions, and so it can be ended. */
	if ((*guard)->pid) {
		(void)kill((*guard)->pid, SIGKILL);
		(void)waitpid((*guard)->pid, NULL, 0);
	}
	own_close(&(*guard)->socket);
	array_free(&(*guard)->hung);
	free(*guard);
	*guard = NULL;
}

int guard_ask(struct guard *guard, uint64_t subject, guard_work work, const void *question,
	      size_t bytes, struct guard_answer *ret)
{
	struct guard_answer answer = GUARD_ANSWER_NONE;
	int r = 0;

	if (bytes > GUARD_QUESTION_BYTES)
		return -EMSGSIZE;
	if (has_hung(guard, subject))
		return -ETIMEDOUT;
	if (guard->hung.count >= GUARD_HUNG_MAX)
		return -EBUSY;
	if (!guard->pid)
		r = begin(guard);
	if (r == 0)
		r = ask(guard, subject, work, question, bytes, &answer);
	if (r == -ETIMEDOUT)
		note_hung(guard, subject);
	else if (r == -EPIPE || r == -ENOMEM)
		leave_behind(guard);
	if (r < 0)
		guard_answer_free(&answer);
	else
		*ret = answer;
	return r;
}

const uint64_t *guard_hung(const struct guard *guard, size_t *ret_count)
{
	*ret_count = guard->hung.count;
	return guard->hung.items;
}

void guard_answer_free(struct guard_answer *answer)
{
	free(answer->bytes);
	answer->bytes = NULL;
	answer->count = 0;
	own_close(&answer->fd);
}
