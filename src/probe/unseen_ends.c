/* Which block requests have ended without any program of ours running then? While programs are
 * attached to a tracepoint, or taken off it, those that are there already may be left out, and the
 * kernel counts that nowhere. */
#include "probe/unseen_ends.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "event/event.h"
#include "probe/clock.h"

enum limits {
	/* The kernel takes a request off those in flight a moment before its end is traced. */
	TRIES = 3,
	TRY_NS = 5000000,
};

struct held {
	ARRAY(struct pending) requests;
};

static void held_free(struct held *held)
{
	array_free(&held->requests);
}

static uint32_t in_flight(const struct inflight *inflight, uint32_t dev)
{
	const struct inflight_device *device = inflight_find(inflight, dev);

	return device ? device->reads + device->writes : 0;
}

/* One that waits for a flush is with the device only now and then: but then so is the flush. */
static bool is_with_device(const struct pending *request, uint64_t since_ns, bool is_idle)
{
	uint32_t others = REQUEST_BIO | REQUEST_REQUEUED | (is_idle ? 0 : REQUEST_FLUSH);

	return request->issue_ns && request->issue_ns < since_ns && !(request->flags & others);
}

static int compare_devices(const void *left, const void *right)
{
	const struct pending *a = left, *b = right;

	return (a->dev > b->dev) - (a->dev < b->dev);
}

uint64_t unseen_ends_among(struct pending *held, size_t count, const struct inflight *inflight,
			   uint64_t since_ns)
{
	uint64_t unseen = 0;

	if (count)
		qsort(held, count, sizeof(*held), compare_devices);
	for (size_t i = 0; i < count;) {
		uint32_t dev = held[i].dev;
		uint64_t issued = 0;

		for (; i < count && held[i].dev == dev; i++)
			issued += is_with_device(&held[i], since_ns, !in_flight(inflight, dev));
		if (issued > in_flight(inflight, dev))
			unseen += issued - in_flight(inflight, dev);
	}
	return unseen;
}

static int read_held(int map, struct held *held)
{
	uint64_t key, *former = NULL;

	while (bpf_map_get_next_key(map, former, &key) == 0) {
		struct pending request, *place;

		former = &key;
		if (bpf_map_lookup_elem(map, &key, &request) < 0)
			continue;
		place = array_push(&held->requests);
		if (!place)
			return -ENOMEM;
		*place = request;
	}
	return 0;
}

static int count_once(int map, uint64_t *ret)
{
	owns(inflight_free) struct inflight inflight = {};
	owns(held_free) struct held held = {};
	uint64_t now = clock_now_ns();
	int r = inflight_read("", &inflight);

	if (r == 0)
		r = read_held(map, &held);
	if (r == 0)
		*ret = unseen_ends_among(held.requests.items, held.requests.count, &inflight, now);
	return r;
}

int unseen_ends_count(int map, uint64_t *ret)
{
	const struct timespec pause = { .tv_nsec = TRY_NS };
	uint64_t least = UINT64_MAX, count = 0;
	int r = count_once(map, &count);

	for (int i = 1; i < TRIES && r == 0 && count; i++) {
		least = count < least ? count : least;
		(void)nanosleep(&pause, NULL);
		r = count_once(map, &count);
	}
	if (r == 0)
		*ret = count < least ? count : least;
	return r;
}
