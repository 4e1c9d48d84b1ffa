/* How many different places were visited? An estimate in a kilobyte (HyperLogLog: Flajolet et al.,
 * 2007): each place has a hash, and the rarest hashes tell how many there were. */
#include "analyse/workload_state.h"

enum {
	INDEX_BITS = 10,
};
_Static_assert(1 << INDEX_BITS == PLACES, "a register for each index");

void places_add(struct places *places, uint64_t hash)
{
	uint64_t rest = hash << INDEX_BITS;
	uint8_t *place = &places->registers[hash >> (64 - INDEX_BITS)];
	uint8_t rank = (uint8_t)((rest ? __builtin_clzll(rest) : 64 - INDEX_BITS) + 1);

	if (rank > *place)
		*place = rank;
}

void places_merge(struct places *into, const struct places *from)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (from->registers[i] > into->registers[i])
			into->registers[i] = from->registers[i];
	}
}

/* How many it takes, on average, until only so many registers are empty: better while they are few.
 */
static double few(size_t empty)
{
	double sum = 0;

	for (size_t i = empty + 1; i <= PLACES; i++)
		sum += (double)PLACES / (double)i;
	return sum;
}

double places_estimate(const struct places *places)
{
	double sum = 0, estimate;
	size_t empty = 0;

	for (size_t i = 0; i < PLACES; i++) {
		sum += 1.0 / (double)(1ULL << places->registers[i]);
		empty += places->registers[i] == 0;
	}
	estimate = 0.7213 / (1 + 1.079 / PLACES) * PLACES * PLACES / sum;
	return empty && estimate <= 2.5 * PLACES ? few(empty) : estimate;
}
