/* Which functions were put into the one at an address? Their symbols, kept as one chain. */
#include "symbol/chains.h"

/* Bound of memory: later addresses have none. */
#define CHAINS_MAX (256UL * 1024)

/* Look them up, and keep their symbols as one chain. */
static int make_chain(struct chains *chains, const struct naming *naming, uint64_t address,
		      uint32_t *ret_at)
{
	const char *names[INLINED_DEPTH_MAX];
	struct addresses *addresses = naming->addresses;
	size_t at = chains->symbols.count, count = 0;
	struct user_place place;
	uint32_t *head = array_push(&chains->symbols);

	if (!head)
		return telling_no_memory(naming->why);
	if (user_table_find(addresses->users, naming->process, address, naming->time_ns, &place) ==
	    0)
		count = user_table_inlined(addresses->users, naming->process, &place, names);
	for (size_t i = 0; i < count; i++) {
		uint32_t *symbol = array_push(&chains->symbols);
		int r;

		if (!symbol)
			return telling_no_memory(naming->why);
		r = telling_symbol(addresses->telling, naming->time_ns, names[i], place.module,
				   symbol, naming->why);
		if (r < 0)
			return r;
	}
	chains->symbols.items[at] = (uint32_t)count;
	*ret_at = (uint32_t)at;
	return 0;
}

int chains_find(struct chains *chains, const struct naming *naming, uint64_t address,
		const uint32_t **ret)
{
	static const uint32_t NONE;
	uint64_t tag = hash_pair(naming->salt, address), *place;
	const uint64_t *known = hash_find(&chains->places, tag);
	uint32_t at = 0;
	int r;

	*ret = &NONE;
	if (known) {
		*ret = &chains->symbols.items[*known];
		return 0;
	}
	if (chains->places.count >= CHAINS_MAX)
		return 0;
	r = make_chain(chains, naming, address, &at);
	if (r < 0)
		return r;
	place = hash_put(&chains->places, tag);
	if (!place)
		return telling_no_memory(naming->why);
	*place = at;
	*ret = &chains->symbols.items[at];
	return 0;
}

void chains_clear(struct chains *chains)
{
	hash_free(&chains->places);
	array_free(&chains->symbols);
}
