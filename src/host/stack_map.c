/* What lies between a file and the hardware? From the mount down: each device is asked what it is
 * made of, and so on. */
#include "host/stack_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "host/mounts.h"
#include "host/rooted.h"

enum {
	DEPTH_MAX = 16, /* loop devices on each other's files would have no end */
	NAME_BYTES = 64,
	PATH_BYTES = 1024,
};

struct walker {
	const char *root;
	const struct stack_hearer *hearer;
	struct mounts mounts;
};

/* A file of a device's folder, and what its first line is called. */
struct source {
	const char *file;
	const char *key;
};

static const struct source QUEUE_SOURCES[] = {
	{ "queue/nr_requests", "requests at most" },
	{ "queue/wbt_lat_usec", "write-back throttling (us)" },
	{ "queue/write_cache", "cache" },
	{ "queue/fua", "writes through (FUA)" },
	{ "queue/rotational", "rotational" },
	{ "queue/max_sectors_kb", "largest request (KiB)" },
	{ "queue/read_ahead_kb", "readahead (KiB)" },
	{ "queue/logical_block_size", "logical block (bytes)" },
	{ "queue/physical_block_size", "physical block (bytes)" },
	{ "queue/discard_max_bytes", "largest discard (bytes)" },
	{ "queue/nomerges", "merges switched off" },
	{ "queue/iostats", "statistics" },
	{ "mq/0/nr_tags", "tags of a hardware queue" },
};

static const struct source DRIVER_SOURCES[] = {
	{ "device/vendor", "vendor" },       { "device/model", "model" },
	{ "device/rev", "revision" },        { "device/firmware_rev", "firmware" },
	{ "device/transport", "transport" }, { "device/queue_depth", "queue depth" },
	{ "device/queue_count", "queues" },  { "device/numa_node", "NUMA node" },
};

/* A device that has this file is of that kind; its facts are behind it. */
struct sort {
	const char *file;
	const char *what;
	struct source sources[4];
};

static const struct sort SORTS[] = {
	{ "loop/backing_file",
	  "loop",
	  { { "loop/backing_file", "file" },
	    { "loop/dio", "direct" },
	    { "loop/offset", "offset" } } },
	{ "dm/name", "device mapper", { { "dm/name", "name" }, { "dm/uuid", "made by" } } },
	{ "md/level",
	  "md",
	  { { "md/level", "level" },
	    { "md/raid_disks", "disks" },
	    { "md/chunk_size", "chunk (bytes)" },
	    { "md/array_state", "state" } } },
	{ "comp_algorithm",
	  "zram",
	  { { "comp_algorithm", "compression" }, { "disksize", "size (bytes)" } } },
};

/* --- reading --- */

/* The first line of a file of the device's folder; 0 or -errno. */
static int read_line(const struct walker *walker, const char *device, const char *file, char **ret)
{
	owns(own_free) char *text = NULL;
	size_t bytes;
	int r = rooted_read(walker->root, &text, &bytes, "/sys/class/block/%s/%s", device, file);

	if (r < 0)
		return r;
	bytes = strcspn(text, "\n");
	while (bytes && text[bytes - 1] == ' ')
		bytes--;
	text[bytes] = '\0';
	*ret = give(text);
	return 0;
}

