/* What did the watch see of locks? Names, shares and the heaviest parts of each. */
#include "analyse/lock_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding/format.h"

enum {
	HOLDERS_TOLD = 8,
	DOINGS_TOLD = 8,
	PATHS_TOLD = 3,
};

/* include/trace/events/lock.h, LCB_F_* */
enum contention_flags {
	CONTENDED_SPIN = 1,
	CONTENDED_READ = 2,
	CONTENDED_WRITE = 4,
	CONTENDED_RT = 8,
	CONTENDED_PERCPU = 16,
	CONTENDED_MUTEX = 32,
};

struct label {
	char text[80];
};

struct path_sum {
	const struct call_path *path;
	uint64_t count;
	uint64_t ns;
};

struct making {
	struct analysis *analysis;
	const struct lock_paths *paths;
};

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : -1;
}

static const char *text_of(const struct making *making, uint32_t name)
{
	return names_text(&making->analysis->names, name);
}

/* Its name and number; "" when it was not told. */
static void say_process(const struct making *making, uint32_t tgid, char *to, size_t bytes)
{
	struct analysis *analysis = making->analysis;
	const struct thread *thread = tasks_find(&analysis->tasks, tgid);
	const char *name = "";

	if (thread)
		name = text_of(making,
			       tasks_process_name(&analysis->tasks, &analysis->names, thread));
	if (name[0])
		(void)snprintf(to, bytes, "%.40s (%" PRIu32 ")", name, tgid);
	else
		(void)snprintf(to, bytes, "process %" PRIu32, tgid);
}

/* --- parts --- */

static int compare_parts(const void *a, const void *b)
{
	const struct lock_part *one = a, *other = b;

	if (one->ns != other->ns)
		return (one->ns < other->ns) - (one->ns > other->ns);
	return (one->key > other->key) - (one->key < other->key);
}

static void sort_parts(struct lock_parts *parts)
{
	if (parts->count)
		qsort(parts->items, parts->count, sizeof(*parts->items), compare_parts);
}

static int add_holders(const struct making *making, const struct lock_entry *entry,
		       struct lock *lock)
{
	for (size_t i = 0; i < entry->holders.count && i < HOLDERS_TOLD; i++) {
		const struct lock_part *part = &entry->holders.items[i];
		uint32_t tid = (uint32_t)(part->key >> 1);
		const struct thread *thread = tasks_find(&making->analysis->tasks, tid);
		struct lock_holder *holder = array_push(&lock->holders);

		if (!holder)
			return -ENOMEM;
		holder->tid = tid;
		holder->is_waker = tid && part->key & LOCK_HOLDER_WAKER;
		holder->waits = part->count;
		holder->ns = part->ns;
		holder->share = share(part->ns, lock->wait_ns);
		if (thread)
			(void)snprintf(holder->who, sizeof(holder->who), "%s",
				       text_of(making, thread->name));
	}
	return 0;
}

static int add_doing(struct lock *lock, const char *state, const char *detail, uint64_t ns,
		     uint64_t whole_ns)
{
	struct lock_doing *doing = array_push(&lock->doings);

	if (!doing)
		return -ENOMEM;
	(void)snprintf(doing->state, sizeof(doing->state), "%s", state);
	(void)snprintf(doing->detail, sizeof(doing->detail), "%s", detail);
	doing->ns = ns;
	doing->share = share(ns, whole_ns);
	return 0;
}

static const char *state_name(unsigned int cause)
{
	return cause == CAUSE_RUN_UNSPLIT ? "running" : cause_id((enum cause)cause);
}

/* Only sleeps are followed; of these, what was not is unknown. */
static int add_doings(const struct making *making, const struct lock_entry *entry,
		      struct lock *lock)
{
	uint64_t known_ns = entry->doings.rest_ns;
	int r = 0;

	for (size_t i = 0; i < entry->doings.count; i++)
		known_ns += entry->doings.items[i].ns;
	for (size_t i = 0; i < entry->doings.count && i < DOINGS_TOLD && r == 0; i++) {
		const struct lock_part *part = &entry->doings.items[i];

		r = add_doing(lock, state_name((unsigned int)(part->key >> 32)),
			      text_of(making, (uint32_t)part->key), part->ns, entry->sleeps.ns);
	}
	if (r == 0 && entry->sleeps.ns > known_ns)
		r = add_doing(lock, "unknown", "", entry->sleeps.ns - known_ns, entry->sleeps.ns);
	return r;
}

