/* Which device has requests in flight that a thread may wait for, or which limit keeps it from
 * having any? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/inflight.h"
#include "host/mounts.h"
#include "host/rooted.h"
#include "probe/relations.h"

struct requests {
	const struct relations *relations;
	struct inflight inflight;
	struct mounts mounts;
};

/* The device of the file that it works on; 0: not known. */
static uint32_t find_dev(const struct requests *requests, const struct looked *looked)
{
	uint32_t mode = looked->thread.file_mode;

	if (S_ISBLK(mode))
		return looked->thread.file_rdev;
	return mode == 0 || S_ISREG(mode) || S_ISDIR(mode)
		       ? mounts_block_device(&requests->mounts, looked->thread.file_dev)
		       : 0;
}

/* Where its device is not known it is the only one that is at work at all. */
static int tell_one(const struct requests *requests, const struct looked *looked)
{
	uint32_t dev = find_dev(requests, looked);
	const struct inflight_device *device =
		dev ? inflight_find(&requests->inflight, dev) : inflight_only(&requests->inflight);
	struct event_relation relation = {
		.tid = looked->thread.tid,
		.kind = RELATION_REQUEST,
	};
	char name[128];

	if (!device)
		return dev ? relation_tell_limit(requests->relations, &requests->mounts,
						 looked->thread.tid, dev)
			   : 0;
	relation.dev = device->dev;
	(void)snprintf(name, sizeof(name), "%s: %u reads, %u writes in flight", device->name,
		       device->reads, device->writes);
	return relation_tell(requests->relations, &relation, name);
}

static bool waits_for_io(const struct looked *looked)
{
	return looked->thread.flags & LOOK_IOWAIT && looked_is_waiting(looked);
}

static int tell_all(struct requests *requests)
{
	const struct looked_threads *threads = requests->relations->threads;
	char path[ROOTED_PATH_BYTES];
	int r = inflight_read(requests->relations->root, &requests->inflight);

	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/proc/self/mountinfo", requests->relations->root);
	if (mounts_read(path, &requests->mounts, NULL) < 0)
		requests->mounts = (struct mounts){};
	for (size_t i = 0; i < threads->list.count && r == 0; i++) {
		if (waits_for_io(&threads->list.items[i]))
			r = tell_one(requests, &threads->list.items[i]);
	}
	return r;
}

int relations_tell_requests(struct relations *relations)
{
	struct requests requests = { .relations = relations };
	bool is_needed = false;
	int r;

	for (size_t i = 0; i < relations->threads->list.count && !is_needed; i++)
		is_needed = waits_for_io(&relations->threads->list.items[i]);
	if (!is_needed)
		return 0;
	r = tell_all(&requests);
	inflight_free(&requests.inflight);
	mounts_free(&requests.mounts);
	return r;
}
