/* Which lock was waited for? Contentions as they end, and the sleeps inside of them. */
#include "analyse/lock_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOCKS_MAX = 8192,
	SLEEPERS_MAX = 1 << 16,
};

#define SYSCALL_FUTEX 202 /* of x86-64, as recorded */

/* Kernel addresses have the highest bit set: on x86-64, arm64 and riscv. */
bool lock_is_user(uint64_t address)
{
	return !(address >> 63);
}

static uint64_t ns_between(uint64_t start_ns, uint64_t end_ns)
{
	return end_ns > start_ns ? end_ns - start_ns : 0;
}

/* --- parts and times --- */

static struct lock_part *smallest_part(struct lock_parts *parts)
{
	struct lock_part *smallest = parts->items;

	for (size_t i = 1; i < parts->count; i++) {
		if (parts->items[i].ns < smallest->ns)
			smallest = &parts->items[i];
	}
	return smallest;
}

static int add_part(struct lock_parts *parts, uint64_t key, uint64_t ns)
{
	struct lock_part *part = NULL;

	for (size_t i = 0; i < parts->count && !part; i++) {
		if (parts->items[i].key == key)
			part = &parts->items[i];
	}
	if (!part && parts->count >= LOCK_PARTS_MAX) {
		part = smallest_part(parts);
		if (part->ns >= ns) {
			parts->rest_ns += ns;
			return 0;
		}
		parts->rest_ns += part->ns;
		*part = (struct lock_part){};
	} else if (!part) {
		part = array_push(parts);
		if (!part)
			return -ENOMEM;
	}
	part->key = key;
	part->count++;
	part->ns += ns;
	return 0;
}

static int add_time(struct lock_times *times, uint64_t ns)
{
	if (times->count && !times->histogram) {
		times->histogram = calloc(1, sizeof(*times->histogram));
		if (!times->histogram)
			return -ENOMEM;
		histogram_add(times->histogram, times->max_ns);
	}
	if (times->histogram)
		histogram_add(times->histogram, ns);
	times->count++;
	times->ns += ns;
	if (ns > times->max_ns)
		times->max_ns = ns;
	return 0;
}

/* --- the table --- */

static uint64_t key_of(uint32_t tgid, uint64_t address)
{
	return hash_pair(tgid, address);
}

static struct lock_entry *find_entry(const struct lock_waits *waits, uint32_t tgid,
				     uint64_t address)
{
	const uint64_t *place = hash_find(&waits->by_lock, key_of(tgid, address));

	return place ? &waits->entries.items[*place] : NULL;
}

/* 1 and the entry, made when there is none; 0: there is no room; -ENOMEM. */
static int get_entry(struct lock_waits *waits, uint32_t tgid, uint64_t address,
		     struct lock_entry **ret)
{
	uint64_t *place;

	*ret = find_entry(waits, tgid, address);
	if (*ret)
		return 1;
	if (waits->entries.count >= LOCKS_MAX)
		return 0;
	place = hash_put(&waits->by_lock, key_of(tgid, address));
	*ret = place ? array_push(&waits->entries) : NULL;
	if (!*ret)
		return -ENOMEM;
	*place = waits->entries.count - 1;
	(*ret)->address = address;
	(*ret)->tgid = tgid;
	return 1;
}

static void refuse(struct lock_waits *waits, uint64_t ns)
{
	waits->refused++;
	waits->refused_ns += ns;
}

static struct lock_sleep *find_sleep(const struct lock_waits *waits, uint32_t tid)
{
	const uint64_t *place = hash_find(&waits->by_tid, tid);

	return place ? &waits->sleeps.items[*place] : NULL;
}

static int keep_sleep(struct lock_waits *waits, uint32_t tid, const struct lock_sleep *sleep)
{
	struct lock_sleep *kept = find_sleep(waits, tid);
	uint64_t *place;

	if (!kept && waits->sleeps.count >= SLEEPERS_MAX)
		return 0;
	if (!kept) {
		place = hash_put(&waits->by_tid, tid);
		kept = place ? array_push(&waits->sleeps) : NULL;
		if (!kept)
			return -ENOMEM;
		*place = waits->sleeps.count - 1;
	}
	*kept = *sleep;
	return 0;
}

/* --- kernel locks --- */

/* Who had it: as the lock told, else who woke the last sleep. */
static uint64_t holder_of(const struct lock_waits *waits, const struct event_lock *event)
{
	const struct lock_sleep *sleep = find_sleep(waits, event->tid);

	if (event->owner)
		return lock_holder_key(event->owner, false);
	if (sleep && sleep->lock == event->lock && sleep->start_ns >= event->start_ns)
		return lock_holder_key(sleep->waker, true);
	return 0;
}

int lock_waits_take_lock(struct lock_waits *waits, const struct event_lock *event)
{
	uint64_t ns = ns_between(event->start_ns, event->head.time_ns);
	struct lock_entry *entry;
	int r = get_entry(waits, 0, event->lock, &entry);

	waits->has_contentions = true;
	if (r == 0)
		refuse(waits, ns);
	if (r <= 0)
		return r;
	entry->flags |= event->flags;
	if (add_time(&entry->contentions, ns) < 0 ||
	    add_part(&entry->holders, holder_of(waits, event), ns) < 0 ||
	    add_part(&entry->waiters, event->stack, ns) < 0)
		return -ENOMEM;
	return 0;
}

