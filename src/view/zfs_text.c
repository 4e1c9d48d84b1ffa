/* How do we say on a terminal what is wrong with ZFS? What is wrong first, then the pools, datasets
 * and the ARC with their numbers. */
#include "view/zfs_text.h"

#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "view/lines.h"
#include "view/stream.h"

enum {
	VDEVS_SHOWN = 40,
	DATASETS_SHOWN = 40,
	THREADS_SHOWN = 10,
	EVENTS_SHOWN = 20,
	MESSAGES_SHOWN = 10,
	INDENT = 2,
};

static size_t shown_of(size_t count, size_t limit)
{
	return count < limit ? count : limit;
}

/* "" is not known. */
static const char *or_unknown(const char *text)
{
	return text[0] ? text : "unknown";
}

/* --- what is wrong --- */

static void print_head(const struct zfs_report *report, struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_words(page, "ZFS,");
	page_paint(page, PAINT_PLAIN);
	if (report->window_ns)
		page_format(page, "watched for %s", format_duration(report->window_ns).text);
	else if (report->has_two_looks)
		page_words(page, "two looks");
	else
		page_words(page, "one look");
	page_end(page);
}

static void print_claims(const struct zfs_report *report, struct page *page)
{
	lines_heading(page, report->claims.count ? "What is wrong:"
						 : "Nothing wrong is seen by the rules.");
	page_end(page);
	for (size_t i = 0; i < report->claims.count; i++) {
		const struct zfs_claim *claim = &report->claims.items[i];

		page_begin(page, 0, 2);
		page_format(page, "%zu.", i + 1);
		page_paint(page, PAINT_STRONG);
		page_words(page, zfs_claim_id(claim->kind));
		page_paint(page, PAINT_PLAIN);
		page_format(page, "%s: %s.", claim->subject, claim->words);
		page_end(page);
		page_line(page, INDENT + 1, zfs_claim_advice(claim->kind));
		page_begin(page, INDENT + 1, INDENT + 3);
		page_format(page, "(%s)", zfs_claim_source(claim->kind));
		page_end(page);
	}
}

static void print_damage(const struct zfs_report *report, struct page *page)
{
	if (!report->damage.count)
		return;
	lines_heading_painted(page, "What could not be read:", PAINT_WARNING);
	page_end(page);
	for (size_t i = 0; i < report->damage.count; i++)
		lines_bullet(page, 0, "•", report->damage.items[i].words);
}

/* --- pools --- */

static void print_txgs(const struct zfs_pool *pool, struct page *page)
{
	const struct zfs_txgs *txgs = &pool->txgs;

	if (txgs->count) {
		page_begin(page, INDENT, INDENT + 2);
		page_format(page, "%s transaction groups: open %s, sync %s in the mean;",
			    format_count(txgs->count).text,
			    format_duration(txgs->open_mean_ns).text,
			    format_duration(txgs->sync_mean_ns).text);
		page_format(page, "at most: sync %s, wait for it %s, dirty %s",
			    format_duration(txgs->sync_max_ns).text,
			    format_duration(txgs->wait_max_ns).text,
			    format_bytes(txgs->dirty_max_bytes).text);
		page_end(page);
	}
	if (pool->assign.count) {
		page_begin(page, INDENT, INDENT + 2);
		page_format(page,
			    "%s waits of writers for a transaction group: 99 %% took up to %s, "
			    "all up to %s",
			    format_count(pool->assign.count).text,
			    format_duration(pool->assign.p99_ns).text,
			    format_duration(pool->assign.max_ns).text);
		page_end(page);
	}
}

static void print_direction(const char *what, uint64_t per_s, uint64_t bytes_per_s,
			    uint64_t disk_ns, uint64_t wait_ns, struct page *page)
{
	page_format(page, "· %s %s/s %s/s", what, format_count(per_s).text,
		    format_bytes(bytes_per_s).text);
	if (disk_ns)
		page_format(page, "in %s", format_duration(disk_ns).text);
	if (wait_ns)
		page_format(page, "(%s with queues)", format_duration(wait_ns).text);
}

