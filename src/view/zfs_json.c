/* How do we say it to programs? Each struct of a report on ZFS becomes an object; zfs.schema.json
 * says the same. What is not known is null. */
#include "view/zfs_json.h"

#include "view/json_values.h"
#include "view/stream.h"
#include "view/zfs.schema.json.h"

static json_t *known_text(const char *text)
{
	return text[0] ? json_text(text) : json_null();
}

static json_t *known_share(double share)
{
	return share < 0 ? json_null() : json_share(share);
}

/* 0 is not known, or there is none. */
static json_t *known_number(uint64_t number)
{
	return number ? json_unsigned(number) : json_null();
}

#define SET(name, value) (bad |= json_object_set_new(object, name, value))
#define APPEND(list, count, make)                                 \
	do {                                                      \
		for (size_t i = 0; i < (count); i++)              \
			bad |= json_array_append_new(list, make); \
	} while (0)

static json_t *claim_object(const struct zfs_claim *claim)
{
	json_t *object = json_object();
	int bad = 0;

	SET("id", json_text(zfs_claim_id(claim->kind)));
	SET("subject", json_text(claim->subject));
	SET("words", json_text(claim->words));
	SET("advice", json_text(zfs_claim_advice(claim->kind)));
	SET("source", json_text(zfs_claim_source(claim->kind)));
	return json_finished(object, bad);
}

static json_t *quantiles_object(const struct zfs_quantiles *quantiles)
{
	json_t *object;
	int bad = 0;

	if (!quantiles->count)
		return json_null();
	object = json_object();
	SET("count", json_unsigned(quantiles->count));
	SET("p50_ns", json_unsigned(quantiles->p50_ns));
	SET("p99_ns", json_unsigned(quantiles->p99_ns));
	SET("max_ns", json_unsigned(quantiles->max_ns));
	return json_finished(object, bad);
}

static json_t *txgs_object(const struct zfs_txgs *txgs)
{
	json_t *object;
	int bad = 0;

	if (!txgs->count)
		return json_null();
	object = json_object();
	SET("count", json_unsigned(txgs->count));
	SET("open_mean_ns", json_unsigned(txgs->open_mean_ns));
	SET("wait_max_ns", json_unsigned(txgs->wait_max_ns));
	SET("sync_mean_ns", json_unsigned(txgs->sync_mean_ns));
	SET("sync_max_ns", json_unsigned(txgs->sync_max_ns));
	SET("slowest", json_unsigned(txgs->slowest));
	SET("dirty_max_bytes", json_unsigned(txgs->dirty_max_bytes));
	return json_finished(object, bad);
}

static json_t *pool_object(const struct zfs_pool *pool)
{
	json_t *object = json_object();
	int bad = 0;

	SET("name", json_text(pool->name));
	SET("health", known_text(pool->health));
	SET("size_bytes", known_number(pool->size));
	SET("allocated_bytes", pool->size ? json_unsigned(pool->allocated) : json_null());
	SET("free_bytes", pool->size ? json_unsigned(pool->free) : json_null());
	SET("full_share", known_share(pool->full_share));
	SET("fragmented_share", known_share(pool->fragmented_share));
	SET("has_log", pool->has_status ? json_boolean(pool->has_log) : json_null());
	SET("txgs", txgs_object(&pool->txgs));
	SET("assign", quantiles_object(&pool->assign));
	return json_finished(object, bad);
}

static json_t *iostat_object(const struct zfs_vdev *vdev)
{
	json_t *object;
	int bad = 0;

	if (!vdev->has_iostat)
		return json_null();
	object = json_object();
	SET("read_per_s", json_unsigned(vdev->read_per_s));
	SET("write_per_s", json_unsigned(vdev->write_per_s));
	SET("read_bytes_per_s", json_unsigned(vdev->read_bytes_per_s));
	SET("write_bytes_per_s", json_unsigned(vdev->write_bytes_per_s));
	SET("read_wait_ns", known_number(vdev->read_wait_ns));
	SET("write_wait_ns", known_number(vdev->write_wait_ns));
	SET("read_disk_ns", known_number(vdev->read_disk_ns));
	SET("write_disk_ns", known_number(vdev->write_disk_ns));
	SET("pending", json_unsigned(vdev->pending));
	SET("active", json_unsigned(vdev->active));
	return json_finished(object, bad);
}

static json_t *vdev_object(const struct zfs_vdev *vdev)
{
	json_t *object = json_object();
	int bad = 0;

	SET("pool", known_text(vdev->pool));
	SET("name", json_text(vdev->name));
	SET("class", known_text(vdev->class));
	SET("state", known_text(vdev->state));
	SET("is_pool", json_boolean(vdev->is_pool));
	SET("is_leaf", json_boolean(vdev->is_leaf));
	SET("errors", vdev->state[0] ? json_unsigned(vdev->errors) : json_null());
	SET("slow", vdev->state[0] ? json_unsigned(vdev->slow) : json_null());
	SET("iostat", iostat_object(vdev));
	SET("disk_read", quantiles_object(&vdev->disk_read));
	SET("disk_write", quantiles_object(&vdev->disk_write));
	return json_finished(object, bad);
}

static json_t *dataset_object(const struct zfs_dataset *dataset)
{
	json_t *object = json_object();
	bool known = dataset->has_counts;
	int bad = 0;

	SET("name", json_text(dataset->name));
	SET("encryption", known_text(dataset->encryption));
	SET("compression", known_text(dataset->compression));
	SET("checksum", known_text(dataset->checksum));
	SET("sync", known_text(dataset->sync));
	SET("record_bytes", known_number(dataset->record_bytes));
	SET("reads", known ? json_unsigned(dataset->reads) : json_null());
	SET("read_bytes", known ? json_unsigned(dataset->read_bytes) : json_null());
	SET("writes", known ? json_unsigned(dataset->writes) : json_null());
	SET("written_bytes", known ? json_unsigned(dataset->written_bytes) : json_null());
	return json_finished(object, bad);
}

