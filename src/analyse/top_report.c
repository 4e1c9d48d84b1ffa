/* What does the live screen show? The sums of the window as rows, and all about one thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/top_state.h"
#include "analyse/words.h"

/* A row of which nobody sees more than this is longer than any screen. */
enum shown {
	CAUSES_MAX = 12,
	STACKS_SHOWN_MAX = 8,
	FRAMES_SHOWN_MAX = 24,
	FILES_MAX = 12,
};

static int compare_threads(const void *left, const void *right)
{
	const struct top_thread *a = left, *b = right;

	if (a->lost_ns != b->lost_ns)
		return a->lost_ns > b->lost_ns ? -1 : 1;
	if (a->cpu_ns != b->cpu_ns)
		return a->cpu_ns > b->cpu_ns ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static int add_threads(struct topper *topper, struct top_report *report)
{
	size_t count, next;
	const struct top_sum *sums = top_merged_all(&topper->merged, TOP_CHARGE, &count);

	for (size_t i = 0; i < count; i = next) {
		const struct thread *thread = top_thread_at(topper, sums[i].key.thread - 1);
		struct top_thread *row;

		next = i + 1;
		while (next < count && sums[next].key.thread == sums[i].key.thread)
			next++;
		if (!top_tells(topper, thread))
			continue;
		row = array_push(&report->threads);
		if (!row)
			return -ENOMEM;
		top_row(topper, sums[i].key.thread - 1, &sums[i], next - i, row);
		report->lost_ns += row->lost_ns;
	}
	if (report->threads.count)
		qsort(report->threads.items, report->threads.count, sizeof(*report->threads.items),
		      compare_threads);
	return 0;
}

/* --- culprits: what all threads lost, whoever lost it --- */

static int compare_blames(const void *left, const void *right)
{
	const struct top_sum *a = left, *b = right;
	uint32_t a_cause = (uint32_t)a->key.a, b_cause = (uint32_t)b->key.a;

	if (a_cause != b_cause)
		return a_cause < b_cause ? -1 : 1;
	if (a->key.b != b->key.b)
		return a->key.b < b->key.b ? -1 : 1;
	if (a->key.c != b->key.c)
		return a->key.c < b->key.c ? -1 : 1;
	return (a->key.thread > b->key.thread) - (a->key.thread < b->key.thread);
}

static bool is_same_blame(const struct top_sum *a, const struct top_sum *b)
{
	return (uint32_t)a->key.a == (uint32_t)b->key.a && a->key.b == b->key.b &&
	       a->key.c == b->key.c;
}

static int compare_culprits(const void *left, const void *right)
{
	const struct top_culprit *a = left, *b = right;
	int order;

	if (a->lost_ns != b->lost_ns)
		return a->lost_ns > b->lost_ns ? -1 : 1;
	order = strcmp(cause_id(a->cause), cause_id(b->cause));
	return order ? order : strcmp(a->culprit.name, b->culprit.name);
}

/* Those of the same cause and blame stand together. */
static int sum_culprits(struct topper *topper, struct top_sum *sums, size_t count,
			struct top_report *report)
{
	size_t next;

	for (size_t i = 0; i < count; i = next) {
		struct top_culprit *culprit = array_push(&report->culprits);
		struct top_sum all = sums[i];
		struct top_cause cause;
		uint64_t threads = 1;

		if (!culprit)
			return -ENOMEM;
		for (next = i + 1; next < count && is_same_blame(&sums[i], &sums[next]); next++) {
			threads += sums[next].key.thread != sums[next - 1].key.thread;
			all.ns += sums[next].ns;
			if (all.tgid != sums[next].tgid)
				all.tgid = 0;
		}
		cause = top_cause_of(topper, &all);
		*culprit = (struct top_culprit){ .cause = cause.cause,
						 .culprit = cause.culprit,
						 .lost_ns = all.ns,
						 .threads = threads };
	}
	return 0;
}

static int add_culprits(struct topper *topper, struct top_report *report)
{
	size_t count, lost = 0;
	const struct top_sum *sums = top_merged_all(&topper->merged, TOP_CHARGE, &count);
	owns(own_free) struct top_sum *copies = calloc(count + 1, sizeof(*copies));
	int r;

	if (!copies)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct thread *thread = top_thread_at(topper, sums[i].key.thread - 1);

		if (top_charge_is_lost(&sums[i]) && top_tells(topper, thread))
			copies[lost++] = sums[i];
	}
	qsort(copies, lost, sizeof(*copies), compare_blames);
	r = sum_culprits(topper, copies, lost, report);
	if (r == 0 && report->culprits.count)
		qsort(report->culprits.items, report->culprits.count,
		      sizeof(*report->culprits.items), compare_culprits);
	return r;
}

