/* Which waits are alike? One row for each combination of the keys, with how long its waits were. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/waiter_state.h"

static bool has(const struct waiter *waiter, enum wait_key key)
{
	return wait_keys_have(&waiter->options.keys, key);
}

/* The function that it slept in: what the rule found, else the innermost. */
static uint32_t function_of(const struct waiter *waiter, const struct seen *seen)
{
	if (seen->class->function)
		return seen->class->function;
	return classes_function(&waiter->profiler->wall.classes, seen->event->stack);
}

static struct wait_id id_of(const struct waiter *waiter, const struct seen *seen)
{
	const struct node *sleeper = &waiter->graph.nodes.items[seen->sleeper];
	struct wait_id id = { .syscall = SYSCALL_UNTOLD };
	bool is_bare = has(waiter, WAIT_BY_FUNCTION) && seen->is_untaken;

	if (has(waiter, WAIT_BY_THREAD))
		id.tid = sleeper->tid;
	if (has(waiter, WAIT_BY_THREAD) || has(waiter, WAIT_BY_COMM) || has(waiter, WAIT_BY_POOL))
		id.name = sleeper->name;
	if (id.name)
		id.role = sleeper->role;
	if (has(waiter, WAIT_BY_FUNCTION) && !seen->is_untaken)
		id.function = function_of(waiter, seen);
	if (has(waiter, WAIT_BY_WAKER)) {
		id.waker = seen->waker + 1;
		id.device = seen->device;
	}
	if (has(waiter, WAIT_BY_CAUSE))
		id.cause = seen->class->cause + 1;
	if (has(waiter, WAIT_BY_SYSCALL) || is_bare)
		id.syscall = seen->event->syscall;
	if (has(waiter, WAIT_BY_STATE) || is_bare)
		id.state = (unsigned char)wait_state_letter(seen->event->state);
	id.is_untaken = is_bare;
	return id;
}

static uint64_t id_hash(const struct wait_id *id)
{
	uint64_t words[sizeof(*id) / sizeof(uint64_t)], hash = 0;

	memcpy(words, id, sizeof(words));
	for (size_t i = 0; i < array_count(words); i++)
		hash = hash_pair(hash, words[i]);
	return hash;
}

static int new_sum(struct waiter *waiter, const struct seen *seen, struct wait_sum **ret)
{
	struct wait_sum *sum = array_push(&waiter->sums);

	if (!sum)
		return -ENOMEM;
	sum->node = seen->sleeper;
	sum->label = seen->class->label;
	*ret = sum;
	return 0;
}

static int get_rest(struct waiter *waiter, const struct seen *seen, struct wait_sum **ret)
{
	int r;

	if (waiter->rest) {
		*ret = &waiter->sums.items[waiter->rest - 1];
		return 0;
	}
	r = new_sum(waiter, seen, ret);
	if (r < 0)
		return r;
	(*ret)->is_rest = true;
	(*ret)->id.syscall = SYSCALL_UNTOLD;
	waiter->rest = (uint32_t)waiter->sums.count;
	return 0;
}

static int get_sum(struct waiter *waiter, const struct seen *seen, struct wait_sum **ret)
{
	const struct wait_id id = id_of(waiter, seen);
	uint64_t hash = id_hash(&id), *number;
	int r;

	/* Another id under the same hash moves on to the next number. */
	while ((number = hash_find(&waiter->by_id, hash))) {
		*ret = &waiter->sums.items[*number - 1];
		if (memcmp(&(*ret)->id, &id, sizeof(id)) == 0)
			return 0;
		hash++;
	}
	if (waiter->sums.count >= WAIT_ROWS_MAX)
		return get_rest(waiter, seen, ret);
	number = hash_put(&waiter->by_id, hash);
	r = number ? new_sum(waiter, seen, ret) : -ENOMEM;
	if (r < 0)
		return r;
	(*ret)->id = id;
	*number = waiter->sums.count;
	return 0;
}

int rows_add(struct waiter *waiter, const struct seen *seen)
{
	struct wait_sum *sum;
	int r = get_sum(waiter, seen, &sum);

	if (r < 0)
		return r;
	sum->has_many_labels |= sum->label != seen->class->label;
	sum->cause_ns[seen->class->cause] += seen->ns;
	histogram_add(&sum->histogram, seen->ns);
	return 0;
}

void rows_free(struct waiter *waiter)
{
	array_free(&waiter->sums);
	hash_free(&waiter->by_id);
}

/* --- at the end --- */

static enum cause main_cause(const struct wait_sum *sum)
{
	enum cause most = CAUSE_UNKNOWN;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (sum->cause_ns[cause] > sum->cause_ns[most])
			most = cause;
	}
	/* Waits that took no time have a reason all the same. */
	if (!sum->histogram.sum_ns && sum->id.cause)
		return (enum cause)(sum->id.cause - 1);
	return most;
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* The rule's words where all of its waits have the same, else the cause's title. */
static const char *what_for(const struct waiter *waiter, const struct wait_sum *sum,
			    enum cause cause)
{
	const char *label = names_text(&waiter->profiler->names, sum->label);

