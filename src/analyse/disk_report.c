/* What is told of the block devices? The sums put together by device, operation and issuer, and in
 * order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/disk_state.h"

struct making {
	struct disks *disks;
	struct disk_report *report;
	const struct disk_sums *base;    /* what counts: of tallies where there are some */
	const struct disk_sums *issuers; /* the same by issuer */
	struct disk_sums by_device;      /* by whole device and operation */
};

/* Stands for an operation where flags do not tell requests apart. */
static uint32_t flag_of_op(enum disk_op op)
{
	switch (op) {
	case DISK_READ:
		return REQUEST_READ;
	case DISK_WRITE:
		return REQUEST_WRITE;
	case DISK_FLUSH:
		return REQUEST_FLUSH;
	case DISK_DISCARD:
		return REQUEST_DISCARD;
	case DISK_OTHER:
	case DISK_OP_COUNT:
		break;
	}
	return 0;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void name_device(const struct making *making, uint32_t dev, char to[static 32])
{
	struct disks *disks = making->disks;

	(void)snprintf(to, 32, "%.31s",
		       names_text(&disks->names,
				  requests_device_name(&disks->devices, &disks->names, dev)));
}

/* --- sums that the keys do not tell apart --- */

static struct disk_id group_of(const struct making *making, const struct disk_keys *keys,
			       const struct disk_id *id)
{
	struct disk_id group = {};

	if (disk_keys_have(keys, DISK_BY_PARTITION))
		group.dev = id->dev;
	else if (disk_keys_have(keys, DISK_BY_DEVICE))
		group.dev = disks_whole(making->disks, id->dev);
	if (disk_keys_have(keys, DISK_BY_FLAGS))
		group.flags = id->flags;
	else if (disk_keys_have(keys, DISK_BY_OP))
		group.flags = flag_of_op(disk_op_of(id->flags));
	if (disk_keys_have(keys, DISK_BY_ISSUER))
		group.issuer = id->issuer;
	return group;
}

static struct disk_sum *group_find(const struct making *making, const struct disk_keys *keys,
				   struct disk_sums *groups, const struct disk_sum *sum)
{
	static const struct disk_id ANY;
	struct disk_id id = sum->is_rest ? ANY : group_of(making, keys, &sum->id);
	struct disk_sum *group = sums_get(groups, &id);

	if (group && sum->is_rest)
		group->is_rest = true;
	return group;
}

/* What single requests alone tell is added to what was counted. */
static int add_queues(const struct making *making, const struct disk_keys *keys,
		      struct disk_sums *groups)
{
	const struct disk_sums *told = &making->disks->told;

	for (size_t i = 0; i < told->items.count; i++) {
		const struct disk_sum *sum = told->items.items[i].sum;
		struct disk_sum *group = group_find(making, keys, groups, sum);

		if (!group)
			return -ENOMEM;
		histogram_merge(&group->queue, &sum->queue);
	}
	return 0;
}

static int group_sums(const struct making *making, const struct disk_keys *keys,
		      struct disk_sums *groups)
{
	const struct disk_sums *base =
		disk_keys_have(keys, DISK_BY_ISSUER) ? making->issuers : making->base;

	for (size_t i = 0; i < base->items.count; i++) {
		const struct disk_sum *sum = base->items.items[i].sum;
		struct disk_sum *group = group_find(making, keys, groups, sum);

		if (!group)
			return -ENOMEM;
		sum_merge(group, sum);
	}
	return base == &making->disks->told ? 0 : add_queues(making, keys, groups);
}

/* --- rows --- */

static int compare_rows(const void *left, const void *right)
{
	const struct disk_row *one = left, *other = right;
	int r;

	if (one->times.total.total_ns != other->times.total.total_ns)
		return one->times.total.total_ns < other->times.total.total_ns ? 1 : -1;
	r = strcmp(one->device, other->device);
	if (r == 0)
		r = (int)one->op - (int)other->op;
	if (r == 0)
		r = strcmp(one->flags, other->flags);
	if (r == 0)
		r = strcmp(one->issuer, other->issuer);
	return r ? r : (one->pid > other->pid) - (one->pid < other->pid);
}

static void fill_row(const struct making *making, const struct disk_keys *keys,
		     const struct disk_sum *sum, struct disk_row *row)
{
	const struct disk_issuers *issuers = &making->disks->issuers;

	row->is_rest = sum->is_rest;
	sum_say(sum, &row->times);
	if (sum->is_rest)
		return;
	if (disk_keys_have(keys, DISK_BY_DEVICE) || disk_keys_have(keys, DISK_BY_PARTITION))
		name_device(making, sum->id.dev, row->device);
	row->has_op = disk_keys_have(keys, DISK_BY_OP) || disk_keys_have(keys, DISK_BY_FLAGS);
	if (row->has_op)
		row->op = disk_op_of(sum->id.flags);
	if (disk_keys_have(keys, DISK_BY_FLAGS))
		disk_flags_say(sum->id.flags, row->flags, sizeof(row->flags));
	if (!disk_keys_have(keys, DISK_BY_ISSUER))
		return;
	issuers_say(issuers, &making->disks->names, sum->id.issuer ? sum->id.issuer - 1 : 0,
		    row->issuer, sizeof(row->issuer));
	if (sum->id.issuer && sum->id.issuer - 1 < issuers->issuers.count)
		row->pid = issuers->issuers.items[sum->id.issuer - 1].tgid;
}

struct row_list {
	struct disk_row *items;
	size_t count;
	size_t capacity;
};

/* list is one of the report's two lists of rows. */
static int add_rows(const struct making *making, const struct disk_keys *keys,
		    const struct disk_sums *groups, struct row_list *list)
{
	uint64_t count = 0, ns = 0;

	for (size_t i = 0; i < groups->items.count; i++) {
		const struct disk_sum *sum = groups->items.items[i].sum;
		struct disk_row *row = sum->total.count || sum->merged ? array_push(list) : NULL;

		if (!row && (sum->total.count || sum->merged))
			return -ENOMEM;
		if (!row)
			continue;
		fill_row(making, keys, sum, row);
		count += row->times.total.count;
		ns += row->times.total.total_ns;
	}
	for (size_t i = 0; i < list->count; i++) {
		list->items[i].count_share = share(list->items[i].times.total.count, count);
		list->items[i].time_share = share(list->items[i].times.total.total_ns, ns);
	}
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_rows);
	return 0;
}

