/* What is wrong with ZFS's pools and datasets? Each rule looks at one thing of the report, and says
 * what it saw with its numbers. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/zfs_state.h"
#include "finding/format.h"

/* Where each rule begins to speak. */
enum {
	NAMES_TOLD = 3,        /* datasets of a pool that are named */
	VDEV_NS_MIN = 5000000, /* a device that is slow, in the mean */
	VDEV_TIMES = 3,        /* and so many times its peers' median */
	WRITES_MIN = 1000,     /* calls that show a size */
	RECORD_TIMES = 4,      /* a record is so many times the mean write */
	MISSES_MIN = 1000,     /* of the ARC */
	DELAYS_MIN = 100,
	TXG_TIMEOUT_S_DEFAULT = 5, /* zfs_txg_timeout */
	WAITING_TIMES = 4,         /* tasks that wait, for each thread of a queue */
};
#define FULL_SHARE       0.80 /* OpenZFS's documentation: keep it below 80 % or so */
#define FRAGMENTED_SHARE 0.50
#define GHOST_SHARE      0.10 /* of the misses */
#define DELAYED_SHARE    0.01 /* of the transactions */
#define SHRUNK_SHARE     0.75 /* of what the ARC's target was */
#define NS_PER_S         UINT64_C(1000000000)

struct judge {
	const struct zfs_facts *facts;
	struct zfs_report *report;
	int failure;
};

static void __attribute__((format(printf, 4, 5)))
say(struct judge *judge, enum zfs_claim_kind kind, const char *subject, const char *format, ...)
{
	struct zfs_claim *claim = array_push(&judge->report->claims);
	va_list arguments;

	if (!claim) {
		judge->failure = -ENOMEM;
		return;
	}
	claim->kind = kind;
	zfs_copy(claim->subject, sizeof(claim->subject), subject);
	va_start(arguments, format);
	(void)vsnprintf(claim->words, sizeof(claim->words), format, arguments);
	va_end(arguments);
}

static const char *since(const struct judge *judge)
{
	return judge->report->has_two_looks ? "during the watch" : "so far";
}

/* The number of a parameter of the module zfs, or what it is when nothing was set. */
static uint64_t parameter(const struct judge *judge, const char *name, uint64_t preset)
{
	uint64_t number;

	return zfs_number(judge->facts, zfs_last_look(judge->facts), "param", "zfs", name, &number)
		       ? number
		       : preset;
}

static uint64_t events_of(const struct judge *judge, const char *class)
{
	for (size_t i = 0; i < judge->report->events.count; i++) {
		if (strcmp(judge->report->events.items[i].class, class) == 0)
			return judge->report->events.items[i].count;
	}
	return 0;
}

/* --- pools and devices --- */

static void see_suspended(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];

		if (strcmp(pool->health, "SUSPENDED") == 0)
			say(judge, ZFS_CLAIM_SUSPENDED, pool->name,
			    "its state is SUSPENDED: I/O failed, and all that use it wait");
	}
}

static void see_deadman(struct judge *judge)
{
	uint64_t events = events_of(judge, "ereport.fs.zfs.deadman");

	if (events)
		say(judge, ZFS_CLAIM_DEADMAN, "ZFS", "%s deadman %s in zpool events",
		    format_count(events).text, events == 1 ? "event" : "events");
	for (size_t i = 0; i < judge->report->messages.count; i++) {
		const char *words = judge->report->messages.items[i].words;

		if (!strstr(words, "slow vdev") && !strstr(words, "slow spa_sync"))
			continue;
		say(judge, ZFS_CLAIM_DEADMAN, "ZFS", "its own log says: %s", words);
		return;
	}
}

static bool is_sound(const char *state)
{
	static const char *const SOUND[] = { "", "ONLINE", "AVAIL", "INUSE", "-" };

	for (size_t i = 0; i < array_count(SOUND); i++) {
		if (strcmp(state, SOUND[i]) == 0)
			return true;
	}
	return false;
}

static void see_vdev_errors(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->vdevs.count; i++) {
		const struct zfs_vdev *vdev = &judge->report->vdevs.items[i];

		if (vdev->is_pool || (is_sound(vdev->state) && !vdev->errors))
			continue;
		say(judge, ZFS_CLAIM_VDEV_ERRORS, vdev->pool, "%s is %s, with %s errors",
		    vdev->name, vdev->state[0] ? vdev->state : "in an unknown state",
		    format_count(vdev->errors).text);
	}
}

static void see_full_pool(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];

		if (pool->full_share >= FULL_SHARE)
			say(judge, ZFS_CLAIM_FULL_POOL, pool->name, "%s of it is used, %s are free",
			    format_share(pool->full_share).text, format_bytes(pool->free).text);
	}
}

