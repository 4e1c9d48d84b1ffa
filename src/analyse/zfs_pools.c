/* How are the pools, and how fast do their transaction groups and devices go? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/zfs_state.h"

enum {
	TXGS_MAX = 1024, /* of one pool; zfs_txg_history is 100 */
	BINS_MAX = 64,
};

static struct zfs_pool *find_pool(struct zfs_report *report, const char *name)
{
	for (size_t i = 0; i < report->pools.count; i++) {
		if (strcmp(report->pools.items[i].name, name) == 0)
			return &report->pools.items[i];
	}
	return NULL;
}

static int add_pool(struct zfs_report *report, const char *name)
{
	struct zfs_pool *pool;

	if (!*name || find_pool(report, name))
		return 0;
	pool = array_push(&report->pools);
	if (!pool)
		return -ENOMEM;
	zfs_copy(pool->name, sizeof(pool->name), name);
	pool->full_share = pool->fragmented_share = -1;
	return 0;
}

/* --- transaction groups --- */

struct txg {
	uint64_t number, open_ns, quiesce_ns, wait_ns, sync_ns, dirty_bytes;
	bool is_committed;
};

static void set_column(struct txg *txg, const char *column, const char *value)
{
	uint64_t number = 0;

	if (strcmp(column, "state") == 0) {
		txg->is_committed = strcmp(value, "C") == 0;
		return;
	}
	if (!zfs_read_amount(value, &number))
		return;
	if (strcmp(column, "otime") == 0)
		txg->open_ns = number;
	else if (strcmp(column, "qtime") == 0)
		txg->quiesce_ns = number;
	else if (strcmp(column, "wtime") == 0)
		txg->wait_ns = number;
	else if (strcmp(column, "stime") == 0)
		txg->sync_ns = number;
	else if (strcmp(column, "ndirty") == 0)
		txg->dirty_bytes = number;
}

static void fold_txg(const struct txg *txg, struct zfs_txgs *txgs, double *open_ns, double *sync_ns)
{
	uint64_t wait_ns;

	if (!txg->is_committed)
		return;
	txgs->count++;
	*open_ns += (double)txg->open_ns;
	*sync_ns += (double)txg->sync_ns;
	if (__builtin_add_overflow(txg->quiesce_ns, txg->wait_ns, &wait_ns))
		wait_ns = UINT64_MAX;
	if (wait_ns > txgs->wait_max_ns)
		txgs->wait_max_ns = wait_ns;
	if (txg->dirty_bytes > txgs->dirty_max_bytes)
		txgs->dirty_max_bytes = txg->dirty_bytes;
	if (txg->sync_ns >= txgs->sync_max_ns) {
		txgs->sync_max_ns = txg->sync_ns;
		txgs->slowest = txg->number;
	}
}

/* Columns of one group stand together, as they are sorted: "63.otime", "63.qtime", … */
static void make_txgs(const struct zfs_facts *facts, struct zfs_pool *pool)
{
	double open_ns = 0, sync_ns = 0;
	struct txg txg = {};
	size_t at, end;

	zfs_facts_of(facts, zfs_last_look(facts), "txgs", &at, &end);
	for (; at < end; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		const char *dot = strchr(fact->name, '.');
		uint64_t number = strtoull(fact->name, NULL, 10);

		if (!dot || strcmp(fact->subject, pool->name) != 0)
			continue;
		if (number != txg.number) {
			fold_txg(&txg, &pool->txgs, &open_ns, &sync_ns);
			txg = (struct txg){ .number = number };
		}
		set_column(&txg, dot + 1, fact->value);
	}
	fold_txg(&txg, &pool->txgs, &open_ns, &sync_ns);
	if (!pool->txgs.count)
		return;
	pool->txgs.open_mean_ns = (uint64_t)(open_ns / (double)pool->txgs.count);
	pool->txgs.sync_mean_ns = (uint64_t)(sync_ns / (double)pool->txgs.count);
}

/* "1024 ns": how many waited so long (module/zfs/spa_stats.c, spa_tx_assign). */
static void make_assign(const struct zfs_facts *facts, struct zfs_pool *pool)
{
	char subject[ZFS_NAME_BYTES + 32];
	struct zfs_bin bins[BINS_MAX];
	size_t at, end, count = 0;

	(void)snprintf(subject, sizeof(subject), "%s/dmu_tx_assign", pool->name);
	zfs_facts_of(facts, zfs_last_look(facts), "kstat", &at, &end);
	for (; at < end && count < BINS_MAX; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		char *unit = NULL;
		uint64_t limit;

		if (strcmp(fact->subject, subject) != 0)
			continue;
		limit = strtoull(fact->name, &unit, 10);
		if (strcmp(unit, " ns") != 0 ||
		    !zfs_grown(facts, "kstat", subject, fact->name, &bins[count].count))
			continue;
		bins[count++].limit = limit;
	}
	zfs_quantiles_of(bins, count, &pool->assign);
}