/* The kernel's number of a device by its name; 0: there is none. */
static uint32_t dev_of(const struct walker *walker, const char *device, const char *file)
{
	owns(own_free) char *text = NULL;
	unsigned int major_number, minor_number;

	if (read_line(walker, device, file, &text) < 0)
		return 0;
	/* NOLINTNEXTLINE(cert-err34-c): both numbers are the kernel's own, and small. */
	if (sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
		return 0;
	return (uint32_t)major_number << 20 | minor_number;
}

struct search {
	const struct walker *walker;
	uint32_t dev;
	char name[NAME_BYTES];
};

static int see_device(void *self, const char *name)
{
	struct search *search = self;

	if (dev_of(search->walker, name, "dev") != search->dev)
		return 0;
	(void)snprintf(search->name, sizeof(search->name), "%s", name);
	return 1;
}

/* Its name; "": there is no such device. */
static struct search find_device(const struct walker *walker, uint32_t dev)
{
	struct search search = { .walker = walker, .dev = dev };

	if (dev && rooted_list(walker->root, "/sys/class/block", see_device, &search) < 0)
		search.name[0] = '\0';
	return search;
}

static int tell_sources(const struct walker *walker, const char *device,
			const struct source *sources, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && sources[i].file && r == 0; i++) {
		owns(own_free) char *text = NULL;

		if (read_line(walker, device, sources[i].file, &text) == 0 && text[0])
			r = walker->hearer->fact(walker->hearer->self, sources[i].key, text);
	}
	return r;
}

/* --- a queue and its driver --- */

/* "none [mq-deadline] kyber": the one in use is in brackets. */
static int tell_scheduler(const struct walker *walker, const char *device)
{
	owns(own_free) char *text = NULL;
	char *begin;

	if (read_line(walker, device, "queue/scheduler", &text) < 0)
		return 0;
	begin = strchr(text, '[');
	begin = begin ? begin + 1 : text;
	begin[strcspn(begin, "] ")] = '\0';
	return walker->hearer->fact(walker->hearer->self, "scheduler", begin);
}

static int count_one(void *self, const char *name)
{
	++*(unsigned int *)self;
	return 0;
}

static int tell_queues(const struct walker *walker, const char *device)
{
	char folder[PATH_BYTES], text[16];
	unsigned int count = 0;

	if (snprintf(folder, sizeof(folder), "/sys/class/block/%s/mq", device) >=
		    (int)sizeof(folder) ||
	    rooted_list(walker->root, folder, count_one, &count) < 0 || !count)
		return walker->hearer->fact(walker->hearer->self, "hardware queues",
					    "none: it takes bios");
	(void)snprintf(text, sizeof(text), "%u", count);
	return walker->hearer->fact(walker->hearer->self, "hardware queues", text);
}

static int tell_queue(const struct walker *walker, unsigned int depth, const char *device)
{
	int r = walker->hearer->layer(walker->hearer->self, depth, "queue", device, "", 0);

	if (r == 0)
		r = tell_scheduler(walker, device);
	if (r == 0)
		r = tell_queues(walker, device);
	return r < 0 ? r : tell_sources(walker, device, QUEUE_SOURCES, array_count(QUEUE_SOURCES));
}

/* The last part of a link's target; false: there is none. */
static bool read_link(const struct walker *walker, const char *device, const char *link,
		      char name[static NAME_BYTES])
{
	char path[PATH_BYTES], target[PATH_BYTES];
	const char *slash;
	ssize_t bytes;

	if (snprintf(path, sizeof(path), "%s/sys/class/block/%s/%s", walker->root, device, link) >=
	    (int)sizeof(path))
		return false;
	bytes = readlink(path, target, sizeof(target) - 1);
	if (bytes <= 0)
		return false;
	target[bytes] = '\0';
	slash = strrchr(target, '/');
	(void)snprintf(name, NAME_BYTES, "%.*s", NAME_BYTES - 1, slash ? slash + 1 : target);
	return true;
}

/* Of NVMe the namespace's device is a controller, and that one's has the driver. */
static int tell_driver(const struct walker *walker, unsigned int depth, const char *device)
{
	char driver[NAME_BYTES], bus[NAME_BYTES] = "";
	int r;

	if (!read_link(walker, device, "device/driver", driver) &&
	    !read_link(walker, device, "device/device/driver", driver))
		return 0;
	if (!read_link(walker, device, "device/subsystem", bus))
		bus[0] = '\0';
	r = walker->hearer->layer(walker->hearer->self, depth, "driver", driver, bus, 0);
	return r < 0 ? r
		     : tell_sources(walker, device, DRIVER_SOURCES, array_count(DRIVER_SOURCES));
}

