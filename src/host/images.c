/* Where is the code that is to be named? */
#include "host/images.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "host/procfs.h"
#include "host/rooted.h"

/* The kernel's own is two pages long. */
#define VDSO_BYTES_MAX 65536UL

static int last_error(void)
{
	int error = errno;

	return error > 0 ? -error : -EIO;
}

/* How long it is stands in its header: the sections are last. */
static size_t vdso_bytes(const ElfW(Ehdr) * vdso)
{
	size_t bytes = vdso->e_shoff + (size_t)vdso->e_shnum * vdso->e_shentsize;

	return bytes <= VDSO_BYTES_MAX ? bytes : 0;
}

/* It is the same in each process, but no file: a copy of our own becomes one. */
static int open_vdso(void)
{
	/* The kernel tells its address as a number. */
	const ElfW(Ehdr) *vdso = (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	size_t bytes;
	int fd;

	if (!vdso || memcmp(vdso->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOENT;
	bytes = vdso_bytes(vdso);
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return last_error();
	if (bytes == 0 || write(fd, vdso, bytes) != (ssize_t)bytes) {
		own_close(&fd);
		return -EIO;
	}
	return fd;
}

/* The kernel writes '_' where the file may have '-'. */
static int plain_letter(char letter)
{
	return letter == '-' ? '_' : letter;
}

static bool is_module_name(const char *file, size_t file_bytes, const char *name, size_t name_bytes)
{
	if (file_bytes <= name_bytes || file[name_bytes] != '.')
		return false;
	for (size_t i = 0; i < name_bytes; i++) {
		if (plain_letter(file[i]) != plain_letter(name[i]))
			return false;
	}
	return strncmp(file + name_bytes, ".ko", 3) == 0;
}

/* "kernel/fs/fuse/fuse.ko.xz: …", a line for each module. NULL: it is not there. */
static char *find_module(char *text, const char *name, size_t name_bytes)
{
	char *line, *next = text;

	while ((line = strsep(&next, "\n"))) {
		char *colon = strchr(line, ':');
		const char *file;

		if (!colon)
			continue;
		*colon = '\0';
		file = strrchr(line, '/');
		file = file ? file + 1 : line;
		if (is_module_name(file, strlen(file), name, name_bytes))
			return line;
	}
	return NULL;
}

int host_open_module(const char *directory, const char *name)
{
	owns(own_free) char *list = NULL, *path = NULL, *text = NULL;
	const char *line;
	size_t bytes = 0, name_bytes;
	int r;

	if (name[0] == '[')
		name++;
	name_bytes = strcspn(name, "]");
	if (name_bytes == 0)
		return -ENOENT;
	if (asprintf(&list, "%s/modules.dep", directory) < 0) {
		list = NULL; /* asprintf() leaves it undefined */
		return -ENOMEM;
	}
	r = host_read_file(list, &text, &bytes, NULL);
	if (r < 0)
		return r;
	line = find_module(text, name, name_bytes);
	if (!line)
		return -ENOENT;
	/* A list may name files outside of its directory. */
	if (asprintf(&path, "%s%s%s", line[0] == '/' ? "" : directory, line[0] == '/' ? "" : "/",
		     line) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return rooted_open("", path);
}

static int open_running_module(const char *name)
{
	char directory[sizeof("/lib/modules/") + sizeof(((struct utsname *)NULL)->release)];
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return last_error();
	(void)snprintf(directory, sizeof(directory), "/lib/modules/%s", kernel.release);
	return host_open_module(directory, name);
}

/* Where distributions put the kernel's debug information. */
static int open_running_kernel(void)
{
	static const struct {
		const char *before;
		const char *behind;
	} PATHS[] = {
		{ "/usr/lib/debug/boot/vmlinux-", "" },
		{ "/usr/lib/debug/lib/modules/", "/vmlinux" },
		{ "/lib/modules/", "/build/vmlinux" },
		{ "/boot/vmlinux-", "" },
	};
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return last_error();
	for (size_t i = 0; i < array_count(PATHS); i++) {
		char path[128 + sizeof(kernel.release)];
		int fd;

		(void)snprintf(path, sizeof(path), "%s%s%s", PATHS[i].before, kernel.release,
			       PATHS[i].behind);
		fd = rooted_open("", path);
		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}

static int open_special(uint32_t tgid, const char *path)
{
	if (strcmp(path, "[vdso]") == 0)
		return open_vdso();
	if (tgid != 0)
		return -ENOENT;
	return strcmp(path, "[kernel]") == 0 ? open_running_kernel() : open_running_module(path);
}

int host_open_image(void *self, uint32_t tgid, const char *path)
{
	return path[0] == '[' ? open_special(tgid, path) : host_open_mapped(self, tgid, path);
}

int host_open_recorded(void *self, uint32_t tgid, const char *path)
{
	if (path[0] == '[')
		return open_special(tgid, path);
	return path[0] == '/' ? rooted_open("", path) : -EINVAL;
}

/* The last number in the line of /proc/PID/status that begins with key. */
static bool read_status(const char *text, const char *key, bool wants_last, uint32_t *ret)
{
	const char *line = strstr(text, key);
	unsigned long number;
	char *end = NULL;

	if (!line)
		return false;
	line += strlen(key);
	do {
		number = strtoul(line, &end, 10);
		if (end == line || number > UINT32_MAX)
			return false;
		*ret = (uint32_t)number;
		line = end;
	} while (wants_last && *line == '\t');
	return true;
}

int host_open_perf_map(void *self, uint32_t tgid)
{
	owns(own_free) char *text = NULL;
	uint32_t pid = 0, uid = 0;
	size_t bytes = 0;
	char path[96];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", tgid);
	r = host_read_file(path, &text, &bytes, NULL);
	if (r < 0)
		return r;
	/* The name, which comes first, is written without newlines. */
	if (!read_status(text, "\nNSpid:", true, &pid) || !read_status(text, "\nUid:", false, &uid))
		return -EBADMSG;
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root/tmp/perf-%" PRIu32 ".map", tgid,
		       pid);
	return rooted_open_owned(path, uid);
}