/* --- pools --- */

static double share_of(const struct zfs_facts *facts, const char *pool, const char *property)
{
	uint64_t number;

	if (!zfs_number(facts, zfs_last_look(facts), "zpool", pool, property, &number) ||
	    number > 100)
		return -1;
	return (double)number / 100;
}

static void fill_pool(const struct zfs_facts *facts, struct zfs_pool *pool)
{
	unsigned int look = zfs_last_look(facts);
	const char *health = zfs_value(facts, look, "status", pool->name, "kernel");

	/* The kernel's own word says SUSPENDED as well. */
	if (!health)
		health = zfs_value(facts, look, "status", pool->name, "state");
	if (!health)
		health = zfs_value(facts, look, "zpool", pool->name, "health");
	if (health)
		zfs_copy(pool->health, sizeof(pool->health), health);
	(void)zfs_number(facts, look, "zpool", pool->name, "size", &pool->size);
	(void)zfs_number(facts, look, "zpool", pool->name, "allocated", &pool->allocated);
	(void)zfs_number(facts, look, "zpool", pool->name, "free", &pool->free);
	pool->full_share = share_of(facts, pool->name, "capacity");
	pool->fragmented_share = share_of(facts, pool->name, "fragmentation");
	make_txgs(facts, pool);
	make_assign(facts, pool);
}

int zfs_make_pools(const struct zfs_facts *facts, struct zfs_report *report)
{
	static const char *const SOURCES[] = { "zpool", "status", "txgs" };
	int r = 0;

	for (size_t i = 0; i < array_count(SOURCES); i++) {
		size_t at, end;

		zfs_facts_of(facts, zfs_last_look(facts), SOURCES[i], &at, &end);
		for (; r == 0 && at < end; at++)
			r = add_pool(report, facts->all.items[at].subject);
	}
	for (size_t i = 0; i < report->pools.count; i++)
		fill_pool(facts, &report->pools.items[i]);
	return r;
}

/* --- devices --- */

/* Names of those that are made of others (module/zfs/vdev.c, vdev_ops_type). */
static bool is_group(const char *name)
{
	static const char *const GROUPS[] = { "mirror-", "raidz1-",    "raidz2-",
					      "raidz3-", "draid",      "spare-",
					      "root-",   "replacing-", "indirect-" };

	for (size_t i = 0; i < array_count(GROUPS); i++) {
		if (strncmp(name, GROUPS[i], strlen(GROUPS[i])) == 0)
			return true;
	}
	return false;
}

static uint64_t vdev_number(const struct zfs_facts *facts, const char *source, const char *place,
			    const char *name)
{
	uint64_t number = 0;

	return zfs_number(facts, zfs_last_look(facts), source, place, name, &number) ? number : 0;
}

static void copy_value(const struct zfs_facts *facts, const char *source, const char *place,
		       const char *name, char *to, size_t bytes)
{
	const char *value = zfs_value(facts, zfs_last_look(facts), source, place, name);

	zfs_copy(to, bytes, value ? value : "");
}

static void read_status(const struct zfs_facts *facts, const char *place, struct zfs_report *report,
			struct zfs_vdev *vdev)
{
	struct zfs_pool *pool;

	copy_value(facts, "vdev", place, "pool", vdev->pool, sizeof(vdev->pool));
	copy_value(facts, "vdev", place, "name", vdev->name, sizeof(vdev->name));
	copy_value(facts, "vdev", place, "class", vdev->class, sizeof(vdev->class));
	copy_value(facts, "vdev", place, "state", vdev->state, sizeof(vdev->state));
	vdev->errors = vdev_number(facts, "vdev", place, "read") +
		       vdev_number(facts, "vdev", place, "write") +
		       vdev_number(facts, "vdev", place, "cksum");
	vdev->slow = vdev_number(facts, "vdev", place, "slow");
	vdev->is_pool = strcmp(vdev->name, vdev->pool) == 0;
	vdev->is_leaf = !vdev->is_pool && !is_group(vdev->name);
	pool = find_pool(report, vdev->pool);
	if (!pool)
		return;
	pool->has_status = true;
	pool->has_log |= strcmp(vdev->class, "logs") == 0;
}

