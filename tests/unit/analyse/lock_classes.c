/* Do the kernel's own numbers come out as they were told, and the difference of two counts as what
 * came between? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/locks.h"
#include "harness/test.h"
#include "stream.h"

struct told {
	const char *name;
	uint32_t flags;
	uint64_t contentions;
	uint64_t wait_ns;
	uint64_t acquisitions;
	uint64_t hold_ns;
};

static void take(struct locksmith *smith, struct event *event, size_t bytes, enum event_kind kind)
{
	struct diag why = {};

	event->bytes = (uint32_t)((bytes + 7) & ~(size_t)7);
	event->kind = (uint16_t)kind;
	assert_int_equal(locksmith_take(smith, event, &why), 0);
}

static void tell(struct locksmith *smith, uint32_t look, uint32_t id, const struct told *told)
{
	union {
		struct event_lock_class class;
		char bytes[sizeof(struct event_lock_class) + 128];
	} event = {
		.class = {
			.id = id, .look = look, .flags = told->flags,
			.contentions = told->contentions, .wait_ns = told->wait_ns,
			.wait_min_ns = told->contentions ? 10 : 0, .wait_max_ns = told->wait_ns,
			.acquisitions = told->acquisitions, .hold_ns = told->hold_ns,
			.name_bytes = (uint16_t)strlen(told->name),
		},
	};

	memcpy(event.bytes + sizeof(event.class), told->name, strlen(told->name));
	take(smith, &event.class.head, sizeof(event.class) + strlen(told->name), EVENT_LOCK_CLASS);
}

static void tell_site(struct locksmith *smith, uint32_t look, uint32_t id, uint32_t flags,
		      uint64_t count, const char *place)
{
	union {
		struct event_lock_site site;
		char bytes[sizeof(struct event_lock_site) + 128];
	} event = {
		.site = { .class_id = id,
			  .look = look,
			  .flags = flags,
			  .count = count,
			  .name_bytes = (uint16_t)strlen(place) },
	};

	memcpy(event.bytes + sizeof(event.site), place, strlen(place));
	take(smith, &event.site.head, sizeof(event.site) + strlen(place), EVENT_LOCK_SITE);
}

static struct locksmith *smith_of(const struct told *rows, size_t count)
{
	struct locksmith *smith = NULL;

	assert_int_equal(locksmith_new(&smith), 0);
	for (size_t i = 0; i < count; i++)
		tell(smith, 1, (uint32_t)i + 1, &rows[i]);
	return smith;
}

static struct lock_report *report_of(struct locksmith *smith, struct locksmith *before,
				     enum lock_order order)
{
	struct lock_report *report = NULL;
	struct diag why = {};

	assert_int_equal(locksmith_report(smith, before, order, &report, &why), 0);
	assert_true(report->classes.is_told);
	return report;
}

static const struct lock_class *row_of(const struct lock_report *report, const char *name)
{
	for (size_t i = 0; i < report->classes.rows.count; i++) {
		if (strcmp(report->classes.rows.items[i].name, name) == 0)
			return &report->classes.rows.items[i];
	}
	return NULL;
}

static bool is_noted(const struct lock_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}

static const struct told THREE[] = {
	{ "a", 0, 10, 5000, 100, 700 },
	{ "b", LOCK_CLASS_WRITE, 40, 4000, 80, 90000 },
	{ "c", 0, 1, 1000, 0, 0 },
};

static void means_and_shares_are_made(void **state)
{
	owns(locksmith_free) struct locksmith *smith = smith_of(THREE, array_count(THREE));
	owns(lock_report_free) struct lock_report *report = report_of(smith, NULL, LOCK_ORDER_WAIT);
	const struct lock_class *row = row_of(report, "a");

	assert_non_null(row);
	assert_int_equal(report->classes.contentions, 51);
	assert_int_equal(report->classes.wait_ns, 10000);
	assert_int_equal(row->wait_mean_ns, 500);
	assert_int_equal(row->hold_mean_ns, 7);
	assert_near(row->wait_share, 0.5);
	assert_near(row->contended_share, 0.1);
	assert_near(row->contention_share, 10.0 / 51);
	/* Nobody got it: there is no rate. */
	assert_true(row_of(report, "c")->contended_share < 0);
	assert_int_equal(row_of(report, "b")->mode, LOCK_MODE_WRITE);
}

static void rows_stand_in_the_order_asked_for(void **state)
{
	static const struct {
		enum lock_order order;
		const char *names[3];
	} rows[] = {
		{ LOCK_ORDER_WAIT, { "a", "b", "c" } },
		{ LOCK_ORDER_CONTENTIONS, { "b", "a", "c" } },
		{ LOCK_ORDER_AVG, { "c", "a", "b" } },
		{ LOCK_ORDER_MAX, { "a", "b", "c" } },
		{ LOCK_ORDER_HOLD, { "b", "a", "c" } },
		{ LOCK_ORDER_NAME, { "a", "b", "c" } },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		owns(locksmith_free) struct locksmith *smith = smith_of(THREE, array_count(THREE));
		owns(lock_report_free) struct lock_report *report =
			report_of(smith, NULL, rows[i].order);

		for (size_t k = 0; k < 3; k++)
			assert_string_equal(report->classes.rows.items[k].name, rows[i].names[k]);
	}
}