/* --- devices --- */

static int tell_device(const struct walker *walker, unsigned int depth, const char *device);
static int tell_mount(const struct walker *walker, unsigned int depth, const char *path);

static const struct sort *sort_of(const struct walker *walker, const char *device)
{
	for (size_t i = 0; i < array_count(SORTS); i++) {
		owns(own_free) char *text = NULL;

		if (read_line(walker, device, SORTS[i].file, &text) == 0)
			return &SORTS[i];
	}
	return NULL;
}

struct members {
	const struct walker *walker;
	unsigned int depth;
};

static int see_member(void *self, const char *name)
{
	const struct members *members = self;

	return tell_device(members->walker, members->depth, name);
}

/* What it is made of: the members of dm and md, the file of a loop device. */
static int tell_lower(const struct walker *walker, unsigned int depth, const char *device)
{
	struct members members = { walker, depth };
	owns(own_free) char *file = NULL;
	char folder[PATH_BYTES];
	int r;

	if (read_line(walker, device, "loop/backing_file", &file) == 0)
		return tell_mount(walker, depth, file);
	if (snprintf(folder, sizeof(folder), "/sys/class/block/%s/slaves", device) >=
	    (int)sizeof(folder))
		return 0;
	r = rooted_list(walker->root, folder, see_member, &members);
	return r == -ENOENT ? 0 : r;
}

static int tell_partition(const struct walker *walker, unsigned int depth, const char *device)
{
	static const struct source SOURCES[] = { { "start", "begins at sector" },
						 { "size", "sectors" } };
	struct search whole = find_device(walker, dev_of(walker, device, "../dev"));
	int r = walker->hearer->layer(walker->hearer->self, depth, "partition", device, "",
				      dev_of(walker, device, "dev"));

	if (r == 0)
		r = tell_sources(walker, device, SOURCES, array_count(SOURCES));
	return r < 0 || !whole.name[0] ? r : tell_device(walker, depth + 1, whole.name);
}

static int tell_device(const struct walker *walker, unsigned int depth, const char *device)
{
	const struct sort *sort = sort_of(walker, device);
	owns(own_free) char *partition = NULL;
	int r;

	if (depth >= DEPTH_MAX)
		return 0;
	if (read_line(walker, device, "partition", &partition) == 0)
		return tell_partition(walker, depth, device);
	r = walker->hearer->layer(walker->hearer->self, depth, "device", device,
				  sort ? sort->what : "", dev_of(walker, device, "dev"));
	if (r == 0 && sort)
		r = tell_sources(walker, device, sort->sources, array_count(sort->sources));
	if (r == 0)
		r = tell_queue(walker, depth + 1, device);
	if (r == 0)
		r = tell_driver(walker, depth + 1, device);
	return r < 0 ? r : tell_lower(walker, depth + 1, device);
}

/* --- file systems --- */

struct journal {
	const char *device;
	char name[NAME_BYTES];
};

/* The journal's thread is called after the device and the inode: "vda1-8". */
static int see_journal(void *self, const char *name)
{
	struct journal *journal = self;
	size_t bytes = strlen(journal->device);

	if (strncmp(name, journal->device, bytes) != 0 || name[bytes] != '-')
		return 0;
	(void)snprintf(journal->name, sizeof(journal->name), "jbd2/%s", name);
	return 1;
}

/* Of all options those that decide how it writes. */
static bool is_telling(const char *option)
{
	static const char *const TELLING[] = { "data=",    "barrier",  "nobarrier",  "commit=",
					       "journal_", "delalloc", "nodelalloc", "discard",
					       "stripe=",  "data_err=" };

	for (size_t i = 0; i < array_count(TELLING); i++) {
		if (strncmp(option, TELLING[i], strlen(TELLING[i])) == 0)
			return true;
	}
	return false;
}

