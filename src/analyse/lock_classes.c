/* What did the kernel itself count of its locks? Rows are kept as told; the difference of two
 * counts is made name by name. */
#include "analyse/lock_classes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROWS_MAX = 1 << 16, /* the kernel has room for 8192 classes, of two rows each */
	SITES_MAX = 64,     /* of a class, on each side; the kernel keeps four */
};

/* What was noticed while two counts were compared. */
struct difference {
	uint64_t cleared; /* rows whose counters went backwards */
	uint64_t gone;    /* rows that are no longer there */
	uint64_t summed;  /* names that stand for several classes */
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void copy_name(char *to, size_t room, const char *from, size_t bytes)
{
	if (bytes > room - 1)
		bytes = room - 1;
	memcpy(to, from, bytes);
	to[bytes] = '\0';
}

/* --- what is told --- */

static struct class_look *look_of(struct class_looks *looks, uint32_t look)
{
	return look > 1 ? &looks->last : &looks->first;
}

int class_looks_take(struct class_looks *looks, const struct event_lock_class *event)
{
	struct class_look *look = look_of(looks, event->look);
	struct lock_class *row;
	uint64_t *place;

	if (look->rows.count >= ROWS_MAX) {
		look->refused++;
		return 0;
	}
	place = hash_put(&look->by_id, event->id);
	row = place ? array_push(&look->rows) : NULL;
	if (!row)
		return -ENOMEM;
	*place = look->rows.count - 1;
	*row = (struct lock_class){
		.mode = event->flags & LOCK_CLASS_READ    ? LOCK_MODE_READ
			: event->flags & LOCK_CLASS_WRITE ? LOCK_MODE_WRITE
							  : LOCK_MODE_ANY,
		.id = event->id,
		.classes = 1,
		.has_bounces = event->flags & LOCK_CLASS_BOUNCES,
		.has_extremes = true,
		.contentions = event->contentions,
		.contended_bounces = event->contended_bounces,
		.wait_min_ns = event->wait_min_ns,
		.wait_max_ns = event->wait_max_ns,
		.wait_ns = event->wait_ns,
		.acquisitions = event->acquisitions,
		.acquired_bounces = event->acquired_bounces,
		.hold_min_ns = event->hold_min_ns,
		.hold_max_ns = event->hold_max_ns,
		.hold_ns = event->hold_ns,
	};
	copy_name(row->name, sizeof(row->name), event->name, event->name_bytes);
	return 0;
}

/* Count a site. 1; 0: there is no room; -ENOMEM. */
static int add_site(struct lock_sites *sites, const char *place, uint64_t count)
{
	struct lock_site *site = NULL;

	for (size_t i = 0; i < sites->count && !site; i++) {
		if (strcmp(sites->items[i].place, place) == 0)
			site = &sites->items[i];
	}
	if (!site && sites->count >= SITES_MAX)
		return 0;
	if (!site) {
		site = array_push(sites);
		if (!site)
			return -ENOMEM;
		copy_name(site->place, sizeof(site->place), place, strlen(place));
	}
	site->count = add(site->count, count);
	return 1;
}

int class_looks_take_site(struct class_looks *looks, const struct event_lock_site *event)
{
	struct class_look *look = look_of(looks, event->look);
	const uint64_t *row = hash_find(&look->by_id, event->class_id);
	char place[sizeof(((struct lock_site *)NULL)->place)];
	int r = 0;

	copy_name(place, sizeof(place), event->name, event->name_bytes);
	if (row && event->flags & LOCK_SITE_HOLDER)
		r = add_site(&look->rows.items[*row].holding, place, event->count);
	else if (row)
		r = add_site(&look->rows.items[*row].waiting, place, event->count);
	if (r == 0)
		look->refused++;
	return r < 0 ? r : 0;
}

bool class_looks_are_told(const struct class_looks *looks)
{
	return looks->first.rows.count || looks->last.rows.count;
}

/* --- sums of one name --- */

static int compare_names(const void *a, const void *b)
{
	const struct lock_class *one = a, *other = b;
	int r = strcmp(one->name, other->name);

	if (r == 0)
		r = (one->mode > other->mode) - (one->mode < other->mode);
	return r ? r : (one->id > other->id) - (one->id < other->id);
}

static bool is_same(const struct lock_class *one, const struct lock_class *other)
{
	return one->mode == other->mode && strcmp(one->name, other->name) == 0;
}

static int add_sites(struct lock_sites *sites, const struct lock_sites *more)
{
	int r = 0;

	for (size_t i = 0; i < more->count && r >= 0; i++)
		r = add_site(sites, more->items[i].place, more->items[i].count);
	return r < 0 ? r : 0;
}

static int add_row(struct lock_class *row, const struct lock_class *more)
{
	int r;

	if (more->contentions && (!row->contentions || more->wait_min_ns < row->wait_min_ns))
		row->wait_min_ns = more->wait_min_ns;
	if (more->wait_max_ns > row->wait_max_ns)
		row->wait_max_ns = more->wait_max_ns;
	if (more->acquisitions && (!row->acquisitions || more->hold_min_ns < row->hold_min_ns))
		row->hold_min_ns = more->hold_min_ns;
	if (more->hold_max_ns > row->hold_max_ns)
		row->hold_max_ns = more->hold_max_ns;
	row->contentions = add(row->contentions, more->contentions);
	row->contended_bounces = add(row->contended_bounces, more->contended_bounces);
	row->wait_ns = add(row->wait_ns, more->wait_ns);
	row->acquisitions = add(row->acquisitions, more->acquisitions);
	row->acquired_bounces = add(row->acquired_bounces, more->acquired_bounces);
	row->hold_ns = add(row->hold_ns, more->hold_ns);
	row->has_bounces &= more->has_bounces;
	row->classes += more->classes;
	r = add_sites(&row->waiting, &more->waiting);
	return r < 0 ? r : add_sites(&row->holding, &more->holding);
}

/* Rows of one name become one: their order in the kernel's text changes from look to look. */
static int sum_names(struct class_look *look)
{
	size_t kept = 0;
	int r = 0;

	if (look->rows.count)
		qsort(look->rows.items, look->rows.count, sizeof(*look->rows.items), compare_names);
	for (size_t i = 0; i < look->rows.count; i++) {
		struct lock_class *row = &look->rows.items[i];

		if (kept && is_same(&look->rows.items[kept - 1], row)) {
			if (r == 0)
				r = add_row(&look->rows.items[kept - 1], row);
			lock_class_free(row);
			continue;
		}
		look->rows.items[kept++] = *row;
	}
	look->rows.count = kept;
	return r;
}

/* --- the difference --- */

static void subtract_sites(struct lock_sites *sites, const struct lock_sites *before)
{
	size_t kept = 0;

	for (size_t i = 0; i < sites->count; i++) {
		struct lock_site site = sites->items[i];

		for (size_t k = 0; k < before->count; k++) {
			const struct lock_site *old = &before->items[k];

			if (strcmp(old->place, site.place) == 0)
				site.count -= old->count < site.count ? old->count : site.count;
		}
		if (site.count)
			sites->items[kept++] = site;
	}
	sites->count = kept;
}

static bool went_backwards(const struct lock_class *row, const struct lock_class *before)
{
	return row->contentions < before->contentions || row->acquisitions < before->acquisitions ||
	       row->wait_ns < before->wait_ns || row->hold_ns < before->hold_ns ||
	       row->contended_bounces < before->contended_bounces ||
	       row->acquired_bounces < before->acquired_bounces;
}

static void subtract_row(struct lock_class *row, const struct lock_class *before,
			 struct difference *difference)
{
	if (went_backwards(row, before)) {
		difference->cleared++;
		return;
	}
	row->contentions -= before->contentions;
	row->contended_bounces -= before->contended_bounces;
	row->wait_ns -= before->wait_ns;
	row->acquisitions -= before->acquisitions;
	row->acquired_bounces -= before->acquired_bounces;
	row->hold_ns -= before->hold_ns;
	row->has_extremes = false;
	row->wait_min_ns = row->wait_max_ns = row->hold_min_ns = row->hold_max_ns = 0;
	subtract_sites(&row->waiting, &before->waiting);
	subtract_sites(&row->holding, &before->holding);
}

/* Rows in which nothing happened between the two counts say nothing. */
static void drop_idle_rows(struct class_look *look)
{
	size_t kept = 0;

	for (size_t i = 0; i < look->rows.count; i++) {
		struct lock_class *row = &look->rows.items[i];

		if (row->contentions || row->acquisitions)
			look->rows.items[kept++] = *row;
		else
			lock_class_free(row);
	}
	look->rows.count = kept;
}

static uint64_t count_summed(const struct class_look *look)
{
	uint64_t summed = 0;

	for (size_t i = 0; i < look->rows.count; i++)
		summed += look->rows.items[i].classes > 1;
	return summed;
}

/* Both are sorted by name afterwards, and of `look` only what came since `before` is left. */
static int subtract_look(struct class_look *look, struct class_look *before,
			 struct difference *difference)
{
	size_t k = 0;
	int r = sum_names(look);

