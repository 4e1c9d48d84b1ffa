/* What kind of guest is this machine? The kernel's own words in /sys and /proc. */
#include "host/guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/rooted.h"

enum {
	PATH_BYTES = 512,
	DISKS_MAX = 128,
};

struct telling {
	const char *root;
	const struct event_sink *sink;
	uint64_t time_ns;
	struct diag *why;
	unsigned int disks;
	char fronts[256]; /* names of blkfront's disks */
};

static bool is_there(const struct telling *to, const char *path)
{
	char full[PATH_BYTES];

	return snprintf(full, sizeof(full), "%s%s", to->root, path) < (int)sizeof(full) &&
	       access(full, F_OK) == 0;
}

/* The kernel's driver of the counters registers itself only where they answer: arch/x86/events/
 * core.c, init_hw_perf_events(). Hybrid CPUs have one for each kind. */
static int tell_pmu(struct telling *to)
{
	static const char *const PMUS[] = {
		"/sys/bus/event_source/devices/cpu",
		"/sys/bus/event_source/devices/cpu_core",
		"/sys/bus/event_source/devices/armv8_pmuv3",
		"/sys/bus/event_source/devices/armv8_pmuv3_0",
	};
	const char *has = "none";

	if (!is_there(to, "/sys/bus/event_source/devices"))
		return 0;
	for (size_t i = 0; i < array_count(PMUS); i++) {
		if (is_there(to, PMUS[i]))
			has = "yes";
	}
	return fact_tell(to->sink, to->time_ns, to->why, "guest.pmu", "%s", has);
}

/* --- disks --- */

static int count_entry(void *self, const char *name)
{
	unsigned int *count = self;

	(void)name;
	(*count)++;
	return 0;
}

/* The last part of what a link names; "": it is none. */
static void link_name(const struct telling *to, const char *disk, const char *link, char *ret,
		      size_t bytes)
{
	char full[PATH_BYTES], target[PATH_BYTES];
	const char *slash;
	ssize_t count = -1;

	ret[0] = '\0';
	if (snprintf(full, sizeof(full), "%s/sys/block/%s/%s", to->root, disk, link) <
	    (int)sizeof(full))
		count = readlink(full, target, sizeof(target) - 1);
	if (count <= 0)
		return;
	target[count] = '\0';
	slash = strrchr(target, '/');
	(void)snprintf(ret, bytes, "%.*s", (int)bytes - 1, slash ? slash + 1 : target);
}

static void add_front(struct telling *to, const char *disk)
{
	size_t used = strlen(to->fronts);

	(void)snprintf(to->fronts + used, sizeof(to->fronts) - used, "%s%s", used ? ", " : "",
		       disk);
}

static int tell_disk(void *self, const char *disk)
{
	struct telling *to = self;
	unsigned int queues = 0;
	char driver[64], folder[PATH_BYTES], key[128];

	link_name(to, disk, "device/driver", driver, sizeof(driver));
	if (!driver[0] || to->disks >= DISKS_MAX || strlen(disk) > 64)
		return 0;
	to->disks++;
	/* The bus calls blkfront's driver "vbd": drivers/block/xen-blkfront.c. */
	if (strcmp(driver, "vbd") == 0)
		add_front(to, disk);
	(void)snprintf(folder, sizeof(folder), "/sys/block/%s/mq", disk);
	(void)snprintf(key, sizeof(key), "guest.disk.%s", disk);
	if (rooted_list(to->root, folder, count_entry, &queues) < 0)
		return fact_tell(to->sink, to->time_ns, to->why, key, "%s", driver);
	return fact_tell(to->sink, to->time_ns, to->why, key, "%s, %u queue%s", driver, queues,
			 queues == 1 ? "" : "s");
}

static int tell_disks(struct telling *to)
{
	int r = rooted_list(to->root, "/sys/block", tell_disk, to);

	return r == -ENOENT ? 0 : r;
}

/* --- Xen --- */

static int tell_xen(struct telling *to)
{
	owns(own_free) char *type = NULL;
	owns(own_free) char *roles = NULL;
	size_t bytes;
	int r = 0;

	if (rooted_read(to->root, &type, &bytes, "/sys/hypervisor/type") < 0 ||
	    strncmp(type, "xen", 3) != 0)
		return 0;
	own_free(&type);
	type = NULL;
	if (rooted_read(to->root, &type, &bytes, "/sys/hypervisor/guest_type") == 0)
		r = fact_tell(to->sink, to->time_ns, to->why, "guest.xen.type", "%.*s",
			      (int)strcspn(type, "\n"), type);
	if (r == 0 && rooted_read(to->root, &roles, &bytes, "/proc/xen/capabilities") == 0)
		r = fact_tell(to->sink, to->time_ns, to->why, "guest.xen.role", "%s",
			      strstr(roles, "control_d") ? "control domain" : "guest domain");
	if (r == 0 && to->fronts[0])
		r = fact_tell(
			to->sink, to->time_ns, to->why, "guest.xen.disks",
			"%s: served by another domain (blkfront); look there for what they wait for",
			to->fronts);
	return r;
}

int guest_tell(const char *root, const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	struct telling to = { .root = root, .sink = sink, .time_ns = time_ns, .why = why };
	int r = tell_pmu(&to);

	if (r == 0)
		r = tell_disks(&to);
	return r < 0 ? r : tell_xen(&to);
}