static void sites_are_joined_to_their_class(void **state)
{
	owns(locksmith_free) struct locksmith *smith = smith_of(THREE, array_count(THREE));
	owns(lock_report_free) struct lock_report *report = NULL;
	const struct lock_class *row;

	tell_site(smith, 1, 2, 0, 10, "f+0x1/0x2");
	tell_site(smith, 1, 2, 0, 30, "g+0x1/0x2");
	tell_site(smith, 1, 2, LOCK_SITE_HOLDER, 40, "h+0x1/0x2");
	tell_site(smith, 1, 99, 0, 1, "of a class never told");
	report = report_of(smith, NULL, LOCK_ORDER_WAIT);
	row = row_of(report, "b");
	assert_int_equal(row->waiting.count, 2);
	assert_string_equal(row->waiting.items[0].place, "g+0x1/0x2");
	assert_near(row->waiting.items[0].share, 0.75);
	assert_int_equal(row->holding.count, 1);
	assert_near(row->holding.items[0].share, 1);
	assert_true(is_noted(report, "found no room"));
}

static void names_told_twice_stay_apart(void **state)
{
	static const struct told rows[] = { { "x#1", 0, 5, 50, 9, 9 }, { "x#1", 0, 3, 90, 9, 9 } };
	owns(locksmith_free) struct locksmith *smith = smith_of(rows, array_count(rows));
	owns(lock_report_free) struct lock_report *report =
		report_of(smith, NULL, LOCK_ORDER_CONTENTIONS);

	assert_int_equal(report->classes.rows.count, 2);
	assert_int_equal(report->classes.rows.items[0].contentions, 5);
}

static void a_difference_is_what_came_between(void **state)
{
	static const struct told after[] = {
		{ "a", 0, 15, 9000, 200, 900 }, { "b", LOCK_CLASS_WRITE, 40, 4000, 80, 90000 },
		{ "new", 0, 2, 20, 3, 30 },     { "x#1", 0, 5, 50, 9, 9 },
		{ "x#1", 0, 3, 90, 9, 9 },
	};
	owns(locksmith_free) struct locksmith *before = smith_of(THREE, array_count(THREE));
	owns(locksmith_free) struct locksmith *smith = smith_of(after, array_count(after));
	owns(lock_report_free) struct lock_report *report = NULL;

	tell_site(before, 1, 1, 0, 10, "f");
	tell_site(smith, 1, 1, 0, 14, "f");
	tell_site(smith, 1, 1, 0, 1, "g");
	report = report_of(smith, before, LOCK_ORDER_WAIT);
	assert_true(report->classes.is_difference);
	assert_int_equal(row_of(report, "a")->contentions, 5);
	assert_int_equal(row_of(report, "a")->wait_ns, 4000);
	assert_int_equal(row_of(report, "a")->wait_mean_ns, 800);
	assert_int_equal(row_of(report, "a")->acquisitions, 100);
	assert_false(row_of(report, "a")->has_extremes);
	assert_int_equal(row_of(report, "a")->waiting.items[0].count, 4);
	assert_int_equal(row_of(report, "a")->waiting.items[1].count, 1);
	assert_null(row_of(report, "b")); /* nothing happened to it */
	assert_int_equal(row_of(report, "new")->contentions, 2);
	assert_true(row_of(report, "new")->has_extremes);
	assert_int_equal(row_of(report, "x#1")->classes, 2);
	assert_int_equal(row_of(report, "x#1")->contentions, 8);
	assert_true(is_noted(report, "1 row of the earlier count is no longer there"));
	assert_true(is_noted(report, "1 name stands for several classes"));
	assert_false(is_noted(report, "backwards"));
}

static void counters_that_went_backwards_were_cleared(void **state)
{
	static const struct told after[] = { { "a", 0, 3, 300, 20, 100 },
					     { "b", LOCK_CLASS_WRITE, 41, 4100, 81, 90001 } };
	owns(locksmith_free) struct locksmith *before = smith_of(THREE, array_count(THREE));
	owns(locksmith_free) struct locksmith *smith = smith_of(after, array_count(after));
	owns(lock_report_free) struct lock_report *report =
		report_of(smith, before, LOCK_ORDER_WAIT);

	assert_int_equal(row_of(report, "a")->contentions, 3);
	assert_int_equal(row_of(report, "a")->wait_ns, 300);
	assert_int_equal(row_of(report, "b")->contentions, 1);
	assert_true(is_noted(report, "of 1 row went backwards"));
}

static void two_looks_of_one_watch_are_a_difference(void **state)
{
	static const struct told later = { "a", 0, 11, 5600, 101, 710 };
	owns(locksmith_free) struct locksmith *smith = smith_of(THREE, array_count(THREE));
	owns(lock_report_free) struct lock_report *report = NULL;

	tell(smith, 2, 1, &later);
	report = report_of(smith, NULL, LOCK_ORDER_WAIT);
	assert_true(report->classes.is_difference);
	assert_int_equal(report->classes.rows.count, 1);
	assert_int_equal(report->classes.wait_ns, 600);
}

static void without_locks_there_is_no_report(void **state)
{
	owns(locksmith_free) struct locksmith *none = smith_of(THREE, 0);
	owns(locksmith_free) struct locksmith *some = smith_of(THREE, array_count(THREE));
	struct lock_report *report = NULL;
	struct diag why = {};

	assert_int_equal(locksmith_report(none, NULL, LOCK_ORDER_WAIT, &report, &why), -ENODATA);
	assert_int_equal(locksmith_report(some, none, LOCK_ORDER_WAIT, &report, &why), -ENODATA);
	assert_null(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_and_shares_are_made),
		cmocka_unit_test(rows_stand_in_the_order_asked_for),
		cmocka_unit_test(sites_are_joined_to_their_class),
		cmocka_unit_test(names_told_twice_stay_apart),
		cmocka_unit_test(a_difference_is_what_came_between),
		cmocka_unit_test(counters_that_went_backwards_were_cleared),
		cmocka_unit_test(two_looks_of_one_watch_are_a_difference),
		cmocka_unit_test(without_locks_there_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
