/* What does /proc say of threads, of their memory, and of the kernel's symbols? */
#include "host/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/rooted.h"

#define READ_BYTES_MIN 4096

/* PF_KTHREAD of include/linux/sched.h, the same since 2.6.27 and shown in /proc/PID/stat. */
#define FLAG_KERNEL_THREAD 0x00200000

/* A text that grows as it is read. */
struct text {
	char *bytes;
	size_t used;
	size_t capacity;
};

static int last_error(void)
{
	int error = errno;

	return error > 0 ? -error : -EIO;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
	*directory = NULL;
}

/* Room for more, and for a NUL behind it. */
static int grow(struct text *text)
{
	size_t capacity = text->capacity ? text->capacity * 2 : READ_BYTES_MIN;
	char *grown;

	if (text->used + 1 < text->capacity)
		return 0;
	grown = realloc(text->bytes, capacity);
	if (!grown)
		return -ENOMEM;
	text->bytes = grown;
	text->capacity = capacity;
	return 0;
}

static int read_all(int fd, struct text *text)
{
	for (;;) {
		ssize_t got;
		int r = grow(text);

		if (r < 0)
			return r;
		got = read(fd, text->bytes + text->used, text->capacity - text->used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return last_error();
		if (got == 0)
			break;
		text->used += (size_t)got;
	}
	text->bytes[text->used] = '\0';
	return 0;
}

/* On failure nothing is left to free. */
static int read_path(const char *path, char **ret_text, size_t *ret_bytes)
{
	owns(own_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct text text = {};
	int r;

	if (fd < 0)
		return last_error();
	r = read_all(fd, &text);
	if (r < 0) {
		free(text.bytes);
		return r;
	}
	*ret_text = text.bytes;
	*ret_bytes = text.used;
	return 0;
}

int host_read_file(const char *path, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	int r = read_path(path, ret_text, ret_bytes);

	return r < 0 ? diag_set(why, r, "cannot read %s: %s", path, strerror(-r)) : 0;
}

int host_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	return host_read_file("/proc/kallsyms", ret_text, ret_bytes, why);
}

int host_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", tgid);
	r = read_path(path, ret_text, ret_bytes);
	return r == -ENOENT ? -ESRCH : r;
}

int host_open_mapped(void *self, uint32_t tgid, const char *path)
{
	char root[64];
	int fd;

	if (path[0] != '/')
		return -EINVAL;
	(void)snprintf(root, sizeof(root), "/proc/%" PRIu32 "/root", tgid);
	fd = rooted_open(root, path);
	return fd < 0 ? rooted_open("", path) : fd;
}

/* The fields of /proc/PID/stat behind the name, which may hold any byte: spaces and brackets too.
 */
struct stat_fields {
	char state;
	uint32_t ppid;
	uint32_t flags;
	uint64_t utime_ticks;
	uint64_t stime_ticks;
	uint64_t start_ticks; /* since boot */
};

static int scan_stat(const char *text, struct stat_fields *ret)
{
	struct stat_fields fields = {};
	int got;

	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers, and they fit. */
	got = sscanf(text,
		     ") %c %" SCNu32 " %*s %*s %*s %*s %" SCNu32 " %*s %*s %*s %*s %" SCNu64
		     " %" SCNu64 " %*s %*s %*s %*s %*s %*s %" SCNu64,
		     &fields.state, &fields.ppid, &fields.flags, &fields.utime_ticks,
		     &fields.stime_ticks, &fields.start_ticks);
	if (got != 6)
		return -EBADMSG;
	*ret = fields;
	return 0;
}

static uint64_t ticks_to_ns(uint64_t ticks)
{
	long per_second = sysconf(_SC_CLK_TCK);

	return ticks * (1000000000ULL / (uint64_t)(per_second > 0 ? per_second : 100));
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = {};

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* The kernel tells starts by the clock that went on while the machine slept. */
static uint64_t boot_to_monotonic(uint64_t boot_ns)
{
	uint64_t monotonic_now_ns = clock_ns(CLOCK_MONOTONIC);
	uint64_t boot_now_ns = clock_ns(CLOCK_BOOTTIME);
	uint64_t slept_ns = boot_now_ns > monotonic_now_ns ? boot_now_ns - monotonic_now_ns : 0;

	return boot_ns > slept_ns ? boot_ns - slept_ns : 0;
}

int host_task_read(uint32_t tgid, uint32_t tid, struct host_task *ret)
{
	owns(own_free) char *text = NULL;
	struct host_task task = { .tid = tid, .tgid = tgid };
	struct stat_fields fields;
	const char *name, *name_end;
	size_t bytes = 0, name_bytes;
	char path[96];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/stat", tgid, tid);
	r = read_path(path, &text, &bytes);
	if (!text)
		return r == -ENOENT ? -ESRCH : r;
	name = strchr(text, '(');
	name_end = strrchr(text, ')');
	if (!name || !name_end || name_end < name)
		return -EBADMSG;
	r = scan_stat(name_end, &fields);
	if (r < 0)
		return r;

	name++;
	name_bytes = (size_t)(name_end - name);
	memcpy(task.comm, name,
	       name_bytes < sizeof(task.comm) ? name_bytes : sizeof(task.comm) - 1);
	task.ppid = fields.ppid;
	task.state = fields.state;
	task.is_kernel = fields.flags & FLAG_KERNEL_THREAD;
	task.start_ns = boot_to_monotonic(ticks_to_ns(fields.start_ticks));
	task.utime_ns = ticks_to_ns(fields.utime_ticks);
	task.stime_ns = ticks_to_ns(fields.stime_ticks);
	*ret = task;
	return 0;
}

/* Is this name a number, and which? */
static bool read_number(const char *name, uint32_t *ret)
{
	unsigned long number;
	char *end = NULL;

	if (name[0] < '0' || name[0] > '9')
		return false;
	errno = 0;
	number = strtoul(name, &end, 10);
	if (errno || *end || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

int host_number_list(const char *path, int (*seen)(void *self, uint32_t number), void *self)
{
	owns(close_directory) DIR *directory = opendir(path);
	const struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? -ESRCH : last_error();
	for (;;) {
		uint32_t number = 0;
		int r;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return errno == ENOENT ? -ESRCH : -errno;
		if (!read_number(entry->d_name, &number))
			continue;
		r = seen(self, number);
		if (r != 0)
			return r;
	}
}

int host_task_list(uint32_t tgid, int (*seen)(void *self, uint32_t tid), void *self)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", tgid);
	return host_number_list(path, seen, self);
}

int host_process_list(int (*seen)(void *self, uint32_t tgid), void *self)
{
	return host_number_list("/proc", seen, self);
}