static void print_vdev(const struct zfs_vdev *vdev, struct page *page)
{
	page_begin(page, vdev->is_pool ? INDENT : INDENT + 2, INDENT + 4);
	page_words(page, vdev->is_pool ? "all devices" : vdev->name);
	if (vdev->class[0] && strcmp(vdev->class, "data") != 0)
		page_format(page, "(%s)", vdev->class);
	if (!vdev->is_pool)
		page_words(page, or_unknown(vdev->state));
	if (vdev->has_iostat) {
		print_direction("read", vdev->read_per_s, vdev->read_bytes_per_s,
				vdev->read_disk_ns, vdev->read_wait_ns, page);
		print_direction("write", vdev->write_per_s, vdev->write_bytes_per_s,
				vdev->write_disk_ns, vdev->write_wait_ns, page);
		page_format(page, "· %s queued, %s active", format_count(vdev->pending).text,
			    format_count(vdev->active).text);
	}
	if (vdev->disk_read.count)
		page_format(page, "· 99 %% of %s reads up to %s",
			    format_count(vdev->disk_read.count).text,
			    format_duration(vdev->disk_read.p99_ns).text);
	if (vdev->disk_write.count)
		page_format(page, "· 99 %% of %s writes up to %s",
			    format_count(vdev->disk_write.count).text,
			    format_duration(vdev->disk_write.p99_ns).text);
	if (vdev->errors)
		page_format(page, "· %s errors", format_count(vdev->errors).text);
	if (vdev->slow)
		page_format(page, "· %s slow I/Os", format_count(vdev->slow).text);
	page_end(page);
}

static void print_pool(const struct zfs_report *report, const struct zfs_pool *pool,
		       struct page *page)
{
	size_t shown = 0, count = 0;

	page_end(page);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_format(page, "pool %s", pool->name);
	page_paint(page, PAINT_PLAIN);
	page_words(page, or_unknown(pool->health));
	if (pool->size)
		page_format(page, "· %s, %s used", format_bytes(pool->size).text,
			    format_share(pool->full_share).text);
	if (pool->fragmented_share >= 0)
		page_format(page, "· fragmented %s", format_share(pool->fragmented_share).text);
	if (pool->has_status)
		page_words(page, pool->has_log ? "· with a log device" : "· no log device");
	page_end(page);
	print_txgs(pool, page);
	for (size_t i = 0; i < report->vdevs.count; i++) {
		if (strcmp(report->vdevs.items[i].pool, pool->name) != 0)
			continue;
		if (count++ < VDEVS_SHOWN) {
			print_vdev(&report->vdevs.items[i], page);
			shown++;
		}
	}
	lines_more(page, count - shown, "devices, in --json");
}

/* --- datasets --- */

static void print_datasets(const struct zfs_report *report, struct page *page)
{
	size_t shown = shown_of(report->datasets.count, DATASETS_SHOWN);

	if (!shown)
		return;
	lines_heading(page, "Datasets:");
	page_end(page);
	for (size_t i = 0; i < shown; i++) {
		const struct zfs_dataset *dataset = &report->datasets.items[i];

		page_begin(page, 0, 2);
		page_words(page, dataset->name);
		page_format(page, "· encryption %s · compression %s · checksum %s · sync %s",
			    or_unknown(dataset->encryption), or_unknown(dataset->compression),
			    or_unknown(dataset->checksum), or_unknown(dataset->sync));
		if (dataset->record_bytes)
			page_format(page, "· records of %s",
				    format_bytes(dataset->record_bytes).text);
		if (dataset->has_counts)
			page_format(page, "· %s reads, %s · %s writes, %s",
				    format_count(dataset->reads).text,
				    format_bytes(dataset->read_bytes).text,
				    format_count(dataset->writes).text,
				    format_bytes(dataset->written_bytes).text);
		page_end(page);
	}
	lines_more(page, report->datasets.count - shown, "datasets, in --json");
}

/* --- the ARC and the rest --- */

