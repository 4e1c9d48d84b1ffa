/* Which threads are shown, and in which order? Rows move only for a reason. */
#include "finding/top.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	char key;
	const char *id;
	const char *words;
} ORDERS[] = {
#define TOP_ORDER(NAME, key, id, words) [TOP_BY_##NAME] = { key, id, words },
#include "finding/top_orders.def"
#undef TOP_ORDER
};

const char *top_order_id(enum top_order order)
{
	return order < TOP_ORDERS ? ORDERS[order].id : "unknown";
}

char top_order_key(enum top_order order)
{
	if (order >= TOP_ORDERS)
		return '\0';
	return ORDERS[order].key;
}

const char *top_order_words(enum top_order order)
{
	return order < TOP_ORDERS ? ORDERS[order].words : "unknown";
}

int top_order_read(const char *id, enum top_order *ret)
{
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		if (strcmp(id, ORDERS[order].id) == 0) {
			*ret = order;
			return 0;
		}
	}
	return -EINVAL;
}

/* --- parts and rates --- */

double top_share(const struct top_report *report, uint64_t ns)
{
	if (ns == TOP_UNKNOWN || !report->window_ns)
		return -1;
	return (double)ns / (double)report->window_ns;
}

double top_cpu_share(const struct top_report *report, uint64_t ns)
{
	const struct top_machine *machine = &report->machine;
	const uint64_t parts[] = { machine->user_ns, machine->system_ns, machine->steal_ns,
				   machine->idle_ns };
	uint64_t all_ns = 0;

	for (size_t i = 0; i < array_count(parts); i++)
		all_ns += parts[i] == TOP_UNKNOWN ? 0 : parts[i];
	return ns == TOP_UNKNOWN || !all_ns ? -1 : (double)ns / (double)all_ns;
}

double top_per_second(const struct top_report *report, uint64_t amount)
{
	return report->window_ns ? (double)amount * 1e9 / (double)report->window_ns : 0;
}

uint64_t top_mean_ns(const struct top_disk *disk)
{
	uint64_t requests = disk->reads + disk->writes;

	return requests ? disk->wait_ns / requests : 0;
}

/* --- which --- */

/* Letters of ASCII are the same, large or small; names are any bytes. */
static bool contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

bool top_matches(const struct top_thread *thread, const struct top_choice *choice)
{
	const char *filter = choice->filter ? choice->filter : "";
	char number[16];

	if (!choice->with_idle && !thread->lost_ns && !thread->cpu_ns)
		return false;
	(void)snprintf(number, sizeof(number), "%u", thread->tid);
	return !filter[0] || contains(thread->name, filter) || contains(thread->process, filter) ||
	       contains(cause_id(thread->heaviest.cause), filter) ||
	       contains(thread->heaviest.culprit.name, filter) || strcmp(number, filter) == 0;
}

/* --- in which order --- */

/* The weight of a row; rows without one are ordered by what they are. */
static uint64_t weight_of(const struct top_thread *thread, enum top_order order)
{
	switch (order) {
	case TOP_BY_CPU:
		return thread->cpu_ns;
	case TOP_BY_WAIT:
		return thread->wait_is_idle ? 0 : thread->wait_ns;
	case TOP_BY_LOST:
	case TOP_BY_CAUSE:
		return thread->lost_ns;
	case TOP_BY_NAME:
	case TOP_BY_TID:
	case TOP_ORDERS:
		break;
	}
	return 0;
}

/* Rows of different groups never mix: < 0: left comes first. */
static int compare_groups(const struct top_thread *left, const struct top_thread *right,
			  enum top_order order)
{
	bool no_loss_left = !left->lost_ns, no_loss_right = !right->lost_ns;

	if (order == TOP_BY_NAME)
		return strcmp(left->name, right->name);
	if (order != TOP_BY_CAUSE)
		return 0;
	if (no_loss_left != no_loss_right)
		return no_loss_left ? 1 : -1;
	return strcmp(cause_id(left->heaviest.cause), cause_id(right->heaviest.cause));
}

static bool is_clearly_heavier(uint64_t heavy, uint64_t light, uint64_t window_ns)
{
	return heavy > light && heavy - light > light / 10 && heavy - light > window_ns / 100;
}

/* Shall the one below go above? is_new: it was not there before, and has no place to keep. */
static bool goes_above(const struct top_report *report, uint32_t below, uint32_t above,
		       enum top_order order, bool is_new)
{
	const struct top_thread *low = &report->threads.items[below];
	const struct top_thread *high = &report->threads.items[above];
	uint64_t low_weight = weight_of(low, order), high_weight = weight_of(high, order);
	int group = compare_groups(low, high, order);

