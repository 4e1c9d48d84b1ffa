/* Who of a guest's threads wakes whom, and by which way? Wake-ups are counted by their two ends; at
 * the end these get the names and roles that the graph of wakers has found. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kvm_state.h"
#include "analyse/patterns.h"
#include "analyse/roles.h"
#include "analyse/wakers.h"

enum {
	WAKES_MAX = 1024,   /* rows of one guest */
	THREADS_MAX = 4096, /* of one guest */
};

static const struct {
	const char *function;
	const char *waker;
	const char *sleeper;
	const char *words;
} PATHS[] = {
#define WAKE_PATH(function, waker, sleeper, words) { function, waker, sleeper, words },
#include "analyse/wake_paths.def"
#undef WAKE_PATH
};

/* The first row whose function is in the stack, + 1; 0: none. */
static int path_of_stack(struct kvm *kvm, uint32_t content, uint16_t *ret)
{
	uint64_t *known = hash_find(&kvm->paths, content);

	*ret = 0;
	if (!content)
		return 0;
	if (!known) {
		size_t row = 0;

		while (row < array_count(PATHS) &&
		       !path_wakes_in(kvm->waiter, content, PATHS[row].function))
			row++;
		known = hash_put(&kvm->paths, content);
		if (!known)
			return -ENOMEM;
		*known = row < array_count(PATHS) ? row + 1 : 0;
	}
	*ret = (uint16_t)*known;
	return 0;
}

static int get_sum(struct kvm *kvm, const struct wake_sum *wanted, struct wake_sum **ret)
{
	uint64_t key = hash_pair((uint64_t)wanted->waker << 32 | wanted->sleeper,
				 (uint64_t)wanted->kind << 32 | (uint64_t)wanted->path << 1 |
					 wanted->has_stack);
	uint64_t *place = hash_find(&kvm->wake_by_key, key);

	*ret = NULL;
	if (!place && kvm->wakes.count >= KVM_EDGES_MAX) {
		kvm->refused_wakes++;
		return 0;
	}
	if (!place) {
		*ret = array_push(&kvm->wakes);
		place = *ret ? hash_put(&kvm->wake_by_key, key) : NULL;
		if (!place)
			return -ENOMEM;
		**ret = *wanted;
		*place = kvm->wakes.count;
	}
	*ret = &kvm->wakes.items[*place - 1];
	return 0;
}

int kvm_take_wait(struct kvm *kvm, const struct event_wait *event)
{
	struct wake_sum wanted = {
		.waker = event->waker_tid,
		.sleeper = event->tid,
		.kind = (uint16_t)waker_kind_of(event),
	};
	struct wake_sum *sum = NULL;
	uint32_t content = 0;
	int r;

	if (event->flags & SPAN_OPEN_END)
		return 0;
	wanted.has_stack =
		stacks_find(&kvm->waiter->profiler->stacks, event->waker_stack, &content) &&
		content;
	r = path_of_stack(kvm, content, &wanted.path);
	if (r == 0)
		r = get_sum(kvm, &wanted, &sum);
	if (r < 0 || !sum)
		return r;
	sum->count++;
	if (event->end_ns > event->start_ns &&
	    __builtin_add_overflow(sum->waited_ns, event->end_ns - event->start_ns,
				   &sum->waited_ns))
		sum->waited_ns = UINT64_MAX;
	return 0;
}

/* --- threads --- */

/* What the graph of wakers found of a thread: tid → its role. */
static const char *role_in(const struct kvm_report *report, const struct hash_map *nodes,
			   uint32_t tid)
{
	const uint64_t *place = hash_find(nodes, tid);

	return place ? report->waits->nodes.items[*place - 1].who.role : "";
}

/* A thread that neither slept nor woke anybody is in no graph: its name alone tells. */
static struct role role_by_name(const struct kvm *kvm, const struct kvm_task *task)
{
	const struct kvm_task *process = kvm_task_find(kvm, task->tgid);
	const struct role_facts facts = {
		.name = kvm_task_name(kvm, task),
		.process = process ? kvm_task_name(kvm, process) : "",
		.is_kernel = task->is_kernel,
		.is_main = task->tid == task->tgid,
	};

	return role_of(&facts);
}

static int index_nodes(const struct kvm_report *report, struct hash_map *ret)
{
	for (size_t i = 0; i < report->waits->nodes.count; i++) {
		const struct wait_waker *who = &report->waits->nodes.items[i].who;
		uint64_t *place =
			who->kind == WAKER_THREAD && who->tid ? hash_put(ret, who->tid) : NULL;

		if (who->kind == WAKER_THREAD && who->tid && !place)
			return -ENOMEM;
		if (place)
			*place = i + 1;
	}
	return 0;
}

/* Where threads have no names of their own: who polls and is not the first is an iothread, where
 * there is one. */
