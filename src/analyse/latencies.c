/* How long did like things take? A histogram for each kind of thing, found by what tells it apart.
 */
#include "analyse/latencies.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/histogram.h"
#include "analyse/reasons.h"
#include "analyse/waits.h"
#include "base/hash.h"

#define METERS_MAX  1024u
#define TASKS_MAX   (1u << 20)
#define DEVICES_MAX 4096u

struct meter {
	enum latency_kind kind;
	uint64_t key; /* what tells it apart from others of its kind */
	uint32_t operation;
	bool is_tally; /* counted where it happened */
	uint64_t errors;
	uint64_t bytes;
	uint64_t sum_count; /* of them only the sums are known */
	uint64_t sum_ns;
	struct histogram histogram;
};

struct meter_slot {
	struct meter *meter; /* owned */
};

struct device_name {
	uint32_t dev;
	char name[33];
};

struct latency_meter {
	struct reasons *reasons;
	ARRAY(struct meter_slot) meters;
	struct hash_map by_key;  /* → place in meters + 1 */
	struct hash_map targets; /* tid → whether it is the target's */
	ARRAY(struct device_name) devices;
	uint64_t left_out;
	bool has_target; /* only its threads count: else all do */
	bool has_tally[LATENCY_SERVICE + 1];
};

int latency_meter_new(struct latency_meter **ret)
{
	owns(latency_meter_free) struct latency_meter *meter = calloc(1, sizeof(*meter));

	if (!meter || reasons_new(&meter->reasons) < 0)
		return -ENOMEM;
	*ret = give(meter);
	return 0;
}

void latency_meter_free(struct latency_meter **meter)
{
	if (!*meter)
		return;
	for (size_t i = 0; i < (*meter)->meters.count; i++)
		free((*meter)->meters.items[i].meter);
	array_free(&(*meter)->meters);
	array_free(&(*meter)->devices);
	hash_free(&(*meter)->by_key);
	hash_free(&(*meter)->targets);
	reasons_free(&(*meter)->reasons);
	free(*meter);
	*meter = NULL;
}

/* --- who counts --- */

static int take_task(struct latency_meter *meter, const struct event_task *event)
{
	uint64_t *is_target = hash_find(&meter->targets, event->tid);

	if (!is_target && meter->targets.count < TASKS_MAX)
		is_target = hash_put(&meter->targets, event->tid);
	else if (!is_target)
		return 0;
	if (!is_target)
		return -ENOMEM;
	*is_target = (event->flags & TASK_TARGET) != 0;
	return 0;
}

static bool is_target(const struct latency_meter *meter, uint32_t tid)
{
	const uint64_t *known = hash_find(&meter->targets, tid);

	return !meter->has_target || (known && *known);
}

static int take_device(struct latency_meter *meter, const struct event_device *event)
{
	struct device_name *device;

	if (meter->devices.count >= DEVICES_MAX)
		return 0;
	device = array_push(&meter->devices);
	if (!device)
		return -ENOMEM;
	device->dev = event->dev;
	memcpy(device->name, event->name, sizeof(event->name));
	return 0;
}

/* --- the histograms --- */

/* NULL: out of memory, or (counted) out of rows. */
static struct meter *find(struct latency_meter *meter, const struct meter *wanted, uint64_t count,
			  int *ret)
{
	uint64_t key = hash_pair(hash_pair(wanted->kind, wanted->operation << 1 | wanted->is_tally),
				 wanted->key);
	uint64_t *place = hash_find(&meter->by_key, key);
	struct meter_slot *slot;

	*ret = 0;
	if (place)
		return meter->meters.items[*place - 1].meter;
	if (meter->meters.count >= METERS_MAX) {
		meter->left_out += count;
		return NULL;
	}
	*ret = -ENOMEM;
	slot = array_push(&meter->meters);
	place = slot ? hash_put(&meter->by_key, key) : NULL;
	if (!place)
		return NULL;
	slot->meter = malloc(sizeof(*slot->meter));
	if (!slot->meter)
		return NULL;
	*slot->meter = *wanted;
	*place = meter->meters.count;
	*ret = 0;
	return slot->meter;
}

struct one {
	enum latency_kind kind;
	uint64_t key;
	uint32_t operation;
	uint64_t ns;
	uint64_t bytes;
	bool failed;
};