/* --- all --- */

static uint64_t lost_events(const struct watch *watch)
{
	uint64_t lost = watch->other_losses;

	/* Of the hidden none was lost: they are threads, and told apart. */
	for (uint32_t what = 0; what < LOSS_KINDS; what++)
		lost += what == LOSS_HIDDEN ? 0 : watch->losses[what];
	return lost;
}

static void tell_watch(const struct topper *topper, struct top_report *report)
{
	static const enum target_kind TARGETS[] = {
		[WATCH_MACHINE] = TARGET_MACHINE,
		[WATCH_PROCESS] = TARGET_PROCESS,
		[WATCH_COMMAND] = TARGET_COMMAND,
	};
	const struct analysis *analysis = topper->analysis;

	report->window_ns = top_sums_window_ns(&topper->sums);
	report->age_ns = topper->mark_ns - analysis->watch.begin_ns;
	report->target = TARGETS[analysis->watch.target];
	(void)snprintf(report->target_name, sizeof(report->target_name), "%s",
		       names_text(&analysis->names, analysis->watch.name));
	report->lost_events = lost_events(&analysis->watch);
	report->hidden_threads = analysis->watch.losses[LOSS_HIDDEN];
	report->refused = top_sums_refused(&topper->sums) + analysis->tasks.refused_count;
}

int topper_report(struct topper *topper, struct top_report **ret, struct diag *why)
{
	owns(top_report_free) struct top_report *report = NULL;
	int r;

	if (!topper->has_turned || !topper->analysis->watch.is_seen)
		return diag_set(why, -ENODATA, "nothing was watched yet");
	report = calloc(1, sizeof(*report));
	r = report ? top_sums_merge(&topper->sums, &topper->merged) : -ENOMEM;
	if (r < 0)
		return diag_set(why, r, "out of memory");
	tell_watch(topper, report);
	r = top_machine_tell(topper, report);
	if (r == 0)
		r = add_threads(topper, report);
	if (r == 0)
		r = add_culprits(topper, report);
	if (r == 0)
		r = words_missing(topper->analysis, &report->not_seen);
	if (r == 0 && topper->analysis->names.is_out_of_memory)
		r = -ENOMEM;
	if (r < 0)
		return diag_set(why, r, "out of memory");
	*ret = give(report);
	return 0;
}

/* --- one thread --- */

static int compare_ns(const void *left, const void *right)
{
	const struct top_sum *a = left, *b = right;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	if (a->key.a != b->key.a)
		return a->key.a < b->key.a ? -1 : 1;
	return (a->key.b > b->key.b) - (a->key.b < b->key.b);
}

/* The heaviest sums of the thread of that kind; *ret is the caller's, to free(). */
static int heaviest(const struct topper *topper, enum top_what what, uint32_t thread, size_t most,
		    struct top_sum **ret, size_t *ret_count)
{
	const struct top_sum *sums = top_merged_find(&topper->merged, what, thread, ret_count);