static int fill_path(const struct making *making, const struct call_path *path,
		     struct lock_path *ret)
{
	int r = 0;

	for (uint32_t i = 0; i < path->count && r == 0; i++) {
		const char *name = text_of(making, making->paths->names.items[path->first + i]);

		r = text_add(&ret->frames, "%s", name[0] ? name : "[unknown]");
	}
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	const struct path_sum *one = a, *other = b;

	if (one->ns != other->ns)
		return (one->ns < other->ns) - (one->ns > other->ns);
	return (one->path->first > other->path->first) - (one->path->first < other->path->first);
}

/* The sums of the stacks that show the same names, the heaviest first; returns how many. */
static size_t sum_paths(const struct making *making, const struct lock_parts *parts,
			struct path_sum sums[LOCK_PARTS_MAX])
{
	size_t count = 0, k;

	for (size_t i = 0; i < parts->count; i++) {
		const struct lock_part *part = &parts->items[i];
		const struct call_path *path = lock_paths_find(making->paths, part->key);

		if (!path)
			continue;
		for (k = 0; k < count && sums[k].path != path; k++)
			;
		if (k == count)
			sums[count++] = (struct path_sum){ .path = path };
		sums[k].count += part->count;
		sums[k].ns += part->ns;
	}
	qsort(sums, count, sizeof(*sums), compare_paths);
	return count;
}

/* list is one of the lock's two lists of paths. */
static int add_paths(const struct making *making, const struct lock_parts *parts,
		     struct lock_paths_list *list)
{
	struct path_sum sums[LOCK_PARTS_MAX];
	size_t count = sum_paths(making, parts, sums);
	uint64_t known_ns = parts->rest_ns;

	for (size_t i = 0; i < count; i++)
		known_ns += sums[i].ns;
	for (size_t i = 0; i < count && i < PATHS_TOLD; i++) {
		struct lock_path *told = array_push(list);

		if (!told || fill_path(making, sums[i].path, told) < 0)
			return -ENOMEM;
		told->count = sums[i].count;
		told->ns = sums[i].ns;
		told->share = share(sums[i].ns, known_ns);
	}
	return 0;
}

/* --- names --- */

static const char *type_of(const struct lock_entry *entry)
{
	uint32_t flags = entry->flags;

	if (entry->tgid)
		return "futex";
	if (flags & CONTENDED_MUTEX)
		return "mutex";
	if (flags & CONTENDED_RT)
		return "rt mutex";
	if (flags & CONTENDED_PERCPU)
		return "per-CPU rwsem";
	if (flags & CONTENDED_SPIN)
		return flags & (CONTENDED_READ | CONTENDED_WRITE) ? "rwlock" : "spin lock";
	return flags & (CONTENDED_READ | CONTENDED_WRITE) ? "rwsem" : "semaphore";
}

/* What the functions that wait for it say of it; "" when they do not. */
static struct label caller_label(const struct making *making, const struct lock_entry *entry)
{
	struct label label = {};

	for (size_t i = 0; i < entry->waiters.count; i++) {
		const struct class *class =
			classes_of_lock(&making->analysis->classes, entry->waiters.items[i].key);

		if (class->cause != CAUSE_LOCK_KERNEL)
			continue;
		if (!class->is_generic)
			(void)snprintf(label.text, sizeof(label.text), "%.72s",
				       text_of(making, class->label));
		else if (class->function)
			(void)snprintf(label.text, sizeof(label.text), "taken in %.60s",
				       text_of(making, class->function));
		if (label.text[0])
			break;
	}
	return label;
}

static void name_by_caller(const struct making *making, const struct lock_entry *entry,
			   const char *slab, struct lock *lock)
{
	const struct label label = caller_label(making, entry);

	if (slab[0] && label.text[0])
		(void)snprintf(lock->name, sizeof(lock->name), "%.54s (in a %.32s)", label.text,
			       slab);
	else if (slab[0])
		(void)snprintf(lock->name, sizeof(lock->name), "in a %s", slab);
	else
		(void)snprintf(lock->name, sizeof(lock->name), "%s", label.text);
	lock->naming = label.text[0] ? LOCK_NAMED_CALLER
		       : slab[0]     ? LOCK_NAMED_SLAB
				     : LOCK_NAMED_NOT;
}

