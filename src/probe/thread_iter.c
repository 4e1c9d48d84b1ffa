/* How does a program get to see every thread there is? Through an iterator that is read to its end.
 */
#include "probe/thread_iter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

/* Have a program look at each thread. */
static int look_at_threads(const struct bpf_program *program)
{
	owns(own_close) int fd = -1;
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	char byte;
	ssize_t n;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link);
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, &byte, sizeof(byte));
		if (n < 0 && errno == EAGAIN)
			continue;
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? -errno : 0;
}

int thread_iter_run(const struct bpf_object *object, const char *name)
{
	const struct bpf_program *iter = bpf_object__find_program_by_name(object, name);

	return iter && bpf_program__autoload(iter) ? look_at_threads(iter) : 0;
}
