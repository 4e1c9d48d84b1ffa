/* What did the user mean? Counted in letters added, dropped, replaced or swapped with their
 * neighbour. */
#include "cmd/nearest.h"

#include <stddef.h>
#include <string.h>

enum {
	LETTERS_MAX = 32, /* longer words have no neighbours */
	SLIPS_MAX = 3,
};

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned int cells[LETTERS_MAX + 1][LETTERS_MAX + 1];

	for (size_t i = 0; i <= a_length; i++) {
		for (size_t j = 0; j <= b_length; j++) {
			if (i == 0 || j == 0) {
				cells[i][j] = (unsigned int)(i + j);
				continue;
			}
			cells[i][j] = cells[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
			cells[i][j] = smaller(cells[i][j], cells[i - 1][j] + 1);
			cells[i][j] = smaller(cells[i][j], cells[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cells[i][j] = smaller(cells[i][j], cells[i - 2][j - 2] + 1);
		}
	}
	return cells[a_length][b_length];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(nearest->word), candidate_length = strlen(candidate);
	unsigned int slips, allowed;

	if (length < 2 || length > LETTERS_MAX || candidate_length > LETTERS_MAX)
		return;

	/* An abbreviation is near, however much it leaves out. */
	allowed = smaller(SLIPS_MAX, (unsigned int)(length + 2) / 3);
	slips = distance(nearest->word, length, candidate, candidate_length);
	if (strncmp(candidate, nearest->word, length) == 0)
		slips = smaller(slips, 1);
	if (slips > allowed || (nearest->best && slips >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = slips;
}