	if (!sum->has_many_labels && label[0])
		return label;
	return cause == CAUSE_UNKNOWN ? "" : cause_title(cause);
}

/* "" for none; a number that has no name is told as it is. */
static const char *call_text(struct profile *texts, int32_t number)
{
	const char *name = syscall_name(number);
	char digits[24];

	if (number < 0 || name)
		return profile_keep_text(texts, name ? name : "");
	(void)snprintf(digits, sizeof(digits), "%d", number);
	return profile_keep_text(texts, digits);
}

static void tell_times(const struct wait_report *report, const struct histogram *histogram,
		       struct wait_row *row)
{
	row->count = histogram->count;
	row->total_ns = histogram->sum_ns;
	row->avg_ns = histogram->count ? histogram->sum_ns / histogram->count : 0;
	row->p50_ns = histogram_quantile(histogram, 0.5);
	row->p99_ns = histogram_quantile(histogram, 0.99);
	row->max_ns = histogram->max_ns;
	row->share = share_of(row->total_ns, report->total_ns);
}

static struct wait_row row_of(const struct waiter *waiter, const struct wait_sum *sum,
			      struct wait_report *report)
{
	const struct names *names = &waiter->profiler->names;
	const struct graph *graph = &waiter->graph;
	struct profile *texts = report->tree;
	struct wait_row row = {
		.tid = sum->id.tid,
		.name = profile_keep_text(texts, names_text(names, sum->id.name)),
		.function = profile_keep_text(texts, names_text(names, sum->id.function)),
		.is_untaken = sum->id.is_untaken,
		.syscall = call_text(texts, sum->id.syscall),
		.state = (char)sum->id.state,
		.has_waker = sum->id.waker,
		.is_rest = sum->is_rest,
		.cause = main_cause(sum),
		.role = "",
		.waker = { .name = "", .role = "", .device = "" },
	};

	row.cause_share = row.cause || sum->histogram.sum_ns
				  ? share_of(sum->cause_ns[row.cause], sum->histogram.sum_ns)
				  : 0;
	row.what = profile_keep_text(texts, what_for(waiter, sum, row.cause));
	if (row.name && row.name[0])
		row.role = graph_who(waiter, &graph->nodes.items[sum->node], texts).role;
	if (row.has_waker) {
		row.waker = graph_who(waiter, &graph->nodes.items[sum->id.waker - 1], texts);
		row.waker.device = profile_keep_text(texts, names_text(names, sum->id.device));
	}
	tell_times(report, &sum->histogram, &row);
	return row;
}

static bool is_whole(const struct wait_row *row)
{
	return row->name && row->role && row->what && row->function && row->syscall &&
	       row->waker.name && row->waker.role && row->waker.device;
}

static int compare_sums(const void *left, const void *right, void *context)
{
	const struct wait_sum *a = *(const struct wait_sum *const *)left;
	const struct wait_sum *b = *(const struct wait_sum *const *)right;
	const struct names *names = context;
	int order;

	if (a->histogram.sum_ns != b->histogram.sum_ns)
		return a->histogram.sum_ns > b->histogram.sum_ns ? -1 : 1;
	if (a->histogram.count != b->histogram.count)
		return a->histogram.count > b->histogram.count ? -1 : 1;
	order = strcmp(names_text(names, a->id.name), names_text(names, b->id.name));
	/* Then as they were met. */
	return order ? order : (a > b) - (a < b);
}

static int tell_sum(const struct waiter *waiter, const struct wait_sum *sum,
		    struct wait_report *report)
{
	double least = waiter->options.min_share * (double)report->total_ns;
	struct wait_row *place;

	if ((double)sum->histogram.sum_ns < least) {
		report->hidden_rows++;
		report->hidden_ns += sum->histogram.sum_ns;
		report->hidden_count += sum->histogram.count;
		return 0;
	}
	place = array_push(&report->rows);
	if (!place)
		return -ENOMEM;
	*place = row_of(waiter, sum, report);
	return is_whole(place) ? 0 : -ENOMEM;
}

int rows_tell(struct waiter *waiter, struct wait_report *report)
{
	size_t count = waiter->sums.count;
	/* A list of pointers: that is what is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	owns(own_free) const struct wait_sum **order = calloc(count + 1, sizeof(*order));
	int r = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		order[i] = &waiter->sums.items[i];
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the same. */
	qsort_r(order, count, sizeof(*order), compare_sums, &waiter->profiler->names);
	for (size_t i = 0; i < count && r == 0; i++)
		r = tell_sum(waiter, order[i], report);
	return r;
}
