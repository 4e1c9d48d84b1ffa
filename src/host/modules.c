/* Which kernel modules are loaded? /proc/modules says; modules.dep has their files, /sys/module
 * their build-ids. */
#include "host/modules.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/rooted.h"

#define MODULES_MAX 65536

static size_t padded(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

/* The build-id in a run of ELF notes, as /sys has them. */
static void find_build_id(const char *bytes, size_t count,
			  uint8_t ret[static MODULE_BUILD_ID_BYTES], uint8_t *ret_bytes)
{
	size_t place = 0;

	*ret_bytes = 0;
	while (count - place >= sizeof(Elf64_Nhdr)) {
		size_t name, text;
		Elf64_Nhdr note;

		memcpy(&note, bytes + place, sizeof(note));
		name = place + sizeof(note);
		if (note.n_namesz > count - name || padded(note.n_namesz) > count - name)
			return;
		text = name + padded(note.n_namesz);
		if (note.n_descsz > count - text)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(bytes + name, "GNU", sizeof("GNU")) == 0) {
			*ret_bytes = note.n_descsz < MODULE_BUILD_ID_BYTES ? (uint8_t)note.n_descsz
									   : MODULE_BUILD_ID_BYTES;
			memcpy(ret, bytes + text, *ret_bytes);
			return;
		}
		if (padded(note.n_descsz) > count - text)
			return;
		place = text + padded(note.n_descsz);
	}
}

static void read_build_id(const char *root, struct host_module *module)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/sys/module/%s/notes/.note.gnu.build-id",
			module->name) == 0)
		find_build_id(text, bytes, module->build_id, &module->build_id_bytes);
}

void kernel_build_id(const char *root, uint8_t ret[static MODULE_BUILD_ID_BYTES],
		     uint8_t *ret_bytes)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	*ret_bytes = 0;
	if (rooted_read(root, &text, &bytes, "/sys/kernel/notes") == 0)
		find_build_id(text, bytes, ret, ret_bytes);
}

/* Copy a module's name, from text up to end, as the kernel writes it; false when there is no room.
 */
static bool copy_name(char ret[static 64], const char *text, size_t bytes)
{
	if (bytes == 0 || bytes >= 64)
		return false;
	memcpy(ret, text, bytes);
	ret[bytes] = '\0';
	for (char *dash = strchr(ret, '-'); dash; dash = strchr(dash, '-'))
		*dash = '_';
	return true;
}

static int add_modules(char *text, struct host_modules *modules)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct host_module module = {};
		struct host_module *added;

		if (!copy_name(module.name, line, strcspn(line, " ")) || strchr(module.name, '/') ||
		    modules->items.count >= MODULES_MAX)
			continue;
		added = array_push(&modules->items);
		if (!added)
			return -ENOMEM;
		*added = module;
	}
	return 0;
}

/* The name of the module in a file: "kernel/fs/nls/nls-base.ko.xz" is nls_base. */
static bool name_of_file(const char *path, size_t bytes, char ret[static 64])
{
	const char *begin = path, *end;

	for (size_t i = 0; i < bytes; i++) {
		if (path[i] == '/')
			begin = path + i + 1;
	}
	end = memmem(begin, (size_t)(path + bytes - begin), ".ko", 3);
	return end && (end + 3 == path + bytes || end[3] == '.') &&
	       copy_name(ret, begin, (size_t)(end - begin));
}

static struct host_module *find(const struct host_modules *modules, const char *name)
{
	for (size_t i = 0; i < modules->items.count; i++) {
		if (strcmp(modules->items.items[i].name, name) == 0)
			return &modules->items.items[i];
	}
	return NULL;
}

/* A path of modules.dep, whole: it is below the release's folder, or absolute. NULL: no memory. */
static char *whole_path(const char *release, const char *path, size_t bytes)
{
	char *whole = NULL;
	int r;

	if (path[0] == '/')
		return strndup(path, bytes);
	r = asprintf(&whole, "/lib/modules/%s/%.*s", release, (int)bytes, path);
	return r < 0 ? NULL : whole;
}

static int add_paths(const char *release, const char *text, struct host_modules *modules)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t bytes = strcspn(line, ":\n");
		struct host_module *module;
		char name[64];

		if (line[bytes] != ':' || !name_of_file(line, bytes, name))
			continue;
		module = find(modules, name);
		if (!module || module->path)
			continue;
		module->path = whole_path(release, line, bytes);
		if (!module->path)
			return -ENOMEM;
	}
	return 0;
}

static int fill(const char *root, const char *release, struct host_modules *modules)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r = rooted_read(root, &text, &bytes, "/proc/modules");

	if (!text) {
		modules->has_none = r == -ENOENT;
		return modules->has_none ? 0 : r;
	}
	r = add_modules(text, modules);
	if (r < 0)
		return r;
	for (size_t i = 0; i < modules->items.count; i++)
		read_build_id(root, &modules->items.items[i]);

	owns(own_free) char *paths = NULL;

	if (rooted_read(root, &paths, &bytes, "/lib/modules/%s/modules.dep", release) < 0)
		return 0;
	modules->has_list = true;
	return add_paths(release, paths, modules);
}

int modules_read(const char *root, const char *release, struct host_modules *ret, struct diag *why)
{
	owns(modules_free) struct host_modules modules = {};
	int r = fill(root, release, &modules);

	if (r < 0)
		return diag_set(why, r, "cannot read /proc/modules: %s", strerror(-r));
	*ret = modules;
	modules = (struct host_modules){};
	return 0;
}

bool module_name_of(const char *path, char ret[static 64])
{
	return name_of_file(path, strlen(path), ret);
}

void modules_free(struct host_modules *modules)
{
	for (size_t i = 0; i < modules->items.count; i++)
		free(modules->items.items[i].path);
	array_free(&modules->items);
}

const struct host_module *modules_find(const struct host_modules *modules, const char *name)
{
	char wanted[64];

	return copy_name(wanted, name, strlen(name)) ? find(modules, wanted) : NULL;
}

char *module_find_file(const char *root, const char *release, const char *name)
{
	owns(own_free) char *text = NULL;
	char wanted[64], found[64];
	size_t count = 0;

	if (!copy_name(wanted, name, strlen(name)) ||
	    rooted_read(root, &text, &count, "/lib/modules/%s/modules.dep", release) < 0 || !text)
		return NULL;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t bytes = strcspn(line, ":\n");

		if (line[bytes] == ':' && name_of_file(line, bytes, found) &&
		    strcmp(found, wanted) == 0)
			return whole_path(release, line, bytes);
	}
	return NULL;
}

bool module_is_builtin(const char *root, const char *release, const char *name)
{
	owns(own_free) char *text = NULL;
	char wanted[64], found[64];
	size_t bytes = 0;

	if (!copy_name(wanted, name, strlen(name)) ||
	    rooted_read(root, &text, &bytes, "/lib/modules/%s/modules.builtin", release) < 0 ||
	    !text)
		return false;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (name_of_file(line, strcspn(line, "\n"), found) && strcmp(found, wanted) == 0)
			return true;
	}
	return false;
}