	if (group)
		return group < 0;
	if (order == TOP_BY_NAME || order == TOP_BY_TID)
		return low->tid < high->tid;
	if (is_new && low_weight != high_weight)
		return low_weight > high_weight;
	return is_clearly_heavier(low_weight, high_weight, report->window_ns);
}

static const struct top_thread *find_thread(const struct top_report *report, uint32_t tid,
					    const uint32_t *by_tid, size_t count, uint32_t *ret)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (report->threads.items[by_tid[middle]].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || report->threads.items[by_tid[low]].tid != tid)
		return NULL;
	*ret = by_tid[low];
	return &report->threads.items[*ret];
}

static int compare_tids(const void *left, const void *right, void *self)
{
	const struct top_report *report = self;
	const uint32_t *a = left, *b = right;
	uint32_t a_tid = report->threads.items[*a].tid, b_tid = report->threads.items[*b].tid;

	return (a_tid > b_tid) - (a_tid < b_tid);
}

/* Put the row where it belongs among those above it. */
static void let_rise(struct top_rows *rows, const struct top_report *report, enum top_order order,
		     size_t place, bool is_new)
{
	uint32_t row = rows->places.items[place];

	while (place > 0 && goes_above(report, row, rows->places.items[place - 1], order, is_new)) {
		rows->places.items[place] = rows->places.items[place - 1];
		place--;
	}
	rows->places.items[place] = row;
}

static int add_row(struct top_rows *rows, const struct top_report *report, uint32_t place,
		   enum top_order order, bool is_new)
{
	uint32_t *row = array_push(&rows->places);

	if (!row)
		return -ENOMEM;
	*row = place;
	let_rise(rows, report, order, rows->places.count - 1, is_new);
	return 0;
}

/* First those that were there, in the order in which they were. */
static int add_old(struct top_rows *rows, const struct top_report *report,
		   const struct top_choice *choice, const uint32_t *by_tid, bool *is_there)
{
	for (size_t i = 0; i < rows->tids.count; i++) {
		uint32_t place = 0;
		const struct top_thread *thread = find_thread(report, rows->tids.items[i], by_tid,
							      report->threads.count, &place);

		if (!thread || is_there[place] || !top_matches(thread, choice))
			continue;
		is_there[place] = true;
		if (add_row(rows, report, place, choice->order, false) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int remember(struct top_rows *rows, const struct top_report *report)
{
	rows->tids.count = 0;
	for (size_t i = 0; i < rows->places.count; i++) {
		uint32_t *tid = array_push(&rows->tids);

		if (!tid)
			return -ENOMEM;
		*tid = report->threads.items[rows->places.items[i]].tid;
	}
	return 0;
}

int top_rows_choose(struct top_rows *rows, const struct top_report *report,
		    const struct top_choice *choice)
{
	size_t count = report->threads.count;
	owns(own_free) uint32_t *by_tid = calloc(count + 1, sizeof(*by_tid));
	owns(own_free) bool *is_there = calloc(count + 1, sizeof(*is_there));
	int r;

	if (!by_tid || !is_there)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		by_tid[i] = i;
	qsort_r(by_tid, count, sizeof(*by_tid), compare_tids, (void *)report);
	rows->places.count = 0;
	r = add_old(rows, report, choice, by_tid, is_there);
	for (uint32_t i = 0; i < count && r == 0; i++) {
		if (!is_there[i] && top_matches(&report->threads.items[i], choice))
			r = add_row(rows, report, i, choice->order, true);
	}
	return r < 0 ? r : remember(rows, report);
}

void top_rows_free(struct top_rows *rows)
{
	array_free(&rows->places);
	array_free(&rows->tids);
}

void top_report_free(struct top_report **report)
{
	struct top_report *freed = *report;

	*report = NULL;
	if (!freed)
		return;
	array_free(&freed->disks);
	array_free(&freed->threads);
	array_free(&freed->culprits);
	texts_free(freed->not_seen.items, freed->not_seen.count);
	array_free(&freed->not_seen);
	free(freed);
}

void top_detail_free(struct top_detail **detail)
{
	struct top_detail *freed = *detail;

	*detail = NULL;
	if (!freed)
		return;
	for (size_t i = 0; i < freed->causes.count; i++)
		array_free(&freed->causes.items[i].chain);
	for (size_t i = 0; i < freed->stacks.count; i++) {
		texts_free(freed->stacks.items[i].frames.items,
			   freed->stacks.items[i].frames.count);
		array_free(&freed->stacks.items[i].frames);
	}
	array_free(&freed->causes);
	array_free(&freed->stacks);
	array_free(&freed->files);
	array_free(&freed->disks);
	free(freed);
}
