/*
 * How do we say it as a picture? A flame graph: one SVG file, for any browser, that needs nothing
 * else. It can be searched, zoomed and walked through by keyboard; without its script it can still
 * be read.
 */
#ifndef VIEW_FLAME_H
#define VIEW_FLAME_H

#include <stdbool.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/profile.h"

/*
 * The file's first bytes: an earlier flame graph is told by them from a file that must not be lost.
 * The command creates the file before the watch begins, by place_create_kind() with this text
 * (recording/place.h), so that a wrong name costs nobody a watch: what is not a flame graph is
 * never touched. Then view_flame() writes it in one go; what does not begin with these bytes, or
 * does not end in "</svg>\n", was cut short.
 */
#define FLAME_FIRST_BYTES \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- slowpath: a flame graph -->\n"

struct flame_options {
	const char *title;    /* any bytes; NULL: "postgres[4711]: on-CPU time" */
	double least_px;      /* narrower frames are not drawn; 0: 0.1 */
	bool is_icicle;       /* the root above; else below, and flames go up */
	bool is_differential; /* colours say what grew and what shrank: before_total */
};

/*
 * Write the profile's tree as SVG: the same bytes for the same profile. Frames that are too narrow
 * are left out, and the file says how many, and what they stand for. -ENOMEM; -EINVAL: the
 * profile's nodes are no tree; or -errno when out took no more; it is flushed.
 */
must_check int view_flame(const struct profile *profile, const struct flame_options *options,
			  FILE *out);

#endif
