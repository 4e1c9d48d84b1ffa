/* How does a program come to be called by perf events? libbpf ties it to their descriptors. */
#include "probe/perf_links.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

static int attach_to_cpu(struct perf_links *links, struct perf_event_attr *attr,
			 const struct bpf_program *program, int cpu)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC), r = 0;
	struct perf_link *item;

	if (fd < 0)
		return errno == ENODEV ? 0 : -errno; /* an offline CPU */
	item = array_push(&links->items);
	if (!item) {
		close(fd);
		return -ENOMEM;
	}
	item->link = bpf_program__attach_perf_event(program, fd); /* it has the descriptor then */
	if (!item->link) {
		r = -errno;
		links->items.count--;
		close(fd);
	}
	return r;
}

int perf_links_attach(struct perf_links *links, struct perf_event_attr *attr,
		      const struct bpf_program *program)
{
	int cpus = libbpf_num_possible_cpus(), r = cpus < 0 ? cpus : 0;

	for (int cpu = 0; cpu < cpus && r == 0; cpu++)
		r = attach_to_cpu(links, attr, program, cpu);
	return r;
}

void perf_links_free(struct perf_links *links)
{
	for (size_t i = 0; i < links->items.count; i++)
		bpf_link__destroy(links->items.items[i].link);
	array_free(&links->items);
}
