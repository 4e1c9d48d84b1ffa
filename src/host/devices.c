/* Which block devices are there, and which lies on which? One folder of /sys/class/block at a time.
 */
#include "host/devices.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/facts.h"
#include "host/mounts.h"
#include "host/procfs.h"

enum {
	PATH_BYTES = 512
};

struct teller {
	const char *root;
	struct mounts mounts; /* where the files behind loop devices lie */
};

/* The kernel's own device number. */
static uint32_t make_dev(unsigned int major_number, unsigned int minor_number)
{
	return (uint32_t)major_number << 20 | (uint32_t)minor_number;
}

/* The first line of a file of the device's folder, without its end; 0 or -errno. */
static int read_line(const struct teller *teller, const char *device, const char *file, char **ret)
{
	char path[PATH_BYTES];
	size_t bytes;
	int r;

	if (snprintf(path, sizeof(path), "%s/sys/class/block/%s/%s", teller->root, device, file) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = host_read_file(path, ret, &bytes, NULL);
	if (r == 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

/* The number in a "dev" file, "8:1"; 0 when there is none. */
static uint32_t read_dev(const struct teller *teller, const char *device, const char *file)
{
	owns(own_free) char *text = NULL;
	unsigned int major_number, minor_number;

	if (read_line(teller, device, file, &text) < 0)
		return 0;
	/* NOLINTNEXTLINE(cert-err34-c): both numbers are the kernel's own, and small. */
	if (sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
		return 0;
	return make_dev(major_number, minor_number);
}

static bool line_is(const struct teller *teller, const char *device, const char *file,
		    const char *wanted)
{
	owns(own_free) char *text = NULL;

	return read_line(teller, device, file, &text) == 0 && strcmp(text, wanted) == 0;
}

/* "none [mq-deadline] kyber": the one in use is in brackets. */
static void read_scheduler(const struct teller *teller, const char *device, const char *file,
			   char scheduler[static 16])
{
	owns(own_free) char *text = NULL;
	const char *begin;

	if (read_line(teller, device, file, &text) < 0)
		return;
	begin = strchr(text, '[');
	if (!begin)
		return;
	begin++;

	size_t bytes = strcspn(begin, "]");

	memcpy(scheduler, begin, bytes < 16 ? bytes : 15);
}

static bool is_virtual(const struct teller *teller, const char *device)
{
	char path[PATH_BYTES], target[PATH_BYTES];
	ssize_t bytes;

	if (snprintf(path, sizeof(path), "%s/sys/class/block/%s", teller->root, device) >=
	    (int)sizeof(path))
		return false;
	bytes = readlink(path, target, sizeof(target) - 1);
	if (bytes < 0)
		return false;
	target[bytes] = '\0';
	/*
	 * Not all of virtual/: the heads of NVMe multipath stand there too, and are as real as
	 * their paths.
	 */
	return strstr(target, "/virtual/block/") != NULL;
}

/*
 * The block device on which a file lies, 0 when it cannot be told. File systems such as btrfs give
 * their files a number that belongs to no device: there the mount's source names the device.
 */
static uint32_t find_file_dev(const struct teller *teller, const char *path)
{
	const struct mount_entry *mount;
	char full[PATH_BYTES];
	struct stat status;

	if (snprintf(full, sizeof(full), "%s%s", teller->root, path) >= (int)sizeof(full) ||
	    stat(full, &status) < 0)
		return 0;
	if (major(status.st_dev) != 0)
		return make_dev(major(status.st_dev), minor(status.st_dev));
	mount = mounts_find_path(&teller->mounts, path);
	if (mount && mount->source[0] == '/' && stat(mount->source, &status) == 0 &&
	    S_ISBLK(status.st_mode))
		return make_dev(major(status.st_rdev), minor(status.st_rdev));
	return 0;
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The first member of a device made of others. */
static uint32_t find_member(const struct teller *teller, const char *device)
{
	char path[PATH_BYTES], file[PATH_BYTES];
	struct dirent **members = NULL;
	uint32_t dev = 0;
	int count;

	if (snprintf(path, sizeof(path), "%s/sys/class/block/%s/slaves", teller->root, device) >=
	    (int)sizeof(path))
		return 0;
	count = scandir(path, &members, is_name, alphasort);
	for (int i = 0; i < count; i++) {
		if (i == 0 && snprintf(file, sizeof(file), "slaves/%s/dev", members[i]->d_name) <
				      (int)sizeof(file))
			dev = read_dev(teller, device, file);
		free(members[i]);
	}
	free(members);
	return dev;
}

static uint32_t find_lower(const struct teller *teller, const char *device)
{
	owns(own_free) char *file = NULL;

	if (read_line(teller, device, "loop/backing_file", &file) == 0)
		return find_file_dev(teller, file);
	return find_member(teller, device);
}

/* What /sys says of a device; false when it is not there (any more). */
static bool describe(const struct teller *teller, const char *name, struct event_device *ret)
{
	owns(own_free) char *partition = NULL;
	bool is_part = read_line(teller, name, "partition", &partition) == 0;

	/* A partition has no queue of its own. */
	*ret = (struct event_device){};
	ret->dev = read_dev(teller, name, "dev");
	if (ret->dev == 0 || strlen(name) >= sizeof(ret->name))
		return false;
	ret->whole_dev = is_part ? read_dev(teller, name, "../dev") : ret->dev;
	memcpy(ret->name, name, strlen(name));
	if (line_is(teller, name, is_part ? "../queue/rotational" : "queue/rotational", "1"))
		ret->flags |= DEVICE_ROTATIONAL;
	if (line_is(teller, name, is_part ? "../queue/write_cache" : "queue/write_cache",
		    "write back"))
		ret->flags |= DEVICE_WRITE_CACHE;
	if (is_virtual(teller, name))
		ret->flags |= DEVICE_VIRTUAL;
	read_scheduler(teller, name, is_part ? "../queue/scheduler" : "queue/scheduler",
		       ret->scheduler);
	if (!is_part)
		ret->lower_dev = find_lower(teller, name);
	return true;
}

static unsigned long read_number(const struct teller *teller, const char *device, const char *file)
{
	owns(own_free) char *text = NULL;

	return read_line(teller, device, file, &text) == 0 ? strtoul(text, NULL, 10) : 0;
}

/* Of a whole device that writes more at a time than may be asked of it. */
static int tell_block(const struct teller *teller, const char *name,
		      const struct event_device *device, const struct event_sink *sink,
		      struct diag *why)
{
	unsigned long physical = read_number(teller, name, "queue/physical_block_size");
	char key[64];

	if (physical <= read_number(teller, name, "queue/logical_block_size") ||
	    snprintf(key, sizeof(key), "physical_block.%u:%u", device->dev >> 20,
		     device->dev & 0xfffff) >= (int)sizeof(key))
		return 0;
	return fact_tell(sink, device->head.time_ns, why, key, "%lu", physical);
}

int devices_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
		      struct diag *why)
{
	struct teller teller = { .root = root };
	struct dirent **entries = NULL;
	struct event_device device;
	char path[PATH_BYTES];
	int count, r = 0;

	if (snprintf(path, sizeof(path), "%s/proc/self/mountinfo", teller.root) >=
	    (int)sizeof(path))
		return diag_set(why, -ENAMETOOLONG, "%s: the path is too long", teller.root);
	/* Without the mounts only the place of some loop files stays unknown. */
	if (mounts_read(path, &teller.mounts, NULL) < 0)
		teller.mounts = (struct mounts){};
	if (snprintf(path, sizeof(path), "%s/sys/class/block", teller.root) < 0)
		path[0] = '\0';
	count = scandir(path, &entries, is_name, alphasort);
	if (count < 0 && errno != ENOENT)
		r = diag_set(why, -errno, "%s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (r == 0 && describe(&teller, entries[i]->d_name, &device)) {
			device.head = (struct event){ .bytes = sizeof(device),
						      .kind = EVENT_DEVICE,
						      .time_ns = time_ns };
			r = event_sink_take(sink, &device.head, why);
			if (r == 0)
				r = tell_block(&teller, device.name, &device, sink, why);
		}
		free(entries[i]);
	}
	free(entries);
	mounts_free(&teller.mounts);
	return r < 0 ? r : 0;
}

int devices_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	return devices_tell_from("", sink, time_ns, why);
}
