/* What report on ZFS do the views' tests show? Made by hand, so that no analysis changes how it
 * looks. */
#include "unit/view/sample_zfs.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/test.h"

static const char HOSTILE[] = "x\033[2J\"];\n";

#define MS  UINT64_C(1000000)
#define MIB (UINT64_C(1) << 20)

#define COPY(to, text) ((void)snprintf(to, sizeof(to), "%s", text))

#define PUSH(list)                                                   \
	({                                                           \
		__typeof__((list)->items) pushed = array_push(list); \
		assert_non_null(pushed);                             \
		pushed;                                              \
	})

static void add_claims(struct zfs_report *report)
{
	struct zfs_claim *claim = PUSH(&report->claims);

	claim->kind = ZFS_CLAIM_AES_CCM;
	COPY(claim->subject, "tank");
	COPY(claim->words, "tank/ccm is encrypted with AES-CCM (aes-256-ccm); 96 MiB read and 0 B "
			   "written there during the watch");
	claim = PUSH(&report->claims);
	claim->kind = ZFS_CLAIM_SLOW_VDEV;
	COPY(claim->subject, HOSTILE);
	(void)snprintf(claim->words, sizeof(claim->words), "%s takes 90.0 ms for a read", HOSTILE);
}

static void add_pools(struct zfs_report *report)
{
	struct zfs_pool *pool = PUSH(&report->pools);
	struct zfs_vdev *vdev;

	*pool = (struct zfs_pool){ .health = "DEGRADED",
				   .size = 2048 * MIB,
				   .allocated = 300 * MIB,
				   .free = 1748 * MIB,
				   .full_share = 0.15,
				   .fragmented_share = 0.02,
				   .has_status = true };
	COPY(pool->name, "tank");
	pool->txgs = (struct zfs_txgs){ 24, 5000 * MS, 11 * MS, 16 * MS, 126 * MS, 61, 40 * MIB };
	pool->assign = (struct zfs_quantiles){ 800, 1024, 2048, 4096 };
	pool = PUSH(&report->pools);
	*pool = (struct zfs_pool){ .full_share = -1, .fragmented_share = -1 };
	COPY(pool->name, HOSTILE);
	vdev = PUSH(&report->vdevs);
	*vdev = (struct zfs_vdev){ .pool = "tank",
				   .name = "tank",
				   .class = "data",
				   .state = "DEGRADED",
				   .is_pool = true,
				   .has_iostat = true,
				   .read_per_s = 499,
				   .read_bytes_per_s = 66 * MIB,
				   .read_wait_ns = 2 * MS,
				   .read_disk_ns = MS,
				   .pending = 3,
				   .active = 10 };
	vdev->disk_read = (struct zfs_quantiles){ 1141, MS, 4 * MS, 8 * MS };
	vdev = PUSH(&report->vdevs);
	*vdev = (struct zfs_vdev){ .pool = "tank",
				   .class = "logs",
				   .state = "FAULTED",
				   .is_leaf = true,
				   .errors = 12,
				   .slow = 3 };
	COPY(vdev->name, HOSTILE);
}

static void add_rest(struct zfs_report *report)
{
	struct zfs_dataset *dataset = PUSH(&report->datasets);
	struct zfs_impl *impl = PUSH(&report->impls);
	struct zfs_threads *threads = PUSH(&report->threads);
	struct zfs_event_count *event = PUSH(&report->events);

	*dataset = (struct zfs_dataset){ .name = "tank/ccm",
					 .encryption = "aes-256-ccm",
					 .compression = "off",
					 .checksum = "on",
					 .sync = "standard",
					 .record_bytes = 131072,
					 .has_counts = true,
					 .reads = 96,
					 .read_bytes = 96 * MIB };
	dataset = PUSH(&report->datasets);
	COPY(dataset->name, HOSTILE);
	COPY(impl->what, "icp_aes_impl");
	COPY(impl->used, "fastest");
	COPY(impl->choices, "cycle [fastest] generic x86_64 aesni");
	COPY(threads->name, "z_rd_int_*");
	threads->cpu_ns = 4200 * MS;
	threads->threads = 12;
	COPY(event->class, "ereport.fs.zfs.delay");
	event->count = 3;
}

struct zfs_report *sample_zfs(void)
{
	struct zfs_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->has_two_looks = true;
	report->window_ns = 5000 * MS;
	report->arc = (struct zfs_arc){ .is_known = true,
					.size = 303 * MIB,
					.target = 342 * MIB,
					.target_min = 91 * MIB,
					.target_max = 1454 * MIB,
					.target_before = 342 * MIB,
					.ghost_hits = 7,
					.evicted = 2431 };
	report->arc.kinds[ZFS_DEMAND_DATA] = (struct zfs_hits){ 75, 25, 0.75 };
	for (size_t i = 1; i < ZFS_ARC_KIND_COUNT; i++)
		report->arc.kinds[i].hit_share = -1;
	report->counts = (struct zfs_counts){ true, 2357, 12, 1, 0, true, 11, 3, 552, 0 };
	add_claims(report);
	add_pools(report);
	add_rest(report);
	report->message_count = 70;
	report->messages_read = 145;
	assert_int_equal(text_add(&report->messages, "5 vdev.c: slow vdev %s", HOSTILE), 0);
	assert_int_equal(text_add(&report->damage, "%s, line 3: expected a name", HOSTILE), 0);
	assert_int_equal(text_add(&report->notes, "the ARC is not known (no arcstats)"), 0);
	return report;
}
