/* Is the kernel's report on its locks read as it stands, in every version, whole or cut? */
#include "import/lock_stat.h"

#include <errno.h>

#include "harness/test.h"
#include "unit/import/kept.h"

#define RULE "              --------\n"
#define DOTS "........................................\n"

static const char FOUR[] =
	"lock_stat version 0.4\n"
	"-----------------------------------------------------\n"
	"     class name    con-bounces    contentions   waittime-min   waittime-max waittime-total   waittime-avg"
	"    acq-bounces   acquisitions   holdtime-min   holdtime-max holdtime-total   holdtime-avg\n"
	"-----------------------------------------------------\n\n"
	"   &mm->mmap_lock-W:  1  20  0.23  5.00  60.00  3.00  7  80  0.10  9.90  99.99  1.24\n"
	"   &mm->mmap_lock-R:  0  3  1.00  2.00  4.50  1.50  4  50  0.01  0.02  0.30  0.00\n" RULE
	"      &mm->mmap_lock  15  [<00000000b1441783>] do_user_addr_fault+0x17a/0x5f0\n"
	"      &mm->mmap_lock   8  [<ffffffff81234567>] vm_mmap_pgoff+0x9/0x150 [some_module]\n" RULE
	"      &mm->mmap_lock  23  [<00000000b1441783>] __vm_munmap+0x1/0x2\n"
	"\n" DOTS "\n"
	"   bit_wait_table + i:  0  0  0.00  0.00  0.00  0.00  0  7  0.10  0.20  1.00  0.14\n"
	"   (work_completion)(&(&x[i]:  0  0  0.00  0.00  0.00  0.00  0  4  40.29  247.07  394.70  98.68\n"
	"   drivers/base/dd.c:321:  0  0  0.00  0.00  0.00  0.00  0  1  79.83  79.83  79.83  79.83\n"
	"   &pool->lock/1:  2  2  0.50  0.75  1.25  0.62  0  9  0.10  0.20  1.00  0.11\n";

static void read_text(const char *text, size_t bytes, struct kept *kept, int expected)
{
	const struct event_sink sink = { .take = keep, .self = kept };

	assert_int_equal(lock_stat_read(text, bytes, 1, 7, &sink, &kept->why), expected);
}

static const struct event_lock_class *class_at(const struct kept *kept, size_t n, const char *name)
{
	const struct event_lock_class *class = kept_at(kept, EVENT_LOCK_CLASS, n);

	assert_non_null(class);
	assert_int_equal(class->name_bytes, strlen(name));
	assert_memory_equal(class->name, name, strlen(name));
	assert_int_equal(class->id, n + 1);
	assert_int_equal(class->look, 1);
	assert_int_equal(class->head.time_ns, 7);
	return class;
}

static void each_column_goes_to_its_place(void **state)
{
	owns(kept_free) struct kept kept = {};
	const struct event_lock_class *class;

	read_text(FOUR, sizeof(FOUR) - 1, &kept, 0);
	assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 6);
	class = class_at(&kept, 0, "&mm->mmap_lock");
	assert_int_equal(class->flags, LOCK_CLASS_WRITE | LOCK_CLASS_BOUNCES);
	assert_int_equal(class->contended_bounces, 1);
	assert_int_equal(class->contentions, 20);
	assert_int_equal(class->wait_min_ns, 230);
	assert_int_equal(class->wait_max_ns, 5000);
	assert_int_equal(class->wait_ns, 60000);
	assert_int_equal(class->acquired_bounces, 7);
	assert_int_equal(class->acquisitions, 80);
	assert_int_equal(class->hold_min_ns, 100);
	assert_int_equal(class->hold_max_ns, 9900);
	assert_int_equal(class->hold_ns, 99990);
	class = class_at(&kept, 1, "&mm->mmap_lock");
	assert_int_equal(class->flags, LOCK_CLASS_READ | LOCK_CLASS_BOUNCES);
	assert_int_equal(class->contentions, 3);
	assert_true(kept_fact(&kept, "lock_stat.version", "0.4"));
	assert_false(kept_has_fact(&kept, "lock_stat.damage"));
}

static void names_keep_their_spaces_colons_and_brackets(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text(FOUR, sizeof(FOUR) - 1, &kept, 0);
	(void)class_at(&kept, 2, "bit_wait_table + i");
	(void)class_at(&kept, 3, "(work_completion)(&(&x[i]");
	(void)class_at(&kept, 4, "drivers/base/dd.c:321");
	(void)class_at(&kept, 5, "&pool->lock/1");
}