static void name_kernel_lock(const struct making *making, const struct lock_entry *entry,
			     struct lock *lock)
{
	const char *told = text_of(making, entry->name);
	char process[64];

	switch ((enum lock_name_kind)entry->name_kind) {
	case LOCK_NAME_STATIC:
		lock->naming = LOCK_NAMED_STATIC;
		(void)snprintf(lock->name, sizeof(lock->name), "%s", told);
		return;
	case LOCK_NAME_FIELD:
		lock->naming = LOCK_NAMED_FIELD;
		(void)snprintf(lock->name, sizeof(lock->name), "%s", told);
		return;
	case LOCK_NAME_MMAP:
		lock->naming = LOCK_NAMED_MMAP;
		say_process(making, entry->name_tgid, process, sizeof(process));
		(void)snprintf(lock->name, sizeof(lock->name), "mmap_lock of %s",
			       entry->name_tgid ? process : "a process");
		return;
	case LOCK_NAME_SLAB:
		name_by_caller(making, entry, told, lock);
		return;
	}
	name_by_caller(making, entry, "", lock);
}

static void name_user_lock(const struct making *making, const struct lock_entry *entry,
			   struct lock *lock)
{
	say_process(making, entry->tgid, lock->process, sizeof(lock->process));
	for (size_t i = 0; i < entry->waiters.count && !lock->name[0]; i++) {
		const struct call_path *path =
			lock_paths_find(making->paths, entry->waiters.items[i].key);

		if (path && path->code)
			(void)snprintf(lock->name, sizeof(lock->name), "%s",
				       text_of(making, path->code));
	}
	lock->naming = lock->name[0] ? LOCK_NAMED_CODE : LOCK_NAMED_NOT;
}

/* --- rows --- */

static uint64_t quantile(const struct lock_times *times, double part)
{
	return times->histogram ? histogram_quantile(times->histogram, part) : times->max_ns;
}

/* Where contentions were not told, the sleeps stand for them. */
static const struct lock_times *times_of(const struct lock_entry *entry)
{
	return entry->contentions.count ? &entry->contentions : &entry->sleeps;
}

static void fill_times(const struct lock_entry *entry, struct lock *lock)
{
	const struct lock_times *times = times_of(entry);

	lock->contentions = times->count;
	lock->open = entry->open;
	lock->wait_ns = times->ns;
	lock->wait_mean_ns = times->count ? times->ns / times->count : 0;
	lock->wait_max_ns = times->max_ns;
	lock->wait_p50_ns = quantile(times, 0.5);
	lock->wait_p99_ns = quantile(times, 0.99);
	lock->slept_ns = entry->sleeps.ns < times->ns ? entry->sleeps.ns : times->ns;
}

static int add_lock(const struct making *making, struct lock_entry *entry,
		    struct lock_report *report)
{
	struct lock *lock;
	int r;

	if (!times_of(entry)->count)
		return 0; /* only its name was told */
	lock = array_push(&report->watch.locks);
	if (!lock)
		return -ENOMEM;
	lock->is_user = entry->tgid;
	lock->address = entry->address;
	lock->tgid = entry->tgid;
	lock->type = type_of(entry);
	fill_times(entry, lock);
	sort_parts(&entry->holders);
	sort_parts(&entry->doings);
	sort_parts(&entry->waiters);
	sort_parts(&entry->releases);
	if (lock->is_user)
		name_user_lock(making, entry, lock);
	else
		name_kernel_lock(making, entry, lock);
	r = add_holders(making, entry, lock);
	if (r == 0)
		r = add_doings(making, entry, lock);
	if (r == 0)
		r = add_paths(making, &entry->waiters, &lock->waiters);
	return r < 0 ? r : add_paths(making, &entry->releases, &lock->releases);
}

static uint64_t value_of(const struct lock *lock, enum lock_order order)
{
	switch (order) {
	case LOCK_ORDER_HOLD: /* is not known here */
	case LOCK_ORDER_WAIT:
		return lock->wait_ns;
	case LOCK_ORDER_CONTENTIONS:
		return lock->contentions;
	case LOCK_ORDER_AVG:
		return lock->wait_mean_ns;
	case LOCK_ORDER_MAX:
		return lock->wait_max_ns;
	case LOCK_ORDER_NAME:
	case LOCK_ORDER_COUNT:
		break;
	}
	return 0;
}

