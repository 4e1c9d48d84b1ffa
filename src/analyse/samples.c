/* What did a process do on the CPU? A table of counts, searched only at the end. */
#include "analyse/samples.h"

#include <errno.h>

#define TALLIES_MAX (1u << 16)
#define WHAT_ALL    UINT32_MAX

static int add_one(struct samples *samples, enum tally_kind kind, uint32_t process, uint32_t what,
		   const struct tally *amount)
{
	uint64_t key = hash_pair((uint64_t)process << 32 | what, kind);
	uint64_t *place = hash_find(&samples->by_key, key);
	struct tally *tally;

	if (!place) {
		/* What there is no room for still counts in its process's sum. */
		if (samples->tallies.count >= TALLIES_MAX && what != WHAT_ALL)
			return 0;
		place = hash_put(&samples->by_key, key);
		tally = place ? array_push(&samples->tallies) : NULL;
		if (!tally)
			return -ENOMEM;
		*tally = (struct tally){ .process = process, .what = what, .kind = kind };
		*place = samples->tallies.count - 1;
	}
	tally = &samples->tallies.items[*place];
	tally->count += amount->count;
	tally->ns += amount->ns;
	return 0;
}

int samples_add(struct samples *samples, enum tally_kind kind, uint32_t process, uint32_t what,
		const struct tally *amount)
{
	int r = add_one(samples, kind, process, what, amount);

	return r < 0 ? r : add_one(samples, kind, process, WHAT_ALL, amount);
}

struct tally samples_total(const struct samples *samples, enum tally_kind kind, uint32_t process)
{
	const uint64_t *place =
		hash_find(&samples->by_key, hash_pair((uint64_t)process << 32 | WHAT_ALL, kind));

	return place ? samples->tallies.items[*place]
		     : (struct tally){ .process = process, .kind = kind };
}

static bool is_heavier(const struct tally *a, const struct tally *b)
{
	if (a->ns != b->ns)
		return a->ns > b->ns;
	if (a->count != b->count)
		return a->count > b->count;
	return a->what < b->what;
}

size_t samples_top(const struct samples *samples, enum tally_kind kind, uint32_t process,
		   struct tally *ret, size_t room)
{
	size_t found = 0, place;

	for (size_t i = 0; i < samples->tallies.count; i++) {
		const struct tally *tally = &samples->tallies.items[i];

		if (tally->kind != kind || tally->process != process || tally->what == WHAT_ALL)
			continue;
		for (place = found; place > 0 && is_heavier(tally, &ret[place - 1]); place--) {
			if (place < room)
				ret[place] = ret[place - 1];
		}
		if (place < room)
			ret[place] = *tally;
		if (place < room && found < room)
			found++;
	}
	return found;
}

void samples_free(struct samples *samples)
{
	array_free(&samples->tallies);
	hash_free(&samples->by_key);
}
