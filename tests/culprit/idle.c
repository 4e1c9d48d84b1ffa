/* What does an event loop look like that nobody sends anything? It is idle, not slow. */
/* EXPECT: cause=wait.idle subject=. share>=0.9 */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	struct epoll_event event = { .events = EPOLLIN };
	int events = epoll_create1(EPOLL_CLOEXEC);
	int never = eventfd(0, EFD_CLOEXEC);

	if (events < 0 || never < 0 || epoll_ctl(events, EPOLL_CTL_ADD, never, &event) != 0)
		die("epoll");
	while (clock_now_ns() < deadline_ns)
		if (epoll_wait(events, &event, 1, 200) < 0)
			die("epoll_wait");

	report_cpu();
	return 0;
}