static int compare_locks(const void *a, const void *b, void *order)
{
	const struct lock *one = a, *other = b;
	uint64_t one_value = value_of(one, *(enum lock_order *)order);
	uint64_t other_value = value_of(other, *(enum lock_order *)order);
	int r = (one_value < other_value) - (one_value > other_value);

	if (r == 0)
		r = strcmp(one->name, other->name);
	if (r == 0)
		r = (one->tgid > other->tgid) - (one->tgid < other->tgid);
	return r ? r : (one->address > other->address) - (one->address < other->address);
}

static void sum_up(struct lock_watch *watch)
{
	for (size_t i = 0; i < watch->locks.count; i++) {
		watch->contentions += watch->locks.items[i].contentions;
		watch->wait_ns += watch->locks.items[i].wait_ns;
	}
	for (size_t i = 0; i < watch->locks.count; i++)
		watch->locks.items[i].wait_share =
			share(watch->locks.items[i].wait_ns, watch->wait_ns);
}

static void fill_watch(const struct making *making, struct lock_watch *told)
{
	const struct watch *watch = &making->analysis->watch;
	uint64_t end_ns = watch->has_ended ? watch->end_ns : making->analysis->now_ns;

	told->is_told = watch->is_seen;
	told->target = watch->target == WATCH_COMMAND   ? TARGET_COMMAND
		       : watch->target == WATCH_PROCESS ? TARGET_PROCESS
							: TARGET_MACHINE;
	told->pid = watch->pid;
	told->window_ns = end_ns > watch->begin_ns ? end_ns - watch->begin_ns : 0;
	told->knows_sleeps = watch->switch_events;
	told->lost = watch->losses[LOSS_LOCK] + watch->losses[LOSS_SWITCH];
	(void)snprintf(told->name, sizeof(told->name), "%s", text_of(making, watch->name));
}

/* --- what to know --- */

static bool has_fact(const struct making *making, const char *prefix)
{
	const struct watch *watch = &making->analysis->watch;

	for (size_t i = 0; i < watch->facts.count; i++) {
		if (strncmp(text_of(making, watch->facts.items[i].key), prefix, strlen(prefix)) ==
		    0)
			return true;
	}
	return false;
}

/* How were locks seen, if at all? */
static int note_seeing(const struct making *making, const struct lock_waits *waits,
		       struct lock_report *report)
{
	bool is_watched =
		has_fact(making, "facility.locks") && !has_fact(making, "missing.contention");

	if (is_watched)
		return text_add(
			&report->notes,
			"a contended kernel lock is told from 10 µs on; locks that were free are not seen at "
			"all");
	if (waits->has_contentions)
		return 0;
	return text_add(
		&report->notes,
		"contended kernel locks (lock:contention_begin, contention_end) were not told here: they "
		"are seen only where threads slept, if the scheduler was watched, and without their "
		"owners");
}

static int note_watch(const struct making *making, const struct lock_waits *waits,
		      struct lock_report *report)
{
	int r = note_seeing(making, waits, report);

	if (r == 0 && report->watch.lost)
		r = text_add(&report->notes,
			     "%s records were lost in which lock waits may have been",
			     format_count(report->watch.lost).text);
	if (r == 0 && waits->conditions)
		r = text_add(
			&report->notes,
			"not counted: %s %s on a futex for something to happen or a timeout (%s), not "
			"for a lock",
			format_count(waits->conditions).text,
			waits->conditions == 1 ? "wait" : "waits",
			format_duration(waits->conditions_ns).text);
	if (r == 0 && waits->refused)
		r = text_add(&report->notes,
			     "%s waits (%s) were for locks that there was no room to tell apart",
			     format_count(waits->refused).text,
			     format_duration(waits->refused_ns).text);
	return r;
}

int lock_report_watch(struct analysis *analysis, struct lock_waits *waits,
		      const struct lock_paths *paths, struct lock_report *report)
{
	const struct making making = { .analysis = analysis, .paths = paths };
	int r = 0;

	fill_watch(&making, &report->watch);
	for (size_t i = 0; i < waits->entries.count && r == 0; i++)
		r = add_lock(&making, &waits->entries.items[i], report);
	if (r < 0)
		return r;
	sum_up(&report->watch);
	if (report->watch.locks.count)
		qsort_r(report->watch.locks.items, report->watch.locks.count,
			sizeof(*report->watch.locks.items), compare_locks, &report->order);
	return note_watch(&making, waits, report);
}