/* It never got the lock while we watched: there is no other word of it. */
static int take_open(struct lock_entry *entry, const struct event_wait *event, uint64_t ns)
{
	entry->open++;
	if (add_time(&entry->contentions, ns) < 0 ||
	    add_part(&entry->holders, lock_holder_key(event->lock_owner, false), ns) < 0 ||
	    add_part(&entry->waiters, event->stack, ns) < 0)
		return -ENOMEM;
	return 0;
}

static int take_kernel_wait(struct lock_waits *waits, const struct event_wait *event, uint64_t ns)
{
	const struct lock_sleep sleep = {
		.lock = event->lock,
		.start_ns = event->start_ns,
		.ns = ns,
		.waker = event->waker_tid,
	};
	struct lock_entry *entry;
	int r = get_entry(waits, 0, event->lock, &entry);

	if (r <= 0)
		return r;
	entry->flags |= event->lock_flags;
	if (add_time(&entry->sleeps, ns) < 0)
		return -ENOMEM;
	if (event->waker_stack && add_part(&entry->releases, event->waker_stack, ns) < 0)
		return -ENOMEM;
	if (event->flags & SPAN_OPEN_END)
		return take_open(entry, event, ns);
	return keep_sleep(waits, event->tid, &sleep);
}

/* --- user locks --- */

static int take_futex(struct lock_waits *waits, const struct event_wait *event, uint32_t tgid,
		      uint64_t ns)
{
	const struct lock_sleep sleep = {
		.lock = event->lock, .start_ns = event->start_ns, .ns = ns, .tgid = tgid
	};
	uint64_t holder = event->lock_owner ? lock_holder_key(event->lock_owner, false)
					    : lock_holder_key(event->waker_tid, true);
	struct lock_entry *entry;
	int r = get_entry(waits, tgid, event->lock, &entry);

	if (r == 0)
		refuse(waits, ns);
	if (r <= 0)
		return r;
	entry->open += (event->flags & SPAN_OPEN_END) != 0;
	if (add_time(&entry->contentions, ns) < 0 || add_time(&entry->sleeps, ns) < 0 ||
	    add_part(&entry->holders, holder, ns) < 0)
		return -ENOMEM;
	return keep_sleep(waits, event->tid, &sleep);
}

/* As idle threads wait, for work: nobody let it go, and nobody is known to have it. */
static bool is_idling(const struct lock_waits *waits, const struct event_wait *event)
{
	return !event->waker_tid && !event->lock_owner &&
	       (waits->is_machine || !(event->flags & SPAN_OPEN_END));
}

int lock_waits_take_wait(struct lock_waits *waits, const struct event_wait *event, uint32_t tgid)
{
	uint64_t ns = ns_between(event->start_ns, event->end_ns);

	if (!event->lock)
		return 0;
	if (!lock_is_user(event->lock))
		return take_kernel_wait(waits, event, ns);
	if (event->syscall != SYSCALL_FUTEX || !tgid)
		return 0;
	if (event->flags & SPAN_CONDITION || is_idling(waits, event)) {
		waits->conditions++;
		waits->conditions_ns += ns;
		return 0;
	}
	return take_futex(waits, event, tgid, ns);
}

int lock_waits_take_syscall(struct lock_waits *waits, const struct event_syscall *event)
{
	struct lock_sleep *sleep = find_sleep(waits, event->tid);
	struct lock_entry *entry;

	if (!sleep || !sleep->ns || event->number != SYSCALL_FUTEX || !event->user_stack ||
	    sleep->start_ns < event->start_ns)
		return 0;
	entry = find_entry(waits, sleep->tgid, sleep->lock);
	if (!entry || !entry->tgid)
		return 0;
	return add_part(&entry->waiters, event->user_stack, sleep->ns);
}

/* --- what is told beside --- */

static bool is_named_anew(const struct lock_entry *entry, const struct event_lock_name *event,
			  uint32_t name)
{
	return entry->name_kind && (entry->name_kind != event->kind || entry->name != name ||
				    entry->name_tgid != event->tgid);
}

int lock_waits_take_name(struct lock_waits *waits, const struct event_lock_name *event,
			 uint32_t name)
{
	struct lock_entry *entry;
	int r = get_entry(waits, 0, event->lock, &entry);

	/* The memory has been given to another object: that is another lock. */
	if (r > 0 && is_named_anew(entry, event, name)) {
		(void)hash_remove(&waits->by_lock, key_of(0, event->lock));
		r = get_entry(waits, 0, event->lock, &entry);
	}
	if (r <= 0)
		return r;
	entry->name = name;
	entry->name_kind = event->kind;
	entry->name_tgid = event->tgid;
	return 0;
}

int lock_waits_take_doing(struct lock_waits *waits, uint32_t tgid, uint64_t lock, uint64_t key,
			  uint64_t ns)
{
	struct lock_entry *entry = find_entry(waits, tgid, lock);

	return entry ? add_part(&entry->doings, key, ns) : 0;
}

static void free_parts(struct lock_parts *parts)
{
	array_free(parts);
}

void lock_waits_free(struct lock_waits *waits)
{
	for (size_t i = 0; i < waits->entries.count; i++) {
		struct lock_entry *entry = &waits->entries.items[i];

		free(entry->contentions.histogram);
		free(entry->sleeps.histogram);
		free_parts(&entry->holders);
		free_parts(&entry->waiters);
		free_parts(&entry->releases);
		free_parts(&entry->doings);
	}
	array_free(&waits->entries);
	array_free(&waits->sleeps);
	hash_free(&waits->by_lock);
	hash_free(&waits->by_tid);
}
