/* What did the devices do? A ring of recent requests, chained by device. */
#include "analyse/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_KEPT (1u << 16)
#define REQUESTS_DUE  (REQUESTS_KEPT / 4)
#define DEVICES_MAX   1024u
#define FILES_MAX     (1u << 18)

/* Device numbers are the kernel's: major << 20 | minor. */
#define DEV_MINOR_BITS 20

static const char *const OP_NAMES[OP_COUNT][2] = {
	[OP_READ] = { "read", "reads" },
	[OP_WRITE] = { "write", "writes" },
	[OP_FLUSH] = { "flush", "flushes" },
	[OP_DISCARD] = { "discard", "discards" },
};

enum request_op request_op(const struct request *request)
{
	/* A write that carries a flush is named after the part that takes the time. */
	if (request->flags & REQUEST_FLUSH)
		return OP_FLUSH;
	if (request->flags & REQUEST_DISCARD)
		return OP_DISCARD;
	return request->flags & REQUEST_WRITE ? OP_WRITE : OP_READ;
}

const char *request_op_name(enum request_op op, bool is_plural)
{
	return OP_NAMES[op][is_plural];
}

struct device *requests_device(const struct requests *requests, uint32_t dev)
{
	const uint64_t *place = dev ? hash_find(&requests->by_dev, dev) : NULL;

	return place ? &requests->devices.items[*place] : NULL;
}

/* 1 and *ret; 0: no room; -ENOMEM. */
static int get_device(struct requests *requests, uint32_t dev, struct device **ret)
{
	struct device *device = requests_device(requests, dev);
	uint64_t *place;

	if (!device) {
		if (requests->devices.count >= DEVICES_MAX || !dev)
			return 0;
		place = hash_put(&requests->by_dev, dev);
		device = place ? array_push(&requests->devices) : NULL;
		if (!device) {
			if (place)
				hash_remove(&requests->by_dev, dev);
			return -ENOMEM;
		}
		*place = requests->devices.count - 1;
		device->dev = device->whole_dev = dev;
	}
	*ret = device;
	return 1;
}

int requests_take_device(struct requests *requests, struct names *names,
			 const struct event_device *event)
{
	struct device *device;
	int r = get_device(requests, event->dev, &device);

	if (r <= 0)
		return r;
	device->flags = event->flags;
	device->whole_dev = event->whole_dev ? event->whole_dev : event->dev;
	device->lower_dev = event->lower_dev;
	device->name = names_put(names, event->name, sizeof(event->name));
	device->scheduler = names_put(names, event->scheduler, sizeof(event->scheduler));
	return 0;
}

uint32_t requests_device_name(const struct requests *requests, struct names *names, uint32_t dev)
{
	const struct device *device = requests_device(requests, dev);
	char numbers[32];
	int bytes;

	if (device && device->name)
		return device->name;
	bytes = snprintf(numbers, sizeof(numbers), "%u:%u", dev >> DEV_MINOR_BITS,
			 dev & ((1u << DEV_MINOR_BITS) - 1));
	return names_put(names, numbers, bytes > 0 ? (size_t)bytes : 0);
}

static void forget_request(struct requests *requests, uint64_t number)
{
	const struct request *old = &requests->ring[number % REQUESTS_KEPT];
	const uint64_t *newest = hash_find(&requests->by_id, old->id);

	if (newest && *newest == number)
		hash_remove(&requests->by_id, old->id);
}

static int count_on_device(struct requests *requests, struct request *request, uint64_t number)
{
	const struct device *part = requests_device(requests, request->dev);
	struct device *device;
	int r = get_device(requests, part ? part->whole_dev : request->dev, &device);

	if (r <= 0)
		return r;
	if (!device->ops)
		device->ops = calloc(OP_COUNT, sizeof(*device->ops));
	if (!device->ops)
		return -ENOMEM;
	device->ops[request_op(request)].others++;
	request->former_on_device = device->last;
	device->last = number + 1;
	return 0;
}

static uint32_t label_request(struct names *names, const struct request *request, uint32_t work)
{
	const char *op = request_op_name(request_op(request), false);
	char label[192];
	int bytes;

	if (!work)
		return names_put(names, op, strlen(op));
	bytes = snprintf(label, sizeof(label), "%s by %.160s", op, names_text(names, work));
	return names_put(names, label, bytes > 0 ? (size_t)bytes : 0);
}