static int make_rows(const struct making *making, const struct disk_keys *keys,
		     struct row_list *list)
{
	struct disk_sums groups = {};
	int r = group_sums(making, keys, &groups);

	if (r == 0)
		r = add_rows(making, keys, &groups, list);
	sums_free(&groups);
	return r;
}

static int add_tables(struct making *making)
{
	static const struct disk_keys BY_ISSUER = { { DISK_BY_ISSUER, DISK_BY_OP }, 2 };
	struct disk_report *report = making->report;
	struct row_list rows = {}, issuers = {};
	int r = make_rows(making, &report->keys, &rows);

	report->rows.items = rows.items;
	report->rows.count = rows.count;
	report->rows.capacity = rows.capacity;
	if (r == 0)
		r = make_rows(making, &BY_ISSUER, &issuers);
	report->issuers.items = issuers.items;
	report->issuers.count = issuers.count;
	report->issuers.capacity = issuers.capacity;
	return r;
}

/* --- devices --- */

static struct disk_device *find_device(const struct disk_report *report, uint32_t dev)
{
	for (size_t i = 0; i < report->devices.count; i++) {
		if (report->devices.items[i].dev == dev)
			return &report->devices.items[i];
	}
	return NULL;
}

static int get_device(struct making *making, uint32_t dev, struct disk_device **ret)
{
	const struct device *known = requests_device(&making->disks->devices, dev);
	struct disk_device *device = find_device(making->report, dev);

	if (!device) {
		device = array_push(&making->report->devices);
		if (!device)
			return -ENOMEM;
		device->dev = dev;
		device->busy_share = -1;
		name_device(making, dev, device->name);
		for (size_t op = 0; op < DISK_OP_COUNT; op++)
			device->work[op].sequential_share = -1;
		if (known) {
			(void)snprintf(device->scheduler, sizeof(device->scheduler), "%.15s",
				       names_text(&making->disks->names, known->scheduler));
			device->is_rotational = known->flags & DEVICE_ROTATIONAL;
			device->physical_block =
				disks_physical_block(making->disks, known->whole_dev);
			device->has_write_cache = known->flags & DEVICE_WRITE_CACHE;
			device->is_virtual = known->flags & DEVICE_VIRTUAL;
			if (known->lower_dev)
				name_device(making, known->lower_dev, device->lower);
		}
	}
	*ret = device;
	return 0;
}

static void count_flags(const struct disk_sum *sum, struct disk_work *work)
{
	uint32_t flags = sum->id.flags;
	uint64_t count = sum->total.count;

	work->sync += flags & REQUEST_SYNC ? count : 0;
	work->meta += flags & REQUEST_META ? count : 0;
	work->ahead += flags & REQUEST_READAHEAD ? count : 0;
	work->fua += flags & REQUEST_FUA ? count : 0;
	work->requeued += flags & REQUEST_REQUEUED ? count : 0;
	work->throttled += flags & REQUEST_THROTTLED ? count : 0;
	if (!(flags & REQUEST_WRITE && flags & REQUEST_FLUSH))
		return;
	work->flushing += count;
	/* What was never given to the driver carried nothing. */
	work->empty += count > sum->device.count ? count - sum->device.count : 0;
}

