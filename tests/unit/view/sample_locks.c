/* What report on locks do the views' tests show? Made by hand, so that no analysis changes how it
 * looks. */
#include "unit/view/sample_locks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static void add_path(struct lock_paths_list *list, const char *const frames[4], uint64_t count,
		     double share)
{
	struct lock_path *path = array_push(list);

	assert_non_null(path);
	for (size_t i = 0; i < 4 && frames[i]; i++)
		assert_int_equal(text_add(&path->frames, "%s", frames[i]), 0);
	path->count = count;
	path->ns = MS(count);
	path->share = share;
}

static void add_holder(struct lock *lock, const char *who, uint32_t tid, bool is_waker,
		       uint64_t waits, double share)
{
	struct lock_holder *holder = array_push(&lock->holders);

	assert_non_null(holder);
	*holder = (struct lock_holder){ .tid = tid,
					.is_waker = is_waker,
					.waits = waits,
					.ns = (uint64_t)(share * (double)lock->wait_ns),
					.share = share };
	strcpy(holder->who, who);
}

static void add_doing(struct lock *lock, const char *state, const char *detail, double share)
{
	struct lock_doing *doing = array_push(&lock->doings);

	assert_non_null(doing);
	*doing = (struct lock_doing){ .ns = (uint64_t)(share * (double)lock->slept_ns),
				      .share = share };
	strcpy(doing->state, state);
	strcpy(doing->detail, detail);
}

static void add_kernel_lock(struct lock_report *report)
{
	struct lock *lock = array_push(&report->watch.locks);

	assert_non_null(lock);
	*lock = (struct lock){
		.address = 0xffff8881047a2d98,
		.naming = LOCK_NAMED_FIELD,
		.type = "rwsem",
		.contentions = 12345,
		.wait_ns = MS(18500),
		.wait_mean_ns = US(1498),
		.wait_max_ns = MS(164),
		.wait_p50_ns = US(840),
		.wait_p99_ns = MS(22),
		.slept_ns = MS(17100),
		.wait_share = 0.925,
	};
	strcpy(lock->name, "ext4_inode_info.vfs_inode.i_rwsem");
	add_holder(lock, "creator-0", 4711, false, 7000, 0.55);
	add_holder(lock, "creator-1", 4712, true, 5000, 0.4);
	add_holder(lock, "", 0, false, 345, 0.05);
	add_doing(lock, "fs.journal", "jbd2/vda-8: ext4 journal commit", 0.6);
	add_doing(lock, "cpu.kernel", "", 0.3);
	add_doing(lock, "unknown", "", 0.1);
	add_path(&lock->waiters,
		 (const char *const[4]){ "rwsem_down_write_slowpath", "down_write",
					 "open_last_lookups", "path_openat" },
		 12000, 0.97);
	add_path(&lock->releases,
		 (const char *const[4]){ "rwsem_wake", "up_write", "open_last_lookups" }, 9000, 1);
}

static void add_user_lock(struct lock_report *report)
{
	struct lock *lock = array_push(&report->watch.locks);

	assert_non_null(lock);
	*lock = (struct lock){
		.is_user = true,
		.tgid = 815,
		.address = 0x7f12345678,
		.naming = LOCK_NAMED_CODE,
		.type = "futex",
		.contentions = 3,
		.open = 1,
		.wait_ns = MS(1500),
		.wait_mean_ns = MS(500),
		.wait_max_ns = MS(900),
		.wait_p50_ns = MS(400),
		.wait_p99_ns = MS(900),
		.slept_ns = MS(1500),
		.wait_share = 0.075,
	};
	strcpy(lock->name, "evil\033[2J\u202emutex");
	strcpy(lock->process, "server (815)");
	add_holder(lock, "io\nthread", 816, true, 3, 1);
	add_doing(lock, "running", "", 1);
}

static void add_site(struct lock_sites *sites, const char *place, uint64_t count, double share)
{
	struct lock_site *site = array_push(sites);

	assert_non_null(site);
	*site = (struct lock_site){ .count = count, .share = share };
	strcpy(site->place, place);
}

static struct lock_class *add_row(struct lock_report *report, const char *name, enum lock_mode mode,
				  uint64_t contentions, uint64_t acquisitions, uint64_t wait_us)
{
	struct lock_class *row = array_push(&report->classes.rows);

	assert_non_null(row);
	*row = (struct lock_class){
		.mode = mode,
		.classes = 1,
		.has_bounces = true,
		.has_extremes = true,
		.contentions = contentions,
		.acquisitions = acquisitions,
		.wait_ns = US(wait_us),
		.wait_mean_ns = contentions ? US(wait_us) / contentions : 0,
		.wait_max_ns = US(wait_us) / 3,
		.hold_ns = US(acquisitions),
		.hold_mean_ns = US(1),
		.contended_share = acquisitions ? (double)contentions / (double)acquisitions : -1,
		.contention_share = (double)contentions / 47600,
		.wait_share = (double)wait_us / 1210000,
	};
	strcpy(row->name, name);
	report->classes.quiet += !contentions;
	return row;
}

static void add_classes(struct lock_report *report)
{
	struct lock_class *row;

	report->classes.is_told = true;
	strcpy(report->classes.version, "0.4");
	report->classes.contentions = 47600;
	report->classes.acquisitions = 1359390;
	report->classes.wait_ns = MS(1210);
	row = add_row(report, "&(&info->io_lock)->rlock", LOCK_MODE_ANY, 47500, 1348488, 1206500);
	add_site(&row->waiting, "blkif_interrupt+0x33/0x850", 31212, 0.66);
	add_site(&row->waiting, "blk_queue_bio+0x7a/0x3b0", 16288, 0.34);
	add_site(&row->holding, "blkif_queue_rq+0x25/0x1a0 [xen_blkfront]", 47500, 1);
	row = add_row(report, "&mm->mmap_lock", LOCK_MODE_WRITE, 100, 10900, 3500);
	row->classes = 2;
	(void)add_row(report, "hostile\033[31m\n-R", LOCK_MODE_READ, 0, 2, 0);
	(void)add_row(report, "nobody", LOCK_MODE_ANY, 0, 0, 0);
}

static struct lock_report *report_new(void)
{
	struct lock_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	return report;
}

struct lock_report *sample_locks(void)
{
	struct lock_report *report = report_new();

	report->watch = (struct lock_watch){
		.is_told = true,
		.window_ns = MS(10000),
		.contentions = 12348,
		.wait_ns = MS(20000),
		.lost = 7,
		.knows_sleeps = true,
	};
	strcpy(report->watch.name, "db1");
	add_kernel_lock(report);
	add_user_lock(report);
	add_classes(report);
	assert_int_equal(
		text_add(&report->notes, "7 records were lost in which lock waits may have been"),
		0);
	return report;
}

struct lock_report *sample_lock_difference(void)
{
	struct lock_report *report = report_new();

	report->order = LOCK_ORDER_NAME;
	add_classes(report);
	report->classes.is_difference = true;
	for (size_t i = 0; i < report->classes.rows.count; i++)
		report->classes.rows.items[i].has_extremes = false;
	return report;
}

struct lock_report *sample_no_locks(void)
{
	struct lock_report *report = report_new();

	report->watch = (struct lock_watch){
		.is_told = true, .target = TARGET_COMMAND, .pid = 77, .window_ns = MS(500)
	};
	strcpy(report->watch.name, "true");
	return report;
}
