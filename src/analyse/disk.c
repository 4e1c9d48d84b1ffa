/* What did the device do meanwhile? A wait, split by the stages of its block request. */
#include <stdlib.h>

#include "analyse/walk.h"

#define LOWER_MAX      64u
#define LOWER_SEEN_MAX 1024u

/* A completion and the wake-up it causes are told within this time. */
#define SLACK_NS 1000000u

static struct window cut_window(struct window window, uint64_t from_ns, uint64_t to_ns)
{
	struct window cut = {
		.from_ns = window.from_ns > from_ns ? window.from_ns : from_ns,
		.to_ns = window.to_ns < to_ns ? window.to_ns : to_ns,
	};

	if (cut.to_ns < cut.from_ns)
		cut.to_ns = cut.from_ns;
	return cut;
}

static void settle_device(struct walk *walk, const struct hop *hop, const struct request *request,
			  enum cause cause, uint64_t ns)
{
	struct hop own = *hop;
	enum request_op op = request_op(request);
	struct leaf leaf;

	own.cause = cause;
	own.dev = request->dev;
	if (cause == CAUSE_DISK_DEVICE && op == OP_FLUSH && own.context == CAUSE_UNKNOWN)
		own.context = CAUSE_FS_SYNC;
	leaf = leaf_of_wait(walk, &own, 0);
	/* Below a virtual device the thread is on the chain already. */
	if (walk->depth && walk->hops[walk->depth - 1].thread == hop->thread)
		leaf.step_count = 0;
	if (cause == CAUSE_DISK_THROTTLED)
		leaf.context = CAUSE_UNKNOWN;
	leaf_add_device(walk, &leaf, request, cause);
	settle_leaf(walk, &leaf, ns);
}

/* A request on a lower device, at work for one above. */
struct lower {
	struct request *request;
};

static int compare_starts(const void *left, const void *right)
{
	const struct request *a = ((const struct lower *)left)->request;
	const struct request *b = ((const struct lower *)right)->request;

	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* The requests on a device that were in flight in the window, by their starts. */
static size_t find_in_flight(struct analysis *analysis, uint32_t dev, struct window window,
			     struct lower found[LOWER_MAX])
{
	struct request *request = NULL;
	size_t count = 0;

	for (size_t seen = 0; seen < LOWER_SEEN_MAX && count < LOWER_MAX && analysis->credit;
	     seen++) {
		analysis->credit--;
		request = requests_former(&analysis->requests, dev, request);
		if (!request || request->end_ns <= window.from_ns)
			break;
		if (request->start_ns < window.to_ns)
			found[count++].request = request;
	}
	qsort(found, count, sizeof(found[0]), compare_starts);
	return count;
}

static void charge_device_time(struct walk *walk, const struct hop *hop, const struct span *span,
			       struct request *request, struct window window);

/* Nobody is known to serve the virtual device: then the device below it, while it was busy. */
static void charge_lower(struct walk *walk, const struct hop *hop, struct request *request,
			 uint32_t lower_dev, struct window window)
{
	struct lower lower[LOWER_MAX];
	uint64_t idle_ns = 0;
	struct window part, stage;
	size_t count = 0;

	/* A lower device told to lie on its own upper one must not be followed round and round. */
	if (walk->depth < WALK_DEPTH_MAX && lower_dev)
		count = find_in_flight(walk->analysis, lower_dev, window, lower);
	if (count)
		walk->hops[walk->depth++] = *hop;
	for (size_t i = 0; i < count; i++) {
		part = cut_window(window, lower[i].request->start_ns, lower[i].request->end_ns);
		if (part.to_ns == part.from_ns)
			continue;
		idle_ns += part.from_ns - window.from_ns;
		requests_link(&walk->analysis->requests, lower[i].request);
		stage = cut_window(part, 0, lower[i].request->issue_ns);
		settle_device(walk, hop, lower[i].request, CAUSE_DISK_QUEUE,
			      stage.to_ns - stage.from_ns);
		stage = cut_window(part, lower[i].request->issue_ns, UINT64_MAX);
		charge_device_time(walk, hop, NULL, lower[i].request, stage);
		window.from_ns = part.to_ns;
	}
	if (count)
		walk->depth--;
	settle_device(walk, hop, request, CAUSE_DISK_DEVICE,
		      idle_ns + window.to_ns - window.from_ns);
}

/* span: the wait that the request ended; NULL for a request on a lower device. */
static void charge_device_time(struct walk *walk, const struct hop *hop, const struct span *span,
			       struct request *request, struct window window)
{
	const struct device *device = requests_device(&walk->analysis->requests, request->dev);
	struct hop own = *hop;

	if (window.to_ns == window.from_ns)
		return;
	if (!device || !(device->flags & DEVICE_VIRTUAL)) {
		settle_device(walk, hop, request, CAUSE_DISK_DEVICE, window.to_ns - window.from_ns);
		return;
	}
	own.cause = CAUSE_DISK_DEVICE;
	own.dev = request->dev;
	own.is_stack = true;
	own.label = requests_device_name(&walk->analysis->requests, &walk->analysis->names,
					 request->dev);
	if (request_op(request) == OP_FLUSH && own.context == CAUSE_UNKNOWN)
		own.context = CAUSE_FS_SYNC;
	if (span && span->peer && span->peer != hop->thread->tid)
		walk_peer(walk, &own, span->peer, window);
	else
		charge_lower(walk, &own, request, device->lower_dev, window);
}

/* Before the request there was something else to wait for: whoever submitted it, or what the wait
 * itself says. */
static void charge_before(struct walk *walk, const struct hop *hop, const struct request *request,
			  struct window window)
{
	struct leaf leaf;

	if (window.to_ns == window.from_ns)
		return;
	if (request->flags & REQUEST_THROTTLED) {
		settle_device(walk, hop, request, CAUSE_DISK_THROTTLED,
			      window.to_ns - window.from_ns);
		return;
	}
	if (!hop->is_leaf && request->tid && request->tid != hop->thread->tid) {
		walk_peer(walk, hop, request->tid, window);
		return;
	}
	leaf = leaf_of_wait(walk, hop, 0);
	settle_leaf(walk, &leaf, window.to_ns - window.from_ns);
}

void walk_request(struct walk *walk, const struct hop *hop, const struct span *span,
		  struct window window)
{
	struct request *request = requests_find(&walk->analysis->requests, span->request);
	struct hop own = *hop;
	struct window queue;
	struct leaf leaf;

	if (own.cause == CAUSE_UNKNOWN)
		own.cause = CAUSE_DISK_DEVICE;
	/* A request that was lost still names its device. */
	if (!request || request->end_ns + SLACK_NS < span->start_ns) {
		own.dev = span->owner;
		own.cause = CAUSE_DISK_DEVICE;
		leaf = leaf_of_wait(walk, &own, 0);
		settle_leaf(walk, &leaf, window.to_ns - window.from_ns);
		return;
	}
	requests_link(&walk->analysis->requests, request);
	own.dev = request->dev;
	charge_before(walk, &own, request, cut_window(window, 0, request->start_ns));
	queue = cut_window(window, request->start_ns, request->issue_ns);
	settle_device(walk, &own, request, CAUSE_DISK_QUEUE, queue.to_ns - queue.from_ns);
	charge_device_time(walk, &own, span, request,
			   cut_window(window, request->issue_ns, UINT64_MAX));
}