static int find_devices(struct making *making)
{
	for (size_t i = 0; i < making->base->items.count; i++) {
		const struct disk_sum *sum = making->base->items.items[i].sum;
		struct disk_device *device;
		int r;

		if (sum->is_rest)
			continue;
		r = get_device(making, disks_whole(making->disks, sum->id.dev), &device);
		if (r < 0)
			return r;
		device->takes_bios |= !!(sum->id.flags & REQUEST_BIO);
		count_flags(sum, &device->work[disk_op_of(sum->id.flags)]);
	}
	return 0;
}

static double per_second(uint64_t amount, uint64_t window_ns)
{
	return window_ns ? (double)amount * 1e9 / (double)window_ns : 0;
}

static void fill_work(const struct making *making, const struct disk_sum *sum,
		      const struct disk_line *line, enum disk_op op, struct disk_work *work)
{
	sum_say(sum, &work->times);
	work->per_s = per_second(sum->total.count, making->report->window_ns);
	work->bytes_per_s = per_second(sum->bytes, making->report->window_ns);
	if (!line)
		return;
	work->sequential_share = line_sequential_share(line, op);
	memcpy(work->sizes, line->sizes[op], sizeof(work->sizes));
}

/* All that it did but flushes that the kernel sends: others wait for these. */
static int fill_all(const struct making *making, struct disk_device *device)
{
	uint64_t window_ns = making->report->window_ns;
	struct disk_sum *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < making->by_device.items.count; i++) {
		const struct disk_sum *sum = making->by_device.items.items[i].sum;

		device->count += sum->id.dev == device->dev && !sum->is_rest ? sum->total.count : 0;
		if (sum->id.dev == device->dev && !sum->is_rest &&
		    disk_op_of(sum->id.flags) != DISK_FLUSH)
			sum_merge(all, sum);
	}
	sum_say(all, &device->all);
	free(all);
	device->per_s = per_second(device->all.total.count, window_ns);
	device->bytes_per_s = per_second(device->all.total.bytes, window_ns);
	device->queue_depth = share(device->all.queue.total_ns, window_ns);
	device->device_depth = share(device->all.device.total_ns, window_ns);
	return 0;
}

static int fill_device(struct making *making, struct disk_device *device)
{
	const struct disk_line *line = lines_find(&making->disks->lines, device->dev);
	int r = fill_all(making, device);

	for (size_t i = 0; i < making->by_device.items.count && r == 0; i++) {
		const struct disk_sum *sum = making->by_device.items.items[i].sum;
		enum disk_op op = disk_op_of(sum->id.flags);

		if (sum->id.dev == device->dev && !sum->is_rest)
			fill_work(making, sum, line, op, &device->work[op]);
	}
	if (r < 0 || !line)
		return r;
	device->told = line->told;
	if (line->told >= device->count)
		device->busy_share = share(line_busy_ns(line), making->report->window_ns);
	if (device->busy_share > 1)
		device->busy_share = 1;
	return line_say(&making->disks->lines, line, making->disks->end_ns, device);
}

static int compare_devices(const void *left, const void *right)
{
	const struct disk_device *one = left, *other = right;

	if (one->all.total.total_ns != other->all.total.total_ns)
		return one->all.total.total_ns < other->all.total.total_ns ? 1 : -1;
	return strcmp(one->name, other->name);
}

static int add_devices(struct making *making)
{
	static const struct disk_keys BY_OP = { { DISK_BY_DEVICE, DISK_BY_OP }, 2 };
	struct disk_report *report = making->report;
	int r = group_sums(making, &BY_OP, &making->by_device);

	if (r == 0)
		r = find_devices(making);
	for (size_t i = 0; i < report->devices.count && r == 0; i++)
		r = fill_device(making, &report->devices.items[i]);
	if (r == 0 && report->devices.count)
		qsort(report->devices.items, report->devices.count, sizeof(*report->devices.items),
		      compare_devices);
	report->column_ns = making->disks->lines.column_ns;
	return r;
}

/* --- sums of all --- */

/* What a device asks of another one is counted there. */
static bool is_counted(const struct making *making, const struct disk_device *device)
{
	const struct device *known = requests_device(&making->disks->devices, device->dev);
	uint32_t lower = known ? known->lower_dev : 0;

	return !lower || !find_device(making->report, disks_whole(making->disks, lower));
}

