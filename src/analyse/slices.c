/* When was the time charged? Sums by cause in at most so many slices, each as wide as it must be.
 */
#include "analyse/slices.h"

#include <string.h>
#include <sys/param.h>

#define WIDTH_MIN_NS 10000000u

/* Make the slices twice as wide. */
static void widen(struct slices *slices)
{
	for (size_t i = 0; i < CAUSE_SLICES_MAX; i++) {
		for (size_t cause = 0; cause < CAUSE_COUNT; cause++) {
			uint64_t ns = slices->ns[i][cause];

			slices->ns[i][cause] = 0;
			slices->ns[i / 2][cause] += ns;
		}
	}
	slices->width_ns *= 2;
}

static uint64_t place_of(const struct slices *slices, uint64_t time_ns)
{
	return time_ns > slices->begin_ns ? (time_ns - slices->begin_ns) / slices->width_ns : 0;
}

void slices_add(struct slices *slices, enum cause cause, uint64_t from_ns, uint64_t to_ns,
		uint64_t ns)
{
	uint64_t length_ns = to_ns - from_ns, left_ns = ns, first, last;

	if (!ns || to_ns <= from_ns || cause >= CAUSE_COUNT)
		return;
	if (!slices->width_ns) {
		slices->width_ns = WIDTH_MIN_NS;
		slices->begin_ns = slices->begin_ns ?: from_ns;
	}
	while (place_of(slices, to_ns - 1) >= CAUSE_SLICES_MAX)
		widen(slices);
	first = place_of(slices, from_ns);
	last = place_of(slices, to_ns - 1);
	for (uint64_t i = first; i < last; i++) {
		uint64_t since_ns = MAX(from_ns, slices->begin_ns + i * slices->width_ns);
		uint64_t until_ns = slices->begin_ns + (i + 1) * slices->width_ns;
		uint64_t part_ns =
			(uint64_t)((unsigned __int128)ns * (until_ns - since_ns) / length_ns);

		slices->ns[i][cause] += part_ns;
		left_ns -= part_ns;
	}
	slices->ns[last][cause] += left_ns;
}

void slices_tell(const struct slices *slices, uint64_t end_ns, struct cause_slices *ret)
{
	*ret = (struct cause_slices){ .slice_ns = slices->width_ns };
	if (!slices->width_ns || end_ns <= slices->begin_ns)
		return;
	ret->count = (uint32_t)MIN(place_of(slices, end_ns), CAUSE_SLICES_MAX);
	memcpy(ret->ns, slices->ns, sizeof(ret->ns));
}