static void see_fragmented(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];

		if (pool->fragmented_share >= FRAGMENTED_SHARE)
			say(judge, ZFS_CLAIM_FRAGMENTED, pool->name,
			    "its free space is fragmented to %s",
			    format_share(pool->fragmented_share).text);
	}
}

static bool are_peers(const struct zfs_vdev *a, const struct zfs_vdev *b)
{
	return a != b && b->is_leaf && b->has_iostat && strcmp(a->pool, b->pool) == 0 &&
	       strcmp(a->class, b->class) == 0;
}

static uint64_t disk_ns(const struct zfs_vdev *vdev, bool is_write)
{
	return is_write ? vdev->write_disk_ns : vdev->read_disk_ns;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median of its peers that did the same; 0: there are none. */
static uint64_t peers_ns(struct judge *judge, const struct zfs_vdev *vdev, bool is_write,
			 size_t *ret_count)
{
	ARRAY(uint64_t) times = {};
	uint64_t median = 0;

	for (size_t i = 0; i < judge->report->vdevs.count; i++) {
		const struct zfs_vdev *peer = &judge->report->vdevs.items[i];
		uint64_t *time;

		if (!are_peers(vdev, peer) || !disk_ns(peer, is_write))
			continue;
		time = array_push(&times);
		if (!time) {
			judge->failure = -ENOMEM;
			break;
		}
		*time = disk_ns(peer, is_write);
	}
	*ret_count = times.count;
	if (times.items) {
		qsort(times.items, times.count, sizeof(*times.items), compare_numbers);
		median = times.items[times.count / 2];
	}
	array_free(&times);
	return median;
}

static void see_slow_vdev(struct judge *judge)
{
	for (size_t i = 0; i < 2 * judge->report->vdevs.count; i++) {
		const struct zfs_vdev *vdev = &judge->report->vdevs.items[i / 2];
		bool is_write = i % 2;
		uint64_t ns = disk_ns(vdev, is_write), usual_ns;
		size_t peers;

		if (!vdev->is_leaf || ns < VDEV_NS_MIN)
			continue;
		usual_ns = peers_ns(judge, vdev, is_write, &peers);
		if (usual_ns && ns / VDEV_TIMES >= usual_ns)
			say(judge, ZFS_CLAIM_SLOW_VDEV, vdev->pool,
			    "%s takes %s for a %s in the mean, its %zu %s %s (median)", vdev->name,
			    format_duration(ns).text, is_write ? "write" : "read", peers,
			    peers == 1 ? "peer" : "peers", format_duration(usual_ns).text);
	}
}

static void see_slow_io(struct judge *judge)
{
	uint64_t limit_ms = parameter(judge, "zio_slow_io_ms", 30000);
	uint64_t events = events_of(judge, "ereport.fs.zfs.delay");

	for (size_t i = 0; i < judge->report->vdevs.count; i++) {
		const struct zfs_vdev *vdev = &judge->report->vdevs.items[i];

		if (vdev->is_leaf && vdev->slow)
			say(judge, ZFS_CLAIM_SLOW_IO, vdev->pool,
			    "%s had %s I/Os of more than %" PRIu64 " ms", vdev->name,
			    format_count(vdev->slow).text, limit_ms);
	}
	if (events)
		say(judge, ZFS_CLAIM_SLOW_IO, "ZFS", "%s delay %s in zpool events",
		    format_count(events).text, events == 1 ? "event" : "events");
}

/* --- datasets --- */

static bool is_ccm(const struct zfs_dataset *dataset)
{
	size_t bytes = strlen(dataset->encryption);

	return bytes > 4 && strcmp(dataset->encryption + bytes - 4, "-ccm") == 0;
}

static bool is_encrypted(const struct zfs_dataset *dataset)
{
	return dataset->encryption[0] && strcmp(dataset->encryption, "off") != 0 &&
	       strcmp(dataset->encryption, "-") != 0;
}

static bool is_sync_always(const struct zfs_dataset *dataset)
{
	return strcmp(dataset->sync, "always") == 0;
}

/* The datasets of a pool for which it holds: the first ones by name. */
struct group {
	char names[320];
	size_t count;
	uint64_t read_bytes, written_bytes;
	const struct zfs_dataset *first;
};

static void gather(const struct judge *judge, const struct zfs_pool *pool,
		   bool (*holds)(const struct zfs_dataset *dataset), struct group *ret)
{
	size_t used = 0;

	*ret = (struct group){};
	for (size_t i = 0; i < judge->report->datasets.count; i++) {
		const struct zfs_dataset *dataset = &judge->report->datasets.items[i];

		if (!zfs_is_in_pool(dataset->name, pool->name) || !holds(dataset))
			continue;
		if (!ret->count)
			ret->first = dataset;
		ret->read_bytes += dataset->read_bytes;
		ret->written_bytes += dataset->written_bytes;
		if (ret->count++ >= NAMES_TOLD)
			continue;
		used += (size_t)snprintf(ret->names + used, sizeof(ret->names) - used, "%s%.100s",
					 used ? ", " : "", dataset->name);
	}
	if (ret->count > NAMES_TOLD)
		(void)snprintf(ret->names + used, sizeof(ret->names) - used, " and %zu more",
			       ret->count - NAMES_TOLD);
}

static void see_aes_ccm(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];
		struct group group;

		gather(judge, pool, is_ccm, &group);
		if (group.count)
			say(judge, ZFS_CLAIM_AES_CCM, pool->name,
			    "%s %s encrypted with AES-CCM (%s); %s read and %s written there %s",
			    group.names, group.count == 1 ? "is" : "are", group.first->encryption,
			    format_bytes(group.read_bytes).text,
			    format_bytes(group.written_bytes).text, since(judge));
	}
}