static int add_sums(struct making *making)
{
	struct disk_report *report = making->report;
	struct disk_sum *all = calloc(DISK_OP_COUNT, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < report->devices.count; i++)
		report->devices.items[i].is_counted = is_counted(making, &report->devices.items[i]);
	for (size_t i = 0; i < making->by_device.items.count; i++) {
		const struct disk_sum *sum = making->by_device.items.items[i].sum;
		const struct disk_device *device = find_device(report, sum->id.dev);

		if (sum->is_rest || (device && device->is_counted))
			sum_merge(&all[disk_op_of(sum->id.flags)], sum);
	}
	for (size_t op = 0; op < DISK_OP_COUNT; op++) {
		sum_say(&all[op], &report->all[op]);
		report->count += all[op].total.count;
		report->bytes += all[op].bytes;
	}
	free(all);
	for (size_t i = 0; i < making->base->items.count; i++)
		report->told_of += making->base->items.items[i].sum->total.count;
	return 0;
}

/* --- the rest --- */

static int add_slowest(struct making *making)
{
	struct disks *disks = making->disks;

	making->report->slow_count = disks->slowest.count;
	for (size_t i = 0; i < disks->slowest.items.count; i++) {
		const struct disk_candidate *candidate = &disks->slowest.items.items[i];
		const struct event_request *event = &candidate->event;
		struct disk_slow *slow = array_push(&making->report->slowest);

		if (!slow)
			return -ENOMEM;
		if (event->head.time_ns > disks->lines.begin_ns)
			slow->at_ns = event->head.time_ns - disks->lines.begin_ns;
		name_device(making, event->dev, slow->device);
		slow->op = disk_op_of(event->flags);
		disk_flags_say(event->flags, slow->flags, sizeof(slow->flags));
		issuers_say(&disks->issuers, &disks->names, candidate->issuer, slow->issuer,
			    sizeof(slow->issuer));
		slow->tid = event->tid;
		slow->error = event->error;
		slow->sector = event->sector;
		slow->bytes = event->bytes;
		slow->total_ns = event->head.time_ns - event->start_ns;
		slow->queue_ns = event->issue_ns - event->start_ns;
		slow->device_ns = event->head.time_ns - event->issue_ns;
	}
	return 0;
}

static void fill_head(struct making *making)
{
	const struct disks *disks = making->disks;
	struct disk_report *report = making->report;
	size_t used = 0;

	report->target = disks->watch.target == WATCH_COMMAND   ? TARGET_COMMAND
			 : disks->watch.target == WATCH_PROCESS ? TARGET_PROCESS
								: TARGET_MACHINE;
	memcpy(report->name, disks->watch.name, sizeof(report->name));
	report->name[sizeof(report->name) - 1] = '\0';
	report->pid = disks->watch.pid;
	if (disks->is_seen && disks->end_ns > disks->watch.head.time_ns)
		report->window_ns = disks->end_ns - disks->watch.head.time_ns;
	report->keys = disks->options.keys;
	report->over_ns = disks->options.over_ns;
	for (size_t i = 0; i < report->keys.count && used < sizeof(report->by); i++)
		used += (size_t)snprintf(report->by + used, sizeof(report->by) - used, "%s%s",
					 i ? "," : "", disk_key_name(report->keys.items[i]));
	report->is_tallied = disks->tallied.items.count;
	report->told = disks->told_count;
	report->lost = disks->losses[LOSS_TALLY] + disks->losses[LOSS_REQUEST];
	report->may_miss = disks->is_classic;
}

static int judge(struct making *making)
{
	struct disk_report *report = making->report;
	int r = 0;

	for (size_t i = 0; i < report->devices.count && r == 0; i++)
		r = disk_judge(&report->devices.items[i], report);
	return r;
}

/* Where requests are counted by who queued them alone, all of a device are the sum of these. */
static int sum_issuers(struct disks *disks)
{
	for (size_t i = 0; i < disks->by_issuer.items.count && !disks->has_requests; i++) {
		const struct disk_sum *sum = disks->by_issuer.items.items[i].sum;
		const struct disk_id id = { sum->id.dev, sum->id.flags, 0 };
		struct disk_sum *all = sums_get(&disks->tallied, &id);

		if (!all)
			return -ENOMEM;
		sum_merge(all, sum);
		all->is_rest |= sum->is_rest;
	}
	return 0;
}

int disk_report_make(struct disks *disks, struct disk_report *report)
{
	struct making making = {
		.disks = disks,
		.report = report,
		.issuers = disks->by_issuer.items.count ? &disks->by_issuer : &disks->told,
	};
	int r = sum_issuers(disks);

	if (r < 0)
		return r;
	making.base = disks->tallied.items.count ? &disks->tallied : &disks->told;
	fill_head(&making);
	r = add_devices(&making);
	if (r == 0)
		r = add_sums(&making);
	if (r == 0)
		r = add_tables(&making);
	if (r == 0)
		r = add_slowest(&making);
	if (r == 0)
		r = judge(&making);
	sums_free(&making.by_device);
	return r < 0 ? r : disk_notes_make(disks, report);
}
