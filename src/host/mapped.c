/* What code does this process have mapped? The executable lines of /proc/PID/maps, each file once.
 */
#include "host/mapped.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/rooted.h"

enum {
	FILES_MAX = 65536,
	DELETED_BYTES = sizeof(" (deleted)") - 1,
};

/* One line of maps. */
struct mapping {
	uint64_t start, end, inode;
	char permissions[5];
	const char *name; /* to the end of the line; "" for none */
	size_t name_bytes;
};

static bool read_mapping(const char *line, size_t bytes, struct mapping *ret)
{
	struct mapping mapping = {};
	int name = 0;

	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %" SCNu64 "%n", &mapping.start,
		   &mapping.end, mapping.permissions, &mapping.inode, &name) != 4 ||
	    name <= 0 || (size_t)name > bytes)
		return false;
	mapping.name = line + name;
	mapping.name_bytes = bytes - (size_t)name;
	while (mapping.name_bytes && *mapping.name == ' ') {
		mapping.name++;
		mapping.name_bytes--;
	}
	*ret = mapping;
	return true;
}

/* The kernel writes a newline of a name as \012, and nothing else so. */
static char *copy_path(const char *text, size_t bytes)
{
	char *copy = malloc(bytes + 1);
	size_t used = 0;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < bytes; i++) {
		if (bytes - i >= 4 && memcmp(text + i, "\\012", 4) == 0) {
			copy[used++] = '\n';
			i += 3;
		} else {
			copy[used++] = text[i];
		}
	}
	copy[used] = '\0';
	return copy;
}

static bool is_known(const struct mapped_code *code, const struct mapping *mapping,
		     const char *path)
{
	for (size_t i = 0; i < code->files.count; i++) {
		if (code->files.items[i].inode == mapping->inode &&
		    strcmp(code->files.items[i].path, path) == 0)
			return true;
	}
	return false;
}

/* The inode of what is at a path below a root; 0: nothing is, or we may not look. */
static uint64_t inode_at(const char *root, const char *folder, const char *path)
{
	char full[ROOTED_PATH_BYTES];
	struct stat status;

	if (snprintf(full, sizeof(full), "%s%s%s", root, folder, path) >= (int)sizeof(full) ||
	    stat(full, &status) < 0)
		return 0;
	return status.st_ino;
}

/* Is it still the file that is at its path? Not by device: some file systems tell maps another one.
 */
static void look_at(const char *root, uint32_t pid, bool is_deleted, struct mapped_file *file)
{
	uint64_t inside, outside;
	char folder[64];

	(void)snprintf(folder, sizeof(folder), "/proc/%" PRIu32 "/root", pid);
	inside = inode_at(root, folder, file->path);
	outside = inode_at(root, "", file->path);
	if (inside == file->inode)
		file->state = MAPPED_AS_IT_IS;
	else if (outside == file->inode)
		file->is_outside = true;
	else if (is_deleted)
		file->state = inside ? MAPPED_REPLACED : MAPPED_DELETED;
	else if (inside)
		file->state = MAPPED_REPLACED;
	/* Where we may not look, nothing is claimed. */
}

static int add_file(const char *root, uint32_t pid, const struct mapping *mapping,
		    struct mapped_code *code)
{
	size_t bytes = mapping->name_bytes;
	bool is_deleted = bytes > DELETED_BYTES && memcmp(mapping->name + bytes - DELETED_BYTES,
							  " (deleted)", DELETED_BYTES) == 0;
	owns(own_free) char *path =
		copy_path(mapping->name, is_deleted ? bytes - DELETED_BYTES : bytes);
	struct mapped_file *file;

	if (!path)
		return -ENOMEM;
	if (is_known(code, mapping, path) || code->files.count >= FILES_MAX)
		return 0;
	file = array_push(&code->files);
	if (!file)
		return -ENOMEM;
	file->inode = mapping->inode;
	file->path = give(path);
	look_at(root, pid, is_deleted, file);
	return 0;
}

static bool is_anonymous(const struct mapping *mapping)
{
	/* Memory, and files that never had a place: runtimes make their code in both. */
	static const char *const BEGINNINGS[] = { "//anon", "[anon",   "[heap]",
						  "[stack", "/memfd:", "/dev/zero" };

	if (mapping->name_bytes == 0)
		return true;
	for (size_t i = 0; i < array_count(BEGINNINGS); i++) {
		size_t bytes = strlen(BEGINNINGS[i]);

		if (mapping->name_bytes >= bytes &&
		    memcmp(mapping->name, BEGINNINGS[i], bytes) == 0)
			return true;
	}
	return false;
}