static void read_iostat(const struct zfs_facts *facts, const char *place, struct zfs_vdev *vdev)
{
	static const char *const QUEUES[] = { "syncq_read",   "syncq_write", "asyncq_read",
					      "asyncq_write", "scrubq",      "trimq" };

	vdev->has_iostat = true;
	vdev->read_per_s = vdev_number(facts, "iostat", place, "read_ops");
	vdev->write_per_s = vdev_number(facts, "iostat", place, "write_ops");
	vdev->read_bytes_per_s = vdev_number(facts, "iostat", place, "read_bytes");
	vdev->write_bytes_per_s = vdev_number(facts, "iostat", place, "write_bytes");
	vdev->read_wait_ns = vdev_number(facts, "iostat", place, "total_read");
	vdev->write_wait_ns = vdev_number(facts, "iostat", place, "total_write");
	vdev->read_disk_ns = vdev_number(facts, "iostat", place, "disk_read");
	vdev->write_disk_ns = vdev_number(facts, "iostat", place, "disk_write");
	vdev->pending = vdev->active = 0;
	for (size_t i = 0; i < array_count(QUEUES); i++) {
		char name[40];

		(void)snprintf(name, sizeof(name), "%s_pend", QUEUES[i]);
		vdev->pending += vdev_number(facts, "iostat", place, name);
		(void)snprintf(name, sizeof(name), "%s_active", QUEUES[i]);
		vdev->active += vdev_number(facts, "iostat", place, name);
	}
}

static void read_latency(const struct zfs_facts *facts, const char *place, const char *column,
			 struct zfs_quantiles *ret)
{
	struct zfs_bin bins[BINS_MAX];
	size_t at, end, count = 0;

	zfs_facts_of(facts, zfs_last_look(facts), "latency", &at, &end);
	for (; at < end && count < BINS_MAX; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		const char *dot = strchr(fact->name, '.');

		if (!dot || strcmp(fact->subject, place) != 0 || strcmp(dot + 1, column) != 0 ||
		    !zfs_read_amount(fact->value, &bins[count].count))
			continue;
		bins[count++].limit = strtoull(fact->name, NULL, 10);
	}
	zfs_quantiles_of(bins, count, ret);
}

/* Rows of other tables have a name, and stand in the order of pools: a vdev's name is only known
 * below its pool's. Make it when zpool status did not tell it. */
static int find_vdev(struct zfs_report *report, const char *pool, const char *name,
		     struct zfs_vdev **ret)
{
	for (size_t i = 0; i < report->vdevs.count; i++) {
		struct zfs_vdev *vdev = &report->vdevs.items[i];

		if (strcmp(vdev->name, name) == 0 && strcmp(vdev->pool, pool) == 0) {
			*ret = vdev;
			return 0;
		}
	}
	*ret = array_push(&report->vdevs);
	if (!*ret)
		return -ENOMEM;
	zfs_copy((*ret)->pool, sizeof((*ret)->pool), pool);
	zfs_copy((*ret)->name, sizeof((*ret)->name), name);
	(*ret)->is_pool = strcmp(name, pool) == 0;
	(*ret)->is_leaf = !(*ret)->is_pool && !is_group(name);
	return 0;
}

static int read_rows(const struct zfs_facts *facts, const char *source, struct zfs_report *report)
{
	char pool[ZFS_NAME_BYTES] = "";
	size_t at, end;
	int r = 0;

	zfs_facts_of(facts, zfs_last_look(facts), source, &at, &end);
	for (; r == 0 && at < end; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		struct zfs_vdev *vdev = NULL;

		if (strcmp(fact->name, "name") != 0)
			continue;
		if (find_pool(report, fact->value))
			zfs_copy(pool, sizeof(pool), fact->value);
		r = find_vdev(report, pool, fact->value, &vdev);
		if (r < 0)
			break;
		if (strcmp(source, "iostat") == 0) {
			read_iostat(facts, fact->subject, vdev);
			continue;
		}
		read_latency(facts, fact->subject, "disk_read", &vdev->disk_read);
		read_latency(facts, fact->subject, "disk_write", &vdev->disk_write);
	}
	return r;
}

int zfs_make_vdevs(const struct zfs_facts *facts, struct zfs_report *report)
{
	size_t at, end;
	int r;

	zfs_facts_of(facts, zfs_last_look(facts), "vdev", &at, &end);
	for (; at < end; at++) {
		const struct zfs_fact *fact = &facts->all.items[at];
		struct zfs_vdev *vdev;

		if (strcmp(fact->name, "name") != 0)
			continue;
		vdev = array_push(&report->vdevs);
		if (!vdev)
			return -ENOMEM;
		read_status(facts, fact->subject, report, vdev);
	}
	r = read_rows(facts, "iostat", report);
	return r == 0 ? read_rows(facts, "latency", report) : r;
}