	if (r == 0)
		r = sum_names(before);
	if (r < 0)
		return r;
	for (size_t i = 0; i < look->rows.count; i++) {
		struct lock_class *row = &look->rows.items[i];

		for (; k < before->rows.count; k++) {
			const struct lock_class *old = &before->rows.items[k];
			int order = strcmp(old->name, row->name);

			if (order > 0 || (order == 0 && old->mode >= row->mode))
				break;
			difference->gone++;
		}
		if (k < before->rows.count && is_same(&before->rows.items[k], row))
			subtract_row(row, &before->rows.items[k++], difference);
	}
	difference->gone += before->rows.count - k;
	difference->summed = count_summed(look);
	drop_idle_rows(look);
	return 0;
}

/* --- the report --- */

static uint64_t value_of(const struct lock_class *row, enum lock_order order)
{
	switch (order) {
	case LOCK_ORDER_WAIT:
		return row->wait_ns;
	case LOCK_ORDER_CONTENTIONS:
		return row->contentions;
	case LOCK_ORDER_AVG:
		return row->wait_mean_ns;
	case LOCK_ORDER_MAX:
		return row->wait_max_ns;
	case LOCK_ORDER_HOLD:
		return row->hold_ns;
	case LOCK_ORDER_NAME:
	case LOCK_ORDER_COUNT:
		break;
	}
	return 0;
}

static int compare_rows(const void *a, const void *b, void *order)
{
	uint64_t one = value_of(a, *(enum lock_order *)order);
	uint64_t other = value_of(b, *(enum lock_order *)order);

	return one != other ? (one < other) - (one > other) : compare_names(a, b);
}

static int compare_sites(const void *a, const void *b)
{
	const struct lock_site *one = a, *other = b;

	return one->count != other->count
		       ? (one->count < other->count) - (one->count > other->count)
		       : strcmp(one->place, other->place);
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : -1;
}

static void share_sites(struct lock_sites *sites)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sites->count; i++)
		sum = add(sum, sites->items[i].count);
	for (size_t i = 0; i < sites->count; i++)
		sites->items[i].share = share(sites->items[i].count, sum);
	if (sites->count)
		qsort(sites->items, sites->count, sizeof(*sites->items), compare_sites);
}

