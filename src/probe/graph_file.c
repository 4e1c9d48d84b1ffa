/* How is what the tracer recorded kept? */
#include "probe/graph_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/procfs.h"
#include "probe/graph_trace.h"
#include "probe/tracefs.h"

/* --- while it comes --- */

int graph_trace_nameless(struct diag *why)
{
	char path[] = "/var/tmp/slowpath-trace-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return diag_set(why, -errno, "cannot make a file in /var/tmp: %s", strerror(errno));
	(void)unlink(path);
	return fd;
}

int graph_pages_open(struct graph_pages *pages, const char *folder, unsigned int cpu,
		     struct diag *why)
{
	char path[TRACEFS_PATH_BYTES];

	pages->cpu = cpu;
	if (!tracefs_path(path, folder, "per_cpu/cpu%u/trace_pipe_raw", cpu))
		return diag_set(why, -ENAMETOOLONG, "%s: the path is too long", folder);
	pages->pipe_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* One that is possible, but not there. */
	if (pages->pipe_fd < 0 && (errno == ENOENT || errno == ENODEV))
		return 0;
	if (pages->pipe_fd < 0)
		return diag_set(why, -errno, "cannot read %s: %s", path, strerror(errno));
	pages->file_fd = graph_trace_nameless(why);
	return pages->file_fd < 0 ? pages->file_fd : 0;
}