static int add_one(struct latency_meter *meter, const struct one *one)
{
	const struct meter wanted = { .kind = one->kind,
				      .key = one->key,
				      .operation = one->operation };
	struct meter *found;
	int r;

	found = find(meter, &wanted, 1, &r);
	if (!found)
		return r;
	histogram_add(&found->histogram, one->ns);
	found->errors += one->failed;
	found->bytes += one->bytes;
	return 0;
}

static int add_tally(struct latency_meter *meter, const struct event_tally *event,
		     struct meter wanted)
{
	struct meter *found;
	int r;

	meter->has_tally[wanted.kind] = true;
	wanted.is_tally = true;
	found = find(meter, &wanted, event->count, &r);
	if (!found)
		return r;
	found->errors += event->errors;
	found->bytes += event->bytes;
	if (event->buckets) {
		histogram_add_tally(&found->histogram, event);
	} else {
		found->sum_count += event->count;
		found->sum_ns += event->total_ns;
	}
	return 0;
}

static uint64_t span(uint64_t start_ns, uint64_t end_ns)
{
	return end_ns > start_ns ? end_ns - start_ns : 0;
}

/* --- what is measured --- */

static int take_wait(struct latency_meter *meter, const struct event_wait *event)
{
	struct one one = { .kind = LATENCY_WAIT, .ns = span(event->start_ns, event->end_ns) };
	const char *words;
	enum cause cause;
	int r;

	/* One that was cut by the watch's begin or end took longer than was seen. */
	if (!is_target(meter, event->tid) || event->flags & (SPAN_OPEN_START | SPAN_OPEN_END))
		return 0;
	r = reasons_of(meter->reasons, event, &cause, &words);
	if (r < 0)
		return r;
	one.key = cause;
	return add_one(meter, &one);
}

static int take_queue(struct latency_meter *meter, const struct event_queue *event)
{
	const struct one one = { .kind = LATENCY_QUEUE,
				 .ns = span(event->start_ns, event->head.time_ns) };

	if (!is_target(meter, event->tid) || event->flags & (SPAN_OPEN_START | SPAN_OPEN_END))
		return 0;
	return add_one(meter, &one);
}

/* The long ones are told one by one, the short ones as sums: so only sums are known of all. */
static int add_calls(struct latency_meter *meter, uint32_t tid, int32_t number,
		     const struct event_syscall_sum *sum)
{
	const struct meter wanted = { .kind = LATENCY_SYSCALL, .key = (uint32_t)number };
	struct meter *found;
	int r;

	if (!is_target(meter, tid))
		return 0;
	found = find(meter, &wanted, sum->count, &r);
	if (!found)
		return r;
	found->sum_count += sum->count;
	found->sum_ns += sum->total_ns;
	found->errors += sum->errors;
	return 0;
}

static int take_call(struct latency_meter *meter, const struct event_syscall *event)
{
	const struct event_syscall_sum one = {
		.count = 1,
		.errors = event->result < 0 && event->result >= -4095,
		.total_ns = span(event->start_ns, event->head.time_ns),
	};

	return add_calls(meter, event->tid, event->number, &one);
}

static uint32_t operation_of(uint32_t flags)
{
	if (flags & REQUEST_FLUSH)
		return REQUEST_FLUSH;
	if (flags & REQUEST_DISCARD)
		return REQUEST_DISCARD;
	return flags & REQUEST_WRITE ? REQUEST_WRITE : REQUEST_READ;
}

static int take_request(struct latency_meter *meter, const struct event_request *event)
{
	struct one one = {
		.kind = LATENCY_REQUEST,
		.key = event->dev,
		.operation = operation_of(event->flags),
		.ns = span(event->start_ns, event->head.time_ns),
		.bytes = event->bytes,
		.failed = event->error != 0,
	};
	int r = add_one(meter, &one);

	one.kind = LATENCY_SERVICE;
	one.ns = span(event->issue_ns, event->head.time_ns);
	return r < 0 ? r : add_one(meter, &one);
}

static int take_tally(struct latency_meter *meter, const struct event_tally *event)
{
	struct meter wanted = { .key = event->dev };

	switch ((enum tally_what)event->what) {
	case TALLY_CALLS:
		wanted.kind = LATENCY_SYSCALL;
		wanted.key = event->operation;
		return is_target(meter, event->tid) ? add_tally(meter, event, wanted) : 0;
	case TALLY_REQUESTS:
		wanted.kind = LATENCY_REQUEST;
		wanted.operation = operation_of(event->operation);
		return add_tally(meter, event, wanted);
	case TALLY_SERVICE:
		wanted.kind = LATENCY_SERVICE;
		wanted.operation = operation_of(event->operation);
		return add_tally(meter, event, wanted);
	case TALLY_CALL_ERRORS: /* the same calls once more */
	case TALLY_ISSUERS:     /* the same requests */
	case TALLY_MERGES:
	case TALLY_FILES:
		break;
	}
	return 0;
}