static void see_slow_cipher(struct judge *judge)
{
	bool has_encryption = false;

	for (size_t i = 0; i < judge->report->datasets.count; i++)
		has_encryption |= is_encrypted(&judge->report->datasets.items[i]);
	for (size_t i = 0; has_encryption && i < judge->report->impls.count; i++) {
		const struct zfs_impl *impl = &judge->report->impls.items[i];

		if (strncmp(impl->what, "icp_", 4) == 0 && strcmp(impl->used, "generic") == 0)
			say(judge, ZFS_CLAIM_SLOW_CIPHER, impl->what,
			    "datasets are encrypted, and the generic implementation is chosen of: "
			    "%s",
			    impl->choices);
	}
}

static void see_sync_always(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];
		struct group group;

		/* Whether there is a log device is not known without zpool status. */
		if (!pool->has_status || pool->has_log)
			continue;
		gather(judge, pool, is_sync_always, &group);
		if (group.count)
			say(judge, ZFS_CLAIM_SYNC_ALWAYS, pool->name,
			    "%s: sync=always, and the pool has no log device", group.names);
	}
}

static void see_small_records(struct judge *judge)
{
	for (size_t i = 0; i < judge->report->datasets.count; i++) {
		const struct zfs_dataset *dataset = &judge->report->datasets.items[i];
		uint64_t mean;

		if (!dataset->has_counts || dataset->writes < WRITES_MIN)
			continue;
		mean = dataset->written_bytes / dataset->writes;
		if (dataset->record_bytes / RECORD_TIMES >= mean)
			say(judge, ZFS_CLAIM_SMALL_RECORDS, dataset->name,
			    "%s writes of %s in the mean, into records of up to %s",
			    format_count(dataset->writes).text, format_bytes(mean).text,
			    format_bytes(dataset->record_bytes).text);
	}
}

/* --- writing --- */

static void see_dirty_throttle(struct judge *judge)
{
	const struct zfs_counts *counts = &judge->report->counts;
	double all = (double)counts->dirty_delay + (double)counts->dirty_throttle +
		     (double)counts->dirty_over_max;

	uint64_t limit = parameter(judge, "zfs_dirty_data_max", 0);

	if (!counts->is_known || all < DELAYS_MIN || all < DELAYED_SHARE * (double)counts->assigned)
		return;
	say(judge, ZFS_CLAIM_DIRTY_THROTTLE, "ZFS",
	    "of %s transactions %s were delayed for dirty data, and %s had to wait for room (limit "
	    "%s) %s",
	    format_count(counts->assigned).text, format_count(counts->dirty_delay).text,
	    format_count(counts->dirty_throttle + counts->dirty_over_max).text,
	    limit ? format_bytes(limit).text : "unknown", since(judge));
}

static void see_txg_stall(struct judge *judge)
{
	uint64_t limit_ns = parameter(judge, "zfs_txg_timeout", TXG_TIMEOUT_S_DEFAULT);

	if (__builtin_mul_overflow(limit_ns, NS_PER_S, &limit_ns))
		return;
	for (size_t i = 0; i < judge->report->pools.count; i++) {
		const struct zfs_pool *pool = &judge->report->pools.items[i];
		const struct zfs_txgs *txgs = &pool->txgs;

		if (!txgs->count || txgs->sync_max_ns < limit_ns)
			continue;
		say(judge, ZFS_CLAIM_TXG_STALL, pool->name,
		    "transaction group %" PRIu64
		    " took %s to sync; the last %s took %s in the mean, others waited for up to "
		    "%s, and up to %s were dirty (a group is open for at most %s)",
		    txgs->slowest, format_duration(txgs->sync_max_ns).text,
		    format_count(txgs->count).text, format_duration(txgs->sync_mean_ns).text,
		    format_duration(txgs->wait_max_ns).text,
		    format_bytes(txgs->dirty_max_bytes).text, format_duration(limit_ns).text);
	}
}

