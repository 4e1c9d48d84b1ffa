/* Who is charged with how much? One entry per cause and blame. */
#include "analyse/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 4096u

static uint64_t key_of(unsigned int cause, const struct blame *blame)
{
	return hash_pair(hash_pair(cause, blame->kind), hash_pair(blame->id, blame->holder));
}

/* When the ledger is full, what is new is charged to the rest of its cause: its time still counts.
 */
static int get_entry(struct ledger *ledger, unsigned int cause, struct blame blame,
		     struct entry **ret)
{
	const uint64_t *known = hash_find(&ledger->by_key, key_of(cause, &blame));
	struct entry *entry;
	uint64_t *index;

	if (!known && ledger->entries.count >= ENTRIES_MAX) {
		blame = (struct blame){ .kind = BLAME_REST, .holder = 0 };
		known = hash_find(&ledger->by_key, key_of(cause, &blame));
	}
	if (known) {
		*ret = &ledger->entries.items[*known];
		return 0;
	}
	index = hash_put(&ledger->by_key, key_of(cause, &blame));
	entry = index ? array_push(&ledger->entries) : NULL;
	if (!entry) {
		if (index)
			hash_remove(&ledger->by_key, key_of(cause, &blame));
		return -ENOMEM;
	}
	entry->cause = cause;
	entry->blame = blame;
	*index = ledger->entries.count - 1;
	*ret = entry;
	return 0;
}

/* Keep the heaviest: a new one takes the lightest one's place once it is heavier. */
static void charge_path(struct entry *entry, uint32_t path, uint64_t ns)
{
	struct path_slot *lightest = &entry->paths[0];

	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		struct path_slot *slot = &entry->paths[i];

		if (slot->path == path && slot->ns) {
			slot->ns += ns;
			return;
		}
		if (slot->ns < lightest->ns)
			lightest = slot;
	}
	if (ns > lightest->ns)
		*lightest = (struct path_slot){ .path = path, .ns = ns };
}

static void charge_detail(struct entry *entry, const struct detail *detail, uint64_t ns,
			  uint64_t count)
{
	struct detail_slot *lightest = &entry->details[0];

	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		struct detail_slot *slot = &entry->details[i];

		if (slot->ns && memcmp(&slot->detail, detail, sizeof(*detail)) == 0) {
			slot->ns += ns;
			slot->count += count;
			return;
		}
		if (slot->ns < lightest->ns)
			lightest = slot;
	}
	if (ns > lightest->ns)
		*lightest = (struct detail_slot){ .detail = *detail, .ns = ns, .count = count };
}

static void count_open(struct entry *entry)
{
	if (entry->open_ns)
		histogram_add(&entry->waits, entry->open_ns);
	entry->open_ns = 0;
}

/* Whether this charge begins another wait than the one charged last. */
static bool count_wait(struct entry *entry, const struct charge *charge)
{
	bool is_new = !entry->open_ns || entry->open_start_ns != charge->wait_start_ns ||
		      entry->open_thread != charge->wait_thread;

	if (charge->count) {
		entry->forgotten_count += charge->count;
		if (charge->longest_ns > entry->forgotten_longest_ns)
			entry->forgotten_longest_ns = charge->longest_ns;
		return false;
	}
	if (is_new)
		count_open(entry);
	entry->open_start_ns = charge->wait_start_ns;
	entry->open_thread = charge->wait_thread;
	entry->open_ns += charge->ns;
	return is_new;
}

int ledger_charge(struct ledger *ledger, const struct charge *charge)
{
	struct entry *entry;
	bool is_new;
	int r = get_entry(ledger, charge->cause, charge->blame, &entry);

	if (r < 0 || !charge->ns)
		return r;
	entry->ns += charge->ns;
	entry->is_outside |= charge->is_outside;
	if (!entry->tgid)
		entry->tgid = charge->tgid;
	else if (charge->tgid && entry->tgid != charge->tgid)
		entry->has_many_processes = true;
	charge_path(entry, charge->path, charge->ns);
	is_new = count_wait(entry, charge);
	charge_detail(entry, &charge->detail, charge->ns, charge->count ? charge->count : is_new);
	return 0;
}

void ledger_settle(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->entries.count; i++)
		count_open(&ledger->entries.items[i]);
}

int ledger_move(struct ledger *ledger, size_t place, enum cause cause, uint64_t part_ns)
{
	struct blame blame = ledger->entries.items[place].blame;
	struct entry *from, *into;
	uint64_t moved_ns;
	int r;

	if (!part_ns)
		return 0;
	blame.holder = 0;
	r = get_entry(ledger, cause, blame, &into);
	if (r < 0)
		return r;
	/* Looked up only now: a new entry may have moved them all. */
	from = &ledger->entries.items[place];
	into->ns += part_ns;
	into->is_outside |= from->is_outside;
	into->has_many_processes |=
		from->has_many_processes || (into->tgid && into->tgid != from->tgid);
	into->tgid = into->tgid ? into->tgid : from->tgid;
	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		moved_ns = (uint64_t)((unsigned __int128)from->paths[i].ns * part_ns / from->ns);
		if (moved_ns)
			charge_path(into, from->paths[i].path, moved_ns);
		from->paths[i].ns -= moved_ns;
	}
	from->ns -= part_ns;
	return 0;
}

uint64_t ledger_sum(const struct ledger *ledger, enum cause cause)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < ledger->entries.count; i++) {
		if (ledger->entries.items[i].cause == cause)
			ns += ledger->entries.items[i].ns;
	}
	return ns;
}

void ledger_free(struct ledger *ledger)
{
	array_free(&ledger->entries);
	hash_free(&ledger->by_key);
}
