/* What does a block device's work show? Each rule looks at the numbers of one device, and says what
 * it saw with them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/disk_state.h"
#include "finding/format.h"

/* Where each rule begins to speak. Fewer requests than COUNT_MIN show nothing. */
enum {
	COUNT_MIN = 100,
	QUEUE_NS_MIN = 200000,        /* waited before the device, on average */
	SOLID_NS_MAX = 5000000,       /* usual for a device without moving parts */
	ROTATIONAL_NS_MAX = 25000000, /* and with */
	TAIL_NS_MIN = 10000000,       /* the slowest thousandth */
	TAIL_TIMES = 50,              /* and so many times the median */
	SMALL_BYTES_MAX = 16384,      /* a small write */
	PIECE_BYTES_MAX = 16384,      /* a small piece of what lies side by side */
};
#define FLUSHING_SHARE   0.25 /* of the time of writes and flushes */
#define SYNC_SHARE       0.5  /* of the small writes that wait for a flush or are written through */
#define SEQUENTIAL_SHARE 0.7
#define PART_SHARE       0.5 /* of the writes: less than a block of the device */
#define BUSY_SHARE       0.7
#define DEPTH_ONE_MAX    1.1

struct seen {
	const struct disk_device *device;
	char words[sizeof(((struct disk_claim *)NULL)->words)];
};

#define SAY(seen, ...) (snprintf((seen)->words, sizeof((seen)->words), __VA_ARGS__) > 0)

static uint64_t errors_of(const struct disk_device *device)
{
	uint64_t errors = 0;

	for (size_t op = 0; op < DISK_OP_COUNT; op++)
		errors += device->work[op].times.total.errors;
	return errors;
}

static bool see_errors(struct seen *seen)
{
	uint64_t errors = errors_of(seen->device);

	return errors && SAY(seen, "%s of %s requests failed", format_count(errors).text,
			     format_count(seen->device->count).text);
}

static bool has_enough(const struct disk_device *device)
{
	return device->all.total.count >= COUNT_MIN;
}

static bool see_deep_queue(struct seen *seen)
{
	const struct disk_times *all = &seen->device->all;

	return has_enough(seen->device) && all->queue_mean_ns >= QUEUE_NS_MIN &&
	       all->queue_mean_ns > all->device_mean_ns &&
	       SAY(seen,
		   "requests waited %s before the device, and took %s in it; %.1f were waiting on "
		   "average, and %.1f in the device",
		   format_duration(all->queue_mean_ns).text,
		   format_duration(all->device_mean_ns).text, seen->device->queue_depth,
		   seen->device->device_depth);
}

static bool see_slow_device(struct seen *seen)
{
	const struct disk_device *device = seen->device;
	uint64_t limit_ns = device->is_rotational ? ROTATIONAL_NS_MAX : SOLID_NS_MAX;

	return has_enough(device) && device->all.device_mean_ns > limit_ns &&
	       SAY(seen,
		   "requests took %s in the device on average, 99 %% of them less than %s; %s is "
		   "much for one %s moving parts",
		   format_duration(device->all.device_mean_ns).text,
		   format_duration(device->all.device.p99_ns).text, format_duration(limit_ns).text,
		   device->is_rotational ? "with" : "without");
}

static bool see_long_tail(struct seen *seen)
{
	const struct latency *total = &seen->device->all.total;

	return total->count >= 10 * (uint64_t)COUNT_MIN && total->p999_ns > TAIL_NS_MIN &&
	       total->p999_ns / TAIL_TIMES > total->p50_ns &&
	       SAY(seen, "half of the requests took less than %s, one in a thousand more than %s",
		   format_duration(total->p50_ns).text, format_duration(total->p999_ns).text);
}

static bool see_flushes(struct seen *seen)
{
	const struct disk_work *flush = &seen->device->work[DISK_FLUSH];
	const struct disk_work *write = &seen->device->work[DISK_WRITE];
	uint64_t ns = flush->times.device.total_ns;
	uint64_t all_ns = ns + write->times.device.total_ns;

	return flush->times.total.count >= 10 && (double)ns > FLUSHING_SHARE * (double)all_ns &&
	       SAY(seen,
		   "%s of the device's time for writing went into %s flushes of %s on average; "
		   "there was one for every %.1f writes",
		   format_share((double)ns / (double)all_ns).text,
		   format_count(flush->times.total.count).text,
		   format_duration(flush->times.device_mean_ns).text,
		   (double)(write->times.total.count - write->empty) /
			   (double)flush->times.total.count);
}

