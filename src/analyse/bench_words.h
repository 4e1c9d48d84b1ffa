/* Why is one target slower than another? In words, from a round of each that was watched in full.
 */
#ifndef ANALYSE_BENCH_WORDS_H
#define ANALYSE_BENCH_WORDS_H

#include <stdint.h>

#include "base/own.h"
#include "finding/bench.h"
#include "finding/profile.h"

/* One target under a case. */
struct bench_side {
	const char *name;
	const struct bench_row *row;
	/* Of the round that was watched in full. */
	const struct verdict *verdict; /* NULL: there was none */
	const struct profile *profile; /* NULL: none */
	uint64_t ops;
};

/* Say how they differ: the headline. Of the difference all but the texts is there. */
void bench_headline(const struct bench_side *slow, const struct bench_side *fast,
		    struct bench_difference *difference);

/* Say what makes the one slower, and what to do about it. Nothing is added where nothing is known.
 * -ENOMEM. */
must_check int bench_reasons(const struct bench_side *slow, const struct bench_side *fast,
			     struct bench_difference *difference);

#endif