static void sum_up(struct lock_classes *classes)
{
	for (size_t i = 0; i < classes->rows.count; i++) {
		struct lock_class *row = &classes->rows.items[i];

		classes->contentions = add(classes->contentions, row->contentions);
		classes->acquisitions = add(classes->acquisitions, row->acquisitions);
		classes->wait_ns = add(classes->wait_ns, row->wait_ns);
		classes->hold_ns = add(classes->hold_ns, row->hold_ns);
		classes->quiet += !row->contentions;
	}
}

static void finish_rows(struct lock_classes *classes, enum lock_order order)
{
	sum_up(classes);
	for (size_t i = 0; i < classes->rows.count; i++) {
		struct lock_class *row = &classes->rows.items[i];

		row->wait_mean_ns = row->contentions ? row->wait_ns / row->contentions : 0;
		row->hold_mean_ns = row->acquisitions ? row->hold_ns / row->acquisitions : 0;
		row->contended_share = share(row->contentions, row->acquisitions);
		row->contention_share = share(row->contentions, classes->contentions);
		row->wait_share = share(row->wait_ns, classes->wait_ns);
		share_sites(&row->waiting);
		share_sites(&row->holding);
	}
	if (classes->rows.count)
		qsort_r(classes->rows.items, classes->rows.count, sizeof(*classes->rows.items),
			compare_rows, &order);
}