/* Each small write is made safe by itself: with O_SYNC as a write-through or a flush of its own. */
static bool see_sync_writes(struct seen *seen)
{
	const struct disk_work *write = &seen->device->work[DISK_WRITE];
	uint64_t safe = write->fua + write->flushing;
	uint64_t full = write->times.total.count - write->empty;
	uint64_t bytes = full ? write->times.total.bytes / full : 0;

	return full >= COUNT_MIN && bytes <= SMALL_BYTES_MAX &&
	       (double)safe >= SYNC_SHARE * (double)full &&
	       SAY(seen,
		   "%s writes of %s on average, and %s of them made safe at once: %s written "
		   "through (FUA), %s with a flush",
		   format_count(full).text, format_bytes(bytes).text,
		   format_count(safe < full ? safe : full).text, format_count(write->fua).text,
		   format_count(write->flushing).text);
}

/* Of the writes that were told one by one; size 0 is an empty flush. */
static bool see_part_blocks(struct seen *seen)
{
	const struct disk_work *write = &seen->device->work[DISK_WRITE];
	uint64_t small = 0, all = 0;

	for (size_t i = 1; i < DISK_SIZES; i++) {
		all += write->sizes[i];
		small += 1ull << i < seen->device->physical_block ? write->sizes[i] : 0;
	}
	return all >= COUNT_MIN && (double)small >= PART_SHARE * (double)all &&
	       SAY(seen, "%s of the %s writes looked at are smaller than the device's blocks of %s",
		   format_share((double)small / (double)all).text, format_count(all).text,
		   format_bytes(seen->device->physical_block).text);
}

static bool see_depth_one(struct seen *seen)
{
	const struct disk_device *device = seen->device;
	double depth = device->queue_depth + device->device_depth;

	return has_enough(device) && !device->is_rotational && device->busy_share >= BUSY_SHARE &&
	       depth <= DEPTH_ONE_MAX &&
	       SAY(seen,
		   "something was under way for %s of the time, but only %.2f requests at a time: "
		   "%s/s at %s each",
		   format_share(device->busy_share).text, depth,
		   format_count((uint64_t)device->per_s).text,
		   format_duration(device->all.mean_ns).text);
}

static bool see_small_sequential(struct seen *seen)
{
	for (enum disk_op op = DISK_READ; op <= DISK_WRITE; op++) {
		const struct disk_work *work = &seen->device->work[op];

		if (work->times.total.count >= 10 * (uint64_t)COUNT_MIN && work->times.mean_bytes &&
		    work->times.mean_bytes <= PIECE_BYTES_MAX &&
		    work->sequential_share >= SEQUENTIAL_SHARE)
			return SAY(seen, "%s of the %s go on where another ended, in pieces of %s",
				   format_share(work->sequential_share).text,
				   op == DISK_READ ? "reads" : "writes",
				   format_bytes(work->times.mean_bytes).text);
	}
	return false;
}

static uint64_t sum_of(const struct disk_device *device, bool is_throttled)
{
	uint64_t sum = 0;

	for (size_t op = 0; op < DISK_OP_COUNT; op++)
		sum += is_throttled ? device->work[op].throttled : device->work[op].requeued;
	return sum;
}

static bool see_throttled(struct seen *seen)
{
	uint64_t count = sum_of(seen->device, true);

	return count && SAY(seen, "%s of %s requests were held back by block throttling",
			    format_count(count).text, format_count(seen->device->count).text);
}

static bool see_requeued(struct seen *seen)
{
	uint64_t count = sum_of(seen->device, false);

	return count &&
	       SAY(seen, "%s of %s requests were given back by the driver and queued again",
		   format_count(count).text, format_count(seen->device->count).text);
}

struct rule {
	enum disk_claim_kind kind;
	bool (*see)(struct seen *seen);
};

static const struct rule RULES[] = {
	{ DISK_CLAIM_ERRORS, see_errors },
	{ DISK_CLAIM_DEEP_QUEUE, see_deep_queue },
	{ DISK_CLAIM_SLOW_DEVICE, see_slow_device },
	{ DISK_CLAIM_LONG_TAIL, see_long_tail },
	{ DISK_CLAIM_FLUSHES, see_flushes },
	{ DISK_CLAIM_SYNC_WRITES, see_sync_writes },
	{ DISK_CLAIM_PART_BLOCKS, see_part_blocks },
	{ DISK_CLAIM_DEPTH_ONE, see_depth_one },
	{ DISK_CLAIM_SMALL_SEQUENTIAL, see_small_sequential },
	{ DISK_CLAIM_THROTTLED, see_throttled },
	{ DISK_CLAIM_REQUEUED, see_requeued },
};
_Static_assert(array_count(RULES) == DISK_CLAIM_COUNT, "each claim has its rule");

int disk_judge(const struct disk_device *device, struct disk_report *report)
{
	struct seen seen = { .device = device };

	for (size_t i = 0; i < array_count(RULES); i++) {
		struct disk_claim *claim;

		if (!RULES[i].see(&seen))
			continue;
		claim = array_push(&report->claims);
		if (!claim)
			return -ENOMEM;
		claim->kind = RULES[i].kind;
		memcpy(claim->device, device->name, sizeof(claim->device));
		memcpy(claim->words, seen.words, sizeof(claim->words));
	}
	return 0;
}