static int add_mapping(const char *root, uint32_t pid, const struct mapping *mapping,
		       struct mapped_code *code)
{
	if (mapping->permissions[2] != 'x')
		return 0;
	if (is_anonymous(mapping)) {
		code->anonymous++;
		code->anonymous_bytes += mapping->end - mapping->start;
		return 0;
	}
	return mapping->name[0] == '/' ? add_file(root, pid, mapping, code) : 0;
}

/* The process's number where it lives: the last of those that /proc tells. */
static uint32_t number_inside(const char *root, uint32_t pid)
{
	owns(own_free) char *text = NULL;
	const char *line, *end;
	uint32_t number = pid;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/proc/%" PRIu32 "/status", pid) < 0 || !text)
		return pid;
	line = strstr(text, "\nNSpid:");
	if (!line)
		return pid;
	line += 7;
	end = line + strcspn(line, "\n");
	while (line < end) {
		char *rest = NULL;
		unsigned long found = strtoul(line, &rest, 10);

		if (rest == line || rest > end)
			break;
		if (found && found <= UINT32_MAX)
			number = (uint32_t)found;
		line = rest;
	}
	return number;
}

static void look_for_perf_map(const char *root, uint32_t pid, struct mapped_code *code)
{
	char full[ROOTED_PATH_BYTES];
	struct stat status;

	(void)snprintf(code->perf_map, sizeof(code->perf_map), "/tmp/perf-%" PRIu32 ".map",
		       number_inside(root, pid));
	if (snprintf(full, sizeof(full), "%s/proc/%" PRIu32 "/root%s", root, pid, code->perf_map) <
	    (int)sizeof(full))
		code->has_perf_map = stat(full, &status) == 0 && S_ISREG(status.st_mode);
}

static void look_at_root(const char *root, uint32_t pid, struct mapped_code *code)
{
	char inside[ROOTED_PATH_BYTES], ours[ROOTED_PATH_BYTES];
	struct stat theirs, own;

	if (snprintf(inside, sizeof(inside), "%s/proc/%" PRIu32 "/root/.", root, pid) >=
		    (int)sizeof(inside) ||
	    snprintf(ours, sizeof(ours), "%s/.", root) >= (int)sizeof(ours))
		return;
	code->has_own_root = stat(inside, &theirs) == 0 && stat(ours, &own) == 0 &&
			     (theirs.st_dev != own.st_dev || theirs.st_ino != own.st_ino);
}

static void read_comm(const char *root, uint32_t pid, struct mapped_code *code)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/proc/%" PRIu32 "/comm", pid) < 0 || !text)
		return;
	if (bytes && text[bytes - 1] == '\n')
		text[--bytes] = '\0';
	(void)snprintf(code->comm, sizeof(code->comm), "%s", text);
}

static int fill(const char *root, uint32_t pid, struct mapped_code *code)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	int r = rooted_read(root, &text, &bytes, "/proc/%" PRIu32 "/maps", pid);

	if (!text)
		return r == -ENOENT ? -ESRCH : r;
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		struct mapping mapping;

		if (read_mapping(line, length, &mapping)) {
			r = add_mapping(root, pid, &mapping, code);
			if (r < 0)
				return r;
		}
		line += length + (line[length] == '\n');
	}
	read_comm(root, pid, code);
	look_at_root(root, pid, code);
	look_for_perf_map(root, pid, code);
	return 0;
}

int mapped_read(const char *root, uint32_t pid, struct mapped_code *ret, struct diag *why)
{
	owns(mapped_free) struct mapped_code code = {};
	int r = fill(root, pid, &code);

	if (r == -ESRCH)
		return diag_set(why, r, "there is no process %" PRIu32, pid);
	if (r == -EACCES || r == -EPERM)
		return diag_set(why, r,
				"process %" PRIu32 " is another user's: only root may look into it",
				pid);
	if (r < 0)
		return diag_set(why, r, "cannot read /proc/%" PRIu32 "/maps: %s", pid,
				strerror(-r));
	*ret = code;
	code = (struct mapped_code){};
	return 0;
}

void mapped_free(struct mapped_code *code)
{
	for (size_t i = 0; i < code->files.count; i++)
		free(code->files.items[i].path);
	array_free(&code->files);
}
