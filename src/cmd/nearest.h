/* What did the user mean? Of the words that exist, the one that a slip of the fingers makes of it.
 */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

/* Start with the word alone; best is the answer, NULL while nothing is near. */
struct nearest {
	const char *word;
	const char *best;
	unsigned int distance; /* of best */
};

void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