static bool polls(const struct kvm *kvm, uint32_t tid)
{
	static const char *const FUNCTIONS[] = { "do_sys_poll", "ep_poll", "io_cqring_wait" };
	const struct graph *graph = &kvm->waiter->graph;

	for (size_t i = 0; i < graph->nodes.count; i++) {
		const struct node *node = &graph->nodes.items[i];

		if (node->kind != WAKER_THREAD || node->tid != tid || !node->kernel)
			continue;
		for (size_t k = 0; k < array_count(FUNCTIONS); k++) {
			if (path_has(kvm->waiter, node->kernel, FUNCTIONS[k]))
				return true;
		}
	}
	return false;
}

static int add_thread(const struct kvm *kvm, struct kvm_guest *guest, const struct kvm_task *task,
		      const struct hash_map *nodes)
{
	const struct profile *tree = kvm->report->waits->tree;
	const char *role = role_in(kvm->report, nodes, task->tid);
	const struct role by_name = role_by_name(kvm, task);
	struct kvm_thread *thread;

	if (guest->threads.count >= THREADS_MAX)
		return 0;
	thread = array_push(&guest->threads);
	if (!thread)
		return -ENOMEM;
	thread->tid = task->tid;
	(void)snprintf(thread->name, sizeof(thread->name), "%s", kvm_task_name(kvm, task));
	/* What it is called now says more than what it was seen in, under another name perhaps:
	 * threads are born with the name of who made them. */
	(void)snprintf(thread->role, sizeof(thread->role), "%s",
		       by_name.words[0] ? by_name.words : role);
	if (!thread->role[0] && guest->iothreads.count && !guest->debug_threads &&
	    polls(kvm, task->tid))
		(void)snprintf(thread->role, sizeof(thread->role),
			       "QEMU iothread, by what it waits in");
	thread->run_ns = task->run_ns;
	thread->busy_share = tree->window_ns && kvm->report->has_waits
				     ? (double)task->run_ns / (double)tree->window_ns
				     : -1;
	return 0;
}

static int compare_threads(const void *a, const void *b)
{
	const struct kvm_thread *one = a, *other = b;

	if (one->run_ns != other->run_ns)
		return one->run_ns > other->run_ns ? -1 : 1;
	return (one->tid > other->tid) - (one->tid < other->tid);
}

int kvm_tell_threads(struct kvm *kvm)
{
	struct hash_map nodes = {};
	int r = index_nodes(kvm->report, &nodes);

	for (size_t i = 0; i < kvm->tasks.count && r == 0; i++) {
		const struct kvm_task *task = &kvm->tasks.items[i];
		struct kvm_guest *guest =
			task->tgid ? kvm_guest_find(kvm->report, task->tgid) : NULL;

		if (guest)
			r = add_thread(kvm, guest, task, &nodes);
	}
	for (size_t i = 0; i < kvm->report->guests.count; i++) {
		struct kvm_guest *guest = &kvm->report->guests.items[i];

		if (guest->threads.count)
			qsort(guest->threads.items, guest->threads.count,
			      sizeof(*guest->threads.items), compare_threads);
	}
	hash_free(&nodes);
	return r;
}

/* --- rows --- */

/* An end of a wake-up: a thread as people call it, and its role apart. */
struct end {
	char label[128];
	char role[96];
};

static const struct kvm_thread *thread_in(const struct kvm_guest *guest, uint32_t tid)
{
	for (size_t i = 0; i < guest->threads.count; i++) {
		if (guest->threads.items[i].tid == tid)
			return &guest->threads.items[i];
	}
	return NULL;
}

static struct end end_of(const struct kvm *kvm, const struct kvm_guest *guest, uint32_t tid,
			 enum waker_kind kind)
{
	const struct kvm_thread *thread = tid ? thread_in(guest, tid) : NULL;
	const struct kvm_task *task = tid ? kvm_task_find(kvm, tid) : NULL;
	const char *name = task ? kvm_task_name(kvm, task) : "";
	struct end end = { .label = "somebody who was not seen" };

	if (thread)
		(void)snprintf(end.role, sizeof(end.role), "%s", thread->role);
	else if (task)
		end = (struct end){ .label = "" };
	if (task && !thread)
		(void)snprintf(end.role, sizeof(end.role), "%s", role_by_name(kvm, task).words);
	if (tid && end.role[0])
		(void)snprintf(end.label, sizeof(end.label), "%.16s (%.96s)", name, end.role);
	else if (tid)
		(void)snprintf(end.label, sizeof(end.label), "%.16s[%" PRIu32 "]", name, tid);
	else if (kind == WAKER_INTERRUPT)
		(void)snprintf(end.label, sizeof(end.label), "an interrupt");
	else if (kind == WAKER_SOFTIRQ)
		(void)snprintf(end.label, sizeof(end.label), "a soft interrupt");
	return end;
}

/* The row of the same function that fits both roles. */
static const char *words_of(uint16_t path, const struct end *waker, const struct end *sleeper)
{
	if (!path)
		return "another way";
	for (size_t i = path - 1; i < array_count(PATHS); i++) {
		if (strcmp(PATHS[i].function, PATHS[path - 1].function) == 0 &&
		    pattern_fits(waker->role, PATHS[i].waker, NULL) &&
		    pattern_fits(sleeper->role, PATHS[i].sleeper, NULL))
			return PATHS[i].words;
	}
	return "another way";
}