static void sites_belong_to_the_class_above(void **state)
{
	static const struct {
		uint64_t count;
		uint32_t flags;
		const char *place;
	} rows[] = {
		{ 15, 0, "do_user_addr_fault+0x17a/0x5f0" },
		{ 8, 0, "vm_mmap_pgoff+0x9/0x150 [some_module]" },
		{ 23, LOCK_SITE_HOLDER, "__vm_munmap+0x1/0x2" },
	};
	owns(kept_free) struct kept kept = {};

	read_text(FOUR, sizeof(FOUR) - 1, &kept, 0);
	assert_int_equal(kept_count(&kept, EVENT_LOCK_SITE), array_count(rows));
	for (size_t i = 0; i < array_count(rows); i++) {
		const struct event_lock_site *site = kept_at(&kept, EVENT_LOCK_SITE, i);

		assert_int_equal(site->class_id, 2);
		assert_int_equal(site->count, rows[i].count);
		assert_int_equal(site->flags, rows[i].flags);
		assert_int_equal(site->name_bytes, strlen(rows[i].place));
		assert_memory_equal(site->name, rows[i].place, site->name_bytes);
	}
}

/* 2.6.23: neither bounces, nor averages, nor who held it. */
static void the_first_version_is_read_by_its_own_heading(void **state)
{
	static const char text[] =
		"lock_stat version 0.1\n"
		"   class name    contentions   waittime-min   waittime-max waittime-total   acquisitions"
		"   holdtime-min   holdtime-max holdtime-total\n"
		"-----\n"
		"  &inode->i_data.tree_lock-W:  15  21657  0.18  1093295.30  11547131054.85  58  10415\n"
		"  dcache_lock:  1037  0.38  45.32  774.51  6611  0.31  77.58  17154.99\n"
		"  -----------\n"
		"  dcache_lock  180  [<ffffffff802c0d7e>] sys_getcwd+0x11e/0x230\n";
	owns(kept_free) struct kept kept = {};
	const struct event_lock_class *class;

	read_text(text, sizeof(text) - 1, &kept, 0);
	assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 1);
	class = class_at(&kept, 0, "dcache_lock");
	assert_int_equal(class->flags, 0);
	assert_int_equal(class->contentions, 1037);
	assert_int_equal(class->wait_ns, 774510);
	assert_int_equal(class->acquisitions, 6611);
	assert_int_equal(class->hold_ns, 17154990);
	assert_int_equal(kept_count(&kept, EVENT_LOCK_SITE), 1);
	/* The first row has other columns than the heading says. */
	assert_true(kept_has_fact(&kept, "lock_stat.damage"));
}

static void a_cut_text_is_read_to_its_last_whole_line(void **state)
{
	for (size_t bytes = sizeof(FOUR) - 2; bytes > sizeof(FOUR) - 60; bytes--) {
		owns(kept_free) struct kept kept = {};

		read_text(FOUR, bytes, &kept, 0);
		assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 5);
		assert_true(kept_has_fact(&kept, "lock_stat.damage"));
	}
}

static void the_kernels_warning_is_told(void **state)
{
	static const char text[] =
		"lock_stat version 0.4\n"
		"*WARNING* lock debugging disabled!! - possibly due to a lockdep warning\n"
		"  class name  contentions\n"
		"  a:  1\n";
	owns(kept_free) struct kept kept = {};

	read_text(text, sizeof(text) - 1, &kept, 0);
	assert_true(kept_fact(
		&kept, "lock_stat.warning",
		"*WARNING* lock debugging disabled!! - possibly due to a lockdep warning"));
	assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 1);
}

static void numbers_that_are_none_make_no_row(void **state)
{
	static const char *const rows[] = {
		"a:  x\n", "a:  -1\n", "a:  1 2\n", "a:\n", ":  1\n", "a:  18446744073709551616\n",
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(kept_free) struct kept kept = {};
		char text[128];
		int bytes =
			snprintf(text, sizeof(text),
				 "lock_stat version 0.4\n class name  contentions\n%s", rows[i]);

		read_text(text, (size_t)bytes, &kept, 0);
		assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 0);
		assert_true(kept_has_fact(&kept, "lock_stat.damage"));
	}
}

static void times_that_are_too_long_make_no_row(void **state)
{
	static const char text[] = "lock_stat version 0.4\n class name  waittime-max\n"
				   "a:  99999999999999999.99\nb:  1.5\nc:  .50\n";
	owns(kept_free) struct kept kept = {};

	read_text(text, sizeof(text) - 1, &kept, 0);
	assert_int_equal(kept_count(&kept, EVENT_LOCK_CLASS), 0);
}

static void a_text_without_a_heading_is_refused(void **state)
{
	static const char text[] = "lock_stat version 0.4\n";
	owns(kept_free) struct kept kept = {};

	read_text(text, sizeof(text) - 1, &kept, -EBADMSG);
	read_text("", 0, &kept, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_column_goes_to_its_place),
		cmocka_unit_test(names_keep_their_spaces_colons_and_brackets),
		cmocka_unit_test(sites_belong_to_the_class_above),
		cmocka_unit_test(the_first_version_is_read_by_its_own_heading),
		cmocka_unit_test(a_cut_text_is_read_to_its_last_whole_line),
		cmocka_unit_test(the_kernels_warning_is_told),
		cmocka_unit_test(numbers_that_are_none_make_no_row),
		cmocka_unit_test(times_that_are_too_long_make_no_row),
		cmocka_unit_test(a_text_without_a_heading_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
