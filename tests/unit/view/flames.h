/* What profiles are flame graphs tested with? Made of steps: a line for each node of the tree. */
#ifndef TESTS_UNIT_VIEW_FLAMES_H
#define TESTS_UNIT_VIEW_FLAMES_H

#include "finding/profile.h"
#include "view/flame.h"

struct flame_step {
	uint32_t depth; /* 1 and more: the root is added */
	enum profile_frame_kind kind;
	const char *name;
	const char *module;
	uint64_t self;
	int64_t before; /* of it, in the profile before */
};

/* Totals, shares and samples follow from the steps; names are not copied. Ends the program when
 * memory is out. */
struct profile *flames_build(const struct flame_step *steps, size_t count);
void flames_free(struct profile **profile);

/* A sample by its name: "on-cpu", "wall", "differential", "hostile", "empty", "deep", "wide"; NULL:
 * there is none. *options is set as it needs them. */
struct profile *flames_sample(const char *name, struct flame_options *options);

#endif