/* ext4 tells all that is in force, not only what was asked for. */
static int tell_ext4(const struct walker *walker, const char *device)
{
	owns(own_free) char *text = NULL;
	struct journal journal = { .device = device };
	char telling[256] = "", *rest = NULL;
	size_t bytes, used = 0;
	int r;

	if (rooted_list(walker->root, "/proc/fs/jbd2", see_journal, &journal) < 0)
		journal.name[0] = '\0';
	r = walker->hearer->fact(walker->hearer->self, "journal",
				 journal.name[0] ? journal.name : "none, or on another device");
	if (r < 0 ||
	    rooted_read(walker->root, &text, &bytes, "/proc/fs/ext4/%s/options", device) < 0)
		return r;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (is_telling(line) && used < sizeof(telling))
			used += (size_t)snprintf(telling + used, sizeof(telling) - used, "%s%s",
						 used ? "," : "", line);
	}
	return telling[0] ? walker->hearer->fact(walker->hearer->self, "in force", telling) : 0;
}

static int tell_xfs(const struct walker *walker, const struct mount_entry *mount)
{
	const char *log = strstr(mount->options, "logdev=");
	char device[NAME_BYTES] = "internal";

	if (log)
		(void)snprintf(device, sizeof(device), "%.*s", (int)strcspn(log + 7, ","), log + 7);
	return walker->hearer->fact(walker->hearer->self, "log", device);
}

/* btrfs and the like give their files a number that belongs to no device: there the source names
 * it. */
static uint32_t dev_of_mount(const struct walker *walker, const struct mount_entry *mount)
{
	static const char DEV[] = "/dev/";
	struct stat status;

	if (mount->dev >> 20)
		return mount->dev;
	if (strncmp(mount->source, DEV, strlen(DEV)) != 0)
		return 0;
	if (!walker->root[0] && stat(mount->source, &status) == 0 && S_ISBLK(status.st_mode))
		return (uint32_t)major(status.st_rdev) << 20 | (uint32_t)minor(status.st_rdev);
	return dev_of(walker, mount->source + strlen(DEV), "dev");
}

static int tell_mount(const struct walker *walker, unsigned int depth, const char *path)
{
	const struct mount_entry *mount = mounts_find_path(&walker->mounts, path);
	const struct stack_hearer *hearer = walker->hearer;
	struct search device;
	int r;

	if (!mount)
		return -ENOENT;
	device = find_device(walker, dev_of_mount(walker, mount));
	r = hearer->layer(hearer->self, depth, "file system", mount->point, mount->type, 0);
	if (r == 0)
		r = hearer->fact(hearer->self, "source", mount->source);
	if (r == 0)
		r = hearer->fact(hearer->self, "options", mount->options);
	if (r == 0 && device.name[0] && strcmp(mount->type, "ext4") == 0)
		r = tell_ext4(walker, device.name);
	if (r == 0 && strcmp(mount->type, "xfs") == 0)
		r = tell_xfs(walker, mount);
	return r < 0 || !device.name[0] ? r : tell_device(walker, depth + 1, device.name);
}

int stack_map_tell(const char *root, const char *path, const struct stack_hearer *hearer,
		   struct diag *why)
{
	struct walker walker = { .root = root, .hearer = hearer };
	char mountinfo[PATH_BYTES];
	int r;

	if (snprintf(mountinfo, sizeof(mountinfo), "%s/proc/self/mountinfo", root) >=
	    (int)sizeof(mountinfo))
		return diag_set(why, -ENAMETOOLONG, "%s: the path is too long", root);
	r = mounts_read(mountinfo, &walker.mounts, why);
	if (r < 0)
		return r;
	r = tell_mount(&walker, 0, path);
	mounts_free(&walker.mounts);
	if (r < 0)
		return diag_set(why, r, "cannot tell what is below %s: %s", path, strerror(-r));
	return 0;
}