static void print_arc(const struct zfs_arc *arc, struct page *page)
{
	if (!arc->is_known)
		return;
	lines_heading(page, "ARC:");
	page_format(page, "%s, target %s (%s to %s)", format_bytes(arc->size).text,
		    format_bytes(arc->target).text, format_bytes(arc->target_min).text,
		    format_bytes(arc->target_max).text);
	page_end(page);
	for (size_t i = 0; i < ZFS_ARC_KIND_COUNT; i++) {
		const struct zfs_hits *kind = &arc->kinds[i];

		if (kind->hit_share < 0)
			continue;
		page_begin(page, INDENT, INDENT + 2);
		page_format(page, "%s: %s hits, %s misses, %s",
			    zfs_arc_kind_name((enum zfs_arc_kind)i), format_count(kind->hits).text,
			    format_count(kind->misses).text, format_share(kind->hit_share).text);
		page_end(page);
	}
	page_begin(page, INDENT, INDENT + 2);
	page_format(page, "%s evicted · %s ghost hits · %s allocations throttled",
		    format_count(arc->evicted).text, format_count(arc->ghost_hits).text,
		    format_count(arc->throttled).text);
	page_end(page);
}

static void print_counts(const struct zfs_counts *counts, struct page *page)
{
	if (counts->is_known) {
		lines_heading(page, "Transactions:");
		page_format(page, "%s assigned · %s delayed for dirty data · %s waited for room",
			    format_count(counts->assigned).text,
			    format_count(counts->dirty_delay).text,
			    format_count(counts->dirty_throttle + counts->dirty_over_max).text);
		page_end(page);
	}
	if (!counts->has_zil)
		return;
	page_begin(page, 0, 2);
	page_format(page, "Intent log: %s commits, %s writes, %s, of these %s on log devices",
		    format_count(counts->commits).text, format_count(counts->log_writes).text,
		    format_bytes(counts->log_bytes).text,
		    format_bytes(counts->log_device_bytes).text);
	page_end(page);
}

static void print_impls(const struct zfs_report *report, struct page *page)
{
	if (!report->impls.count)
		return;
	lines_heading(page, "Implementations:");
	for (size_t i = 0; i < report->impls.count; i++)
		page_format(page, "%s%s %s", i ? "· " : "", report->impls.items[i].what,
			    or_unknown(report->impls.items[i].used));
	page_end(page);
}

static void print_threads(const struct zfs_report *report, struct page *page)
{
	size_t shown = shown_of(report->threads.count, THREADS_SHOWN);

	if (!shown)
		return;
	lines_heading(page, "CPU time of kernel threads (of those that ended it is not known):");
	page_end(page);
	for (size_t i = 0; i < shown; i++) {
		const struct zfs_threads *threads = &report->threads.items[i];

		page_begin(page, INDENT, INDENT);
		page_cell(page, format_duration(threads->cpu_ns).text, 9, false);
		lines_skip(page, LINES_GAP);
		page->wants_space = false;
		page_format(page, "%s, %s threads", threads->name,
			    format_count(threads->threads).text);
		page_end(page);
	}
	lines_more(page, report->threads.count - shown, "pools of threads, in --json");
}

static void print_told(const struct zfs_report *report, struct page *page)
{
	size_t events = shown_of(report->events.count, EVENTS_SHOWN);
	size_t messages = shown_of(report->messages.count, MESSAGES_SHOWN);

	if (events) {
		lines_heading(page, "Events:");
		for (size_t i = 0; i < events; i++)
			page_format(page, "%s%s %s", i ? "· " : "",
				    format_count(report->events.items[i].count).text,
				    report->events.items[i].class);
		page_end(page);
		lines_more(page, report->events.count - events, "classes, in --json");
	}
	if (!messages)
		return;
	lines_heading(page, "Of ZFS's own log:");
	page_format(page, "%s of %s lines tell of trouble",
		    format_count(report->message_count).text,
		    format_count(report->messages_read).text);
	page_end(page);
	for (size_t i = 0; i < messages; i++)
		lines_bullet(page, 0, "•", report->messages.items[i].words);
	lines_more(page, report->message_count - messages, "lines");
}

int view_zfs_text(const struct zfs_report *report, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	print_head(report, &page);
	print_claims(report, &page);
	print_damage(report, &page);
	for (size_t i = 0; i < report->pools.count; i++)
		print_pool(report, &report->pools.items[i], &page);
	print_datasets(report, &page);
	print_arc(&report->arc, &page);
	print_counts(&report->counts, &page);
	print_impls(report, &page);
	print_threads(report, &page);
	print_told(report, &page);
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