/* --- the ARC --- */

static void see_arc_small(struct judge *judge)
{
	const struct zfs_arc *arc = &judge->report->arc;
	uint64_t misses = 0;

	for (size_t i = 0; i < ZFS_ARC_KIND_COUNT; i++)
		misses += arc->kinds[i].misses;
	if (!arc->is_known || misses < MISSES_MIN ||
	    (double)arc->ghost_hits < GHOST_SHARE * (double)misses)
		return;
	say(judge, ZFS_CLAIM_ARC_SMALL, "ARC",
	    "of %s misses %s were of what had been evicted not long before (ghost lists) %s; it "
	    "holds %s, its target is %s of at most %s",
	    format_count(misses).text, format_count(arc->ghost_hits).text, since(judge),
	    format_bytes(arc->size).text, format_bytes(arc->target).text,
	    format_bytes(arc->target_max).text);
}

static void see_arc_collapsing(struct judge *judge)
{
	const struct zfs_arc *arc = &judge->report->arc;

	if (!arc->is_known)
		return;
	if (arc->target_before && (double)arc->target < SHRUNK_SHARE * (double)arc->target_before) {
		say(judge, ZFS_CLAIM_ARC_COLLAPSING, "ARC",
		    "its target fell from %s to %s during the watch (at most %s, at least %s)",
		    format_bytes(arc->target_before).text, format_bytes(arc->target).text,
		    format_bytes(arc->target_max).text, format_bytes(arc->target_min).text);
		return;
	}
	if (arc->is_held && arc->target_max && arc->target < arc->target_max / 2)
		say(judge, ZFS_CLAIM_ARC_COLLAPSING, "ARC",
		    "it may not grow as memory is short: its target is %s of at most %s (at least "
		    "%s), and %s allocations were throttled %s",
		    format_bytes(arc->target).text, format_bytes(arc->target_max).text,
		    format_bytes(arc->target_min).text, format_count(arc->throttled).text,
		    since(judge));
}

/* --- task queues --- */

static void see_taskq_bound(struct judge *judge)
{
	unsigned int look = zfs_last_look(judge->facts);
	size_t at, end;

	zfs_facts_of(judge->facts, look, "taskq", &at, &end);
	for (; at < end; at++) {
		const struct zfs_fact *fact = &judge->facts->all.items[at];
		uint64_t waiting = 0, active = 0, most = 0;

		if (strcmp(fact->name, "pend") != 0 || !zfs_read_amount(fact->value, &waiting) ||
		    !zfs_number(judge->facts, look, "taskq", fact->subject, "act", &active) ||
		    !zfs_number(judge->facts, look, "taskq", fact->subject, "max", &most))
			continue;
		if (most && active >= most && waiting / WAITING_TIMES >= most)
			say(judge, ZFS_CLAIM_TASKQ_BOUND, fact->subject,
			    "all %s threads work, and %s tasks wait", format_count(most).text,
			    format_count(waiting).text);
	}
}

/* In the order of the table. */
static void (*const RULES[])(struct judge *judge) = {
	[ZFS_CLAIM_SUSPENDED] = see_suspended,
	[ZFS_CLAIM_DEADMAN] = see_deadman,
	[ZFS_CLAIM_VDEV_ERRORS] = see_vdev_errors,
	[ZFS_CLAIM_AES_CCM] = see_aes_ccm,
	[ZFS_CLAIM_SLOW_CIPHER] = see_slow_cipher,
	[ZFS_CLAIM_FULL_POOL] = see_full_pool,
	[ZFS_CLAIM_FRAGMENTED] = see_fragmented,
	[ZFS_CLAIM_SLOW_VDEV] = see_slow_vdev,
	[ZFS_CLAIM_SLOW_IO] = see_slow_io,
	[ZFS_CLAIM_DIRTY_THROTTLE] = see_dirty_throttle,
	[ZFS_CLAIM_TXG_STALL] = see_txg_stall,
	[ZFS_CLAIM_SYNC_ALWAYS] = see_sync_always,
	[ZFS_CLAIM_SMALL_RECORDS] = see_small_records,
	[ZFS_CLAIM_ARC_SMALL] = see_arc_small,
	[ZFS_CLAIM_ARC_COLLAPSING] = see_arc_collapsing,
	[ZFS_CLAIM_TASKQ_BOUND] = see_taskq_bound,
};
_Static_assert(array_count(RULES) == ZFS_CLAIM_COUNT, "each claim has its rule");

int zfs_judge(const struct zfs_facts *facts, struct zfs_report *report)
{
	struct judge judge = { .facts = facts, .report = report };

	for (size_t i = 0; i < array_count(RULES); i++)
		RULES[i](&judge);
	return judge.failure;
}
