/* What did the machine and its disks do meanwhile? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/top_state.h"

/* How much a counter grew over the window; TOP_UNKNOWN: it was not told at both of its ends. */
static uint64_t grown(const struct topper *topper, enum counter_key key, uint32_t dev)
{
	for (size_t i = 0; i < topper->meters.count; i++) {
		const struct top_meter *meter = &topper->meters.items[i];
		uint32_t last = meter->count - 1;

		if (meter->key != key || meter->dev != dev)
			continue;
		if (meter->count < 2 || meter->times_ns[last] < topper->mark_ns ||
		    meter->values[last] < meter->values[0])
			return TOP_UNKNOWN;
		return meter->values[last] - meter->values[0];
	}
	return TOP_UNKNOWN;
}

/* --- disks --- */

struct disk_list {
	ARRAY(struct top_disk) items;
};

static struct top_disk *get_disk(struct disk_list *list, const char *name)
{
	struct top_disk *disk;

	for (size_t i = 0; i < list->items.count; i++) {
		if (strcmp(list->items.items[i].name, name) == 0)
			return &list->items.items[i];
	}
	disk = array_push(&list->items);
	if (disk) {
		(void)snprintf(disk->name, sizeof(disk->name), "%s", name);
		disk->busy_ns = TOP_UNKNOWN;
	}
	return disk;
}

static int add_requests(struct topper *topper, struct disk_list *list, const struct top_sum *sum)
{
	struct analysis *analysis = topper->analysis;
	const struct device *device = requests_device(&analysis->requests, (uint32_t)sum->key.a);
	uint32_t dev = device && device->whole_dev ? device->whole_dev : (uint32_t)sum->key.a;
	uint32_t name = requests_device_name(&analysis->requests, &analysis->names, dev);
	struct top_disk *disk = get_disk(list, names_text(&analysis->names, name));

	if (!disk)
		return -ENOMEM;
	*(sum->key.b ? &disk->reads : &disk->writes) += sum->count;
	*(sum->key.b ? &disk->read_bytes : &disk->write_bytes) += sum->bytes;
	disk->wait_ns += sum->ns;
	if (sum->longest_ns > disk->longest_ns)
		disk->longest_ns = sum->longest_ns;
	if (!sum->key.thread)
		disk->busy_ns = grown(topper, COUNTER_DISK_BUSY_NS, dev);
	return 0;
}

/* One that has a request for ever completes none: it is busy all the same. */
static int add_busy(struct topper *topper, struct disk_list *list)
{
	struct analysis *analysis = topper->analysis;

	for (size_t i = 0; i < topper->meters.count; i++) {
		const struct top_meter *meter = &topper->meters.items[i];
		const struct device *device = requests_device(&analysis->requests, meter->dev);
		uint64_t busy_ns = grown(topper, (enum counter_key)meter->key, meter->dev);
		struct top_disk *disk;
		uint32_t name;

		if (meter->key != COUNTER_DISK_BUSY_NS || busy_ns == TOP_UNKNOWN || !busy_ns ||
		    !device || (device->whole_dev && device->whole_dev != device->dev))
			continue;
		name = requests_device_name(&analysis->requests, &analysis->names, meter->dev);
		disk = get_disk(list, names_text(&analysis->names, name));
		if (!disk)
			return -ENOMEM;
		disk->busy_ns = busy_ns;
	}
	return 0;
}

static uint64_t busy_of(const struct top_disk *disk)
{
	return disk->busy_ns == TOP_UNKNOWN ? 0 : disk->busy_ns;
}

static int compare_disks(const void *left, const void *right)
{
	const struct top_disk *a = left, *b = right;

	if (busy_of(a) != busy_of(b))
		return busy_of(a) > busy_of(b) ? -1 : 1;
	if (a->wait_ns != b->wait_ns)
		return a->wait_ns > b->wait_ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

int top_disks_tell(struct topper *topper, uint32_t thread, void *disks)
{
	struct disk_list list = {};
	size_t count;
	const struct top_sum *sums = top_merged_find(&topper->merged, TOP_DISK, thread, &count);
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = add_requests(topper, &list, &sums[i]);
	if (r == 0 && !thread)
		r = add_busy(topper, &list);
	if (r < 0) {
		array_free(&list.items);
		return r;
	}
	if (list.items.count)
		qsort(list.items.items, list.items.count, sizeof(*list.items.items), compare_disks);
	/* Through a copy: the caller's list may not be touched under another type's name. */
	memcpy(disks, &list, sizeof(list));
	return 0;
}

/* --- the machine --- */

int top_machine_tell(struct topper *topper, struct top_report *report)
{
	report->machine = (struct top_machine){
		.cpus = topper->analysis->watch.cpus,
		.user_ns = grown(topper, COUNTER_USER_NS, 0),
		.system_ns = grown(topper, COUNTER_SYSTEM_NS, 0),
		.steal_ns = grown(topper, COUNTER_STEAL_NS, 0),
		.idle_ns = grown(topper, COUNTER_IDLE_NS, 0),
		.cpu_some_ns = grown(topper, COUNTER_CPU_SOME_NS, 0),
		.io_some_ns = grown(topper, COUNTER_IO_SOME_NS, 0),
		.io_full_ns = grown(topper, COUNTER_IO_FULL_NS, 0),
		.memory_some_ns = grown(topper, COUNTER_MEMORY_SOME_NS, 0),
		.memory_full_ns = grown(topper, COUNTER_MEMORY_FULL_NS, 0),
	};
	return top_disks_tell(topper, 0, &report->disks);
}
