/* How many requests does a block device have in flight? Two files of /sys/class/block for each. */
#include "host/inflight.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/rooted.h"

struct reader {
	const char *root;
	struct inflight *inflight;
};

static bool read_device(const struct reader *reader, const char *name, struct inflight_device *ret)
{
	owns(own_free) char *dev = NULL, *counts = NULL;
	unsigned int major = 0, minor = 0;
	size_t bytes = 0;

	if (strlen(name) >= sizeof(ret->name) ||
	    rooted_read(reader->root, &counts, &bytes, "/sys/class/block/%s/inflight", name) < 0 ||
	    rooted_read(reader->root, &dev, &bytes, "/sys/class/block/%s/dev", name) < 0)
		return false;
	/* NOLINTBEGIN(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (!counts || !dev || sscanf(counts, "%u %u", &ret->reads, &ret->writes) != 2 ||
	    sscanf(dev, "%u:%u", &major, &minor) != 2)
		return false;
	/* NOLINTEND(cert-err34-c) */
	ret->dev = (uint32_t)major << 20 | (uint32_t)minor;
	memcpy(ret->name, name, strlen(name));
	return true;
}

static int see(void *self, const char *name)
{
	const struct reader *reader = self;
	struct inflight_device device = {}, *place;

	if (!read_device(reader, name, &device) || device.reads + device.writes == 0)
		return 0;
	place = array_push(&reader->inflight->devices);
	if (!place)
		return -ENOMEM;
	*place = device;
	return 0;
}

int inflight_read(const char *root, struct inflight *ret)
{
	struct inflight inflight = {};
	struct reader reader = { .root = root, .inflight = &inflight };

	if (rooted_list(root, "/sys/class/block", see, &reader) == -ENOMEM) {
		inflight_free(&inflight);
		return -ENOMEM;
	}
	*ret = inflight;
	return 0;
}

void inflight_free(struct inflight *inflight)
{
	array_free(&inflight->devices);
}

const struct inflight_device *inflight_find(const struct inflight *inflight, uint32_t dev)
{
	for (size_t i = 0; i < inflight->devices.count; i++) {
		if (inflight->devices.items[i].dev == dev)
			return &inflight->devices.items[i];
	}
	return NULL;
}

/* "vda1" is a part of "vda", "nvme0n1p1" of "nvme0n1". */
static bool is_part_of(const struct inflight_device *part, const struct inflight_device *disk)
{
	size_t bytes = strlen(disk->name);

	return part != disk && strncmp(part->name, disk->name, bytes) == 0 && part->name[bytes];
}

const struct inflight_device *inflight_only(const struct inflight *inflight)
{
	const struct inflight_device *only = NULL;

	for (size_t i = 0; i < inflight->devices.count; i++) {
		const struct inflight_device *device = &inflight->devices.items[i];

		if (!only || is_part_of(device, only))
			only = device;
		else if (!is_part_of(only, device))
			return NULL;
	}
	return only;
}
