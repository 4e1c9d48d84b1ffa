/* What does the namer see in its tests? A source of bytes that the test sets, and that counts how
 * often it is asked. */
#ifndef TESTS_UNIT_SYMBOL_FAKE_H
#define TESTS_UNIT_SYMBOL_FAKE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "symbol/symbol.h"

/* What lies at a path. */
struct fake_file {
	const char *path;
	const void *bytes;
	size_t count;
};

struct fake {
	const char *kallsyms;          /* NULL: refused */
	const char *maps;              /* NULL: the process is gone */
	const char *file;              /* what is opened, whatever the path; NULL: nothing */
	const struct fake_file *files; /* are looked at before; the last has no path */
	unsigned int kallsyms_reads;
	unsigned int maps_reads;
	unsigned int opens;
	uint32_t last_tgid;
	char last_path[256];
};

static inline int fake_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	struct fake *fake = self;

	fake->kallsyms_reads++;
	if (!fake->kallsyms)
		return diag_set(why, -EACCES, "no kallsyms here");
	*ret_text = strdup(fake->kallsyms);
	*ret_bytes = strlen(fake->kallsyms);
	return *ret_text ? 0 : -ENOMEM;
}

static inline int fake_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes)
{
	struct fake *fake = self;

	fake->maps_reads++;
	fake->last_tgid = tgid;
	if (!fake->maps)
		return -ESRCH;
	*ret_text = strdup(fake->maps);
	*ret_bytes = strlen(fake->maps);
	return *ret_text ? 0 : -ENOMEM;
}

static inline int fake_memory(const void *bytes, size_t count)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	return fd;
}

static inline int fake_open(void *self, uint32_t tgid, const char *path)
{
	struct fake *fake = self;
	int fd;

	fake->opens++;
	fake->last_tgid = tgid;
	strncpy(fake->last_path, path, sizeof(fake->last_path) - 1);
	for (const struct fake_file *file = fake->files; file && file->path; file++) {
		if (strcmp(file->path, path) == 0)
			return fake_memory(file->bytes, file->count);
	}
	if (!fake->file)
		return -ENOENT;
	fd = open(fake->file, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static inline struct symbol_source fake_source(struct fake *fake)
{
	return (struct symbol_source){
		.kallsyms = fake_kallsyms,
		.maps = fake_maps,
		.open = fake_open,
		.self = fake,
	};
}

#endif