static int take(struct latency_meter *meter, const struct event *event)
{
	switch (event->kind) {
	case EVENT_WATCH:
		meter->has_target = ((const struct event_watch *)event)->target != WATCH_MACHINE;
		return 0;
	case EVENT_TASK:
		return take_task(meter, (const void *)event);
	case EVENT_DEVICE:
		return take_device(meter, (const void *)event);
	case EVENT_WAIT:
		return take_wait(meter, (const void *)event);
	case EVENT_QUEUE:
		return take_queue(meter, (const void *)event);
	case EVENT_SYSCALL:
		return take_call(meter, (const void *)event);
	case EVENT_SYSCALL_SUM: {
		const struct event_syscall_sum *sum = (const void *)event;

		return add_calls(meter, sum->tid, sum->number, sum);
	}
	case EVENT_REQUEST:
		return take_request(meter, (const void *)event);
	case EVENT_TALLY:
		return take_tally(meter, (const void *)event);
	default:
		return reasons_take(meter->reasons, event);
	}
}

int latency_meter_take(void *meter, const struct event *event, struct diag *why)
{
	int r = take(meter, event);

	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

/* --- what is told --- */

static void name_device(const struct latency_meter *meter, uint32_t dev, struct latency_row *row)
{
	for (size_t i = 0; i < meter->devices.count; i++) {
		if (meter->devices.items[i].dev == dev && meter->devices.items[i].name[0]) {
			(void)snprintf(row->name, sizeof(row->name), "%s",
				       meter->devices.items[i].name);
			return;
		}
	}
	(void)snprintf(row->name, sizeof(row->name), "%" PRIu32 ":%" PRIu32, dev >> 20,
		       dev & 0xfffff);
}

static const char *operation_name(uint32_t operation)
{
	switch (operation) {
	case REQUEST_READ:
		return "read";
	case REQUEST_WRITE:
		return "write";
	case REQUEST_FLUSH:
		return "flush";
	case REQUEST_DISCARD:
		return "discard";
	default:
		return "";
	}
}

static void name_row(const struct latency_meter *meter, const struct meter *one,
		     struct latency_row *row)
{
	const char *call;

	switch (one->kind) {
	case LATENCY_WAIT:
		(void)snprintf(row->name, sizeof(row->name), "%s", cause_id((enum cause)one->key));
		return;
	case LATENCY_SYSCALL:
		call = syscall_name((int32_t)one->key);
		(void)snprintf(row->name, sizeof(row->name), call ? "%s" : "%s%" PRId32,
			       call ?: "syscall_", (int32_t)one->key);
		return;
	case LATENCY_REQUEST:
	case LATENCY_SERVICE:
		name_device(meter, (uint32_t)one->key, row);
		return;
	case LATENCY_QUEUE:
		return;
	}
}

static void tell_row(const struct latency_meter *meter, const struct meter *one,
		     struct latency_row *row)
{
	row->kind = one->kind;
	row->operation = operation_name(one->operation);
	name_row(meter, one, row);
	row->has_doublings = !one->sum_count;
	histogram_tell(&one->histogram, &row->latency);
	row->latency.count += one->sum_count;
	row->latency.total_ns += one->sum_ns;
	row->latency.errors = one->errors;
	row->latency.bytes = one->bytes;
}

static int compare(const void *one, const void *other)
{
	const struct latency_row *a = one, *b = other;
	int order = (a->kind > b->kind) - (a->kind < b->kind);

	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->operation, b->operation);
}

int latency_meter_tell(const struct latency_meter *meter, struct latencies *ret)
{
	struct latencies told = { .left_out = meter->left_out };

	for (size_t i = 0; i < meter->meters.count; i++) {
		const struct meter *one = meter->meters.items[i].meter;
		struct latency_row *row;

		if (one->is_tally != meter->has_tally[one->kind])
			continue;
		row = array_push(&told.rows);
		if (!row) {
			array_free(&told.rows);
			return -ENOMEM;
		}
		tell_row(meter, one, row);
	}
	if (told.rows.count)
		qsort(told.rows.items, told.rows.count, sizeof(*told.rows.items), compare);
	*ret = told;
	return 0;
}
