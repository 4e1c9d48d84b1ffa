/* How does a test tell a story of samples? The stream of events of stream.h, profiled. */
#ifndef TESTS_UNIT_ANALYSE_PROFILED_H
#define TESTS_UNIT_ANALYSE_PROFILED_H

#include "analyse/profile.h"
#include "stream.h"

void stream_sampler(struct stream *stream, uint32_t id, enum sampler_unit unit, const char *name);
/* A sample of another tool's sampler. */
void stream_period(struct stream *stream, uint32_t sampler, uint32_t tid, uint64_t stack,
		   uint64_t period);
void stream_usage(struct stream *stream, uint32_t tid, double ms, double run_ms, double kernel_ms);
void stream_call(struct stream *stream, uint32_t tid, int32_t number, const double ms[2],
		 uint64_t user_stack);

/*
 * The profiles, the caller's; by: "comm,dso,symbol". Asserts what holds for all: the table's and
 * the tree's own parts sum to the amount, and each is in its order.
 */
struct profiles stream_profile(struct stream *stream, const char *by, double min_share,
			       bool is_wall);

/* The row of this function (and threads, NULL: any), or NULL. */
const struct profile_row *profile_row(const struct profile *profile, const char *threads,
				      const char *function);
/* The node at the end of this path, below the root, ended by NULL; or NULL. */
const struct profile_node *profile_path(const struct profile *profile, const char *name, ...)
	__attribute__((sentinel));
const struct profile_pool *profile_pool(const struct profile *profile, const char *name);
bool profile_tells(const struct profile *profile, const char *words);

#endif