static int write_all(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t done = write(fd, at, count);

		if (done < 0 && errno != EINTR)
			return -errno;
		at += done > 0 ? done : 0;
		count -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

int graph_pages_take(struct graph_pages *pages, void *room, size_t page_bytes, struct diag *why)
{
	ssize_t bytes = pages->pipe_fd < 0 ? 0 : read(pages->pipe_fd, room, page_bytes);
	int r;

	if (bytes < 0 && errno != EAGAIN && errno != EINTR)
		return diag_set(why, -errno, "cannot read what CPU %u recorded: %s", pages->cpu,
				strerror(errno));
	if (bytes <= 0)
		return 0;
	memset((char *)room + bytes, 0, page_bytes - (size_t)bytes);
	r = write_all(pages->file_fd, room, page_bytes);
	if (r < 0)
		return diag_set(why, r, "cannot keep what was recorded in /var/tmp: %s",
				strerror(-r));
	pages->bytes += page_bytes;
	return 1;
}

void graph_pages_close(struct graph_pages *pages)
{
	own_close(&pages->pipe_fd);
	own_close(&pages->file_fd);
}

/* --- the trace.dat --- */

enum option {
	OPTION_DONE = 0,
	OPTION_CPUSTAT = 2,
	OPTION_CLOCK = 4,
	OPTION_UNAME = 5,
};

static int add(struct graph_file *file, const void *bytes, size_t count)
{
	file->at += count;
	return write_all(file->fd, bytes, count);
}

static int add_text(struct graph_file *file, const char *text)
{
	return add(file, text, strlen(text) + 1);
}

static int add_u16(struct graph_file *file, uint16_t value)
{
	return add(file, &value, sizeof(value));
}

static int add_u32(struct graph_file *file, uint32_t value)
{
	return add(file, &value, sizeof(value));
}

static int add_u64(struct graph_file *file, uint64_t value)
{
	return add(file, &value, sizeof(value));
}

static int read_setting(const struct graph_file *file, const char *name, char **ret,
			size_t *ret_bytes)
{
	char path[TRACEFS_PATH_BYTES];

	if (!tracefs_path(path, file->folder, "%s", name))
		return -ENAMETOOLONG;
	return host_read_file(path, ret, ret_bytes, NULL);
}

/* A file of tracefs behind its length, in 8 bytes. */
static int add_setting(struct graph_file *file, const char *name)
{
	owns(own_free) char *text = NULL;
	size_t bytes;
	int r = read_setting(file, name, &text, &bytes);

	if (r == 0)
		r = add_u64(file, bytes);
	return r < 0 ? r : add(file, text, bytes);
}

static int add_formats(struct graph_file *file)
{
	int r = add_text(file, "header_page");

	if (r == 0)
		r = add_setting(file, "events/header_page");
	if (r == 0)
		r = add_text(file, "header_event");
	if (r == 0)
		r = add_setting(file, "events/header_event");
	if (r == 0)
		r = add_u32(file, 2);
	if (r == 0)
		r = add_setting(file, "events/ftrace/funcgraph_entry/format");
	if (r == 0)
		r = add_setting(file, "events/ftrace/funcgraph_exit/format");
	if (r == 0)
		r = add_u32(file, 1); /* systems of events */
	if (r == 0)
		r = add_text(file, "sched");
	if (r == 0)
		r = add_u32(file, 1);
	return r < 0 ? r : add_setting(file, "events/sched/sched_switch/format");
}

static int add_names(struct graph_file *file, struct diag *why)
{
	owns(own_free) char *kallsyms = NULL;
	size_t bytes = 0;
	int r = host_kallsyms(NULL, &kallsyms, &bytes, why);

	if (r == 0)
		r = add_u32(file, (uint32_t)bytes);
	if (r == 0)
		r = add(file, kallsyms, bytes);
	if (r == 0)
		r = add_u32(file, 0); /* formats of trace_printk() */
	return r < 0 ? r : add_setting(file, "saved_cmdlines");
}

static int add_option(struct graph_file *file, enum option option, const char *text, size_t bytes)
{
	int r = add_u16(file, (uint16_t)option);

	if (r == 0)
		r = add_u32(file, (uint32_t)bytes);
	return r < 0 ? r : add(file, text, bytes);
}

/* How much of a CPU's was overwritten. */
static int add_statistics(struct graph_file *file, unsigned int cpu)
{
	owns(own_free) char *text = NULL;
	char name[64], whole[1024];
	size_t bytes;
	int r;

	(void)snprintf(name, sizeof(name), "per_cpu/cpu%u/stats", cpu);
	r = read_setting(file, name, &text, &bytes);
	if (r == -ENOENT || r == -ENODEV)
		return 0;
	if (r < 0)
		return r;
	(void)snprintf(whole, sizeof(whole), "CPU: %u\n%s", cpu, text);
	return add_option(file, OPTION_CPUSTAT, whole, strlen(whole) + 1);
}

static int add_options(struct graph_file *file)
{
	owns(own_free) char *clock = NULL;
	struct utsname system;
	char text[512];
	size_t bytes;
	int r = add(file, "options  ", sizeof("options  "));

	for (size_t i = 0; i < file->cpu_count && r == 0; i++)
		r = add_statistics(file, file->cpus[i].cpu);
	if (r == 0)
		r = read_setting(file, "trace_clock", &clock, &bytes);
	if (r == 0)
		r = add_option(file, OPTION_CLOCK, clock, bytes + 1);
	if (r == 0 && uname(&system) == 0) {
		(void)snprintf(text, sizeof(text), "%s %s %s %s", system.sysname, system.nodename,
			       system.release, system.machine);
		r = add_option(file, OPTION_UNAME, text, strlen(text) + 1);
	}
	return r < 0 ? r : add_u16(file, OPTION_DONE);
}

static uint64_t round_up(uint64_t at, size_t page_bytes)
{
	return (at + page_bytes - 1) / page_bytes * page_bytes;
}

/* Where the pages of each CPU will stand. */
static int add_places(struct graph_file *file, uint64_t *ret_begin)
{
	uint64_t at = file->at + sizeof("flyrecord") + file->cpu_count * 2 * sizeof(uint64_t);
	int r = add(file, "flyrecord", sizeof("flyrecord"));

	at = round_up(at, file->page_bytes);
	*ret_begin = at;
	for (size_t i = 0; i < file->cpu_count && r == 0; i++) {
		r = add_u64(file, at);
		if (r == 0)
			r = add_u64(file, file->cpus[i].bytes);
		at += file->cpus[i].bytes;
	}
	return r;
}

static int copy_pages(struct graph_file *file, const struct graph_pages *pages, void *room)
{
	for (uint64_t at = 0; at < pages->bytes; at += file->page_bytes) {
		ssize_t bytes = pread(pages->file_fd, room, file->page_bytes, (off_t)at);
		int r = bytes < 0 ? -errno : 0;

		if (bytes >= 0 && (size_t)bytes < file->page_bytes)
			r = -EIO;
		if (r == 0)
			r = add(file, room, file->page_bytes);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_pages(struct graph_file *file, uint64_t begin)
{
	owns(own_free) char *room = calloc(1, file->page_bytes);
	int r = room ? add(file, room, begin - file->at) : -ENOMEM;

	for (size_t i = 0; i < file->cpu_count && r == 0; i++)
		r = copy_pages(file, &file->cpus[i], room);
	return r;
}

static int write_parts(struct graph_file *file, struct diag *why)
{
	static const unsigned char MAGIC[] = "\x17\x08\x44tracing";
	static const bool IS_BIG = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	const unsigned char sizes[] = { IS_BIG, sizeof(long) };
	uint64_t begin = 0;
	int r = add(file, MAGIC, sizeof(MAGIC) - 1);

	if (r == 0)
		r = add_text(file, "6");
	if (r == 0)
		r = add(file, sizes, sizeof(sizes));
	if (r == 0)
		r = add_u32(file, (uint32_t)file->page_bytes);
	if (r == 0)
		r = add_formats(file);
	if (r == 0)
		r = add_names(file, why);
	if (r == 0)
		r = add_u32(file, (uint32_t)file->cpu_count);
	if (r == 0)
		r = add_options(file);
	if (r == 0)
		r = add_places(file, &begin);
	return r < 0 ? r : add_pages(file, begin);
}

int graph_file_write(struct graph_file *file, struct diag *why)
{
	int r = write_parts(file, why);

	return r < 0 ? diag_set(why, r, "cannot write what was traced: %s", strerror(-r)) : 0;
}
