/*
 * What does a program look like whose child the kernel kills, because its group's memory is used
 * up? It goes on, and only says that it failed.
 */
/* EXPECT: cause=crash.signal subject=SIGKILL share>=0
 * evidence=the.signal.was.sent.by.the.kernel:.memory.ran.out exit=9 */
#include <sys/wait.h>
#include <unistd.h>

#include "culprit.h"

#define PIECE_BYTES (1UL << 20)
#define PIECES_MAX  1024

/* Each piece is touched; it lives until the end. */
static void use_memory(void)
{
	for (int i = 0; i < PIECES_MAX; i++)
		(void)direct_buffer(PIECE_BYTES);
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	const char *group = argument_at(argc, argv, 2);
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0) {
		join_cgroup(group);
		use_memory();
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	while (clock_now_ns() < deadline_ns)
		sleep_ns(20000000);
	report_cpu();
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
