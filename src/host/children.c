/* What does another program print? Its output comes through a pipe that is read until the time is
 * over: what sleeps in the kernel for ever cannot be ended, but need not be waited for. */
#include "host/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 20,
	PATH_BYTES = 320,
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int spawn_at(const char *program, char *const *argv, int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(ret, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int spawn(struct child *child, int out)
{
	static const char *const FOLDERS[] = { "", "/usr/sbin/", "/sbin/" };
	char line[CHILD_LINE_BYTES], *argv[CHILD_WORDS_MAX + 1] = {}, *rest = line;
	size_t count = 0;
	int r = -ENOENT;

	memcpy(line, child->line, sizeof(line));
	while (count < CHILD_WORDS_MAX && (argv[count] = strtok_r(rest, " ", &rest)))
		count++;
	if (!argv[0])
		return -EINVAL;
	for (size_t i = 0; r == -ENOENT && i < sizeof(FOLDERS) / sizeof(FOLDERS[0]); i++) {
		char path[PATH_BYTES];

		(void)snprintf(path, sizeof(path), "%s%s", FOLDERS[i], argv[0]);
		r = spawn_at(path, argv, out, &child->pid);
	}
	return r;
}

static void begin(struct child *child)
{
	int ends[2];

	child->fd = -1;
	child->pid = 0;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		child->result = -errno;
		return;
	}
	child->result = spawn(child, ends[1]);
	close(ends[1]);
	if (child->result < 0)
		close(ends[0]);
	else
		child->fd = ends[0];
}

static int make_room(struct child *child)
{
	size_t wanted = child->capacity ? child->capacity * 2 : 4096;
	char *grown;

	if (child->capacity - child->bytes > 1)
		return 0;
	if (wanted > CHILD_OUTPUT_MAX)
		return -EFBIG;
	grown = realloc(child->text, wanted);
	if (!grown)
		return -ENOMEM;
	child->text = grown;
	child->capacity = wanted;
	return 0;
}

/* Read what there is; its end closes the pipe. */
static void take_output(struct child *child)
{
	ssize_t got;

	child->result = make_room(child);
	if (child->result == 0) {
		got = read(child->fd, child->text + child->bytes,
			   child->capacity - child->bytes - 1);
		if (got < 0 && errno == EINTR)
			return;
		if (got < 0)
			child->result = -errno;
		if (got > 0) {
			child->bytes += (size_t)got;
			child->text[child->bytes] = '\0';
			return;
		}
	}
	own_close(&child->fd);
}

/* One that stopped being read must not wait for us to go on. */
static void leave_behind(struct child *child, int result)
{
	own_close(&child->fd);
	if (child->pid) {
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, WNOHANG);
	}
	child->pid = 0;
	child->result = result;
}

/* It closed its output: has it ended? */
static void see_end(struct child *child)
{
	int status = 0;

	if (child->result < 0) {
		leave_behind(child, child->result);
		return;
	}
	if (waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	child->pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		child->result = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EIO;
}

/* True while one of them runs. */
static bool look_at_all(struct child *children, size_t count)
{
	bool runs = false;

	for (size_t i = 0; i < count; i++) {
		struct child *child = &children[i];
		struct pollfd fd = { .fd = child->fd, .events = POLLIN };

		while (child->fd >= 0 && poll(&fd, 1, 0) > 0) {
			take_output(child);
			fd.fd = child->fd;
		}
		if (child->fd < 0 && child->pid)
			see_end(child);
		runs |= child->pid != 0;
	}
	return runs;
}

/* Until one of them prints something, or a moment goes by. */
static void await_output(const struct child *children, size_t count)
{
	struct pollfd fds[CHILDREN_MAX];

	/* poll() leaves out those that are closed (-1). */
	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = children[i].fd, .events = POLLIN };
	(void)poll(fds, count, TICK_MS);
}

void children_run(struct child *children, size_t count, uint64_t limit_ns)
{
	uint64_t begin_ns = now_ns();

	if (count > CHILDREN_MAX)
		count = CHILDREN_MAX;
	for (size_t i = 0; i < count; i++)
		begin(&children[i]);
	while (look_at_all(children, count)) {
		if (now_ns() - begin_ns >= limit_ns)
			break;
		await_output(children, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (children[i].pid)
			leave_behind(&children[i], -ETIMEDOUT);
	}
}

void children_free(struct child *children, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(children[i].text);
		children[i].text = NULL;
		children[i].bytes = children[i].capacity = 0;
	}
}