static json_t *hits_object(const struct zfs_hits *hits, enum zfs_arc_kind kind)
{
	json_t *object = json_object();
	int bad = 0;

	SET("kind", json_text(zfs_arc_kind_name(kind)));
	SET("hits", json_unsigned(hits->hits));
	SET("misses", json_unsigned(hits->misses));
	SET("hit_share", known_share(hits->hit_share));
	return json_finished(object, bad);
}

static json_t *arc_object(const struct zfs_arc *arc)
{
	json_t *object, *kinds;
	int bad = 0;

	if (!arc->is_known)
		return json_null();
	object = json_object();
	kinds = json_array();
	APPEND(kinds, ZFS_ARC_KIND_COUNT, hits_object(&arc->kinds[i], (enum zfs_arc_kind)i));
	SET("size_bytes", json_unsigned(arc->size));
	SET("target_bytes", json_unsigned(arc->target));
	SET("target_before_bytes", known_number(arc->target_before));
	SET("target_min_bytes", json_unsigned(arc->target_min));
	SET("target_max_bytes", json_unsigned(arc->target_max));
	SET("kinds", kinds);
	SET("ghost_hits", json_unsigned(arc->ghost_hits));
	SET("evicted", json_unsigned(arc->evicted));
	SET("throttled", json_unsigned(arc->throttled));
	SET("is_held", json_boolean(arc->is_held));
	return json_finished(object, bad);
}

static json_t *transactions_object(const struct zfs_counts *counts)
{
	json_t *object;
	int bad = 0;

	if (!counts->is_known)
		return json_null();
	object = json_object();
	SET("assigned", json_unsigned(counts->assigned));
	SET("dirty_delay", json_unsigned(counts->dirty_delay));
	SET("dirty_throttle", json_unsigned(counts->dirty_throttle));
	SET("dirty_over_max", json_unsigned(counts->dirty_over_max));
	return json_finished(object, bad);
}

static json_t *log_object(const struct zfs_counts *counts)
{
	json_t *object;
	int bad = 0;

	if (!counts->has_zil)
		return json_null();
	object = json_object();
	SET("commits", json_unsigned(counts->commits));
	SET("writes", json_unsigned(counts->log_writes));
	SET("bytes", json_unsigned(counts->log_bytes));
	SET("log_device_bytes", json_unsigned(counts->log_device_bytes));
	return json_finished(object, bad);
}

static json_t *impl_object(const struct zfs_impl *impl)
{
	json_t *object = json_object();
	int bad = 0;

	SET("what", json_text(impl->what));
	SET("used", known_text(impl->used));
	SET("choices", known_text(impl->choices));
	return json_finished(object, bad);
}

static json_t *threads_object(const struct zfs_threads *threads)
{
	json_t *object = json_object();
	int bad = 0;

	SET("name", json_text(threads->name));
	SET("cpu_ns", json_unsigned(threads->cpu_ns));
	SET("threads", json_unsigned(threads->threads));
	return json_finished(object, bad);
}

static json_t *event_object(const struct zfs_event_count *event)
{
	json_t *object = json_object();
	int bad = 0;

	SET("class", json_text(event->class));
	SET("count", json_unsigned(event->count));
	return json_finished(object, bad);
}

static int set_lists(json_t *object, const struct zfs_report *report)
{
	json_t *claims = json_array(), *pools = json_array(), *vdevs = json_array();
	json_t *datasets = json_array(), *impls = json_array(), *threads = json_array();
	json_t *events = json_array();
	int bad = 0;

	APPEND(claims, report->claims.count, claim_object(&report->claims.items[i]));
	APPEND(pools, report->pools.count, pool_object(&report->pools.items[i]));
	APPEND(vdevs, report->vdevs.count, vdev_object(&report->vdevs.items[i]));
	APPEND(datasets, report->datasets.count, dataset_object(&report->datasets.items[i]));
	APPEND(impls, report->impls.count, impl_object(&report->impls.items[i]));
	APPEND(threads, report->threads.count, threads_object(&report->threads.items[i]));
	APPEND(events, report->events.count, event_object(&report->events.items[i]));
	SET("claims", claims);
	SET("pools", pools);
	SET("vdevs", vdevs);
	SET("datasets", datasets);
	SET("implementations", impls);
	SET("threads", threads);
	SET("events", events);
	SET("messages", json_texts(report->messages.items, report->messages.count));
	SET("damage", json_texts(report->damage.items, report->damage.count));
	SET("notes", json_texts(report->notes.items, report->notes.count));
	return bad;
}

json_t *view_zfs_json_object(const struct zfs_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	SET("schema", json_text("slowpath.zfs/1"));
	SET("has_two_looks", json_boolean(report->has_two_looks));
	SET("window_ns", known_number(report->window_ns));
	SET("arc", arc_object(&report->arc));
	SET("transactions", transactions_object(&report->counts));
	SET("intent_log", log_object(&report->counts));
	SET("message_count", json_unsigned(report->message_count));
	bad |= set_lists(object, report);
	return json_finished(object, bad);
}

int view_zfs_json(const struct zfs_report *report, FILE *out)
{
	return json_print(view_zfs_json_object(report), out);
}

int view_zfs_json_schema(FILE *out)
{
	(void)fputs(ZFS_SCHEMA, out);
	return stream_flush(out);
}