	*ret = calloc(*ret_count + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	if (*ret_count) {
		memcpy(*ret, sums, *ret_count * sizeof(**ret));
		qsort(*ret, *ret_count, sizeof(**ret), compare_ns);
	}
	if (*ret_count > most)
		*ret_count = most;
	return 0;
}

static int add_chain(struct topper *topper, const struct top_sum *charge, struct top_cause *cause)
{
	const struct entry entry = { .cause = cause->cause,
				     .paths = { { .path = charge->path, .ns = charge->ns } } };
	struct finding finding = {};
	int r = words_chain(topper->analysis, &entry, &finding);

	/* The array is handed on; only its type has no name. */
	cause->chain.items = finding.chain.items;
	cause->chain.count = finding.chain.count;
	cause->chain.capacity = finding.chain.capacity;
	return r;
}

static int add_causes(struct topper *topper, uint32_t thread, struct top_detail *detail)
{
	owns(own_free) struct top_sum *sums = NULL;
	size_t count;
	int r = heaviest(topper, TOP_CHARGE, thread, CAUSES_MAX, &sums, &count);

	for (size_t i = 0; i < count && r == 0; i++) {
		struct top_cause *cause = array_push(&detail->causes);

		if (!cause)
			return -ENOMEM;
		*cause = top_cause_of(topper, &sums[i]);
		if (cause->is_lost)
			r = add_chain(topper, &sums[i], cause);
	}
	return r;
}

/* Innermost first: the kernel's, then the program's. */
static int add_frames(const struct topper *topper, uint64_t id, struct top_stack *stack)
{
	const struct stacks *stacks = &topper->stacks;
	const uint32_t *frames;
	uint32_t content = 0, count;
	int r = 0;

	if (!id || !stacks_find(stacks, id, &content))
		return 0;
	frames = stacks_frames(stacks, content, &count);
	while (count-- > 0 && r == 0) {
		const struct function *function = &stacks->functions.items[frames[count]];
		const char *name = names_text(&topper->analysis->names, function->name);

		if (stack->frames.count >= FRAMES_SHOWN_MAX)
			stack->more++;
		else
			r = text_add(&stack->frames, "%s", name[0] ? name : "[unknown]");
	}
	return r;
}

static int add_stacks(const struct topper *topper, uint32_t thread, struct top_detail *detail)
{
	owns(own_free) struct top_sum *sums = NULL;
	size_t count;
	int r = heaviest(topper, TOP_STACK, thread, STACKS_SHOWN_MAX, &sums, &count);

	for (size_t i = 0; i < count && r == 0; i++) {
		struct top_stack *stack = array_push(&detail->stacks);

		if (!stack)
			return -ENOMEM;
		stack->is_running = sums[i].key.a;
		stack->ns = sums[i].ns;
		r = add_frames(topper, sums[i].key.b, stack);
		if (r == 0)
			r = add_frames(topper, sums[i].key.c, stack);
	}
	return r;
}

static int add_files(const struct topper *topper, uint32_t thread, struct top_detail *detail)
{
	const struct analysis *analysis = topper->analysis;
	owns(own_free) struct top_sum *sums = NULL;
	size_t count;
	int r = heaviest(topper, TOP_FILE, thread, FILES_MAX, &sums, &count);

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct file *file =
			requests_get_file(&analysis->requests, (uint32_t)sums[i].key.a);
		struct top_file *row = array_push(&detail->files);

		if (!row)
			return -ENOMEM;
		row->lost_ns = sums[i].ns;
		(void)snprintf(row->name, sizeof(row->name), "%s",
			       file && file->name ? names_text(&analysis->names, file->name)
						  : "[name not known]");
		(void)snprintf(row->fs_type, sizeof(row->fs_type), "%s",
			       file ? names_text(&analysis->names, file->fs_type) : "");
	}
	return r;
}

int topper_detail(struct topper *topper, uint32_t tid, struct top_detail **ret, struct diag *why)
{
	const struct thread *thread = tasks_find(&topper->analysis->tasks, tid);
	owns(top_detail_free) struct top_detail *detail = NULL;
	const struct top_sum *charges;
	size_t count;
	int r;

	if (!thread)
		return diag_set(why, -ESRCH, "there is no thread %u any more", tid);
	detail = calloc(1, sizeof(*detail));
	if (!detail)
		return diag_set(why, -ENOMEM, "out of memory");
	charges = top_merged_find(&topper->merged, TOP_CHARGE, thread->index + 1, &count);
	top_row(topper, thread->index, charges, count, &detail->thread);
	r = add_causes(topper, thread->index + 1, detail);
	if (r == 0)
		r = add_stacks(topper, thread->index + 1, detail);
	if (r == 0)
		r = add_files(topper, thread->index + 1, detail);
	if (r == 0)
		r = top_disks_tell(topper, thread->index + 1, &detail->disks);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	*ret = give(detail);
	return 0;
}