/* n and the word for so many. */
#define COUNTED(n, one, many) (n), (n) == 1 ? (one) : (many)

static int note_difference(const struct difference *difference, struct lock_report *report)
{
	int r = text_add(
		&report->notes,
		"the kernel's numbers are those between two counts: the shortest and the longest "
		"of each kind are not known for that time");

	if (r == 0 && difference->cleared)
		r = text_add(&report->notes,
			     "the counters of %" PRIu64
			     " %s went backwards: they were cleared in between, and what "
			     "is told of these is since then",
			     COUNTED(difference->cleared, "row", "rows"));
	if (r == 0 && difference->gone)
		r = text_add(
			&report->notes,
			"%" PRIu64
			" %s of the earlier count %s no longer there: cleared, or its module is gone",
			difference->gone, difference->gone == 1 ? "row" : "rows",
			difference->gone == 1 ? "is" : "are");
	if (r == 0 && difference->summed)
		r = text_add(
			&report->notes,
			"%" PRIu64
			" %s for several classes, whose numbers are summed: the kernel cuts what "
			"tells them apart",
			COUNTED(difference->summed, "name stands", "names stand"));
	return r;
}

static int note_rows(const struct class_look *look, struct lock_report *report)
{
	bool has_sites = false;
	int r = 0;

	for (size_t i = 0; i < look->rows.count; i++)
		has_sites |= look->rows.items[i].waiting.count > 0;
	if (has_sites)
		r = text_add(
			&report->notes,
			"the kernel keeps the first four call sites of a class on each side, readers' and "
			"writers' together: those of later ones are not counted");
	if (r == 0 && look->refused)
		r = text_add(&report->notes, "%" PRIu64 " rows and call sites found no room",
			     look->refused);
	return r;
}

int class_looks_report(struct class_looks *looks, struct class_looks *before,
		       struct lock_report *report)
{
	struct class_look *look = looks->last.rows.count ? &looks->last : &looks->first;
	struct class_look *old = NULL;
	struct difference difference = {};
	int r = 0;

	if (before)
		old = before->last.rows.count ? &before->last : &before->first;
	else if (look == &looks->last)
		old = &looks->first;
	report->classes.is_told = look->rows.count || old;
	report->classes.is_difference = old;
	if (old) {
		r = subtract_look(look, old, &difference);
		if (r == 0)
			r = note_difference(&difference, report);
	}
	if (r == 0)
		r = note_rows(look, report);
	if (r < 0)
		return r;
	report->classes.rows.items = look->rows.items;
	report->classes.rows.count = look->rows.count;
	report->classes.rows.capacity = look->rows.capacity;
	look->rows.items = NULL;
	look->rows.count = look->rows.capacity = 0;
	finish_rows(&report->classes, report->order);
	return 0;
}

static void free_look(struct class_look *look)
{
	for (size_t i = 0; i < look->rows.count; i++)
		lock_class_free(&look->rows.items[i]);
	array_free(&look->rows);
	hash_free(&look->by_id);
}

void class_looks_free(struct class_looks *looks)
{
	free_look(&looks->first);
	free_look(&looks->last);
}