static struct kvm_wake *get_row(struct kvm_guest *guest, const struct end *waker,
				const struct end *sleeper, int *r)
{
	struct kvm_wake *row;

	for (size_t i = 0; i < guest->wakes.count; i++) {
		row = &guest->wakes.items[i];
		if (strcmp(row->waker, waker->label) == 0 &&
		    strcmp(row->sleeper, sleeper->label) == 0)
			return row;
	}
	if (guest->wakes.count >= WAKES_MAX)
		return NULL;
	row = array_push(&guest->wakes);
	if (!row) {
		*r = -ENOMEM;
		return NULL;
	}
	memcpy(row->waker, waker->label, sizeof(row->waker));
	memcpy(row->sleeper, sleeper->label, sizeof(row->sleeper));
	return row;
}

static void add_path(struct kvm_wake *row, const char *words, uint64_t count)
{
	size_t i = 0;

	while (i < row->path_count && strcmp(row->paths[i].words, words) != 0)
		i++;
	/* There is one place less than there are ways: the last one is of the rest. */
	if (i == KVM_PATHS_MAX)
		row->paths[--i].words = "other ways";
	if (i == row->path_count)
		row->paths[row->path_count++].words = words;
	row->paths[i].count += count;
}

static int add_wake(const struct kvm *kvm, struct kvm_guest *guest, const struct wake_sum *sum)
{
	struct end waker = end_of(kvm, guest, sum->waker, (enum waker_kind)sum->kind);
	struct end sleeper = end_of(kvm, guest, sum->sleeper, WAKER_THREAD);
	int r = 0;
	struct kvm_wake *row = get_row(guest, &waker, &sleeper, &r);

	if (!row) {
		guest->left_out_wakes += r == 0 ? sum->count : 0;
		return r;
	}
	row->count += sum->count;
	if (__builtin_add_overflow(row->waited_ns, sum->waited_ns, &row->waited_ns))
		row->waited_ns = UINT64_MAX;
	if (sum->has_stack) {
		row->with_stack += sum->count;
		add_path(row, words_of(sum->path, &waker, &sleeper), sum->count);
	}
	return 0;
}

static int compare_wakes(const void *a, const void *b)
{
	const struct kvm_wake *one = a, *other = b;
	int order = strcmp(one->sleeper, other->sleeper);

	if (order)
		return order;
	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return strcmp(one->waker, other->waker);
}

static int compare_paths(const void *a, const void *b)
{
	const struct kvm_path *one = a, *other = b;

	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return strcmp(one->words, other->words);
}

static void finish(struct kvm_guest *guest)
{
	struct kvm_wake *rows = guest->wakes.items;

	if (!guest->wakes.count)
		return;
	qsort(rows, guest->wakes.count, sizeof(*rows), compare_wakes);
	for (size_t first = 0, next; first < guest->wakes.count; first = next) {
		uint64_t sum = 0;

		for (next = first; next < guest->wakes.count &&
				   strcmp(rows[next].sleeper, rows[first].sleeper) == 0;
		     next++)
			sum += rows[next].count;
		for (size_t i = first; i < next; i++) {
			rows[i].share = sum ? (double)rows[i].count / (double)sum : 0;
			rows[i].avg_ns = rows[i].count ? rows[i].waited_ns / rows[i].count : 0;
			qsort(rows[i].paths, rows[i].path_count, sizeof(rows[i].paths[0]),
			      compare_paths);
		}
	}
}

static struct kvm_guest *guest_of_thread(const struct kvm *kvm, uint32_t tid)
{
	const struct kvm_task *task = tid ? kvm_task_find(kvm, tid) : NULL;

	return task && task->tgid ? kvm_guest_find(kvm->report, task->tgid) : NULL;
}

/* Whose row it is: the sleeper's guest's. vhost's workers are threads of the kernel. */
static struct kvm_guest *owner_of(const struct kvm *kvm, const struct wake_sum *sum)
{
	struct kvm_guest *guest = guest_of_thread(kvm, sum->sleeper);
	const struct kvm_task *task = kvm_task_find(kvm, sum->sleeper);

	if (guest || !task || strncmp(kvm_task_name(kvm, task), "vhost-", 6) != 0)
		return guest;
	return guest_of_thread(kvm, sum->waker);
}

int kvm_tell_wakes(struct kvm *kvm)
{
	int r = 0;

	for (size_t i = 0; i < kvm->wakes.count && r == 0; i++) {
		const struct wake_sum *sum = &kvm->wakes.items[i];
		struct kvm_guest *guest = owner_of(kvm, sum);

		if (guest)
			r = add_wake(kvm, guest, sum);
	}
	for (size_t i = 0; i < kvm->report->guests.count; i++)
		finish(&kvm->report->guests.items[i]);
	return r;
}