int requests_take(struct requests *requests, struct names *names, const struct event_request *event,
		  uint32_t work)
{
	uint64_t number = requests->count, *place;
	struct request *request;

	if (!requests->ring)
		requests->ring = calloc(REQUESTS_KEPT, sizeof(*requests->ring));
	if (!requests->ring)
		return -ENOMEM;
	if (number >= REQUESTS_KEPT)
		forget_request(requests, number - REQUESTS_KEPT);

	request = &requests->ring[number % REQUESTS_KEPT];
	*request = (struct request){
		.id = event->id,
		.start_ns = event->start_ns < event->head.time_ns ? event->start_ns
								  : event->head.time_ns,
		.issue_ns = event->issue_ns < event->head.time_ns ? event->issue_ns
								  : event->head.time_ns,
		.end_ns = event->head.time_ns,
		.dev = event->dev,
		.bytes = event->bytes,
		.flags = event->flags,
		.tid = event->tid,
	};
	request->label = label_request(names, request, work);
	if (request->issue_ns < request->start_ns)
		request->issue_ns = request->start_ns;
	place = hash_put(&requests->by_id, event->id);
	if (!place)
		return -ENOMEM;
	*place = number;
	requests->count++;
	return count_on_device(requests, request, number);
}

bool requests_are_due(const struct requests *requests, uint64_t *ret_until_ns)
{
	if (requests->count < REQUESTS_KEPT || requests->count % REQUESTS_DUE)
		return false;
	*ret_until_ns = requests->ring[(requests->count + REQUESTS_DUE - 1) % REQUESTS_KEPT].end_ns;
	return true;
}

struct request *requests_find(const struct requests *requests, uint64_t id)
{
	const uint64_t *number = hash_find(&requests->by_id, id);

	return number ? &requests->ring[*number % REQUESTS_KEPT] : NULL;
}

struct request *requests_former(const struct requests *requests, uint32_t dev,
				const struct request *before)
{
	const struct device *device = requests_device(requests, dev);
	uint64_t number;

	if (!before && device && device->whole_dev != dev)
		device = requests_device(requests, device->whole_dev);
	if (before)
		number = before->former_on_device;
	else
		number = device ? device->last : 0;
	if (!number || number - 1 + REQUESTS_KEPT < requests->count)
		return NULL;
	return &requests->ring[(number - 1) % REQUESTS_KEPT];
}

void requests_link(struct requests *requests, struct request *request)
{
	const struct device *device = requests_device(requests, request->dev);
	struct op_stats *stats;

	if (request->is_linked)
		return;
	request->is_linked = true;
	if (device && device->whole_dev != request->dev)
		device = requests_device(requests, device->whole_dev);
	if (!device || !device->ops)
		return;
	stats = &device->ops[request_op(request)];
	histogram_add(&stats->device, request->end_ns - request->issue_ns);
	stats->queue_ns += request->issue_ns - request->start_ns;
	stats->bytes += request->bytes;
	if (stats->others)
		stats->others--;
}

uint32_t requests_file(struct requests *requests, uint32_t dev, uint64_t inode)
{
	uint64_t key = hash_pair(dev, inode);
	const uint64_t *known = hash_find(&requests->by_file, key);
	uint64_t *place;
	struct file *file;

	if (known)
		return (uint32_t)*known;
	if ((!inode && !dev) || requests->files.count >= FILES_MAX)
		return 0;
	place = hash_put(&requests->by_file, key);
	file = place ? array_push(&requests->files) : NULL;
	if (!file) {
		/* A file without a name is a smaller loss than an analysis that stops. */
		if (place)
			hash_remove(&requests->by_file, key);
		return 0;
	}
	*file = (struct file){ .dev = dev, .inode = inode };
	*place = requests->files.count;
	return (uint32_t)*place;
}

const struct file *requests_get_file(const struct requests *requests, uint32_t file)
{
	return file && file <= requests->files.count ? &requests->files.items[file - 1] : NULL;
}

int requests_take_file(struct requests *requests, struct names *names,
		       const struct event_file *event)
{
	uint32_t place = requests_file(requests, event->dev, event->inode);
	struct file *file;

	if (!place)
		return 0;
	file = &requests->files.items[place - 1];
	file->name = names_put(names, event->name, event->name_bytes);
	file->fs_type = names_put(names, event->fs_type, sizeof(event->fs_type));
	return 0;
}

void requests_free(struct requests *requests)
{
	for (size_t i = 0; i < requests->devices.count; i++)
		free(requests->devices.items[i].ops);
	free(requests->ring);
	array_free(&requests->devices);
	array_free(&requests->files);
	hash_free(&requests->by_id);
	hash_free(&requests->by_dev);
	hash_free(&requests->by_file);
}
