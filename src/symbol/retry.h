/* When is it worth looking again? Lookups that cost much are spaced, ever wider while they do not
 * help. */
#ifndef SYMBOL_RETRY_H
#define SYMBOL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Zero is: never looked. */
struct retry {
	uint64_t last_ns;
	uint64_t wait_ns; /* 0: never looked */
};

/* Waits grow up to so many times the first one. */
#define RETRY_GROWTH_MAX 16

static inline bool retry_is_due(const struct retry *retry, uint64_t now_ns)
{
	return retry->wait_ns == 0 || now_ns >= retry->last_ns + retry->wait_ns;
}

/* It was looked at now; helped says whether that brought what was missing. */
static inline void retry_note(struct retry *retry, uint64_t now_ns, uint64_t first_wait_ns,
			      bool helped)
{
	retry->last_ns = now_ns;
	if (helped || retry->wait_ns == 0)
		retry->wait_ns = first_wait_ns;
	else if (retry->wait_ns < first_wait_ns * RETRY_GROWTH_MAX)
		retry->wait_ns *= 2;
}

#endif
